"""Variations, interpolations and what their files say: ends that are known, and the same in any company."""

import numpy as np
import pytest
import torch

from ganola.app.defaults import BUILT_IN
from ganola.app.projects import built_in_models
from ganola.errors import InputError
from ganola.judging.diversity import jaccard_distances
from ganola.music.roll import ONSET, SUSTAIN
from ganola.networks.model_file import load_model
from ganola.playing.generate import generate
from ganola.playing.interpolate import choose_evenly, interpolate
from ganola.playing.origins import InterpolationRecord, VariationRecord, interpolate_again, note_rows, vary_again
from ganola.playing.points import QUARTER_TURN, find_point, play_near
from ganola.playing.vary import vary
from ganola.playing.windows import cut_phrase, join_phrase


@pytest.fixture(scope="module")
def chorales():
    return load_model(built_in_models()[BUILT_IN])


@pytest.fixture(scope="module")
def phrases(chorales):
    return [phrase.cells for phrase in generate(chorales, 2, seed=2)]


def test_without_noise_a_point_plays_just_its_phrase(chorales, phrases) -> None:
    point = find_point(chorales, phrases[0])
    angles, shares = torch.tensor([QUARTER_TURN]), torch.ones(1)
    played = play_near(chorales, point.place, torch.randn(1, chorales.spec.latent), angles, [(point, shares)])
    assert np.array_equal(played[0], phrases[0])


def test_an_amount_of_zero_is_the_music_and_more_is_further_and_never_twice_the_same(chorales, phrases) -> None:
    assert all(np.array_equal(one.cells, phrases[0]) for one in vary(chorales, phrases[0], 0.0, 2, seed=1))
    near, far = (vary(chorales, phrases[0], amount, 3, seed=1) for amount in (0.2, 0.7))
    assert np.mean([one.distance for one in near]) == pytest.approx(0.2, abs=0.12)
    assert np.mean([one.distance for one in far]) == pytest.approx(0.7, abs=0.15)
    assert len({one.cells.tobytes() for one in near}) == 3
    assert np.array_equal(vary(chorales, phrases[0], 0.2, 1, seed=1)[0].cells, near[0].cells)
    with pytest.raises(InputError, match="not between 0 and 1"):
        vary(chorales, phrases[0], 1.5, 1, seed=0)


def test_longer_music_is_varied_phrase_by_phrase_to_its_last_bar(chorales, phrases) -> None:
    music = np.concatenate([*phrases, phrases[0][:, :16]], axis=1)
    (found,) = vary(chorales, music, 0.5, 1, seed=3)
    assert found.cells.shape == music.shape
    for first in (0, 64, 128):
        part = slice(first, first + 16)
        assert not np.array_equal(found.cells[:, part], music[:, part])
    with pytest.raises(InputError, match="no phrase"):
        vary(chorales, music[:, :65], 0.5, 1, seed=3)


def test_a_note_held_into_a_phrase_is_struck_there_and_held_again_in_the_whole() -> None:
    music = np.zeros((1, 8, 5), np.uint8)
    music[0, 2:6, 1], music[0, 2, 1] = SUSTAIN, ONSET
    phrase = cut_phrase(music, slice(4, 8))
    assert phrase[0, :, 1].tolist() == [ONSET, SUSTAIN, 0, 0]
    again = music.copy()
    join_phrase(again, slice(4, 8), phrase, 4)
    assert np.array_equal(again, music)
    again[0, 3, 1] = 0
    join_phrase(again, slice(4, 8), phrase, 4)
    assert again[0, 4, 1] == ONSET


def test_an_interpolation_ends_at_both_phrases_in_even_steps(chorales, phrases) -> None:
    steps = interpolate(chorales, *phrases, 5)
    assert np.array_equal(steps[0].cells, phrases[0])
    assert np.array_equal(steps[-1].cells, phrases[1])
    apart = [one.distance for one in steps[1:]]
    assert max(apart) - min(apart) < 0.35
    assert max(apart) < jaccard_distances(phrases[0][None], phrases[1][None])[0]
    for count in (2, 33):
        with pytest.raises(InputError, match="steps cannot be played"):
            interpolate(chorales, *phrases, count)


def test_steps_are_chosen_so_that_distances_are_even() -> None:
    places = np.array([0.0, 0.02, 0.1, 0.31, 0.33, 0.5, 0.65, 0.9, 0.96])
    assert choose_evenly(np.abs(places[:, None] - places), 4) == [0, 4, 6, 8]


def test_a_record_plays_the_same_again(chorales, phrases) -> None:
    rows = note_rows(chorales, phrases[0])
    own = VariationRecord(notes=rows, steps=64, amount=0.4, seed=5, number=2)
    expected = vary(chorales, phrases[0], 0.4, 3, seed=5)[1].cells
    assert np.array_equal(vary_again(chorales, own), expected)
    other = note_rows(chorales, phrases[1])
    path = InterpolationRecord(one=rows, other=other, steps=4, seed=1, number=2)
    expected = interpolate(chorales, *phrases, 4, 1)[1].cells
    assert np.array_equal(interpolate_again(chorales, path), expected)
    with pytest.raises(InputError, match="none that this model plays"):
        vary_again(chorales, own.model_copy(update={"notes": ((9, 0, 1, 60),)}))
