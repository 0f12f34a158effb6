"""What the functions of `app` report while they work: to a terminal, a notebook, a server, or to nobody."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ganola.app.projects import ModelChoice
    from ganola.app.stopwatch import Stopwatch
    from ganola.app.train import TrainingResult
    from ganola.corpus.proposal import Proposal
    from ganola.corpus.source import Source
    from ganola.corpus.store import Corpus
    from ganola.events import Callback
    from ganola.training.budget import Budget
    from ganola.training.fine_tuning import Pretrained
    from ganola.training.run import Run

Progress = Callable[[str, int, int], None]  # the stage, how much of it is done, of how much
Task = Literal[
    "build", "compare", "compose", "evaluate", "export", "generate", "infill", "judge", "replay", "study", "vary"
]


class Watcher:
    """Receives what is done and how far it is. Each method does nothing: override those that you need."""

    @contextmanager
    def task(self, task: Task) -> Iterator[Progress]:  # noqa: ARG002 - for those who override it
        """Surround a task that takes its time, and yield the function that is called with its progress."""
        yield lambda _stage, _done, _total: None

    def on_notice(self, text: str) -> None:
        """Receive a warning of one line."""

    def on_source(self, source: "Source") -> None:
        """Receive the music files that a corpus is about to be built from."""

    def on_build(self, music: str, folder: Path) -> None:
        """Learn that there is no corpus of this music yet, so that one is built in `folder`."""

    def on_plan(self, proposal: "Proposal") -> None:
        """Receive the plan that follows from the music, with its reasons."""

    def on_corpus(self, corpus: "Corpus") -> None:
        """Receive a corpus that was built because a training needs it."""

    def on_run(
        self, music: str, recipe: str, budget: "Budget", folder: Path, pretrained: "Pretrained | None" = None
    ) -> None:
        """Learn what is about to be trained, from which model on, if from one, before anything is done."""

    def on_resume(self, run: "Run") -> None:
        """Learn which run is trained further."""

    @contextmanager
    def training(
        self,
        run: "Run",  # noqa: ARG002
        watch: "Stopwatch",  # noqa: ARG002
        *,
        measured: bool,  # noqa: ARG002
        processes: int,  # noqa: ARG002
    ) -> "Iterator[Sequence[Callback]]":
        """Surround a training, which `watch` measures, and yield the callbacks that it gets beside those of `app`.

        `measured` says whether its ratio is meaningful, `processes` how many compute it.
        """
        yield ()

    def stop_requested(self) -> bool:
        """Return whether a training has to stop after its step."""
        return False

    def on_last_step(self) -> None:
        """Learn that a training took its last step, and that its best model is judged next."""

    def on_trained(self, result: "TrainingResult") -> None:
        """Receive what a training resulted in."""

    def on_tracks_matched(self, matches: Sequence[str]) -> None:
        """Learn how the tracks of a file were matched to a model's, and what of it was guessed, a line each."""

    def on_model_chosen(self, choice: "ModelChoice") -> None:
        """Learn which model is played where nobody named one."""


SILENT = Watcher()
