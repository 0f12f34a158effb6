"""Music of any length as phrases of a model, and what is made of them as one piece again."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import UInt8

from ganola.corpus.phrases import phrase_starts
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, SUSTAIN
from ganola.networks.config import ModelSpec
from ganola.wording import counted

Music = UInt8[np.ndarray, "tracks steps pitches"]
Phrase = UInt8[np.ndarray, "tracks phrase_steps pitches"]


def phrase_windows(steps: int, grid: Grid) -> Iterator[slice]:
    """Yield the steps of one phrase after another; where bars remain, the last phrase is the last bars."""
    bar = grid.steps_per_bar
    for first in phrase_starts([steps // bar], grid.bars):
        yield slice(first * bar, first * bar + grid.steps)


def cut_phrase(music: Music, window: slice) -> Phrase:
    """Return a phrase of its own: a note that is held into it is struck again."""
    phrase = music[:, window].copy()
    phrase[:, 0][phrase[:, 0] == SUSTAIN] = ONSET
    return phrase


def join_phrase(music: Music, window: slice, phrase: Phrase, first: int) -> None:
    """Put a phrase in its place, from step `first` on. There a note is held on if it was, in `music` or the phrase, and
    sounds before."""
    begins = phrase[:, first - window.start].copy()
    held = (music[:, first] == SUSTAIN) | (begins == SUSTAIN)
    music[:, first : window.stop] = phrase[:, first - window.start :]
    before = music[:, first - 1] != OFF if first else np.zeros_like(held)
    music[:, first] = np.where(begins == OFF, OFF, np.where(held & before, SUSTAIN, ONSET))


def refuse_other_shape(music: Music, spec: ModelSpec) -> None:
    """Raise InputError where music is not of a model's tracks and range, whole bars, and a phrase long at least."""
    grid, tracks = spec.grid, len(spec.tracks)
    if music.shape[0] != tracks or music.shape[2] != grid.pitches:
        raise InputError(
            f"music of the shape {music.shape} is not this model's",
            f"Give (tracks, steps, pitches), tracks {tracks} and pitches {grid.pitches}.",
        )
    if music.shape[1] < grid.steps or music.shape[1] % grid.steps_per_bar:
        raise InputError(
            f"{counted(music.shape[1], 'step')} are no phrase of this model",
            f"Give whole bars of {grid.steps_per_bar} steps, at least {grid.bars} of them.",
        )
