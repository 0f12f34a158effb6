"""A study from beginning to end, in one process, on a tiny corpus; killed, gone on with, grown and refused."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.networks.model_file import MODEL_FILE
from ganola.study import trial as trials
from ganola.study.records import BASE, RESULTS, TrialRecord, read_tests, read_trials
from ganola.study.run import run_study
from ganola.study.scope import Scope
from ganola.study.watcher import StudyWatcher
from ganola.training.run import open_run
from tests.study.support import LOSS, ROOM, Here, be_killed, small_study

TIMES = {"seconds", "processor_seconds"}


class Watcher(StudyWatcher):
    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.left: list[int] = []

    def on_scope(self, scope: Scope) -> None:
        self.scopes.append(scope)

    def on_trial(self, record: TrialRecord, left: int, seconds_left: float) -> None:  # noqa: ARG002
        assert seconds_left >= 0
        self.left.append(left)


def without_times(record: TrialRecord) -> dict[str, object]:
    found = record.model_dump(exclude=TIMES)
    for point in found["curve"]:
        del point["processor_seconds"]
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory, corpus) -> tuple[Path, list[TrialRecord], Watcher]:
    """A study that nothing disturbed."""
    folder, watcher = tmp_path_factory.mktemp("whole") / "study", Watcher()
    run_study(small_study(corpus.folder), folder, executor=Here(), watcher=watcher)
    return folder, read_trials(folder), watcher


def test_each_training_is_a_run_with_a_record(whole) -> None:
    folder, records, watcher = whole
    assert [(record.value, record.seed) for record in records] == [
        ("base", 0), ("minimax", 0), ("base", 1), ("minimax", 1),
    ]  # fmt: skip
    for record in records:
        run = open_run(folder / record.folder)
        assert (run.recipe.training.seed, record.steps, record.samples) == (record.seed, 4, 40)
        assert [point.samples for point in record.curve][-1] == 40
        assert (folder / record.folder / MODEL_FILE).exists()
        assert record.kept_samples in (20, 40)
        assert record.ratio is not None
        assert record.ratio.low <= record.ratio.value <= record.ratio.high
        assert record.processor_seconds > 0
    assert open_run(folder / records[1].folder).recipe.objective.loss == "minimax"
    assert watcher.left == [3, 2, 1, 0]
    (scope,) = watcher.scopes
    assert (scope.trials, scope.done, scope.settings, scope.corpora, scope.seeds) == (4, 0, 2, 1, 2)
    assert len(scope.seconds) == 4
    assert min(scope.seconds.values()) > 0 < scope.size
    assert (folder / "report.html").exists()


def test_one_that_was_killed_goes_on_and_repeats_nothing(tmp_path, corpus, whole) -> None:
    folder = tmp_path / "study"
    process = multiprocessing.get_context("spawn").Process(target=be_killed, args=(corpus.folder, folder))
    process.start()
    process.join()
    assert process.exitcode == -9
    assert len(read_trials(folder)) == 2
    begun = open_run(folder / "runs" / "tiny-base-seed1").start()
    assert 0 < begun.step < 4  # it goes on from its checkpoint
    with (folder / RESULTS).open("a") as file:
        file.write('{"question": "lo')  # as a power cut may leave it
    executor = Here()
    run_study(small_study(corpus.folder), folder, executor=executor)
    assert executor.done == ["tiny-base-seed1", "tiny-loss-minimax-seed1"]
    assert [without_times(one) for one in read_trials(folder)] == [without_times(one) for one in whole[1]]
    again = Here()
    run_study(small_study(corpus.folder), folder, executor=again)
    assert again.done == []
    assert len((folder / RESULTS).read_text().splitlines()) == 4


def test_a_study_may_grow_but_not_change_what_is_there(tmp_path, corpus) -> None:
    study, folder = small_study(corpus.folder, seeds=1), tmp_path / "study"
    run_study(study, folder, executor=Here())
    for changes, fault in (
        ({"budget": {"samples": 50}}, "budget: it is another one"),
        ({"axes": [ROOM]}, "tiny-loss-minimax-seed0 has begun, and is no longer part of it"),
        ({"changes": [*study.changes, "networks.width=10"]}, "tiny-base-seed0: networks.width is 10, and was 8"),
    ):
        with pytest.raises(InputError, match="this is another one") as raised:
            run_study(small_study(corpus.folder, **{"seeds": 1} | changes), folder, executor=Here())
        assert raised.value.details[0].startswith(fault)
    executor = Here()
    run_study(small_study(corpus.folder, seeds=1, axes=[LOSS, ROOM | {"bundles": {"wide": {"networks.width": 9}}}]),
              folder, executor=executor)  # fmt: skip
    assert executor.done == ["tiny-room-wide-seed0"]


def test_numbers_that_are_not_finite_are_a_result(tmp_path, corpus) -> None:
    wild = {"name": "rate", "key": "critic.learning_rate", "values": [1e30]}
    study = small_study(corpus.folder, seeds=1, axes=[wild])
    run_study(study, tmp_path / "study", executor=Here())
    base, failed = read_trials(tmp_path / "study")
    assert base.id == BASE
    assert not base.failed
    assert failed.value == "1e+30"
    assert "no longer finite" in failed.failed or "have grown beyond" in failed.failed


def test_only_its_scope_trains_nothing(tmp_path, corpus) -> None:
    executor, watcher = Here(), Watcher()
    study = small_study(corpus.folder)
    assert run_study(study, tmp_path / "s", executor=executor, only_scope=True, watcher=watcher).report == ()
    assert executor.done == []
    assert watcher.scopes[0].done == 0
    assert not (tmp_path / "s" / RESULTS).exists()


def test_the_best_are_judged_on_test_music(tmp_path, corpus: Corpus, monkeypatch) -> None:
    """Which of two values is best is told to it; with both seeds."""
    folder = tmp_path / "study"
    ratios = iter([3.0, 5.0, 4.0, 2.0])
    record = trials._record

    def with_ratio(*args, **more):
        ratio = next(ratios)
        found = record(*args, **more)
        return found.model_copy(update={"ratio": replace(found.ratio, value=ratio)})

    monkeypatch.setattr(trials, "_record", with_ratio)
    monkeypatch.setattr("ganola.study.best.reason_not_scored", lambda *_: "")
    run_study(small_study(corpus.folder, tests={"phrases": 60}), folder, executor=Here())
    found = [(record.value, record.seed) for record in read_tests(folder)]
    assert found == [("base", 0), ("base", 1), ("minimax", 0), ("minimax", 1)]  # sqrt(10) is before sqrt(12)
    assert all(record.copied is not None for record in read_tests(folder))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path, corpus) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InputError, match="already exists"):
        run_study(small_study(corpus.folder), tmp_path, executor=Here())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
