import numpy as np
import pytest

from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.networks.model import Model, build_networks
from ganola.playing.generate import generate
from ganola.playing.transpose import semitones_to
from tests.models import record_of


@pytest.fixture(params=["dcgan", "mlp", "mirror", "musegan", "residual", "timeline"])
def model(request) -> Model:
    from ganola.music.grid import Grid
    from ganola.networks.config import ModelSpec, NetworkConfig

    spec = ModelSpec(
        grid=Grid(lowest=48, pitches=24, steps_per_quarter=2, metre="4/4", bars=2),
        tracks=(Track(name="a", monophonic=True), Track(name="b")),
        networks=NetworkConfig(architecture=request.param, width=8, latent=6, output="softmax"),
    )
    networks = build_networks(spec, np.random.default_rng(0))
    return Model(spec, networks.generator.eval(), networks.critic.eval(), record=record_of(spec), digest="")


def test_phrase_k_of_a_seed_is_the_same_in_any_company(model) -> None:
    rows = model.generator.most_rows
    many = list(generate(model, rows + 3, seed=5))
    few = list(generate(model, 2, seed=5))
    assert [phrase.number for phrase in many] == list(range(1, rows + 4))
    assert all(np.array_equal(one.cells, other.cells) for one, other in zip(few, many, strict=False))
    assert np.array_equal(many[-1].cells, list(generate(model, 3 * rows, seed=5))[rows + 2].cells)


def test_other_seeds_and_numbers_play_other_music(model) -> None:
    one, two = generate(model, 2, seed=5)
    (other,) = generate(model, 1, seed=6)
    assert not np.array_equal(one.cells, two.cells)
    assert not np.array_equal(one.cells, other.cells)


def test_phrases_have_the_models_tracks_and_grid(model) -> None:
    (phrase,) = generate(model, 1, seed=0)
    assert phrase.cells.shape == (2, 16, 24)
    assert set(np.unique(phrase.cells)) <= {0, 1, 2}
    assert ((phrase.cells[0] != 0).sum(axis=1) <= 1).all()


def monophonic(pitch: int, drums: bool = False) -> Score:
    return Score((Track(name="x", drums=drums),), Notes.of([(0, 0, 4, pitch)]), ticks_per_quarter=4)


@pytest.mark.parametrize(("tonic", "pitch"), [(0, 60), (2, 62), (6, 66), (7, 55), (11, 59)])
def test_a_key_is_reached_by_the_nearest_way(tonic, pitch) -> None:
    assert 60 + semitones_to(tonic, monophonic(60)) == pitch


def test_a_key_is_reached_the_long_way_where_the_near_one_leaves_midi() -> None:
    assert semitones_to(8, monophonic(3)) == 8
    assert semitones_to(2, monophonic(127)) == -10


def test_drums_and_silence_are_in_no_ones_way() -> None:
    assert semitones_to(5, monophonic(127, drums=True)) == 5
    assert semitones_to(5, Score((Track(name="x"),), Notes.of([]), ticks_per_quarter=4)) == 5
