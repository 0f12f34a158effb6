"""What the workers of a cluster do with trials in tests: they find these functions here, by their names."""

import os
import signal
from collections.abc import Callable

from ganola.study.records import TrialRecord
from ganola.study.trial import Trial, run_trial
from tests.models import few_phrases
from tests.study.support import record_of


def train_and_be_killed_once(trial: Trial, stop: Callable[[], bool]) -> TrialRecord:
    """Train; the first time that seed 1 is tried, be killed in the middle, after two steps."""
    mark = trial.study / "killed"
    with few_phrases():
        if trial.cell.seed != 1 or mark.exists():
            return run_trial(trial, stop)
        mark.write_text(trial.cell.name)
        asked = iter(range(2))
        try:
            return run_trial(trial, lambda: next(asked, None) is None)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)


def be_killed_at_seed_1(trial: Trial, stop: Callable[[], bool]) -> TrialRecord:
    if trial.cell.seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return record_of(trial)
