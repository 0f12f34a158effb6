import io

import numpy as np
import pytest
from PIL import Image

from ganola.corpus.proposal import Proposal
from ganola.music.tracks import Track
from ganola.rendering.survey import survey_png
from tests.corpus.surveyed import BASS, FLUTE, KIT, free_timing, in_metre, piece, proposed
from tests.metres import metre_at

BLUE, ORANGE, GREEN = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x00, 0x9E, 0x73)
SIZE = (1100, 750)
DUET = piece(*((0, 4 * beat, 4 * beat + 4, 60 + beat) for beat in range(9)), (1, 0, 9, 48))


def pixels(proposal: Proposal, title: str = "songs") -> np.ndarray:
    """The picture, which is of the size that all of them have."""
    image = Image.open(io.BytesIO(survey_png(proposal, title=title)))
    assert (image.format, image.size) == ("PNG", SIZE)
    return np.asarray(image.convert("RGB"))


def quarter(picture: np.ndarray, row: int, column: int) -> np.ndarray:
    """Pitches, beat, metres and tracks: the four drawings, in this order, without the heading."""
    return picture[50:][350 * row :, 550 * column :][:350, :550]


def count(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour)).all(axis=-1).sum())


def changed(first: np.ndarray, second: np.ndarray) -> list[bool]:
    """Which of the four drawings differ."""
    return [
        not np.array_equal(quarter(first, row, column), quarter(second, row, column))
        for row in range(2)
        for column in range(2)
    ]


@pytest.fixture(scope="module")
def plain() -> np.ndarray:
    """The picture of one piece of two tracks."""
    return pixels(proposed(DUET))


def test_all_four_drawings_hold_something(plain: np.ndarray):
    assert all(count(quarter(plain, row, column), BLUE) > 200 for row in range(2) for column in range(2))


def test_each_track_of_the_plan_has_its_colour_among_the_pitches(plain: np.ndarray):
    three = piece((0, 0, 4, 60), (1, 0, 9, 48), (2, 4, 8, 55), tracks=(FLUTE, BASS, Track(name="Oboe")))
    all_in_one = pixels(proposed(DUET, tracks_by="merged"))
    drawn = [
        [count(quarter(picture, 0, 0), colour) > 50 for colour in (BLUE, ORANGE, GREEN)]
        for picture in (all_in_one, plain, pixels(proposed(three)))
    ]
    assert drawn == [[True, False, False], [True, True, False], [True, True, True]]


def test_the_same_proposal_makes_the_same_picture_and_another_title_another(plain: np.ndarray):
    assert np.array_equal(pixels(proposed(DUET)), plain)
    retitled = pixels(proposed(DUET), title="marches")
    assert not np.array_equal(retitled, plain)
    assert changed(retitled, plain) == [False] * 4


OTHER_PITCHES = piece(*((0, 4 * beat, 4 * beat + 4, 60 + beat % 2) for beat in range(9)), (1, 0, 9, 48))
OTHER_BEATS = piece(*((0, 4 * beat + beat % 2, 4 * beat + 4, 60 + beat) for beat in range(9)), (1, 0, 9, 48))
OTHER_METRE = piece(
    *((0, 4 * beat, 4 * beat + 4, 60 + beat) for beat in range(9)),
    (1, 0, 9, 48),
    metres=(metre_at(0, "2/4"),),
)
OTHER_NAMES = piece(
    *((0, 4 * beat, 4 * beat + 4, 60 + beat) for beat in range(9)), (1, 0, 9, 48), tracks=(FLUTE, Track(name="Tuba"))
)


def test_each_drawing_is_of_its_own_counts():
    kept = pixels(proposed(DUET, common_tonic=False))
    differences = [
        changed(kept, pixels(proposed(other, common_tonic=False)))
        for other in (OTHER_PITCHES, OTHER_BEATS, OTHER_METRE, OTHER_NAMES)
    ]
    assert differences == [
        [True, False, False, False],
        [False, True, False, False],
        [False, False, True, False],
        [True, False, False, True],  # a legend names the tracks
    ]


def test_tracks_of_one_pitch_stand_on_one_another():
    drawing = quarter(
        pixels(proposed(piece(*((0, 4 * beat, 4 * beat + 4, 60) for beat in range(3)), (1, 0, 9, 60)))), 0, 0
    )
    assert count(drawing, ORANGE) / count(drawing, BLUE) == pytest.approx(1 / 3, abs=0.06)


