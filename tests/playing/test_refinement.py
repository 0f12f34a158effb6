"""Choices that are refined, with a generator and a critic whose gradients are known."""

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
from ganola.playing.refinement import REALISM, play_refined
from tests.models import record_of

GRID = Grid(lowest=48, pitches=12, steps_per_quarter=1, metre="4/4", bars=2)
LATENT = 4
OWN, LIKED = 3, 7  # the pitch that is played if nobody says otherwise, and that of the kept track


class PlaysOwnPitch(Generator):
    """Each track prefers pitch 3 by a nat; at steps 1, 2 and 3 of a bar voices prefer to hold.

    The kept second track is likelier by 4 nats for each step at which the first one sounds its pitch, 7.
    """

    def decode(self, latent) -> Logits:
        cells = torch.full((len(latent), len(self.spec.tracks), self.spec.discretiser.logit_planes, 8, 12), -1.0)
        cells[:, :, 0, :, OWN] = cells[:, :, 0, :, OWN] + 2
        rest_hold = torch.full((len(latent), len(self.spec.tracks), 2, 8), -9.0)
        rest_hold[:, :, 1, [1, 2, 3, 5, 6, 7]] = 9.0
        return Logits(cells, rest_hold if self.spec.discretiser.has_rest_hold else None)

    def kept_losses(self, latent, roll, kept) -> torch.Tensor:
        del latent
        return 4 * (1 - roll[:, 0, :, :, LIKED].sum(dim=1)) * kept[:, 1]


class DislikesLiked(nn.Module):
    """D is less by 8 nats for each step at which the first track sounds pitch 7."""

    def forward(self, roll) -> torch.Tensor:
        return -8 / REALISM * roll[:, 0, :, :, LIKED].sum(dim=(1, 2))


def stub(output: str, *, monophonic: bool, critic: nn.Module | None = None, planes: str = "onset-sustain") -> Model:
    networks = NetworkConfig(output=output, latent=LATENT, width=8, planes=planes)
    tracks = tuple(Track(name=name, monophonic=monophonic) for name in ("a", "b"))
    spec = ModelSpec(grid=GRID, tracks=tracks, networks=networks)
    return Model(spec, PlaysOwnPitch(spec), critic, record_of(spec), "0123456789ab")


def played(model: Model, explained_rows: int = 1) -> tuple[np.ndarray, torch.Tensor]:
    """Which pitch the first track sounds at each step of two rolls, if one alone, and their scores.

    Of both the second track is kept; it is to be explained in the first `explained_rows` of them.
    """
    roll = torch.zeros(2, 2, model.spec.planes, GRID.steps, GRID.pitches, dtype=torch.bool)
    roll[:, 1, 0, :, LIKED] = True
    kept = torch.zeros(2, 2, GRID.steps, dtype=torch.bool)
    kept[:, 1] = True
    explained = kept.clone()
    explained[explained_rows:] = False
    found = play_refined(model, torch.zeros(2, LATENT), GivenRoll(roll, kept), explained, None)
    assert torch.equal(found.roll[:, 1], roll[:, 1])
    sounds = found.roll[:, 0].any(dim=1)
    return np.where(sounds.sum(dim=2) == 1, sounds.int().argmax(dim=2), -1), found.score


@pytest.mark.parametrize("planes", ["onset-sustain", "sounding"])
def test_a_track_that_did_not_hear_a_kept_one_comes_to_suit_it(planes) -> None:
    pitches, score = played(stub("softmax", monophonic=True, planes=planes))
    assert (pitches[0] == LIKED).all()
    assert (pitches[1] == OWN).all()
    assert score.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("output", ["softmax", "straight-through", "sigmoid"])
def test_cells_that_are_choices_of_their_own_do_too(output) -> None:
    model = stub(output, monophonic=False)
    before, _ = played(model, explained_rows=0)
    after, score = played(model, explained_rows=2)
    assert (before == OWN).all()
    assert (after == -1).all()  # pitch 3 sounds on, and 7 with it
    assert (score == score[0]).all()


def test_the_critic_has_its_say() -> None:
    pitches, score = played(stub("softmax", monophonic=True, critic=DislikesLiked()), explained_rows=2)
    assert (pitches == OWN).all()
    assert score.tolist() == [-4.0 * GRID.steps] * 2
