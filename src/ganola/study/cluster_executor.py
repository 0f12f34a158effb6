"""What carries out trainings on a Ray cluster: each is a task with cores, and perhaps a graphics card, of its own."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path

from ganola.cluster import RETRIES, Cluster, LostTaskError, connect
from ganola.corpus.store import MANIFEST
from ganola.errors import GanolaError, MachineError
from ganola.study.design import Study
from ganola.study.executors import Work
from ganola.study.records import STUDY, TrialRecord
from ganola.study.run import StudyResult, run_study
from ganola.study.trial import Trial, run_trial
from ganola.study.watcher import SILENT, StudyWatcher
from ganola.wording import counted


class ClusterExecutor:
    """Carries out trainings on a cluster, each with so many cores and graphics cards, by calling `work`.

    All machines need the folder of the study and the corpora in the same place. A training whose worker dies goes on
    from where it was last saved, on another worker.
    """

    def __init__(self, cluster: Cluster, cores: int, gpus: int = 0, work: Work = run_trial) -> None:
        self.cluster, self.cores, self.gpus, self.work = cluster, cores, gpus, work

    def run(self, trials: Sequence[Trial], on_begin: Callable[[Trial], None]) -> Generator[TrialRecord, None, None]:
        """Yield the record of each trial as it comes (see `Executor`)."""
        shared = {path for trial in trials for path in (trial.study / STUDY, trial.corpus / MANIFEST)}
        task = partial(_do, self.work)
        lost: list[str] = []
        for index, outcome in self.cluster.run(
            task, trials, cores=self.cores, gpus=self.gpus, shared=sorted(shared), on_begin=on_begin
        ):
            if isinstance(outcome, LostTaskError):
                lost.append(f"{trials[index].cell.name}: {outcome.problem}")
            elif isinstance(outcome, GanolaError):
                raise outcome
            else:
                yield outcome
        if lost:
            raise MachineError(
                f"{counted(len(lost), 'training was', 'trainings were')} lost, {RETRIES + 1} times each",
                "All others are done. The same command goes on with these; where memory is short, more --cores of each "
                "leave room for fewer at a time.",
                lost,
            )


def run_study_on_cluster(
    study: Study,
    folder: Path,
    address: str,
    *,
    cores: int = 1,
    device: str = "cpu",
    only_scope: bool = False,
    watcher: StudyWatcher = SILENT,
) -> StudyResult:
    """Do what of a study is not done yet in `folder` on the cluster at `address`, as `run_study` does it here.

    Each training has `cores`, and a graphics card of its own unless `device` is "cpu". Corpora are built, and the best
    models judged, by this process. Raises InputError also where no machine has so much, and as `connect` does.
    """
    gpus = 0 if device == "cpu" else 1
    with connect(address) as cluster:
        cluster.refuse_if_too_small(cores, gpus)
        return run_study(
            study,
            folder,
            workers=cluster.room(cores, gpus),
            threads=cores,
            executor=ClusterExecutor(cluster, cores, gpus),
            device=device,
            only_scope=only_scope,
            watcher=watcher,
        )


def _do(work: Work, trial: Trial) -> TrialRecord:
    return work(trial, lambda: False)  # a cluster stops a task by ending its worker
