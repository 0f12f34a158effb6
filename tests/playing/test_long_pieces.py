"""Longer music: what begins it, what returns, what a variation changes, where a loop meets its beginning."""

import numpy as np
import pytest
import torch

from ganola.music.grid import Grid
from ganola.music.roll import ONSET, SUSTAIN, find_onsets
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.generator import Generator
from ganola.networks.model import Model
from ganola.networks.outputs.logits import Logits
from ganola.playing import long_pieces
from ganola.playing.generate import generate
from ganola.playing.long_pieces import generate_piece, generate_pieces
from ganola.playing.piece_form import PieceForm
from tests.models import record_of

GRID = Grid(lowest=48, pitches=12, steps_per_quarter=1, metre="3/4", bars=4)
TRACKS = (Track(name="a"), Track(name="b"))
BAR = GRID.steps_per_bar


class PlaysLatent(Generator):
    """Each beat of each track is an onset of a pitch that the latent says."""

    def decode(self, latent) -> Logits:
        pitch = (latent.abs() * 7).long().remainder(GRID.pitches).unflatten(1, (len(TRACKS), GRID.steps))
        cells = torch.full((len(latent), len(TRACKS), 2, GRID.steps, GRID.pitches), -9.0)
        cells[:, :, 0].scatter_(3, pitch[..., None], 9.0)
        return Logits(cells)


@pytest.fixture(scope="module")
def model() -> Model:
    spec = ModelSpec(
        grid=GRID,
        tracks=TRACKS,
        networks=NetworkConfig(output="straight-through", latent=len(TRACKS) * GRID.steps, width=8),
    )
    return Model(spec, PlaysLatent(spec), None, record_of(spec), "0123456789ab")


def bars_of(cells: np.ndarray) -> np.ndarray:
    return cells.reshape(len(cells), -1, BAR, cells.shape[2])


def piece_of(model: Model, form: PieceForm, seed: int = 3, number: int = 2) -> np.ndarray:
    piece = generate_piece(model, form, seed, number)
    assert piece is not None
    return bars_of(piece.cells)


class Windows:
    """In place of `make_answers`: notes which windows were asked for, and plays what they are told."""

    def __init__(self, pitch: int = 11, value: int = ONSET) -> None:
        self.asked: list[tuple[np.ndarray, list[bool]]] = []
        self.pitch, self.value = pitch, value

    def __call__(self, model, given, *_: object, **__: object) -> tuple[np.ndarray, torch.Tensor]:
        kept = given.kept.reshape(len(TRACKS), -1, BAR).all(axis=(0, 2))
        self.asked.append((bars_of(given.cells)[:, kept], kept.tolist()))
        played = np.zeros_like(given.cells)
        played[:, :, self.pitch] = self.value
        return np.where(given.kept[..., None], given.cells, played)[None], torch.zeros(1, 1, model.spec.latent)


@pytest.fixture
def windows(monkeypatch) -> Windows:
    made = Windows()
    monkeypatch.setattr(long_pieces, "make_answers", made)
    return made


def test_a_piece_begins_with_its_phrase_and_has_its_length(model) -> None:
    *_, phrase = generate(model, 2, seed=3)
    for bars in (4, 5, 11):
        piece = generate_piece(model, PieceForm(bars), 3, 2)
        assert piece is not None
        assert piece.cells.shape == (2, bars * BAR, 12)
        assert np.array_equal(piece.cells[:, : GRID.steps], phrase.cells)
        assert torch.equal(piece.latent, phrase.latent)


def test_the_same_seed_is_the_same_piece_in_any_company(model) -> None:
    form = PieceForm(16, "ABA" + "C", loop=True, variation=0.5)
    one, two = generate_pieces(model, form, 2, seed=3)
    assert np.array_equal(bars_of(two.cells), piece_of(model, form, 3, 2))
    assert not np.array_equal(one.cells, two.cells)
    assert not np.array_equal(two.cells, piece_of(model, form, 4, 2).reshape(two.cells.shape))
    assert two.form == form


