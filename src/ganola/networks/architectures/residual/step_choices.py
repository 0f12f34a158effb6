"""What a track plays, as it is chosen: a voice's steps, or the cells of a track of many notes (see `step_loop`)."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from ganola.networks.outputs.choices import HOLD, REST, Softmax

if TYPE_CHECKING:
    from ganola.networks.architectures.residual.track_decoder import TrackDecoder

NOWHERE = 1 << 20  # the pitch of a line that rests: whatever is computed from it is out of range

Floats = NDArray[np.float32]
Integers = NDArray[np.intp]
Flags = NDArray[np.bool_]


class Choices(ABC):
    """What a track plays: the lines of each phrase after its last step, and in the end the roll."""

    frame: Flags | None = None  # what sounds after the last step of each phrase, of tracks of many notes

    def __init__(self, decoder: "TrackDecoder", phrases: int, steps: int) -> None:
        self.pitches, self.planes, self.phrases, self.steps = (
            decoder.pitches,
            decoder.discretiser.planes,
            phrases,
            steps,
        )
        self.lines = np.full((phrases, decoder.own), NOWHERE)

    @abstractmethod
    def choose(self, logits: Floats, playing: Integers, rows: Integers, most: Integers) -> Integers:
        """Take the likeliest choices of the steps in `rows` of the phrases in `playing`, at most so many of each.

        Returns how many hold, which is to the first that moves a line, or changes what sounds where the decoder hears
        that. Logits are (phrases, steps, choices).
        """

    def take_given(self, phrase: int, first: int, frames: Flags) -> None:  # noqa: ARG002 - not all use it
        """Go on from steps of a phrase that are given, from `first` on. Each of the frames says what sounds."""
        sounding = frames[frames.any(axis=1)]
        if len(sounding):
            self.lines[phrase] = _highest_and_lowest(sounding[-1:])[0, : self.lines.shape[1]]
        if self.frame is not None:
            self.frame[phrase] = frames[-1]

    @abstractmethod
    def roll(self) -> Bool[np.ndarray, "batch planes steps pitches"]:
        """Return what has been chosen."""


class _Voice(Choices):
    """One choice of rest, hold or a pitch."""

    def __init__(self, decoder: "TrackDecoder", phrases: int, steps: int) -> None:
        super().__init__(decoder, phrases, steps)
        self.chosen = np.empty(phrases * steps, np.intp)

    def choose(self, logits: Floats, playing: Integers, rows: Integers, most: Integers) -> Integers:
        logits = logits[:, :, : 2 + self.pitches]
        logits[rows % self.steps == 0, HOLD] = -np.inf  # nothing sounds before the first step
        chosen = logits.argmax(axis=2)
        self.chosen[rows] = chosen
        pitch, line = chosen - 2, self.lines[playing]
        moved = (chosen > HOLD) & (pitch != line)
        last = np.minimum(_first_or_last(moved), most - 1)
        phrase = np.arange(len(playing))
        self.lines[playing, 0] = np.where(moved[phrase, last], pitch[phrase, last], line[:, 0])
        return last + 1

    def take_given(self, phrase: int, first: int, frames: Flags) -> None:
        super().take_given(phrase, first, frames)
        sounding = np.where(frames.any(axis=1), _highest_and_lowest(frames)[:, 0] + 2, REST)
        self.chosen[phrase * self.steps + first + np.arange(len(frames))] = sounding

    def roll(self) -> Bool[np.ndarray, "batch planes steps pitches"]:
        chosen = self.chosen.reshape(self.phrases, self.steps)
        # The last step that did not hold says what sounds.
        last = np.maximum.accumulate(np.where(chosen != HOLD, np.arange(self.steps), 0), axis=1)
        sounding = np.take_along_axis(chosen, last, axis=1) - 2
        frame = sounding[..., None] == np.arange(self.pitches)
        onset = frame & (chosen > HOLD)[..., None]
        return np.stack([onset, frame & ~onset], axis=1) if self.planes == 2 else frame[:, None]


class _Cells(Choices):
    """Each cell of each plane on its own."""

    def __init__(self, decoder: "TrackDecoder", phrases: int, steps: int) -> None:
        super().__init__(decoder, phrases, steps)
        self.chosen = np.empty((phrases * steps, self.planes, self.pitches), np.bool_)
        self.frame: Flags = np.zeros((phrases, self.pitches), np.bool_)
        self.frame_is_heard = decoder.frame_embedding is not None
        self.first = 2 if decoder.rest_hold_head is not None else 0

    def choose(self, logits: Floats, playing: Integers, rows: Integers, most: Integers) -> Integers:
        cells = logits[:, :, self.first : self.first + self.planes * self.pitches].reshape(
            *rows.shape, self.planes, self.pitches
        )
        self.chosen[rows] = chosen = np.greater(cells, 0)
        return self._follow(np.any(chosen, axis=2), playing, most)

    def roll(self) -> Bool[np.ndarray, "batch planes steps pitches"]:
        return self.chosen.reshape(self.phrases, self.steps, self.planes, self.pitches).swapaxes(1, 2)

    def _follow(self, frame: Flags, playing: Integers, most: Integers) -> Integers:
        """Keep what sounds (phrases, steps, pitches), and move the lines to its highest and its lowest pitch; where
        nothing does, they stay. Return how many steps hold."""
        line = self.lines[playing][:, None]
        sounding = _highest_and_lowest(frame)[..., : line.shape[2]]
        lines = np.where(frame.any(axis=2, keepdims=True), sounding, line)
        changed = frame != self.frame[playing][:, None] if self.frame_is_heard else lines != line
        last, phrase = np.minimum(_first_or_last(changed.any(axis=2)), most - 1), np.arange(len(playing))
        self.lines[playing], self.frame[playing] = lines[phrase, last], frame[phrase, last]
        return last + 1


class _Chords(_Cells):
    """Each pitch one choice of off, onset or sustain; of which it is sustain only where it sounded."""

    def choose(self, logits: Floats, playing: Integers, rows: Integers, most: Integers) -> Integers:
        onset_logits = logits[:, :, self.first : self.first + self.pitches]
        sustain_logits = logits[:, :, self.first + self.pitches : self.first + 2 * self.pitches]
        onset = (onset_logits > 0) & (onset_logits >= sustain_logits)
        holds = (sustain_logits > 0) & (sustain_logits > onset_logits)
        frames, frame = np.empty_like(onset), self.frame[playing]
        for step in range(rows.shape[1]):
            holds[:, step] &= frame
            frame = np.logical_or(onset[:, step], holds[:, step], out=frames[:, step])
        self.chosen[rows, 0], self.chosen[rows, 1] = onset, holds
        return self._follow(frames, playing, most)


def choices_of(decoder: "TrackDecoder", phrases: int, steps: int) -> Choices:
    """Return where the choices of a track are kept, for so many steps of each phrase."""
    if not isinstance(decoder.discretiser, Softmax):
        kind: type[Choices] = _Cells
    elif decoder.track.monophonic:
        kind = _Voice
    else:
        kind = _Chords if decoder.discretiser.planes == 2 else _Cells
    return kind(decoder, phrases, steps)


def _first_or_last(flags: Flags) -> Integers:
    """Return where the first of each row is set, or the last place where none is."""
    first = flags.argmax(axis=1)
    return np.where(flags.any(axis=1), first, flags.shape[1] - 1)


def _highest_and_lowest(frame: Flags) -> Integers:
    """Return the highest and the lowest of the pitches that are set, on a last axis of two."""
    return np.stack([frame.shape[-1] - 1 - frame[..., ::-1].argmax(axis=-1), frame.argmax(axis=-1)], axis=-1)
