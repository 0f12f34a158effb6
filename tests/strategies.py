"""Music for hypothesis: grids, notes that a roll holds exactly, notes that it does not, and cells."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ganola.music.grid import Grid
from ganola.music.score import Notes
from ganola.music.tracks import Track

Row = tuple[int, int, int, int]  # track, start, end, pitch


@dataclass(frozen=True)
class Fixture:
    """Notes in steps, and the grid, tracks and number of steps that they are for."""

    grid: Grid
    tracks: tuple[Track, ...]
    steps: int
    rows: list[Row]

    @cached_property
    def notes(self) -> Notes:
        """The rows as notes. Not made sooner: the type checks draw random numbers, and a strategy may not."""
        return Notes.of(self.rows)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Small grids at any height of the keyboard, with any bar."""
    pitches = draw(st.integers(1, 14))
    return Grid(
        lowest=draw(st.integers(0, 128 - pitches)),
        pitches=pitches,
        steps_per_quarter=draw(st.sampled_from([1, 3, 4, 5, 12])),
        metre=f"{draw(st.integers(1, 5))}/4",
        bars=draw(st.integers(1, 4)),
    )


@st.composite
def tracks(draw: st.DrawFn) -> tuple[Track, ...]:
    """One to three tracks of one note or of many."""
    monophonic = draw(st.lists(st.booleans(), min_size=1, max_size=3))
    return tuple(Track(name=f"track {index}", monophonic=single) for index, single in enumerate(monophonic))


@st.composite
def fitted(draw: st.DrawFn) -> Fixture:
    """Notes that a roll holds exactly: on each string one after another, touching now and then."""
    grid, players = draw(grids()), draw(tracks())
    steps = draw(st.integers(1, 3 * grid.steps_per_bar))
    every_pitch = list(range(grid.lowest, grid.highest + 1))
    rows = []
    for index, track in enumerate(players):
        # In a monophonic track one string runs over all pitches; in any other each pitch is a string.
        strings = (
            [every_pitch] if track.monophonic else [[pitch] for pitch in draw(st.sets(st.sampled_from(every_pitch)))]
        )
        for string in strings:
            step = 0
            for gap, length in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), max_size=6)):
                start, end = step + gap, min(step + gap + length, steps)
                if start < end:
                    rows.append((index, start, end, draw(st.sampled_from(string))))
                step = max(start, end)
    return Fixture(grid, players, steps, draw(st.permutations(rows)))


@st.composite
def unfitted(draw: st.DrawFn) -> Fixture:
    """Any notes: colliding, overlapping, above and below the grid."""
    grid, players = draw(grids()), draw(tracks())
    around = st.integers(max(0, grid.lowest - 2), min(127, grid.highest + 2))
    row = st.tuples(st.integers(0, len(players) - 1), st.integers(0, 20), st.integers(1, 9), around)
    rows = [(track, start, start + length, pitch) for track, start, length, pitch in draw(st.lists(row, max_size=20))]
    return Fixture(grid, players, 29, rows)


@st.composite
def cells(draw: st.DrawFn) -> np.ndarray:
    """Any cells at all, sustains that continue nothing among them; two pieces of them now and then."""
    shape = draw(arrays.array_shapes(min_dims=3, max_dims=4, max_side=6))
    return draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, 2)))
