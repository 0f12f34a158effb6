"""More of an attribute wherever a model plays around something, with a generator whose attribute is known."""

import numpy as np
import pytest
import torch

from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.generator import Generator
from ganola.networks.model import Model
from ganola.networks.outputs.logits import Logits
from ganola.playing.attributes import measure_attributes
from ganola.playing.directions import directions_of
from ganola.playing.generate import generate
from ganola.playing.given import Given
from ganola.playing.infill import infill
from ganola.playing.interpolate import interpolate
from ganola.playing.long_pieces import generate_piece
from ganola.playing.origins import InterpolationRecord, interpolate_again, note_rows
from ganola.playing.piece_form import PieceForm
from tests.models import record_of

GRID = Grid(lowest=36, pitches=4, steps_per_quarter=2, bars=2)
TRACKS = (Track(name="a", drums=True), Track(name="b", drums=True))  # of which density is the one attribute


class AsBusyAsItsNumber(Generator):
    """Each track strikes at the more steps, the greater its number of the latent is."""

    def decode(self, latent) -> Logits:
        cells = torch.full((len(latent), len(TRACKS), 2, GRID.steps, GRID.pitches), -1.0)
        cells[:, :, 0, :, 1] = latent[:, : len(TRACKS), None] - torch.linspace(-2, 2, GRID.steps_per_bar).repeat(
            GRID.bars
        )
        return Logits(cells)


@pytest.fixture(scope="module")
def model() -> Model:
    spec = ModelSpec(grid=GRID, tracks=TRACKS, networks=NetworkConfig(output="straight-through", latent=3))
    return Model(spec, AsBusyAsItsNumber(spec), None, record_of(spec), "0123456789ab")


@pytest.fixture(scope="module")
def phrases(model) -> list[np.ndarray]:
    return [phrase.cells for phrase in generate(model, 2, seed=3)]


def density_of(cells: np.ndarray, model: Model) -> np.ndarray:
    """How busy each phrase of music is, in standard deviations."""
    parts = np.stack(np.split(cells, cells.shape[1] // GRID.steps, axis=1))
    directions = directions_of(model)
    return directions.standardise(measure_attributes(parts, model))[:, directions.names.index("density")]


def test_what_is_new_has_more_and_what_is_kept_is_as_it_was(model, phrases) -> None:
    """Half of the music is new, so that the whole rises by half of what is asked for."""
    kept = np.zeros((2, GRID.steps), np.bool_)
    kept[0] = True
    risen = []
    for amount in (-1.0, 0.0, 1.0):
        more = {"density": amount} if amount else {}
        found = infill(model, Given(phrases[0], kept), 4, seed=2, more=more)
        assert all(np.array_equal(one.cells[kept], phrases[0][kept]) for one in found)
        risen.append(np.mean([density_of(one.cells, model)[0] for one in found]))
    assert np.diff(risen) == pytest.approx([0.5, 0.5], abs=0.3)


def test_the_work_is_counted_once_for_each_strength(model, phrases) -> None:
    kept, told = np.zeros((2, GRID.steps), np.bool_), []
    kept[:, :4] = True
    infill(model, Given(phrases[0], kept), 1, 0, more={"density": 1.0}, progress=lambda *far: told.append(far))
    assert told == [(0, 6), (1, 6), (1, 6), (6, 6)]
    with pytest.raises(InputError, match="has no"):
        infill(model, Given(phrases[0], kept), 1, 0, more={"swing": 1.0})


def test_a_piece_has_as_much_more_at_its_end_as_at_its_beginning(model) -> None:
    form = PieceForm(16, "AABA", variation=0.5)
    sparser, plain, busier = (
        density_of(generate_piece(model, form, 2, 1, more=more).cells, model)
        for more in ({"density": -1.0}, {}, {"density": 1.0})
    )
    for part in (slice(0, 4), slice(4, 8)):
        assert (busier - plain)[part].mean() == pytest.approx(1.0, abs=0.5)
        assert (sparser - plain)[part].mean() == pytest.approx(-1.0, abs=0.5)


def test_the_end_of_a_loop_has_more_too(model) -> None:
    form = PieceForm(6, loop=True)
    plain, busier = (generate_piece(model, form, 2, 1, more=more) for more in ({}, {"density": 1.0}))
    assert density_of(busier.cells, model)[-1] > density_of(plain.cells, model)[-1] + 0.5
    assert np.array_equal(generate_piece(model, form, 2, 1, more={"density": 1.0}).cells, busier.cells)


def test_the_way_between_two_phrases_bends_to_what_is_asked_for(model, phrases) -> None:
    asked = [{"density": amount} if amount else {} for amount in (-1.0, 0.0, 1.0)]
    sparser, plain, busier = (interpolate(model, *phrases, 5, more=more) for more in asked)
    for steps in (sparser, busier):
        assert np.array_equal(steps[0].cells, phrases[0])
        assert np.array_equal(steps[-1].cells, phrases[1])
    between = [
        np.mean([density_of(step.cells, model)[0] for step in steps[1:-1]]) for steps in (sparser, plain, busier)
    ]
    assert between[0] + 0.2 < between[1] < between[2] - 0.2
    rows = [note_rows(model, cells) for cells in phrases]
    record = InterpolationRecord(one=rows[0], other=rows[1], steps=5, more=asked[0], seed=0, number=3)
    assert np.array_equal(interpolate_again(model, record), sparser[2].cells)
