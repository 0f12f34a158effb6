"""`ganola`: the commands, and what becomes of their errors."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from ganola import __version__
from ganola.cli.commands import corpus, study
from ganola.cli.console import fail, say, write_in_any_encoding
from ganola.cli.interrupts import on_interrupt, stop_command
from ganola.cli.usage import use_own_words
from ganola.errors import GanolaError
from ganola.storage import machine_error

COMMANDS = (  # modules of `commands`, as help lists them
    "train",
    "generate",
    "infill",
    "continue_",
    "vary",
    "interpolate",
    "attributes",
    "replay",
    "judge",
    "evaluate",
    "info",
    "demo",
)


def make_app(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """Return the program that has these commands, and `corpus` and `study` with their own."""
    made = typer.Typer(
        help="Give ganola a folder of music; in minutes it learns to play in that style.",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_options)
    made.add_typer(corpus.app, name="corpus")
    for name in commands:
        module = import_module(f"ganola.cli.commands.{name}")
        made.command(name.rstrip("_"), epilog=f"Example: {module.EXAMPLE}")(getattr(module, name))
    made.add_typer(study.app, name="study")
    use_own_words(made)
    return made


def _print_version(wanted: bool | None) -> None:
    if wanted:
        say(f"ganola {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = None,
) -> None:
    pass


app = make_app()


def main() -> None:
    """Run a command; every error a person can cause becomes two lines and an exit status."""
    write_in_any_encoding()
    try:
        with on_interrupt(stop_command):
            app()
    except GanolaError as error:
        fail(error)
    except OSError as error:
        from pathlib import Path

        fail(machine_error(error, Path(error.filename or ".")))
