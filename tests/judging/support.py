"""Music for judging: tunes that have a style, so that wrong notes and shuffled bars can be heard."""

from pathlib import Path

import numpy as np

from ganola.music.io.midi.write import write_midi
from ganola.music.score import Notes, Score
from tests.corpora import COMMON_TIME, TRACKS

SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
RHYTHMS = ((1, 1, 2, 2, 2), (2, 2, 4), (2, 1, 1, 4), (4, 1, 1, 1, 1), (3, 1, 2, 2))  # eighth notes of a bar


def styled_tune(number: int, bars: int) -> Score:
    """A melody that walks by steps in C major, one rhythm in all its bars, over a bass that answers it in thirds."""
    randomness = np.random.default_rng(number)
    rhythm, degree = RHYTHMS[number % len(RHYTHMS)], 7 * int(randomness.integers(1, 3)) + number % 5
    rows = []
    for bar in range(bars):
        step = 8 * bar
        for length in rhythm:
            degree = int(np.clip(degree + randomness.choice([-1, -1, 1, 1, 2]), 7, 24))
            rows.append((0, step, step + length, 48 + 12 * (degree // 7) + int(SCALE[degree % 7])))
            step += length
        root = int(randomness.choice([0, 3, 4]))
        rows.append((1, 8 * bar, 8 * bar + 8, 36 + int(SCALE[root])))
    return Score(TRACKS, Notes.of(rows), 2, COMMON_TIME)


def write_styled_tunes(folder: Path, count: int, bars: int = 7) -> None:
    for number in range(count):
        write_midi(styled_tune(number, bars), folder / f"tune-{number:03d}.mid")
