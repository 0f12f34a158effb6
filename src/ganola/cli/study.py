"""How a study is shown in a terminal: its size, then a line for each training that begins or ends."""

from ganola.cli.console import narrate, say
from ganola.cli.progress import clock_time
from ganola.cli.watching import ConsoleWatcher
from ganola.judging.closeness import SCALE, times
from ganola.study.best import Finalist
from ganola.study.records import CellId, TestRecord, TrialRecord
from ganola.study.scope import Scope
from ganola.study.trial import Trial
from ganola.study.watcher import StudyWatcher
from ganola.wording import counted


class ConsoleStudyWatcher(ConsoleWatcher, StudyWatcher):
    """Prints how a study goes."""

    def on_scope(self, scope: Scope) -> None:
        for line in scope_lines(scope):
            say(line)

    def on_trial_begun(self, trial: Trial) -> None:
        cell = trial.cell
        narrate(f"Training {_named(cell.id, cell.corpus, cell.seed)}, in {trial.folder}.")

    def on_trial(self, record: TrialRecord, left: int, seconds_left: float) -> None:
        ahead = f"{counted(left, 'training')} left, about {clock_time(seconds_left)}" if left else "none left"
        narrate(f"  {_named(record.id, record.corpus, record.seed)}: {_outcome(record)}; {ahead}.")

    def on_finalist(self, finalist: Finalist, number: int, total: int) -> None:
        narrate(f"Judging {finalist.corpus}, {finalist.id.words} on test music: {number} of {total}.")

    def on_test(self, record: TestRecord) -> None:
        found = f"distance {times(record.ratio.value)}" if record.ratio else record.collapsed or "no distance"
        narrate(f"  {_named(record.id, record.corpus, record.seed)}: {found}")


def scope_lines(scope: Scope) -> list[str]:
    """Return how much a study is, in words."""
    of = f"{counted(scope.settings, 'recipe')} on {counted(scope.corpora, 'corpus', 'corpora')} with "
    lines = [f"{counted(scope.trials, 'training')}: {of}{counted(scope.seeds, 'seed')}."]
    if scope.done:
        lines.append(f"{scope.done:,} of them {'is' if scope.done == 1 else 'are'} done already.")
    if scope.seconds:
        lines.append(
            f"By a few steps of each, the rest takes about {clock_time(scope.seconds_left)} by the clock, "
            f"{scope.workers:,} at a time, and {scope.size / 1e9:.1f} GB of disk; judging comes on top."
        )
    return [*lines, f"Distances are from real music: {SCALE}."]


def _named(cell: CellId, corpus: str, seed: int) -> str:
    return f"{corpus}, {cell.words}, seed {seed}"


def _outcome(record: TrialRecord) -> str:
    if record.failed:
        return f"ended early ({record.failed.removesuffix('.')})"
    return f"distance {times(record.ratio.value)}" if record.ratio else record.unmeasured.removesuffix(".")
