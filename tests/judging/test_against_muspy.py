"""Where muspy measures the same thing, and rightly, it and ganola agree: its pitch metrics fold octaves correctly.

muspy weighs notes, ganola time; with notes of one length the two are the same.
"""

import muspy
import numpy as np
import pytest

from ganola.judging.analysis import WindowNotes, analyse, cells_of
from ganola.judging.features.catalogue import FEATURES
from ganola.music.grid import Grid
from ganola.music.roll import decode
from ganola.music.tracks import Track

GRID = Grid(lowest=41, pitches=37, steps_per_quarter=4, metre="4/4", bars=2)
TRACKS = (Track(name="one"), Track(name="other"))
MEASURES = {feature.name: feature.measure for feature in FEATURES}
LENGTH = 3  # steps of every note


def windows(count: int) -> np.ndarray:
    """Music by chance, one track above the other, in which no note touches another of its pitch."""
    randomness = np.random.default_rng(5)
    columns = []
    for window in range(count):
        places = randomness.permutation(GRID.pitches * (GRID.steps // 4))[: randomness.integers(3, 40)]
        pitch, slot = np.divmod(places, GRID.steps // 4)
        track = (pitch >= GRID.pitches // 3).astype(np.int64)
        columns += list(zip(np.full(len(places), window), track, 4 * slot, pitch + GRID.lowest, strict=True))
    window, track, start, pitch = np.array(columns).T
    return cells_of(WindowNotes(window, track, start, np.full(len(start), LENGTH), pitch), count, 2, GRID)


def as_muspy(cells: np.ndarray) -> muspy.Music:
    rows = decode(cells, GRID).rows()
    return muspy.Music(
        resolution=GRID.steps_per_quarter,
        tracks=[
            muspy.Track(
                notes=[
                    muspy.Note(time=start, pitch=pitch, duration=end - start)
                    for track, start, end, pitch in rows
                    if track == index
                ]
            )
            for index in range(len(TRACKS))
        ],
    )


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("pitch range", muspy.pitch_range),
        ("pitch-class entropy", muspy.pitch_class_entropy),
        ("in one scale", muspy.scale_consistency),
        ("notes at once", muspy.polyphony),
    ],
)
def test_a_feature_is_muspys(name, oracle) -> None:
    cells = windows(25)
    found = MEASURES[name](analyse(cells, GRID, TRACKS)).reshape(-1)
    np.testing.assert_allclose(found, [oracle(as_muspy(window)) for window in cells], atol=1e-9)
    assert found.std() > 0