def test_sections_return_note_for_note_and_others_do_not(model) -> None:
    piece = piece_of(model, PieceForm(20, "AABA"))
    sections = np.split(piece, 4, axis=1)
    assert all(np.array_equal(sections[0], sections[index]) for index in (1, 3))
    assert not np.array_equal(sections[0], sections[2])


def test_each_window_hears_half_a_window_before_and_what_is_there_after(model, windows) -> None:
    piece = piece_of(model, PieceForm(12, "ABA"))
    heard = [kept for _, kept in windows.asked]
    # A is there at once, as the phrase: bars 4 and 5 follow it, then 6 and 7 lie between 5 and the beginning of A.
    assert heard == [[True, True, False, False], [True, False, False, True]]
    assert np.array_equal(windows.asked[1][0][:, -1], piece[:, 8])


def test_a_loop_is_made_between_its_end_and_its_beginning(model, windows) -> None:
    piece = piece_of(model, PieceForm(6, loop=True))
    ((music, kept),) = windows.asked
    assert kept == [True, False, False, True]
    assert np.array_equal(music[:, 0], piece[:, 3])
    assert np.array_equal(music[:, 1], piece[:, 0])


def test_a_loop_of_one_phrase_keeps_its_beginning(model, windows) -> None:
    *_, phrase = generate(model, 2, seed=3)
    piece = piece_of(model, PieceForm(4, loop=True))
    assert np.array_equal(piece[:, :2], bars_of(phrase.cells)[:, :2])
    assert (piece[:, 2:, :, 11] == ONSET).all()
    assert [kept for _, kept in windows.asked] == [[True, False, False, True]]


def test_notes_sound_on_over_seams_but_not_into_a_section_or_over_the_loop_point(model, monkeypatch) -> None:
    monkeypatch.setattr(long_pieces, "make_answers", Windows(value=SUSTAIN))
    held = piece_of(model, PieceForm(8, "AB"))[:, :, 0, 11]
    assert (held[:, 5:] == SUSTAIN).all()
    assert (held[:, 4] == ONSET).all()
    looped = piece_of(model, PieceForm(9, loop=True))
    assert not (looped[:, 0, 0] == SUSTAIN).any()


def test_what_is_made_may_sound_on(model, monkeypatch) -> None:
    """Nobody gave its end: it is no note of a person, which ends where it ends."""
    given = []

    def record(_model, music, *_: object, **__: object) -> tuple[np.ndarray, torch.Tensor]:
        given.append(music)
        cells = np.where(music.kept[..., None], music.cells, np.uint8(0))
        return cells[None], torch.zeros(1, 1, 1)

    monkeypatch.setattr(long_pieces, "make_answers", record)
    piece_of(model, PieceForm(6))
    assert (bars_of(given[0].cells)[:, 2:] == SUSTAIN).all()


def test_more_variation_changes_more_and_all_that_less_changes(model) -> None:
    plain = piece_of(model, PieceForm(24, "ABA"))
    before: set[int] = set()
    shares = []
    for variation in (0.1, 0.5, 1.0):
        piece = piece_of(model, PieceForm(24, "ABA", variation=variation))
        assert np.array_equal(piece[:, :16], plain[:, :16])
        changed = {bar for bar in range(24) if not np.array_equal(piece[:, bar], plain[:, bar])}
        assert before < changed
        before = changed
        one, other = find_onsets(plain[:, 16:].reshape(2, -1, 12)), find_onsets(piece[:, 16:].reshape(2, -1, 12))
        shares.append(np.count_nonzero(one & ~other) / np.count_nonzero(one))
    assert len(before) == 8
    assert shares == sorted(shares)


def test_it_tells_how_far_it_is_and_ends_where_that_raises(model) -> None:
    told: list[tuple[int, int]] = []
    generate_piece(model, PieceForm(8), 0, 1, progress=lambda *far: told.append(far))
    assert told == [(4, 8), (6, 8), (8, 8)]

    def interrupt(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_piece(model, PieceForm(8), 0, 1, progress=interrupt)
