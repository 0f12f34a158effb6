"""What a person says is to be made anew."""

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.tracks import Track
from ganola.playing.own_music import read_own_music
from ganola.playing.selection import select
from tests.metres import metre_at
from tests.playing.small import SPEC, small_model
from tests.playing.test_own_music import KIT, LINE, Q, low, piece

FOUR_BARS = [(0, start + later, end + later, pitch) for later in (0, 8 * Q) for _, start, end, pitch in LINE]
TRACKS = (Track(name="Flute", program=73), Track(name="Bass"), KIT)
ROWS = [*FOUR_BARS, *low(FOUR_BARS, 1), (2, 0, Q, 36)]
METRES = (metre_at(0, "4/4"), metre_at(16 * Q, "3/4"))


@pytest.fixture(scope="module")
def music():
    """Four bars of a flute, a bass and a kit, and one bar of 3/4."""
    rows = [*ROWS, (0, 16 * Q, 17 * Q, 60)]
    return read_own_music(piece(*rows, tracks=TRACKS, metres=METRES), small_model())


def bars_of(made: np.ndarray) -> list[str]:
    """For each of the model's tracks the numbers of the bars that are made anew."""
    return ["".join(str(bar + 1) for bar in range(4) if own[8 * bar : 8 * bar + 8].all()) for own in made]


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ({"redo": ["3-4"]}, ["34", "34"]),
        ({"redo": ["Bass"]}, ["", "1234"]),
        ({"redo": ["melody:2"]}, ["2", ""]),  # the model's name
        ({"redo": ["FLUTE:2"]}, ["2", ""]),  # the file's
        ({"redo": ["Melody:1;Bass:3-4"]}, ["1", "34"]),
        ({"redo": ["Melody:1", "4"]}, ["14", "4"]),
        ({"redo": ["Melody, Bass : 1-2,4"]}, ["124", "124"]),
        ({"redo": ["2,4"]}, ["24", "24"]),
        ({"redo": ["2\u20133"]}, ["23", "23"]),
        ({"keep": ["Flute"]}, ["", "1234"]),
        ({"keep": ["1-2"]}, ["34", "34"]),
        ({"keep": ["Bass:1;Melody"]}, ["", "234"]),
        ({"keep": ["Kit;Bass"]}, ["1234", ""]),
    ],
)
def test_tracks_and_bars_are_chosen(music, asked, made) -> None:
    assert bars_of(select(music, SPEC, **asked)) == made


@pytest.mark.parametrize(
    ("asked", "problem", "remedy"),
    [
        ({}, "nothing says what to make anew", "--redo"),
        ({"redo": ["1"], "keep": ["2"]}, "both what to keep and what to make anew", "one of the two"),
        ({"redo": [""]}, "--redo is empty", "--redo"),
        ({"redo": ["7"]}, "there is no bar 7", "bars 1 to 5"),
        ({"redo": ["0-1"]}, "there is no bar 0", "bars 1 to 5"),
        ({"redo": ["4-2"]}, "bars 4-2 go backwards", "2-4"),
        ({"redo": ["5"]}, "bar 5 is in 3/4", "in that metre"),
        ({"redo": ["Flut:1"]}, "there is no track Flut", "Did you mean Flute"),
        ({"redo": ["Tuba"]}, "there is no track Tuba", "Melody, Bass, Flute, Kit"),
        ({"redo": ["Kit"]}, "Kit is none of the model's tracks", "Melody, Bass"),
        ({"redo": ["Melody:first"]}, "first is no bar", "3-4"),
        ({"redo": [":3"]}, "lacks tracks or bars", "Alto,Tenor:3-4"),
        ({"redo": ["Melody:"]}, "lacks tracks or bars", "Alto,Tenor:3-4"),
        ({"redo": ["1-4"]}, "nothing is kept", "ganola generate"),
        ({"keep": ["Kit"]}, "nothing is kept", "ganola generate"),
        ({"keep": ["Melody,Bass"]}, "everything is kept", "less"),
    ],
)
def test_what_cannot_be_chosen_is_said(music, asked, problem, remedy) -> None:
    with pytest.raises(InputError) as refused:
        select(music, SPEC, **asked)
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy


def test_a_track_that_the_file_lacks_can_be_asked_for_and_bars_alone_do_not_mean_it() -> None:
    alone = read_own_music(piece(*FOUR_BARS, tracks=TRACKS[:1]), small_model())
    assert bars_of(select(alone, SPEC, keep=["Flute"])) == ["", "1234"]
    assert bars_of(select(alone, SPEC, redo=["Bass:2"])) == ["", "2"]
    assert bars_of(select(alone, SPEC, redo=["2"])) == ["2", ""]


def test_tracks_that_are_one_of_the_models_are_named_together() -> None:
    model = small_model()
    voices = model.record.plan.model_copy(update={"tracks_by": "voices"})
    hands = (Track(name="Right"), Track(name="Left"))
    both = read_own_music(piece(*FOUR_BARS, *low(FOUR_BARS, 1), tracks=hands), small_model(plan=voices))
    with pytest.raises(InputError, match="Right is one track of the model together with Left"):
        select(both, SPEC, redo=["Right:1"])
    assert bars_of(select(both, SPEC, redo=["Bass:1"])) == ["", "1"]
