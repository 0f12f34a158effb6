"""The search for latents, with a generator whose answer to each number of a latent is known."""

import numpy as np
import pytest
import torch
from torch import nn

from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.generator import Generator, GivenRoll
from ganola.networks.model import Model
from ganola.networks.outputs.logits import Logits
from ganola.playing import search
from ganola.playing.infill import tries_for
from ganola.playing.search import find_latents
from tests.models import record_of

GRID = Grid(lowest=48, pitches=12, steps_per_quarter=1, metre="4/4", bars=2)
TRACKS = (Track(name="a"), Track(name="b"))


class StruckBySignOfBeat(Generator):
    """At each beat an onset in each track: at pitch 5 where the beat's number for the track is positive, else at 3."""

    def decode(self, latent) -> Logits:
        cells = torch.full((len(latent), len(TRACKS), 2, GRID.steps, GRID.pitches), -9.0)
        numbers = latent.unflatten(1, (len(TRACKS), GRID.pulses))
        cells[:, :, 0, :, 5], cells[:, :, 0, :, 3] = numbers, -numbers
        return Logits(cells)


def stub(encoder: nn.Module | None) -> Model:
    spec = ModelSpec(
        grid=GRID,
        tracks=TRACKS,
        networks=NetworkConfig(output="straight-through", latent=len(TRACKS) * GRID.pulses, width=8),
    )
    return Model(spec, StruckBySignOfBeat(spec), None, record_of(spec), "0123456789ab", encoder)


def tries(*right: tuple[int, int]) -> torch.Tensor:
    """Tries of one window: how many beats of each bar have the second track's number right, which is 1.

    The first track's numbers say which try it is: 1, 2, and so on.
    """
    number = torch.ones(len(right), len(TRACKS), GRID.bars, GRID.pulses_per_bar)
    for index, of_bars in enumerate(right):
        number[index, 0] = index + 1
        for bar, count in enumerate(of_bars):
            number[index, 1, bar, count:] = -1
    return number.flatten(1)[None]


def find(model: Model, r: torch.Tensor) -> torch.Tensor:
    """Which try each beat of those that are left is of, where the second track is kept, at pitch 5."""
    roll = torch.zeros(1, len(TRACKS), 2, GRID.steps, GRID.pitches, dtype=torch.bool)
    roll[:, 1, 0, :, 5] = True
    kept = torch.zeros(1, len(TRACKS), GRID.steps, dtype=torch.bool)
    kept[:, 1] = True
    found = find_latents(model, GivenRoll(roll, kept), r, torch.zeros_like(r[:, 0]))
    scale = found.latent[:, GRID.pulses :].abs().mean()
    return (found.latent[:, : GRID.pulses] / scale).round().int()


@pytest.fixture
def without_gradients(monkeypatch) -> None:
    monkeypatch.setattr(search, "GRADIENT_STEPS", 0)


def test_of_many_tries_each_bar_goes_on_from_those_that_explain_it_best(without_gradients) -> None:
    left = find(stub(nn.Identity()), tries((4, 0), (1, 1), (0, 4), (2, 3)))
    assert left.tolist() == [[1] * 4 + [3] * 4, [4] * 8]


def test_latents_that_are_not_dealt_to_beats_stay_whole(without_gradients) -> None:
    left = find(stub(None), tries((4, 0), (1, 1), (0, 3), (2, 3)))
    assert left.tolist() == [[4] * 8, [1] * 8]


def test_few_tries_are_all_followed(without_gradients) -> None:
    assert find(stub(nn.Identity()), tries((0, 0), (4, 4))).tolist() == [[1] * 8, [2] * 8]


def test_tracks_that_fewer_hear_are_tried_more_often() -> None:
    voices = np.eye(4, dtype=bool)[..., None].repeat(3, axis=2)
    assert [tries_for(kept) for kept in voices] == [2, 4, 6, 8]
    assert tries_for(~voices[0]) == 4
    assert tries_for(~voices[3]) == 2


def test_bars_are_tried_once() -> None:
    assert tries_for(np.array([[True, False, False]] * 4)) == tries_for(np.zeros((4, 3), np.bool_)) == 1
