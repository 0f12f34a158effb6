"""An evaluation made by hand, of which everything is known."""

import math
from dataclasses import replace

import numpy as np

from ganola.judging.bootstrap import Estimate
from ganola.judging.diversity import Diversity
from ganola.judging.musegan import MuseGanRow
from ganola.judging.results import (
    Candidate,
    CandidateResult,
    CollectionScores,
    CopyingResult,
    CopyPair,
    Evaluation,
    FeatureRow,
    Form,
    FormColumn,
    FormScores,
    Measure,
    MuseGanTable,
)
from ganola.judging.windows import WindowSet, independent
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, SUSTAIN
from ganola.music.tracks import Track

GRID = Grid(lowest=60, pitches=12, steps_per_quarter=2, metre="2/4", bars=2)
TRACKS = (Track(name="Lead"), Track(name="Bass", monophonic=True))
KEYS = ("ratio", "mmd", "density", "coverage", "c2st_trees", "c2st_network")
NONE, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


def phrase(*notes: tuple[int, int, int]) -> np.ndarray:
    """Cells of some notes: the track, the step, the row; each a beat long."""
    cells = np.full((2, GRID.steps, GRID.pitches), OFF, dtype=np.uint8)
    for track, step, row in notes:
        cells[track, step : step + 2, row] = (ONSET, SUSTAIN)
    return cells


def music(name: str, count: int) -> WindowSet:
    return independent(name, np.stack([phrase((0, 2 * (index % 4), index % 12), (1, 0, 3)) for index in range(count)]))


def scores(name: str, kind: str, ratio: float) -> CollectionScores:
    """With an interval from half the value to twice that."""
    around = Estimate(ratio, ratio / 2, 2 * ratio)
    accuracy = Estimate(0.9, 0.8, 1.02)
    return CollectionScores(name, kind, 60, around, around, around, around, accuracy, accuracy, accuracy)


FLOOR = replace(
    scores("training music", "real", 1.0), ratio=Estimate(1.0, 1.0, 1.0), c2st_trees=Estimate(0.5, 0.4, 0.6)
)
CONTROLS = (scores("5% wrong notes", "control", 3.25), scores("noise", "control", 400.0))

CLASHES = FeatureRow(
    name="semitone clashes",
    meaning="neighbouring pitch classes at once",
    unit="a step",
    labels=("",),
    generated=(0.25,),
    held_out=(0.06,),
    training=(0.07,),
    distance=Estimate(3.7, 3.5, 3.9),
    floor=Estimate(0.1, 0.0, 0.2),
    overlap=0.3,
    overlap_floor=0.9,
    edges=(0.0, 0.5, 1.0),
    generated_shares=(0.25, 0.75),
    held_out_shares=(1.0, 0.0),
    training_shares=(0.9, 0.1),
)
BASS = replace(
    CLASHES,
    name="bass intervals",
    unit="share",
    labels=("1", "2"),
    generated=(0.3, 0.125),
    held_out=(0.25, None),
    training=(None, 0.2),
    distance=Estimate(0.5, 0.1, 0.9),
    edges=(),
    generated_shares=(),
    held_out_shares=(),
    training_shares=(),
)
EMPTY = replace(BASS, name="leaps", labels=("",), generated=(None,), held_out=(None,), training=(None,))


def form(name: str, kind: str, *values: float | None) -> FormScores:
    """With intervals of a tenth to either side."""
    around = (None if value is None else Estimate(value, value - 0.1, value + 0.1) for value in values)
    return FormScores(name, kind, tuple(around))


FORM = Form(
    version=1,
    columns=(
        FormColumn("rhythm that returns", "after 1 bar", "places that both have", trusted=False),
        FormColumn("bars that return", "in any key", "bars as an earlier one", trusted=True),
        FormColumn("bars that return", "in rhythm", "bars as an earlier one", trusted=True),
    ),
    held_out=form("held-out music", "real", 0.5, 0.4, 0.8),
    others=(
        form("training music", "real", 0.5, 0.45, 0.95),
        form("validation", "real", 0.5, None, 0.7),
        form("5% wrong notes", "control", 0.5, 0.1, 0.8),
        form("noise", "control", 0.5, 0.05, 0.1),
    ),
)

MUSEGAN = (MuseGanRow("EB", "empty bars", 0.125, 0.375), MuseGanRow("DP", "drum patterns", None, None))
PAIR = CopyPair(7, 0.75, 9, "a hymn", 13, -2, phrase((0, 0, 5), (1, 2, 3)), phrase((0, 0, 5), (1, 4, 4)))


def result(name: str, ratio: float, **more) -> CandidateResult:
    own = music(name, 12)
    return CandidateResult(
        candidate=replace(Candidate("model", own, f"the run {name}"), **more),
        scores=scores(name, "model", ratio),
        features=(BASS, CLASHES, EMPTY),
        form=form(name, "model", 0.5, 0.125, 0.8),
        musegan=MuseGanTable(MUSEGAN, MUSEGAN, MUSEGAN),
        copying=CopyingResult(name, 12, (0.1, 0.2, 0.3, 0.4, 0.75), (2.0, 3.0, 4.0, 5.0, 9.0), 2 / 12, (PAIR,)),
        diversity=Diversity(12, 0.75, np.array([0.25, 0.5]), np.array([0.125, math.nan]), (), ("Bass",), ""),
    )


EVALUATION = Evaluation(
    version="0.1.0",
    features_version=1,
    corpus="hymns",
    fingerprint="8d709f22",
    grid=GRID,
    tracks=TRACKS,
    split="test",
    seed=3,
    held_out=music("test", 9),
    tunes=5,
    training_windows=1234,
    compared=1000,
    measures=tuple(Measure(key, f"the {key.removeprefix('c2st_')}", f"what {key} means", "1", True) for key in KEYS),
    results=(result("far", 40.0), result("near", 2.5)),
    real=(FLOOR, scores("validation", "real", 0.75)),
    controls=CONTROLS,
    threshold=0.625,
    copying=(CopyingResult("held-out music", 9, (0.1, 0.2, 0.3, 0.4, 0.5), (1.0, 2.0, 3.0, 4.0, 5.0), 0.0),),
    form=FORM,
    remarks=("Mind the gap.",),
    tempo=120.0,
)


def evaluation_of(found: CandidateResult) -> Evaluation:
    return replace(EVALUATION, results=(found,))


def too_little(found: CollectionScores, phrases: int) -> CollectionScores:
    """The same music, were it too little: `phrases` of them."""
    lacking = f"Distances need 50 phrases, and it has only {phrases}."
    return replace(found, phrases=phrases, distance=None, reason_missing=lacking, **dict.fromkeys(KEYS))


def has(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((pixels == np.array(colour)).all(axis=-1).any())
