"""Infilling, with a generator whose answer to each latent is known, and with the model that comes with ganola."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from torch import nn

from ganola.app.defaults import BUILT_IN
from ganola.app.projects import built_in_models
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, SUSTAIN
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.generator import Generator
from ganola.networks.model import Model, build_networks
from ganola.networks.model_file import load_model
from ganola.networks.outputs.logits import Logits
from ganola.playing import infill as infilling
from ganola.playing import refinement
from ganola.playing.generate import generate
from ganola.playing.given import Given
from ganola.playing.infill import infill, make_answers, rank, tries_for
from tests.models import record_of

GRID = Grid(lowest=48, pitches=12, steps_per_quarter=1, metre="4/4", bars=2)
TRACKS = (Track(name="a"), Track(name="b"))
LATENT = 2


class StruckBySign(Generator):
    """Each track an onset at every step: at pitch 5 where its number of the latent is positive, else at pitch 3."""

    def decode(self, latent) -> Logits:
        cells = torch.full((len(latent), len(TRACKS), 2, GRID.steps, GRID.pitches), -9.0)
        cells[:, :, 0, :, 5], cells[:, :, 0, :, 3] = latent[:, :, None], -latent[:, :, None]
        return Logits(cells)


class LikesPitch(nn.Module):
    """D is how often pitch 5 begins in the second track."""

    def forward(self, roll) -> torch.Tensor:
        return roll[:, 1, 0, :, 5].sum(dim=1)


def stub(critic: nn.Module | None = None) -> Model:
    spec = ModelSpec(
        grid=GRID, tracks=TRACKS, networks=NetworkConfig(output="straight-through", latent=LATENT, width=8)
    )
    return Model(spec, StruckBySign(spec), critic, record_of(spec), "0123456789ab")


def music(bars: int, pitch: int = 5) -> np.ndarray:
    cells = np.zeros((len(TRACKS), bars * GRID.steps_per_bar, GRID.pitches), np.uint8)
    cells[:, :, pitch] = ONSET
    return cells


def keep(bars: int, track: int) -> np.ndarray:
    kept = np.zeros((len(TRACKS), bars * GRID.steps_per_bar), np.bool_)
    kept[track] = True
    return kept


@pytest.mark.parametrize("pitch", [5, 3])
def test_the_latent_is_found_that_plays_what_is_kept(pitch) -> None:
    """Only a latent whose first number has the sign of what is kept explains it; the second is as it was drawn."""
    cells, kept = music(2, pitch), keep(2, track=0)
    made = make_answers(stub(), Given(cells, kept), 12, 0, lambda *_: None)
    played, found = made
    assert (torch.sign(found[:, 0, 0]) == (1 if pitch == 5 else -1)).all()
    assert len(torch.sign(found[:, 0, 1]).unique()) == 2
    assert np.array_equal(played[:, 0], np.broadcast_to(cells[0], played[:, 0].shape))
    assert np.array_equal(played[:, 1, 0, 5] == ONSET, found[:, 0, 1].numpy() > 0)


def test_the_try_stays_that_the_critic_finds_most_real(monkeypatch) -> None:
    """Of ten tries hardly ever none has pitch 5."""
    monkeypatch.setattr(refinement, "ROUNDS", 0)
    monkeypatch.setattr(infilling, "tries_for", lambda _: 10)
    for model, certain in ((stub(LikesPitch()), True), (stub(), False)):
        made = make_answers(model, Given(music(2), keep(2, track=0)), 9, 1, lambda *_: None)
        assert bool((made[0][:, 1, :, 5] == ONSET).all()) == certain


def test_tracks_that_fewer_hear_are_tried_more_often() -> None:
    voices = np.eye(6, dtype=bool)[..., None].repeat(3, axis=2)
    assert [tries_for(kept) for kept in voices] == [1, 2, 3, 4, 4, 4]
    assert tries_for(~voices[0]) == 2
    assert tries_for(~voices[5]) == 1


def test_bars_are_tried_once() -> None:
    assert tries_for(np.array([[True, False, False]] * 4)) == tries_for(np.zeros((4, 3), np.bool_)) == 1


def test_the_best_answers_come_first_but_not_two_that_are_alike() -> None:
    onsets = np.zeros((4, 1, 4, 3), np.bool_)
    onsets[0, 0, :, 0] = onsets[1, 0, :, 0] = onsets[2, 0, :, 1] = onsets[3, 0, :, 2] = True
    onsets[1, 0, 3] = False  # three quarters of it as in the first
    score = np.array([3.0, 4.0, 1.0, 2.0])
    assert rank(score, onsets, 2) == [1, 3]
    assert rank(score, onsets, 4) == [1, 3, 2, 0]


@settings(max_examples=20)
@drawn(st.integers(0, 2**16), st.integers(2, 4), st.data())
def test_what_is_kept_stays_exactly_and_everything_else_is_made(seed, bars, data) -> None:
    steps = bars * GRID.steps_per_bar
    randomness = np.random.default_rng(seed)
    cells = randomness.integers(0, 3, (len(TRACKS), steps, GRID.pitches)).astype(np.uint8)
    flags = data.draw(
        st.lists(st.booleans(), min_size=2 * bars, max_size=2 * bars).filter(lambda drawn: not all(drawn))
    )
    kept = np.repeat(np.array(flags).reshape(2, bars), GRID.steps_per_bar, axis=1)
    for answer in infill(stub(), Given(cells, kept), 2, seed):
        assert np.array_equal(answer.cells[kept], cells[kept])
        made = answer.cells[~kept]
        assert (np.count_nonzero(made, axis=1) == 1).all()
        assert (made.argmax(axis=1)[made.any(axis=1)] % 2 == 1).all()


def test_answer_k_is_the_same_whatever_the_count_and_another_seed_is_other_music() -> None:
    given = Given(music(5), keep(5, track=1))
    few, many, other = (
        make_answers(stub(), given, count, seed, lambda *_: None) for count, seed in ((2, 7), (20, 7), (2, 8))
    )
    assert few is not None
    assert many is not None
    assert other is not None
    assert np.array_equal(few[0], many[0][:2])
    assert torch.equal(few[1], many[1][:2])
    assert not torch.equal(few[1], other[1])


def test_a_kept_note_ends_where_what_is_kept_ends_and_only_one_that_sounded_on_is_held() -> None:
    class Holds(StruckBySign):
        def decode(self, latent) -> Logits:
            cells = torch.full((len(latent), len(TRACKS), 2, GRID.steps, GRID.pitches), -9.0)
            cells[:, :, 1, :, 5] = 9.0
            return Logits(cells)

    model = stub()
    model = replace(model, generator=Holds(model.spec))
    cells = music(2)
    cells[1, 4:, 5] = SUSTAIN
    kept = np.zeros((2, GRID.steps), np.bool_)
    kept[:, :4] = True
    (answer,) = infill(model, Given(cells, kept), 1, seed=0)
    assert answer.cells[0, 4:, 5].tolist() == [ONSET, SUSTAIN, SUSTAIN, SUSTAIN]
    assert answer.cells[1, 4:, 5].tolist() == [SUSTAIN] * 4


def interrupt(*_: int) -> None:
    raise KeyboardInterrupt


def test_music_that_is_all_kept_or_too_short_is_refused() -> None:
    for bars, flag in ((2, True), (1, False)):
        with pytest.raises(ValueError, match="nothing to be made"):
            infill(stub(), Given(music(bars), np.full((2, bars * GRID.steps_per_bar), flag)), 1, seed=0)


def test_it_tells_how_far_it_is_and_ends_where_that_raises() -> None:
    given, told = Given(music(4), keep(4, track=0)), []
    infill(stub(), given, 1, seed=0, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with pytest.raises(KeyboardInterrupt):
        infill(stub(), given, 1, seed=0, progress=interrupt)


@pytest.mark.parametrize("architecture", ["dcgan", "mlp", "mirror", "musegan", "residual", "timeline"])
@pytest.mark.parametrize("planes", ["sounding", "onset-sustain"])
def test_every_architecture_answers(architecture, planes) -> None:
    spec = ModelSpec(
        grid=Grid(lowest=48, pitches=24, steps_per_quarter=2, metre="4/4", bars=2),
        tracks=(Track(name="a", monophonic=True), Track(name="b")),
        networks=NetworkConfig(
            architecture=architecture, width=8, latent=6, output="softmax", planes=planes, temperature=1.0
        ),
    )
    networks = build_networks(spec, np.random.default_rng(0))
    model = Model(spec, networks.generator.eval(), networks.critic.eval(), record=record_of(spec), digest="")
    (phrase,) = generate(model, 1, seed=0)
    kept = np.zeros((2, 16), np.bool_)
    kept[0], kept[1, 3:5] = True, True
    one, two = infill(model, Given(phrase.cells, kept), 2, seed=0)
    assert np.array_equal(one.cells[kept], phrase.cells[kept])
    assert not np.array_equal(one.cells, two.cells)
    assert ((one.cells[0] != OFF).sum(axis=1) <= 1).all()


def test_four_voices_for_a_melody_are_the_same_each_time_and_hear_it() -> None:
    """The encoder's part too: the first bar is kept in all voices."""
    model = load_model(built_in_models()[BUILT_IN])
    cells = next(generate(model, 1, seed=3)).cells
    kept = np.zeros(cells.shape[:2], np.bool_)
    kept[0], kept[:, :16] = True, True
    one, again = (infill(model, Given(cells, kept), 1, seed=5)[0] for _ in range(2))
    (other,) = infill(model, Given(cells, kept), 1, seed=6)
    assert np.array_equal(one.cells, again.cells)
    assert torch.equal(one.latents, again.latents)
    assert not np.array_equal(one.cells, other.cells)
    assert np.array_equal(one.cells[kept], cells[kept])
