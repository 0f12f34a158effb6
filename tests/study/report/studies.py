"""Studies made by hand, whose answers are known: trials that ended where it is said."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ganola.study.design import Axis, Study
from ganola.study.records import BASE, Estimate, FindingSummary, Point, TestRecord, TrialRecord, append_record
from ganola.study.study_file import save_study
from ganola.training.budget import Budget

LOSS = Axis(
    name="loss",
    question="Does Wasserstein's loss converge better & faster?",
    literature="Dong et al. say so.",
    key="objective.loss",
    values=("wasserstein", "hinge"),
)
WIDTH = Axis(name="width", key="networks.width", values=(16, 24))
CORPORA = ("chorales", "folk")


def study_of(*axes: Axis, design: str = "one-at-a-time", corpora: Sequence[str] = CORPORA, title: str = "Two") -> Study:
    """A study of 3 seeds over the prototype."""
    return Study(
        title=title,
        corpora=tuple(corpora),
        recipe="prototype",
        changes=("networks.width=16",),
        seeds=(0, 1, 2),
        design=design,
        budget=Budget(samples=20_000),
        axes=axes,
    )


def trial(question: str, value: str, corpus: str, seed: int, ratio: float | None, **changes: object) -> TrialRecord:
    """A trial that came down to its ratio by half its samples, and stayed there; without one, it was not finite."""
    about = {
        "question": question,
        "value": value,
        "corpus": corpus,
        "seed": seed,
        "folder": f"runs/{corpus}-{question}-{value}-seed{seed}",
        "steps": 500,
        "samples": 20_000,
        "seconds": 120.0,
        "processor_seconds": 200.0,
    }
    if ratio is None:
        return TrialRecord(**about | {"failed": "its numbers are not finite"} | changes)
    curve = [(5_000, 4 * ratio), (10_000, ratio), (20_000, ratio)]
    known = {
        "ratio": Estimate(value=ratio, low=0.9 * ratio, high=1.1 * ratio),
        "kept_samples": 10_000,
        "curve": tuple(Point(samples=at, processor_seconds=at / 100, ratio=own) for at, own in curve),
    }
    return TrialRecord(**about | known | changes)


def trials_of(ends: Mapping[tuple[str, str], Mapping[str, Sequence[float | None]]]) -> list[TrialRecord]:
    """Trials of (question, value) on each corpus that ended at these ratios, one a seed."""
    return [
        trial(question, value, corpus, seed, ratio)
        for (question, value), by_corpus in ends.items()
        for corpus, ratios in by_corpus.items()
        for seed, ratio in enumerate(ratios)
    ]


BASE_KEY = (BASE.question, BASE.value)
BASE_ENDS = {"chorales": [10.0, 11.0, 9.0], "folk": [6.0, 6.6, 5.4]}
# Nearly half as far again, with every seed.
HINGE_ENDS = {"chorales": [14.0, 15.6, 12.6], "folk": [8.5, 9.2, 7.6]}
# Now nearer, now farther.
WIDE_ENDS = {"chorales": [12.0, 9.0, 9.5], "folk": [5.0, 7.2, 5.8]}
RECORDS = trials_of({BASE_KEY: BASE_ENDS, ("loss", "hinge"): HINGE_ENDS, ("width", "24"): WIDE_ENDS})
FINDING = FindingSummary(name="dead tracks", samples=4_000, present=True)


def judged(question: str, value: str, corpus: str, seed: int, ratio: float) -> TestRecord:
    """What came of a trial on test music."""
    return TestRecord(
        question=question,
        value=value,
        corpus=corpus,
        seed=seed,
        ratio=Estimate(value=ratio, low=ratio / 2, high=2 * ratio),
        c2st_features=0.93,
        c2st_rolls=0.87,
        copied=0.02,
    )


def write_study(folder: Path, study: Study, records: Sequence[TrialRecord | TestRecord]) -> Path:
    """Write a study and its records as `ganola study` leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    save_study(study, folder)
    for record in records:
        append_record(folder, record)
    return folder
