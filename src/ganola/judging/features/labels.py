"""On which music features mean something, and what their columns are called. All are functions of grid and tracks."""

# ruff: noqa: ARG001 - a feature calls all of them alike

from collections.abc import Sequence

from ganola.judging.features import rhythm
from ganola.music.grid import Grid
from ganola.music.key import PITCH_CLASSES
from ganola.music.tracks import Track

Tracks = Sequence[Track]


def always(grid: Grid, tracks: Tracks) -> bool:
    """Return True."""
    return True


def has_pitched(grid: Grid, tracks: Tracks) -> bool:
    """Return whether some track has pitches."""
    return any(not track.drums for track in tracks)


def has_two_pitched(grid: Grid, tracks: Tracks) -> bool:
    """Return whether two tracks or more have pitches."""
    return sum(not track.drums for track in tracks) > 1


def has_two_voices(grid: Grid, tracks: Tracks) -> bool:
    """Return whether two tracks or more are monophonic and have pitches."""
    return sum(track.monophonic and not track.drums for track in tracks) > 1


def has_drum_grid(grid: Grid, tracks: Tracks) -> bool:
    """Return whether there are drums, on a grid finer than eighth notes."""
    return any(track.drums for track in tracks) and grid.steps_per_quarter % (2 * rhythm.EIGHTHS) == 0


def has_two_bars(grid: Grid, tracks: Tracks) -> bool:
    """Return whether a window has two bars or more."""
    return grid.bars > 1


def one_column(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return the name of a feature's only column, which needs none."""
    return ("",)


def track_names(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return a name a track."""
    return [track.name for track in tracks]


def pitched_track_names(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return a name a track that has pitches."""
    return [track.name for track in tracks if not track.drums]


def pitch_classes(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return the names of the twelve pitch classes."""
    return PITCH_CLASSES


def interval_classes(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return the interval classes from 0 (unison) to 6 (tritone)."""
    return [str(semitones) for semitones in range(7)]


def bar_positions(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return the positions of a bar (see `rhythm.positions`) in quarter notes, counted from 1."""
    count = rhythm.positions(grid)
    beats = [float(grid.metre.quarters) * place / count + 1 for place in range(count)]
    return [f"{beat:.4g}" for beat in beats]


def note_lengths(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return the classes of note lengths."""
    return [*(f"up to {bound:g}" for bound in rhythm.LENGTHS), f"over {rhythm.LENGTHS[-1]:g}"]


def melodic_intervals(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return the intervals from an octave down to an octave up, and what lies beyond."""
    return ["beyond -12", *(f"{semitones:+d}" if semitones else "0" for semitones in range(-12, 13)), "beyond +12"]


def bass_intervals(grid: Grid, tracks: Tracks) -> Sequence[str]:
    """Return the intervals from a semitone to an octave, and what lies beyond."""
    return [*(str(semitones) for semitones in range(1, 13)), "beyond 12"]
