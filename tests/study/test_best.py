"""Which values are best, of records made by hand."""

from ganola.study.best import best_cell, find_finalists
from ganola.study.records import BASE, CellId, Estimate, TrialRecord
from tests.study.support import LOSS, ROOM, small_study

MINIMAX, WIDE, LONG = CellId("loss", "minimax"), CellId("room", "wide"), CellId("room", "long")


def record(cell: CellId, seed: int, ratio: float | None, corpus: str = "tiny") -> TrialRecord:
    estimate = None if ratio is None else Estimate(value=ratio, low=ratio, high=ratio)
    return TrialRecord(
        question=cell.question, value=cell.value, corpus=corpus, seed=seed, folder="", steps=1, samples=1,
        seconds=1.0, processor_seconds=1.0, ratio=estimate,
    )  # fmt: skip


def records(cell: CellId, *ratios: float | None) -> list[TrialRecord]:
    return [record(cell, seed, ratio) for seed, ratio in enumerate(ratios)]


def test_the_best_has_the_least_mean_of_logarithms() -> None:
    """The geometric means are 2 and 3; the arithmetic ones would have it the other way."""
    assert best_cell({MINIMAX: records(MINIMAX, 1.0, 4.0), BASE: records(BASE, 3.0, 3.0)}) == MINIMAX
    assert best_cell({MINIMAX: records(MINIMAX, 0.5, 8.0), BASE: records(BASE, 1.9, 2.0)}) == BASE


def test_one_that_lacks_a_result_comes_last_and_none_at_all_is_not_best() -> None:
    assert best_cell({MINIMAX: records(MINIMAX, 1.0, None), BASE: records(BASE, 9.0, 9.0)}) == BASE
    assert best_cell({MINIMAX: records(MINIMAX, None, None)}) is None


def test_the_base_and_the_best_of_each_question_are_finalists_each_once() -> None:
    study = small_study(axes=[LOSS, ROOM])
    known = [
        *records(BASE, 3.0, 3.0), *records(MINIMAX, 4.0, 4.0), *records(WIDE, 2.0, 5.0), *records(LONG, 2.5, 2.5),
    ]  # fmt: skip
    finalists = find_finalists(study, known)
    assert [finalist.id for finalist in finalists] == [BASE, LONG]  # the base is the best loss
    assert [[trial.seed for trial in finalist.trials] for finalist in finalists] == [[0, 1], [0, 1]]