def test_a_note_a_hair_before_the_beat_is_drawn_on_it():
    exact, early = (
        piece(*((0, 192 * beat - hair * (beat % 3 == 1), 192 * beat + 99, 60) for beat in range(9)), beat=192)
        for hair in (0, 1)
    )
    assert early.phases[191] == 3
    assert not changed(pixels(proposed(exact)), pixels(proposed(early)))[1]


def test_notes_beside_the_beat_are_drawn_where_they_will_be_used():
    on_beat, beside = (
        piece(
            *((0, 192 * beat + late, 192 * beat + late + 90, 36 + beat % 3) for beat in range(0, 96, 4)),
            *((0, 96 * half + late, 96 * half + late + 60, 60) for half in range(192)),
            beat=192,
        )
        for late in (0, 65)
    )
    assert (on_beat.offset, round(192 * beside.offset)) == (0, 65)
    assert not changed(pixels(proposed(on_beat)), pixels(proposed(beside)))[1]


def test_the_range_the_steps_and_the_key_of_the_plan_are_shown(plain: np.ndarray):
    assert changed(plain, pixels(proposed(DUET, steps_per_quarter=6))) == [False, True, False, False]
    assert changed(plain, pixels(proposed(DUET, common_tonic=False)))[0]


def test_metres_that_are_stated_and_those_that_are_heard_are_told_apart():
    stated, heard = in_metre("4/4"), piece((0, 0, 4, 60), (1, 0, 9, 48), metres=())
    assert (str(stated.metre), str(heard.metre)) == ("4/4", "4/4")
    assert changed(pixels(proposed(stated)), pixels(proposed(heard))) == [False, False, True, False]


def bars_drawn(picture: np.ndarray) -> int:
    """How many bars lie below each other in the drawing of the tracks."""
    rows = (quarter(picture, 1, 1)[30:, 100:] == np.array(BLUE)).all(axis=-1).sum(axis=1) > 20
    return int((rows[1:] & ~rows[:-1]).sum())


@pytest.mark.parametrize(("tracks", "bars"), [(3, 3), (13, 10)])
def test_a_bar_is_drawn_for_each_name_up_to_ten(tracks: int, bars: int):
    names = tuple(Track(name=f"{number}. instrument with a long name", program=number) for number in range(tracks))
    rows = [(index, 0, 4, 40 + index) for index in range(tracks)]
    assert bars_drawn(pixels(proposed(piece(*rows, tracks=names), tracks_by="named"))) == bars


def test_names_that_begin_alike_have_a_bar_each():
    names = tuple(Track(name=f"Acoustic grand piano, hand {hand}") for hand in ("left", "right", "third"))
    together = piece(*((index, 0, 4, 40 + index) for index in range(3)), tracks=names)
    alone = piece((0, 0, 4, 60), tracks=names[:1])
    assert bars_drawn(pixels(proposed(together, alone))) == 3


NAMES = ("$x_1^2$", "$", "a_{b$ $", "曲", "_hidden", " ", "", "9", "A" * 80, "\\frac{1}")


@pytest.mark.parametrize("policy", ["named", "merged"])
def test_names_are_words_whatever_is_in_them(policy: str):
    tracks = tuple(Track(name=name, program=73) for name in NAMES)
    music = piece(*((index, 4 * index, 4 * index + 4, 60 + index) for index in range(len(tracks))), tracks=tracks)
    picture = pixels(proposed(music, tracks_by=policy), title="曲: $x_{1$")
    assert bars_drawn(picture) == (len(NAMES) if policy == "named" else 1)


def test_a_name_with_an_underscore_is_in_the_legend_too():
    named = piece((0, 0, 4, 60), (1, 0, 9, 48), tracks=(Track(name="lead", program=73), BASS))
    hidden = piece((0, 0, 4, 60), (1, 0, 9, 48), tracks=(Track(name="_lead", program=73), BASS))
    swatches = [count(quarter(pixels(proposed(music)), 0, 0), BLUE) for music in (named, hidden)]
    assert swatches[0] == swatches[1]


def test_drums_alone_can_be_drawn():
    picture = pixels(proposed(piece((0, 0, 1, 36), (0, 2, 3, 42), tracks=(KIT,))))
    assert count(quarter(picture, 0, 0), BLUE) > 200


def test_music_without_a_beat_that_is_taken_is_drawn_where_it_lies():
    picture = pixels(proposed(free_timing(), free_timing=True))
    assert count(quarter(picture, 0, 1), BLUE) > 0
    assert count(quarter(picture, 0, 0), BLUE) > 200


def test_one_note_can_be_drawn():
    assert count(pixels(proposed(piece((0, 0, 4, 0), tracks=(FLUTE,)), common_tonic=False)), BLUE) > 200
