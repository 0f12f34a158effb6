import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from ganola.music.grid import Grid
from ganola.music.roll import ONSET, SUSTAIN, decode, encode
from ganola.music.score import Notes
from ganola.music.tracks import Track
from ganola.rendering.palette import track_colour
from ganola.rendering.picture import (
    ROLL_LEFT,
    ROLL_TOP,
    contact_sheet,
    font,
    png_bytes,
    roll_array,
    roll_image,
)

GRID = Grid()
DUO = (Track(name="flute", program=73), Track(name="bassoon", program=70))
SMALL = Grid(lowest=60, pitches=7, steps_per_quarter=2, metre="3/4", bars=1)
SMALL_CELL = 5 * 4  # pixels of a cell of roll_array, five wide and four high


def cells_of(rows: list[tuple[int, int, int, int]], grid: Grid = GRID, tracks: int = 2) -> np.ndarray:
    return encode(Notes.of(rows), tracks, grid.steps, grid)


def is_colour(pixels: np.ndarray, colour: tuple[int, ...]) -> np.ndarray:
    return (pixels == np.array(colour, dtype=np.uint8)).all(axis=-1)


def edge_colour(track: int) -> tuple[int, ...]:
    return tuple(int(0.35 * value) for value in track_colour(track))


def roll_part(image: Image.Image) -> np.ndarray:
    """The cells of a roll_image of GRID: 13 by 7 pixels each."""
    pixels = np.asarray(image)[ROLL_TOP:, ROLL_LEFT:]
    return pixels[: 7 * GRID.pitches, : 13 * GRID.steps]


def test_a_note_fills_its_rectangle_and_no_more() -> None:
    pixels = roll_part(roll_image(cells_of([(0, 4, 7, 60)]), GRID, DUO))
    row = (GRID.highest - 60) * 7
    expected_edge, expected_body = (np.zeros(pixels.shape[:2], dtype=bool) for _ in range(2))
    expected_edge[row + 1 : row + 7, 4 * 13 : 4 * 13 + 2] = True
    expected_body[row + 1 : row + 7, 4 * 13 + 2 : 7 * 13] = True
    np.testing.assert_array_equal(is_colour(pixels, edge_colour(0)), expected_edge)
    np.testing.assert_array_equal(is_colour(pixels, track_colour(0)), expected_body)


def test_high_pitches_are_on_top_and_time_runs_right() -> None:
    pixels = roll_array(cells_of([(0, 0, 1, 66), (1, 5, 6, 60)], SMALL), SMALL)
    assert pixels.shape == (7 * 4, 6 * 5, 3)
    assert is_colour(pixels[:4, 1:5], track_colour(0)).all()
    assert is_colour(pixels[-4:, -4:], track_colour(1)).all()


def test_a_repeated_note_differs_from_a_held_one() -> None:
    held = roll_array(cells_of([(0, 0, 4, 62)], SMALL), SMALL)
    repeated = roll_array(cells_of([(0, 0, 2, 62), (0, 2, 4, 62)], SMALL), SMALL)
    assert is_colour(held, edge_colour(0)).sum() == 4
    assert is_colour(repeated, edge_colour(0)).sum() == 8


def test_tracks_that_share_a_cell_are_both_seen() -> None:
    pixels = roll_array(cells_of([(0, 1, 4, 63), (1, 2, 3, 63)], SMALL), SMALL)
    row = (66 - 63) * 4
    alone, shared = pixels[row : row + 4, 5:10], pixels[row : row + 4, 10:15]
    assert is_colour(alone[:, 1:], track_colour(0)).all()
    assert is_colour(shared[:2], track_colour(0)).all()
    assert is_colour(shared[2:, :1], edge_colour(1)).all()
    assert is_colour(shared[2:, 1:], track_colour(1)).all()


def test_silence_draws_no_notes() -> None:
    pixels = roll_part(roll_image(cells_of([]), GRID, DUO))
    for track in range(2):
        assert not is_colour(pixels, track_colour(track)).any()
        assert not is_colour(pixels, edge_colour(track)).any()


