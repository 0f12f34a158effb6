"""The five measures of the MuseGAN papers (Dong et al. 2018, arXiv 1709.06298, section 4.3), twice.

Once as the paper defines them, once as its released code (version 1) computes them, because the numbers in published
tables are the latter. Where the two differ, the code is wrong; comparing with a table needs it all the same.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from ganola.judging.analysis import Cells, WindowAnalysis, analyse, count_table, divide_or_nan, in_chunks
from ganola.judging.features.harmony import tonal_centroids
from ganola.music.grid import Grid
from ganola.music.roll import OFF
from ganola.music.tracks import Track

PITCH_CLASSES = 12
QUALIFIED_BEATS = 1 / 8  # "no shorter than three time steps", of 24 a beat: a thirty-second note
QUALIFIED_STEPS = 2  # what the code asks for, in steps of whatever grid
SIXTEENTHS = 4  # in a quarter note


@dataclass(frozen=True, slots=True)
class MuseGanRow:
    """One measure of some music, as defined and as released; None where it means nothing on this music."""

    name: str
    meaning: str
    defined: float | None
    released: float | None


def musegan_rows(cells: Cells, grid: Grid, tracks: tuple[Track, ...]) -> tuple[MuseGanRow, ...]:
    """Return EB, UPC, QN, DP and TD of some windows."""
    sums = [_sums(analyse(own, grid, tracks), own) for own in in_chunks(cells)]
    return tuple(
        MuseGanRow(name, meaning, *(_mean([own[name, way] for own in sums]) for way in ("defined", "released")))
        for name, meaning in (
            ("EB", "empty bars, share of the bars of all tracks"),
            ("UPC", "pitch classes used in a bar of a pitched track that plays"),
            ("QN", "qualified notes: share of those that are not too short"),
            ("DP", "drum strokes in eight- or sixteen-beat patterns, share"),
            ("TD", "tonal distance between two pitched tracks, a beat"),
        )
    )


Sum = tuple[float, float]  # of values, and how many


def _sums(analysis: WindowAnalysis, cells: Cells) -> dict[tuple[str, str], Sum]:
    bars = cells.reshape(*cells.shape[:2], analysis.grid.bars, analysis.grid.steps_per_bar, cells.shape[3]) != OFF
    empty = ~bars.any(axis=(3, 4))
    pitched = bars[:, ~analysis.drums]
    notes = analysis.notes
    shortest = QUALIFIED_BEATS * analysis.grid.steps_per_quarter
    return {
        ("EB", "defined"): _all(empty),
        ("EB", "released"): _all(empty),
        ("UPC", "defined"): _used(analysis),
        ("UPC", "released"): _all(_folded(pitched).any(axis=3).sum(axis=3)[~empty[:, ~analysis.drums]]),
        ("QN", "defined"): _all(notes.length >= shortest),
        ("QN", "released"): _mean_of_bars(bars),
        ("DP", "defined"): _all(_drum_pattern(analysis)),
        ("DP", "released"): _all(_released_drum_pattern(analysis)),
        ("TD", "defined"): _distance(_defined_beats(analysis)),
        ("TD", "released"): _distance(_released_beats(pitched, analysis.grid)),
    }


def _used(analysis: WindowAnalysis) -> Sum:
    """Return the pitch classes that sound in each bar of each pitched track, of bars in which the track plays."""
    chroma, grid = analysis.chroma[:, ~analysis.drums], analysis.grid
    bars = chroma.reshape(*chroma.shape[:2], grid.bars, grid.steps_per_bar, PITCH_CLASSES)
    by_bar = bars.any(axis=3).sum(axis=3)
    return _all(by_bar[by_bar > 0])


def _folded(bars: Bool[np.ndarray, "windows tracks bars steps pitches"]) -> Float[np.ndarray, "w t b s 12"]:
    """Return the code's chroma: not the octaves of a pitch class, but as many neighbouring pitches, are added up."""
    each = -(-bars.shape[-1] // PITCH_CLASSES)
    padded = np.pad(bars, [(0, 0)] * 4 + [(0, each * PITCH_CLASSES - bars.shape[-1])])
    return padded.reshape(*bars.shape[:-1], PITCH_CLASSES, each).sum(axis=-1).astype(np.float64)


def _mean_of_bars(bars: Bool[np.ndarray, "windows tracks bars steps pitches"]) -> Sum:
    """Return the code's qualified notes: the mean over bars.

    A note over a bar line is two; a repeated note is one with the note before it, since runs of what sounds count.
    """
    windows, tracks, count, steps, pitches = bars.shape
    flat = np.zeros((windows * tracks * count, pitches, steps + 1), dtype=bool)
    flat[:, :, :steps] = bars.reshape(-1, steps, pitches).transpose(0, 2, 1)
    change = np.diff(flat.reshape(-1).astype(np.int8), prepend=0)
    begin, end = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    bar = begin // (pitches * (steps + 1))
    long = np.bincount(bar, end - begin >= QUALIFIED_STEPS, len(flat))
    return _all(divide_or_nan(long, np.bincount(bar, minlength=len(flat))))


def _drum_pattern(analysis: WindowAnalysis) -> Float[np.ndarray, "windows"]:
    """Return the share of strokes on sixteenths, among which eighths lie, of all strokes."""
    if analysis.grid.steps_per_quarter % SIXTEENTHS:
        return np.zeros(0)
    strokes = analysis.notes.where(analysis.drums[analysis.notes.track])
    on_sixteenths = strokes.start * SIXTEENTHS % analysis.grid.steps_per_quarter == 0
    on = np.bincount(strokes.window, on_sixteenths, analysis.windows)
    return divide_or_nan(on, np.bincount(strokes.window, minlength=analysis.windows))


def _released_drum_pattern(analysis: WindowAnalysis) -> Float[np.ndarray, "bars"]:
    """Return the code's drum pattern, bar by bar: strokes weighted 1 on sixteenths and 0.3 a step beside them, of all.

    In the best of as many shifts as a sixteenth has steps.
    """
    if analysis.grid.steps_per_quarter % SIXTEENTHS:
        return np.zeros(0)
    steps = analysis.grid.steps_per_quarter // SIXTEENTHS
    pattern = np.zeros(steps)
    pattern[[0, 1 % steps, -1 % steps]] = (1.0, 0.3, 0.3) if steps > 1 else 1.0
    strokes = analysis.notes.where(analysis.drums[analysis.notes.track])
    bar = strokes.window * analysis.grid.bars + strokes.start // analysis.grid.steps_per_bar
    per_step = count_table(bar, strokes.start % steps, (analysis.windows * analysis.grid.bars, steps))
    scores = np.stack([per_step @ np.roll(pattern, shift) for shift in range(steps)], axis=1)
    return divide_or_nan(scores.max(axis=1), per_step.sum(axis=1))


def _defined_beats(analysis: WindowAnalysis) -> Float[np.ndarray, "windows tracks beats 12"]:
    return _by_beat(analysis.chroma[:, ~analysis.drums], analysis.grid)


def _released_beats(
    pitched: Bool[np.ndarray, "windows tracks bars steps pitches"], grid: Grid
) -> Float[np.ndarray, "windows tracks beats 12"]:
    return _by_beat(_folded(pitched), grid)


def _by_beat(
    chroma: Float[np.ndarray, "windows tracks *steps 12"], grid: Grid
) -> Float[np.ndarray, "windows tracks beats 12"]:
    beats = grid.pulses
    return chroma.reshape(*chroma.shape[:2], beats, grid.steps_per_pulse, PITCH_CLASSES).sum(axis=3)


def _distance(beats: Float[np.ndarray, "windows tracks beats 12"]) -> Sum:
    """Return the distances in tonal space of each two tracks, over the beats in which both sound."""
    centroids = tonal_centroids(beats)
    tracks = range(centroids.shape[1])
    pairs = [
        np.linalg.norm(centroids[:, one] - centroids[:, other], axis=2) for one in tracks for other in tracks[one + 1 :]
    ]
    return _all(np.concatenate([np.zeros(0), *(pair.reshape(-1) for pair in pairs)]))


def _all(values: np.ndarray) -> Sum:
    known = values[~np.isnan(values.astype(np.float64))]
    return float(known.sum()), float(known.size)


def _mean(sums: list[Sum]) -> float | None:
    count = sum(own for _, own in sums)
    return sum(total for total, _ in sums) / count if count else None
