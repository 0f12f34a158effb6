"""A study on a real cluster of two workers, one of them killed in the middle: each record comes once."""

import json
from pathlib import Path
from typing import Any

import pytest

from ganola.cluster import Cluster, LostTaskError
from ganola.corpus.store import MANIFEST
from ganola.errors import InputError, MachineError
from ganola.study.cluster_executor import ClusterExecutor, run_study_on_cluster
from ganola.study.design import expand
from ganola.study.records import RESULTS, STUDY, TrialRecord
from ganola.study.run import run_study
from ganola.study.trial import Trial
from tests.corpora import tiny_corpus
from tests.models import few_phrases
from tests.study.cluster_work import be_killed_at_seed_1, train_and_be_killed_once
from tests.study.support import Here, record_of, small_study


def without_time(tree: Any) -> Any:
    """A record without what the clock and the processor say, and without its checksum, which is of these too."""
    if isinstance(tree, dict):
        kept = {key: value for key, value in tree.items() if not key.endswith(("seconds", "checksum"))}
        return {key: without_time(value) for key, value in kept.items()}
    return [without_time(value) for value in tree] if isinstance(tree, list) else tree


def results_in(folder: Path) -> list[Any]:
    lines = (folder / RESULTS).read_text(encoding="utf-8").splitlines()
    return sorted((without_time(json.loads(line)) for line in lines), key=lambda record: record["folder"])


def test_each_record_is_written_once_though_a_worker_is_killed_in_the_middle(cluster: Cluster, tmp_path: Path) -> None:
    study = small_study(tiny_corpus(tmp_path).folder)
    with few_phrases():
        run_study(study, tmp_path / "here", threads=1, executor=Here())
        executor = ClusterExecutor(cluster, cores=1, work=train_and_be_killed_once)
        run_study(study, tmp_path / "there", workers=2, threads=1, executor=executor)
    assert (tmp_path / "there" / "killed").read_text() in {
        record["folder"][5:] for record in results_in(tmp_path / "there")
    }
    assert len(results_in(tmp_path / "there")) == 4
    assert results_in(tmp_path / "there") == results_in(tmp_path / "here")


class StubCluster(Cluster):
    """Two answers in another order, one of them the loss of a worker, and no Ray: it keeps what was asked for."""

    def run(self, function, items, *, on_begin, **needs):
        self.ray.append(needs)
        for item in items:
            on_begin(item)
        yield 1, LostTaskError("the worker of a task died 4 times", "")
        yield 0, function(items[0])


def test_what_a_cluster_says_becomes_records_and_at_the_end_what_was_lost(tmp_path: Path) -> None:
    study = small_study(seeds=1)
    one, other = [Trial(tmp_path, cell, tmp_path / "a.corpus", study.budget, 3) for cell in expand(study)][:2]
    begun: list[Trial] = []
    asked: list[Any] = []
    executor = ClusterExecutor(StubCluster(asked), cores=3, gpus=1, work=be_killed_at_seed_1)
    records = executor.run([one, other], begun.append)
    assert next(records) == record_of(one)
    with pytest.raises(MachineError, match="1 training was lost, 4 times each") as error:
        next(records)
    assert error.value.details == (f"{other.cell.name}: the worker of a task died 4 times",)
    assert begun == [one, other]
    assert asked == [{"cores": 3, "gpus": 1, "shared": [tmp_path / "a.corpus" / MANIFEST, tmp_path / STUDY]}]


def test_trainings_that_kill_every_worker_are_named_when_all_others_are_done(cluster: Cluster, tmp_path: Path) -> None:
    study, folder = small_study(seeds=3), tmp_path / "study"
    folder.mkdir()
    (folder / STUDY).touch()
    (folder / MANIFEST).touch()
    trials = [Trial(folder, cell, folder, study.budget, 1) for cell in expand(study)]
    begun: list[Trial] = []
    came: list[TrialRecord] = []
    executor = ClusterExecutor(cluster, cores=1, work=be_killed_at_seed_1)
    with pytest.raises(MachineError, match="2 trainings were lost, 4 times each") as error:
        came.extend(executor.run(trials, begun.append))
    lost = {trial.cell.name for trial in trials if trial.cell.seed == 1}
    assert {line.partition(":")[0] for line in error.value.details} == lost
    assert sorted(record.folder for record in came) == sorted(
        f"runs/{trial.cell.name}" for trial in trials if trial.cell.name not in lost
    )
    assert begun == trials


def test_a_training_that_no_machine_has_room_for_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no machine of the cluster has 3 cores"), few_phrases():
        run_study_on_cluster(small_study(tiny_corpus(tmp_path).folder), tmp_path / "study", "auto", cores=3)
