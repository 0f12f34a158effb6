"""Latents: drawn, rotated, and found for music."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ganola.app.defaults import BUILT_IN
from ganola.app.projects import built_in_models
from ganola.errors import InputError
from ganola.networks.model_file import load_model
from ganola.playing.generate import generate, play_latents
from ganola.playing.latents import draw_latent, encode_cells, rotate_towards


@pytest.fixture(scope="module")
def chorales():
    return load_model(built_in_models()[BUILT_IN])


def test_latents_are_standard_normal() -> None:
    drawn = torch.stack([draw_latent(3, number, 64) for number in range(500)])
    assert abs(drawn.mean().item()) < 0.02
    assert abs(drawn.std().item() - 1) < 0.02


def test_latents_rotate_by_the_angle_asked_for_and_keep_their_length() -> None:
    one, other = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    found = rotate_towards(one, other, 30.0)
    assert found.norm().item() == pytest.approx(3.0)
    assert torch.rad2deg(torch.arccos((one * found).sum() / 9)).item() == pytest.approx(30.0, rel=1e-4)


def test_a_phrase_is_played_again_by_its_latent(chorales) -> None:
    phrases = list(generate(chorales, 3, seed=7))
    again = play_latents(chorales, torch.stack([phrase.latent for phrase in phrases]))
    assert all(np.array_equal(phrase.cells, cells) for phrase, cells in zip(phrases, again, strict=True))


def test_the_flow_is_followed_back_to_where_it_began(chorales) -> None:
    flow = chorales.generator.prior
    r = torch.stack([draw_latent(5, number, chorales.spec.latent) for number in range(1, 9)])
    with torch.inference_mode():
        assert flow.inverse(flow(r)).sub(r).abs().max() < 1e-3


def test_an_encoded_phrase_is_the_same_in_any_company_and_plays_nearly_the_same_notes(chorales) -> None:
    cells = np.stack([phrase.cells for phrase in generate(chorales, 17, seed=2)])
    found = encode_cells(chorales, cells)
    assert torch.equal(found[-1:], encode_cells(chorales, cells[-1:]))
    assert (play_latents(chorales, found) != cells).mean() < (cells[::-1] != cells).mean() / 2


def test_a_model_without_an_encoder_says_so(chorales) -> None:
    cells = next(generate(chorales, 1, seed=0)).cells
    with pytest.raises(InputError, match="no encoder"):
        encode_cells(replace(chorales, encoder=None), cells[None])