def test_bar_lines_are_darker_than_beat_lines_and_those_than_keys() -> None:
    row = roll_part(roll_image(cells_of([]), GRID, DUO))[3].sum(axis=-1)
    bar, beat, key = row[16 * 13], row[4 * 13], row[16 * 13 + 6]
    assert bar < beat < key


def test_black_keys_are_shaded() -> None:
    pixels = roll_part(roll_image(cells_of([]), GRID, DUO))
    column = pixels[3::7, 6].sum(axis=-1)[::-1]  # one pixel a pitch, the lowest (a C) first
    shaded = [index for index in range(12) if column[index] < column[0]]
    assert shaded == [1, 3, 6, 8, 10]


@given(arrays(np.uint8, (1, 12, 7), elements=st.integers(0, 2)))
def test_one_edge_a_note_and_one_rectangle_a_cell(cells: np.ndarray) -> None:
    before = cells.copy()
    pixels = roll_array(cells, SMALL)
    edges = is_colour(pixels, edge_colour(0)).sum()
    assert edges == 4 * len(decode(cells, SMALL))
    assert is_colour(pixels, track_colour(0)).sum() + edges == SMALL_CELL * np.isin(cells, (ONSET, SUSTAIN)).sum()
    np.testing.assert_array_equal(cells, before)


def test_many_tracks_have_a_colour_each() -> None:
    assert len({track_colour(index) for index in range(28)}) == 28
    assert track_colour(1000)


@pytest.mark.parametrize(
    "grid", [Grid(lowest=0, pitches=128, bars=64), Grid(lowest=61, pitches=3, bars=1, metre="1/4")]
)
def test_every_grid_can_be_drawn(grid: Grid) -> None:
    tracks = tuple(Track(name=f"a voice with a long name\nand two lines, {index}") for index in range(9))
    image = roll_image(np.ones((9, grid.steps, grid.pitches), dtype=np.uint8), grid, tracks)
    assert image.width >= ROLL_LEFT + 3 * grid.steps
    assert image.height >= ROLL_TOP + 4 * grid.pitches


def test_a_longer_piece_than_a_phrase_is_drawn_whole() -> None:
    notes = Notes.of([(0, 9, 11, 64)])
    pixels = np.asarray(roll_image(encode(notes, 1, 2 * SMALL.steps, SMALL), SMALL, DUO[:1]))
    columns = np.nonzero(is_colour(pixels[: ROLL_TOP + 50], track_colour(0)))[1] - ROLL_LEFT
    assert columns.max() == 11 * 26 - 1


def test_a_long_piece_goes_on_below_and_its_held_notes_begin_once() -> None:
    line = 8 * GRID.steps_per_bar
    notes = Notes.of([(0, line - 2, line + 3, 60), (0, line + 9, line + 10, 60)])
    image = roll_image(encode(notes, 1, line + GRID.steps_per_bar, GRID), GRID, DUO[:1])
    assert image.width == ROLL_LEFT + 6 * line + 18
    second = 2 * ROLL_TOP + 7 * GRID.pitches
    first, below = (np.asarray(image)[top : top + 7 * GRID.pitches, ROLL_LEFT:] for top in (ROLL_TOP, second))
    columns = [np.nonzero(is_colour(part, track_colour(0)))[1] for part in (first, below)]
    edges = [np.nonzero(is_colour(part, edge_colour(0)))[1] for part in (first, below)]
    assert (columns[0].min(), columns[0].max()) == (6 * (line - 2) + 1, 6 * line - 1)
    assert edges[0].tolist() == [6 * (line - 2)] * 6
    assert (columns[1].min(), columns[1].max()) == (0, 6 * 10 - 1)
    assert set(edges[1].tolist()) == {6 * 9}


