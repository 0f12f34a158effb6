from dataclasses import replace

import numpy as np

from ganola.rendering.pairs import notes_from, pair_pictures
from ganola.rendering.palette import BLUE, NEUTRAL, VERMILION
from tests.rendering.evaluations import GRID, PAIR, has, phrase


def test_notes_of_both_have_the_colour_of_their_track_and_others_are_grey():
    for picture in pair_pictures(PAIR, GRID):
        assert [has(np.asarray(picture), colour) for colour in (BLUE, VERMILION, NEUTRAL)] == [True, False, True]


def test_both_are_of_one_size_and_show_no_more_than_what_sounds():
    above, below = pair_pictures(PAIR, GRID)
    assert above.size == below.size == (448, 6 * 7)  # rows 3 to 5, and two around them


def test_a_note_belongs_to_where_it_begins():
    cells = phrase((0, 0, 5), (0, 4, 5), (1, 0, 5))
    begun = np.zeros(cells.shape, dtype=bool)
    begun[0, 4, 5] = True
    found = notes_from(cells, begun)
    assert np.argwhere(found).tolist() == [[0, 4, 5], [0, 5, 5]]


def test_silence_has_all_of_the_rows():
    silent = replace(PAIR, cells=phrase(), training_cells=phrase())
    assert {picture.height for picture in pair_pictures(silent, GRID)} == {6 * GRID.pitches}
