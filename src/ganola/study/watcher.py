"""What a study reports while it runs: to a terminal, a notebook, or to nobody."""

from ganola.app.watcher import Watcher
from ganola.study.best import Finalist
from ganola.study.records import TestRecord, TrialRecord
from ganola.study.scope import Scope
from ganola.study.trial import Trial


class StudyWatcher(Watcher):
    """Receives how far a study is. Each method does nothing: override those that you need."""

    def on_scope(self, scope: Scope) -> None:
        """Learn how much the study is, before anything is trained."""

    def on_trial_begun(self, trial: Trial) -> None:
        """Learn which training begins, or is gone on with."""

    def on_trial(self, record: TrialRecord, left: int, seconds_left: float) -> None:
        """Receive what came of a training, how many are left, and about how long they take by the clock."""

    def on_finalist(self, finalist: Finalist, number: int, total: int) -> None:
        """Learn which value's models are judged on test music next, and that it is `number` of `total`."""

    def on_test(self, record: TestRecord) -> None:
        """Receive what came of a model on test music."""


SILENT = StudyWatcher()
