"""What a model is asked when it is judged, with stub models whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ganola.errors import InputError
from ganola.judging.reference import Reference, load_reference
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.generator import Generator
from ganola.networks.model import Model
from ganola.networks.outputs.logits import Logits
from ganola.playing.audition import ANGLES, audition, sensitivity
from tests.corpora import tiny_corpus
from tests.models import record_of

LATENT = 6


@pytest.fixture(scope="module")
def held(tmp_path_factory) -> Reference:
    return load_reference(tiny_corpus(tmp_path_factory.mktemp("audition")), "test", seed=0)


class Stubborn(Generator):
    """The same roll whatever the latent: an onset at step 3 of pitch 5, in every track."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        self.shape = (len(spec.tracks), 2, spec.grid.steps, spec.grid.pitches)

    def decode(self, latent) -> Logits:
        cells = torch.full((len(latent), *self.shape), -1.0)
        cells[:, :, 0, 3, 5] = 1.0
        return Logits(cells)


class Obedient(Stubborn):
    """An onset at each step at which the latent is positive."""

    def decode(self, latent) -> Logits:
        cells = torch.full((len(latent), *self.shape), -1.0)
        cells[:, :, 0, :LATENT, 5] = latent[:, None]
        return Logits(cells)


class CountsOnsets(nn.Module):
    def forward(self, roll) -> torch.Tensor:
        return roll[:, :, 0].sum(dim=(1, 2, 3))


def model_of(held: Reference, generator: type[Stubborn], critic: nn.Module | None, **record: object) -> Model:
    choices = NetworkConfig(output="straight-through", latent=LATENT)
    spec = ModelSpec(grid=held.corpus.grid, tracks=held.corpus.tracks, networks=choices)
    about = {"corpus_fingerprint": held.corpus.manifest.fingerprint, "steps": 56, "samples": 1234}
    return Model(spec, generator(spec), critic, record_of(spec, **about | record), "0123456789ab")


def test_a_generator_that_ignores_its_latent_changes_nothing_and_one_that_obeys_changes_more_and_more(held) -> None:
    assert [moved for _, moved in sensitivity(model_of(held, Stubborn, None), seed=0)] == [0.0] * len(ANGLES)
    found = sensitivity(model_of(held, Obedient, None), seed=0)
    assert [degrees for degrees, _ in found] == list(ANGLES)
    moved = [change for _, change in found]
    assert moved == sorted(moved)
    assert moved[0] < 0.1 < 0.5 < moved[-1]


def test_a_candidate_has_its_phrases_and_where_they_come_from(held) -> None:
    candidate = audition(model_of(held, Stubborn, None), "stub", held, count=20, seed=4)
    assert (candidate.kind, candidate.music.name, len(candidate.music)) == ("model", "stub", 20)
    assert (np.unique(candidate.music.group, return_counts=True)[1] == 1).all()
    assert "0123456789ab" in candidate.about
    assert "56 steps on 1,234 samples" in candidate.about
    assert candidate.reliability is None
    assert "not calibrated" in candidate.remarks[0]


def test_the_critics_judgement_is_calibrated_and_relied_on_as_far_as_it_goes(held) -> None:
    """Real windows have many onsets, the stub two: D tells them apart, and so does J."""
    model = model_of(held, Stubborn, CountsOnsets(), calibration={"slope": 1.0, "offset": -4.0})
    candidate = audition(model, "stub", held, count=30, seed=0)
    assert candidate.mean_judgement == pytest.approx(1 / (1 + np.exp(2)))  # two onsets, less four
    assert candidate.reliability is not None
    assert candidate.reliability.count.sum() == 2 * min(30, len(held.held_out))
    assert candidate.reliability.brier < 0.1
    assert candidate.remarks == ()


def test_a_model_of_another_corpus_says_so_and_one_of_another_grid_is_refused(held) -> None:
    stranger = audition(model_of(held, Stubborn, None, corpus_fingerprint="another"), "stub", held, count=3, seed=0)
    assert any("another corpus" in remark for remark in stranger.remarks)
    model = model_of(held, Stubborn, None)
    other = replace(model, spec=model.spec.model_copy(update={"tracks": model.spec.tracks[:1]}))
    with pytest.raises(InputError, match="not the grid and tracks"):
        audition(other, "stub", held, count=3, seed=0)