def test_a_contact_sheet_holds_every_roll_under_its_label() -> None:
    upper = [cells_of([(0, step, step + 3, 60)]) for step in range(5)]
    lower = [cells_of([(1, step, step + 2, 67)]) for step in range(3)]
    sheet = np.asarray(contact_sheet([("generated", upper), ("real", lower)], GRID, DUO))
    legend = 11 * 11
    seen = [is_colour(sheet, track_colour(track)) for track in range(2)]
    assert seen[0].sum() == 5 * (3 * SMALL_CELL - 4) + legend
    assert seen[1].sum() == 3 * (2 * SMALL_CELL - 4) + legend
    legend_top = sheet.shape[0] - 30
    upper_rows, lower_rows = (np.nonzero(mask[:legend_top])[0] for mask in seen)
    assert upper_rows.max() < lower_rows.min()
    assert len(np.unique(upper_rows)) == 2 * 4  # five rolls take two lines


@pytest.mark.parametrize(("bars", "a_line"), [(1, 4), (4, 4), (5, 3), (8, 2), (9, 1), (64, 1)])
def test_a_contact_sheet_of_long_phrases_has_fewer_a_line(bars, a_line) -> None:
    grid = Grid(bars=bars)
    rolls = [cells_of([(0, 0, 4, 60)], grid)] * 8
    sheet = np.asarray(contact_sheet([("long", rolls)], grid, DUO))
    rows = np.nonzero(is_colour(sheet[:-30], track_colour(0)))[0]
    assert len(np.unique(rows)) == 4 * -(-8 // a_line)
    assert sheet.shape[1] <= max(5 * 256, 5 * grid.steps) + 100


def test_a_contact_sheet_without_rolls_is_a_sheet_all_the_same() -> None:
    assert contact_sheet([("generated", [])], GRID, ()).width > 0


def test_png_bytes_are_the_same_each_time_and_say_where_they_came_from() -> None:
    image = roll_image(cells_of([(0, 4, 7, 60)]), GRID, DUO)
    about = {"seed": 7, "from": "Zürich"}
    data = png_bytes(image, about)
    assert data == png_bytes(image, about)
    opened = Image.open(io.BytesIO(data))
    np.testing.assert_array_equal(np.asarray(opened), np.asarray(image))
    assert json.loads(opened.info["ganola"]) == about
    assert "ganola" not in Image.open(io.BytesIO(png_bytes(image))).info


def test_a_heading_stands_above_the_roll_and_moves_it_down() -> None:
    cells = cells_of([(0, 4, 7, 60)])
    plain, headed = (np.asarray(roll_image(cells, GRID, DUO, heading)) for heading in ("", "mine · D major"))
    line = headed.shape[0] - plain.shape[0]
    assert line > 0
    np.testing.assert_array_equal(headed[line + 10 :], plain[10:])
    assert (headed[:line] < 128).any()


@pytest.mark.parametrize("words", ["a tune " * 40, "слон играет на рояле " * 20])
def test_a_heading_that_is_too_long_ends_within_the_picture(words: str) -> None:
    image = np.asarray(roll_image(cells_of([]), GRID, DUO, words))
    assert (image[:20, :-18] < 128).any()
    assert (image[:20, -18:] == 255).all()


def test_letters_of_many_languages_are_drawn_each_their_own() -> None:
    boxes = {bytes(font(20).getmask(letter)) for letter in "éřжщλ♯♭"}
    assert len(boxes) == 7


def test_what_was_there_before_is_pale() -> None:
    pale = np.zeros((2, GRID.steps), np.bool_)
    pale[0, :4] = True
    cells = cells_of([(0, 0, 4, 60), (0, 4, 8, 60), (1, 0, 4, 50)])
    pixels = roll_part(roll_image(cells, GRID, DUO, pale=pale))
    of_note = [pixels[(GRID.highest - pitch) * 7 + 3, step * 13 + 8] for pitch, step in ((60, 0), (60, 4), (50, 0))]
    flute, bassoon = (np.array(track_colour(track)) for track in (0, 1))
    assert of_note[0] == pytest.approx(255 - 0.3 * (255 - flute), abs=1)
    assert np.array_equal(of_note[1], flute)
    assert np.array_equal(of_note[2], bassoon)
