import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from ganola.corpus.proposal import Proposal
from ganola.music.tracks import Track
from ganola.rendering.palette import BLUE as BLUE_RGB
from ganola.rendering.palette import GREEN as GREEN_RGB
from ganola.rendering.palette import VERMILION as VERMILION_RGB
from ganola.rendering.palette import hex_code
from ganola.rendering.survey import survey_figure, survey_png
from tests.corpus.surveyed import BASS, FLUTE, KIT, free_timing, in_metre, piece, proposed
from tests.metres import metre_at
from tests.rendering.figures import bars, drawings

BLUE, VERMILION, GREEN = (hex_code(colour) for colour in (BLUE_RGB, VERMILION_RGB, GREEN_RGB))
SIZE = (1100, 750)
PITCHES, BEAT, METRES, TRACKS = range(4)  # the drawings, in order
DUET = piece(*((0, 4 * beat, 4 * beat + 4, 60 + beat) for beat in range(9)), (1, 0, 9, 48))


def drawn(proposal: Proposal, title: str = "songs") -> Figure:
    return survey_figure(proposal, title=title)


def changed(first: Figure, second: Figure) -> list[bool]:
    """Which of the four drawings differ."""
    return [one != other for one, other in zip(drawings(first), drawings(second), strict=True)]


@pytest.fixture(scope="module")
def plain() -> Figure:
    """The figure of one piece of two tracks."""
    return drawn(proposed(DUET))


def test_the_picture_is_a_png_that_shows_the_figure():
    image = Image.open(io.BytesIO(survey_png(proposed(DUET), title="songs")))
    assert (image.format, image.size) == ("PNG", SIZE)
    blue = (np.asarray(image.convert("RGB")) == np.array(BLUE_RGB)).all(axis=-1)
    assert all(part.sum() > 200 for half in np.array_split(blue, 2) for part in np.array_split(half, 2, axis=1))


def test_all_four_drawings_hold_something(plain: Figure):
    assert all(any(height > 0 and width > 0 for *_, width, height in bars(axes, BLUE)) for axes in plain.axes)


def test_each_track_of_the_plan_has_its_colour_among_the_pitches(plain: Figure):
    three = piece((0, 0, 4, 60), (1, 0, 9, 48), (2, 4, 8, 55), tracks=(FLUTE, BASS, Track(name="Oboe")))
    figures = drawn(proposed(DUET, tracks_by="merged")), plain, drawn(proposed(three))
    found = [
        [any(bar[3] > 0 for bar in bars(figure.axes[PITCHES], colour)) for colour in (BLUE, VERMILION, GREEN)]
        for figure in figures
    ]
    assert found == [[True, False, False], [True, True, False], [True, True, True]]


def test_the_same_proposal_makes_the_same_picture_and_another_title_another(plain: Figure):
    assert not any(changed(drawn(proposed(DUET)), plain))
    retitled = drawn(proposed(DUET), title="marches")
    assert retitled.get_suptitle() != plain.get_suptitle()
    assert changed(retitled, plain) == [False] * 4


OTHER_PITCHES = piece(*((0, 4 * beat, 4 * beat + 4, 60 + beat % 2) for beat in range(9)), (1, 0, 9, 48))
OTHER_BEATS = piece(*((0, 4 * beat + beat % 2, 4 * beat + 4, 60 + beat) for beat in range(9)), (1, 0, 9, 48))
OTHER_METRE = piece(
    *((0, 4 * beat, 4 * beat + 4, 60 + beat) for beat in range(9)), (1, 0, 9, 48), metres=(metre_at(0, "2/4"),)
)
OTHER_NAMES = piece(
    *((0, 4 * beat, 4 * beat + 4, 60 + beat) for beat in range(9)), (1, 0, 9, 48), tracks=(FLUTE, Track(name="Tuba"))
)


def test_each_drawing_is_of_its_own_counts():
    kept = drawn(proposed(DUET, common_tonic=False))
    differences = [
        changed(kept, drawn(proposed(other, common_tonic=False)))
        for other in (OTHER_PITCHES, OTHER_BEATS, OTHER_METRE, OTHER_NAMES)
    ]
    assert differences == [
        [True, False, False, False],
        [False, True, False, False],
        [False, False, True, False],
        [True, False, False, True],  # a legend names the tracks
    ]


def test_tracks_of_one_pitch_stand_on_one_another():
    music = piece(*((0, 4 * beat, 4 * beat + 4, 60) for beat in range(3)), (1, 0, 9, 60))
    axes = drawn(proposed(music, common_tonic=False)).axes[PITCHES]
    (lower,), (upper,) = ([bar for bar in bars(axes, colour) if bar[3]] for colour in (BLUE, VERMILION))
    assert lower[1:] == (0, 1, 3)
    assert upper == (lower[0], 3, 1, 1)


