"""How what is done is shown in a terminal: what the functions of `app` report, as lines and bars of progress."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ganola.app.projects import ModelChoice, is_built_in
from ganola.app.watcher import Progress, Task, Watcher
from ganola.cli.account import explain, introduce, print_summary
from ganola.cli.console import counting, say, warn
from ganola.judging.closeness import how_far

if TYPE_CHECKING:
    from ganola.corpus.proposal import Proposal
    from ganola.corpus.source import Source
    from ganola.corpus.store import Corpus

# The unit of each task's progress, and what Ctrl-C leaves of it.
_TASKS: dict[Task, tuple[str, str | None]] = {
    "build": ("files", "Nothing is lost: the same command goes on where it was."),
    "compare": ("places of training music", "Nothing was played."),
    "compose": ("bars", "No pieces were kept."),
    "evaluate": ("steps", "Nothing was written."),
    "export": ("pieces", "Nothing was exported."),
    "generate": ("files", "No phrases were kept."),
    "infill": ("", "No answers were kept."),
    "judge": ("files", "Nothing was judged."),
    "replay": ("", "Nothing was written."),
    "study": ("steps", None),  # its command says how to go on
    "vary": ("", "Nothing was written."),
}


class ConsoleWatcher(Watcher):
    """Prints what is done."""

    @contextmanager
    def task(self, task: Task) -> Iterator[Progress]:
        unit, if_stopped = _TASKS[task]
        with counting(unit, if_stopped=if_stopped) as advance:
            yield advance

    def on_notice(self, text: str) -> None:
        warn(text)

    def on_source(self, source: "Source") -> None:
        introduce(source)

    def on_build(self, music: str, folder: Path) -> None:
        say(f"Building {folder} from {music}.")

    def on_plan(self, proposal: "Proposal") -> None:
        explain(proposal)

    def on_corpus(self, corpus: "Corpus") -> None:
        print_summary(corpus)

    def on_tracks_matched(self, matches: Sequence[str]) -> None:
        for line in matches:
            say(f"  {line}")

    def on_model_chosen(self, choice: ModelChoice) -> None:
        if choice.far_run is not None:
            say(f"{choice.far_run} is {how_far(choice.far_ratio)}: anybody hears it.")
            say(f"To hear it all the same: ganola generate {choice.far_run}")
        path = choice.path
        say(f"Playing {f'{path.stem}, which comes with ganola' if is_built_in(path) else f'{path}, the newest'}")
