import math
from itertools import pairwise

import numpy as np
import pytest

from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes
from ganola.rendering import judged
from ganola.rendering.judged import FULL_BLAME, JudgedPhrase, judged_images, shade

GRID = Grid()
NEUTRAL, DEEPEST = (186, 191, 199), (168, 30, 0)
ORANGE = (230, 159, 0)


def phrase(*rows: tuple[int, int, int, int], adds: float = 0.0, bar: int = 1, judgement: float = 0.25) -> JudgedPhrase:
    """A phrase in which every cell adds so much."""
    cells = encode(Notes.of(list(rows)), 2, GRID.steps, GRID)
    return JudgedPhrase(bar, judgement, cells, np.where(cells != 0, adds, 0.0))


def drawn(*phrases: JudgedPhrase) -> np.ndarray:
    (image,) = judged_images("a tune.mid", 0.25, phrases, GRID)
    return np.asarray(image)


def count(pixels: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((pixels == np.array(colour, dtype=np.uint8)).all(axis=-1).sum())


def luminance(colour: np.ndarray) -> float:
    return float(colour.astype(np.float64) @ [0.2126, 0.7152, 0.0722])


def test_what_speaks_for_a_phrase_is_grey_and_what_halves_the_odds_has_the_deepest_colour() -> None:
    found = shade(np.array([5.0, 0.0, -FULL_BLAME / 2, -FULL_BLAME, -5.0]))
    assert [tuple(colour) for colour in found.tolist()] == [NEUTRAL, NEUTRAL, ORANGE, DEEPEST, DEEPEST]
    assert math.log(2) == FULL_BLAME


def test_the_worse_the_darker() -> None:
    ramp = [luminance(colour) for colour in shade(np.linspace(0, -FULL_BLAME, 20))]
    assert all(one > other for one, other in pairwise(ramp))


def test_a_note_has_the_colour_of_all_its_cells_together() -> None:
    # Four steps a tenth of the way are less than halfway; and what sounds beside it is not its business.
    bad = phrase((0, 0, 4, 60), (0, 4, 8, 62), adds=-FULL_BLAME / 4)
    blame = bad.blame.copy()
    blame[:, 4:8] = 0.1
    legend = count(drawn(phrase((0, 0, 4, 60), (0, 4, 8, 62))), DEEPEST)
    pixels = drawn(JudgedPhrase(1, 0.25, bad.cells, blame))
    assert count(pixels, DEEPEST) == legend + (4 * 13 - 2) * 8  # cells of 13 by 9, a free row, an edge of two columns


def test_the_strip_shows_each_step() -> None:
    good, bad = phrase((0, 5, 7, 60), adds=FULL_BLAME), phrase((0, 5, 7, 60), adds=-FULL_BLAME)
    silent = drawn(phrase((0, 5, 7, 60)))
    assert count(drawn(good), NEUTRAL) == count(silent, NEUTRAL) + 2 * 12 * 15
    assert count(drawn(bad), DEEPEST) == count(silent, DEEPEST) + 2 * 12 * 15 + (2 * 13 - 2) * 8


def test_j_fills_its_gauge() -> None:
    low, high = (drawn(phrase((0, 0, 4, 60), judgement=judgement)) for judgement in (0.25, 0.75))
    gauge = slice(46 + 64 * 13 + 15, 46 + 64 * 13 + 23)
    filled = [int((pixels[60:105, gauge] == (58, 65, 76)).all(axis=(1, 2)).sum()) for pixels in (low, high)]
    assert filled == [11, 34]  # of 45 rows of pixels, five pitches


def test_only_pitches_that_sound_somewhere_take_room() -> None:
    narrow, wide = drawn(phrase((0, 0, 4, 60))), drawn(phrase((0, 0, 4, 60), (1, 0, 4, 72)))
    assert wide.shape[0] - narrow.shape[0] == 12 * 9
    for pitch in (GRID.lowest, GRID.highest):
        assert count(drawn(phrase((0, 0, 4, pitch), adds=-FULL_BLAME)), DEEPEST) > 0


def test_a_long_piece_becomes_several_pages_of_a_bounded_height() -> None:
    phrases = [phrase((0, 0, 4, 60), (1, 0, 4, 72), bar=4 * index + 1) for index in range(17)]
    images = judged_images("a tune.mid", 0.25, phrases, GRID)
    line = 20 + 9 * 17 + 34 + 14  # bar numbers, pitches, strip, and between
    assert [image.height for image in images] == [80 + line * lines for lines in (5, 5, 5, 2)]
    assert max(image.height for image in images) <= 1400
    assert len(judged_images("a tune.mid", 0.25, phrases[:5], GRID)) == 1


def test_a_phrase_that_is_higher_than_a_page_has_one_of_its_own(monkeypatch) -> None:
    monkeypatch.setattr(judged, "PAGE_HEIGHT", 1)
    assert len(judged_images("a tune.mid", 0.25, [phrase((0, 0, 4, 60))] * 3, GRID)) == 3


@pytest.mark.parametrize(
    "grid", [Grid(lowest=0, pitches=128, bars=64), Grid(lowest=61, pitches=3, bars=1, metre="1/4")]
)
def test_every_grid_can_be_drawn(grid: Grid) -> None:
    cells = np.ones((3, grid.steps, grid.pitches), dtype=np.uint8)
    (image,) = judged_images("x" * 300, 1.0, [JudgedPhrase(9, 1.0, cells, cells * -0.1)], grid)
    assert image.height >= 4 * grid.pitches