def test_a_note_a_hair_before_the_beat_is_drawn_on_it():
    exact, early = (
        piece(*((0, 192 * beat - hair * (beat % 3 == 1), 192 * beat + 99, 60) for beat in range(9)), beat=192)
        for hair in (0, 1)
    )
    assert early.phases[191] == 3
    assert not changed(drawn(proposed(exact)), drawn(proposed(early)))[BEAT]


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
    assert not changed(drawn(proposed(on_beat)), drawn(proposed(beside)))[BEAT]


def test_the_range_the_steps_and_the_key_of_the_plan_are_shown(plain: Figure):
    assert changed(plain, drawn(proposed(DUET, steps_per_quarter=6))) == [False, True, False, False]
    assert changed(plain, drawn(proposed(DUET, common_tonic=False)))[0]


def test_metres_that_are_stated_and_those_that_are_heard_are_told_apart():
    stated, heard = in_metre("4/4"), piece((0, 0, 4, 60), (1, 0, 9, 48), metres=())
    assert str(stated.metre) == str(heard.metre) == "4/4"
    assert changed(drawn(proposed(stated)), drawn(proposed(heard))) == [False, False, True, False]


def counted_tracks(figure: Figure) -> int:
    """How many bars the drawing of the tracks has."""
    return len(bars(figure.axes[TRACKS], BLUE))


@pytest.mark.parametrize(("tracks", "expected"), [(3, 3), (13, 10)])
def test_a_bar_is_drawn_for_each_name_up_to_ten(tracks: int, expected: int):
    names = tuple(Track(name=f"{number}. instrument with a long name", program=number) for number in range(tracks))
    rows = [(index, 0, 4, 40 + index) for index in range(tracks)]
    assert counted_tracks(drawn(proposed(piece(*rows, tracks=names), tracks_by="named"))) == expected


def test_names_that_begin_alike_have_a_bar_each():
    names = tuple(Track(name=f"Acoustic grand piano, hand {hand}") for hand in ("left", "right", "third"))
    together = piece(*((index, 0, 4, 40 + index) for index in range(3)), tracks=names)
    alone = piece((0, 0, 4, 60), tracks=names[:1])
    assert [bar[1:] for bar in bars(drawn(proposed(together, alone)).axes[TRACKS], BLUE)] == [
        (-0.35, 1, 0.7),
        (0.65, 1, 0.7),
        (1.65, 2, 0.7),
    ]


NAMES = ("$x_1^2$", "$", "a_{b$ $", "曲", "_hidden", " ", "", "9", "A" * 80, "\\frac{1}")


@pytest.mark.parametrize("policy", ["named", "merged"])
def test_names_are_words_whatever_is_in_them(policy: str):
    tracks = tuple(Track(name=name, program=73) for name in NAMES)
    music = piece(*((index, 4 * index, 4 * index + 4, 60 + index) for index in range(len(tracks))), tracks=tracks)
    proposal = proposed(music, tracks_by=policy)
    assert counted_tracks(drawn(proposal)) == (len(NAMES) if policy == "named" else 1)
    assert survey_png(proposal, title="曲: $x_{1$")  # mathematics would be read only as it is painted


def test_a_name_with_an_underscore_is_in_the_legend_too():
    for name in ("lead", "_lead"):
        music = piece((0, 0, 4, 60), (1, 0, 9, 48), tracks=(Track(name=name, program=73), BASS))
        legend = drawings(drawn(proposed(music)))[PITCHES]["legend"]
        assert [words.strip() for words in legend] == [name, "Bass"]


def test_drums_alone_can_be_drawn():
    figure = drawn(proposed(piece((0, 0, 1, 36), (0, 2, 3, 42), tracks=(KIT,))))
    assert [bar[2:] for bar in bars(figure.axes[PITCHES], BLUE) if bar[3]] == [(1, 1), (1, 1)]


def test_music_without_a_beat_that_is_taken_is_drawn_where_it_lies():
    figure = drawn(proposed(free_timing(), free_timing=True))
    assert {bar[3] for bar in bars(figure.axes[BEAT], BLUE)} == {8}
    assert any(bar[3] == 384 for bar in bars(figure.axes[PITCHES], BLUE))


def test_one_note_can_be_drawn():
    proposal = proposed(piece((0, 0, 4, 0), tracks=(FLUTE,)), common_tonic=False)
    assert [bar for bar in bars(drawn(proposal).axes[PITCHES], BLUE) if bar[3]] == [(-0.5, 0, 1, 1)]
    assert survey_png(proposal, title="one")
