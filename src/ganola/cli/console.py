"""The one place that prints: what a command says, how far it is, and what went wrong."""

import codecs
import io
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table

from ganola.errors import INTERRUPTED, GanolaError
from ganola.wording import escape_controls, one_line

# What stands for signs that an output cannot show, in the order in which they are tried.
_PLAIN_SIGNS = {"×": "x", "–": "-", "−": "-", "…": "...", "’": "'", "“": '"', "”": '"', "²": "2", "±": "+-"}  # noqa: RUF001


class _SafeConsole(Console):
    """A console whose texts control nothing: names from files may hold what moves a cursor or clears a screen."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what is to be printed: its texts escaped, but for new lines; rich's own control codes as they are."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=escape_controls(segment.text))


out = _SafeConsole(highlight=False)
err = _SafeConsole(stderr=True, highlight=False)


def write_in_any_encoding() -> None:
    """Let no sign that the output cannot show end a command: a plainer one stands for it."""
    codecs.register_error(_PLAINER, _plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_PLAINER)


_PLAINER = "ganola.plainer"


def _plainer(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for signs that cannot be encoded, as codecs ask for it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_plain_sign(sign) for sign in text), error.end


def _plain_sign(sign: str) -> str:
    """Return a sign in ASCII: its like, the letter without its accent, or its number."""
    if sign in _PLAIN_SIGNS:
        return _PLAIN_SIGNS[sign]
    if "\udc80" <= sign <= "\udcff":  # a byte of a file's name that is no UTF-8
        return f"\\x{ord(sign) & 0xFF:02x}"
    letters = unicodedata.normalize("NFKD", sign).encode("ascii", errors="ignore").decode()
    return letters or ascii(sign)[1:-1]


def say(text: str) -> None:
    """Print one line: names of files and tracks may hold what rich takes for markup, or a new line."""
    out.print(one_line(text), soft_wrap=True, markup=False)


def warn(text: str) -> None:
    """Print one line beside the results."""
    err.print(one_line(text), soft_wrap=True, markup=False, style="yellow")


def narrate(text: str) -> None:
    """Print one line of progress, as it is: above the line that moves, or, where none does, among the results."""
    (err if err.is_terminal else out).print(text, soft_wrap=True, markup=False)


def show(what: RenderableType) -> None:
    """Print a table or a text, folded to the width of the terminal."""
    out.print(what)


def fail(error: GanolaError) -> NoReturn:
    """Print what is wrong and what to do, and leave with the error's exit status."""
    err.print(f"[bold red]ganola:[/] {_quoted(error.problem)}", soft_wrap=True)
    for line in (*error.details, error.remedy):
        err.print(f"  {_quoted(line)}", soft_wrap=True)
    sys.exit(error.exit_status)


def interrupted(remedy: str = "") -> NoReturn:
    """Say how to go on after Ctrl-C, and leave."""
    err.print(f"[yellow]Stopped.[/] {_quoted(remedy)}".rstrip(), soft_wrap=True)
    sys.exit(INTERRUPTED)


def _quoted(text: str) -> str:
    """Return one line of text as it stands in rich's markup."""
    return escape(one_line(text))


@contextmanager
def counting(unit: str, *, if_stopped: str | None) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar of progress, and yield the function that is called with what is being done, how much, of how much.

    Ctrl-C ends the command with `if_stopped`, which says what became of the work; with None, the caller sees to that.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        tasks = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        try:
            yield advance
        except KeyboardInterrupt:
            if if_stopped is None:
                raise
            progress.stop()
            interrupted(if_stopped)


def make_table(*columns: str, title: str | None = None) -> Table:
    """Return an empty table; the first column is text, the others are numbers."""
    made = Table(title=title, title_justify="left", header_style="bold")
    for index, column in enumerate(columns):
        made.add_column(column, justify="left" if index == 0 else "right")
    return made
