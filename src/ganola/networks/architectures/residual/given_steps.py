"""Steps of a track that are given, as the loop of `step_loop` gets them: where they lie, and the lines after them."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from ganola.networks.architectures.residual.step_choices import Choices, Integers
from ganola.networks.generator import GivenRoll

if TYPE_CHECKING:
    from ganola.networks.architectures.residual.track_decoder import TrackDecoder


class GivenSteps:
    """Runs of given steps in the phrases of a loop, which leaps over them and goes on from the last of each.

    `steps` are the rows of a phrase, of which the last lie beyond its end.
    """

    def __init__(self, decoder: "TrackDecoder", given: GivenRoll, steps: int) -> None:
        self.roll, kept = given.roll[:, 0].numpy(), given.kept[:, 0].numpy()
        phrases, length = kept.shape
        self.kept = np.zeros((phrases, steps), np.bool_)
        self.kept[:, :length] = kept
        self.next_given, self.next_free = _next(self.kept), _next(~self.kept)
        self.frame = np.zeros((phrases, steps, decoder.pitches), np.bool_)
        self.frame[:, :length] = self.roll.any(axis=1)

    def leap(self, choices: Choices, step: Integers) -> None:
        """Move each phrase that is at a given step to the next free one. `step` is changed."""
        for phrase in self.kept[np.arange(len(step)), step].nonzero()[0]:
            first, last = step[phrase], self.next_free[phrase, step[phrase]]
            choices.take_given(int(phrase), int(first), self.frame[phrase, first:last])
            step[phrase] = last

    def free_steps(self, phrases: Integers, step: Integers) -> Integers:
        """Return how many steps from `step` on are free before the next given one."""
        return self.next_given[phrases, step] - step

    def paste(
        self, roll: Bool[np.ndarray, "batch planes steps pitches"]
    ) -> Bool[np.ndarray, "batch planes steps pitches"]:
        """Return the roll with the given steps as they are given."""
        length = self.roll.shape[2]
        return np.where(self.kept[:, None, :length, None], self.roll, roll[:, :, :length])


def _next(flags: NDArray[np.bool_]) -> Integers:
    """Return for each step of each row the first step from it on that is set; the row's length where none is."""
    steps = flags.shape[1]
    places = np.where(flags, np.arange(steps), steps)
    return np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1].astype(np.intp)
