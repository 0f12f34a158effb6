from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.plan import FAMILIES, Plan, PlannedTrack, load_plan, plan_key, plan_toml
from ganola.corpus.track_mapping import map_tracks
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track, clean_name
from ganola.storage import write_whole

MELODY = PlannedTrack(name="Melody", program=73, monophonic=True, takes=("Flute", "Lead"))
DRUMS = PlannedTrack(name="Drums", drums=True, takes=("Kit",))
PLAN = Plan(
    tracks_by="named",
    complete=True,
    metre="6/8",
    bars=3,
    steps_per_quarter=6,
    lowest=41,
    pitches=29,
    common_tonic=False,
    free_timing=True,
    tracks=(MELODY, DRUMS),
)


@st.composite
def choices(draw: st.DrawFn) -> dict[str, Any]:
    """The choices of any plan, with names of any signs. Not the plan: its type checks draw random numbers, and a
    strategy may not."""
    policy = draw(st.sampled_from(["merged", "named", "families", "voices"]))
    names = draw(
        st.lists(st.text(max_size=9), unique_by=lambda name: clean_name(name).casefold(), min_size=1, max_size=6)
    )
    if policy == "families":
        names = [*FAMILIES[: len(names)]]
    shared = 1 if policy == "merged" else draw(st.integers(1, len(names)))
    pitches = draw(st.integers(1, 128))
    return {
        "tracks_by": policy,
        "complete": policy in ("named", "families") and draw(st.booleans()),
        "metre": draw(st.sampled_from(["4/4", "3/8", "12/8", "2/2", "17/16"])),
        "bars": draw(st.integers(1, 64)),
        "steps_per_quarter": draw(st.sampled_from([4, 12, 24])),
        "lowest": draw(st.integers(0, 128 - pitches)),
        "pitches": pitches,
        "common_tonic": draw(st.booleans()),
        "free_timing": draw(st.booleans()),
        "tracks": [
            {
                "name": names[index],
                "program": draw(st.integers(0, 127)),
                "drums": draw(st.booleans()),
                "monophonic": draw(st.booleans()),
                "takes": names[index::shared],
            }
            for index in range(shared)
        ],
    }


def from_text(text: str | bytes, folder: Path) -> Plan:
    write_whole(folder / "my.plan", text)
    return load_plan(folder / "my.plan").plan


# There and back


@given(chosen=choices(), reasons=st.dictionaries(st.sampled_from([*Plan.model_fields]), st.text(max_size=30)))
def test_a_plan_comes_back_from_its_file_whatever_the_names_and_the_reasons(
    tmp_path_factory: pytest.TempPathFactory, chosen: dict[str, Any], reasons: dict[str, str]
):
    plan = Plan.model_validate(chosen)
    folder = tmp_path_factory.getbasetemp()
    assert from_text(plan_toml(plan, reasons), folder) == plan


@pytest.mark.parametrize(
    "name", ['Vox "1"', "it's", "a\nb", "a\r\nb", "C:\\new", "[\n", "x,\n", "曲", "\x07", "\u2028", "", " ", "#"]
)
def test_awkward_names_come_back_in_tracks_and_in_comments(name: str, tmp_path: Path):
    awkward = PlannedTrack(name=name, takes=(name, f"{name}2"))
    plan = Plan(tracks_by="named", tracks=(awkward,))
    reasons = {"tracks_by": f"most have {name}", "tracks": f"{name}: 3 notes"}
    assert from_text(plan_toml(plan, reasons), tmp_path) == plan


def test_each_choice_stands_in_a_line_under_its_reason():
    reasons = {"metre": "stated: 6/8 4\n2 pieces state none", "lowest": "F2 to A4", "tracks": "Melody: 9 notes"}
    assert plan_toml(PLAN, reasons) == (
        "# What to make of this music. Edit it, then: ganola corpus build FOLDER --plan THIS_FILE\n"
        "\n"
        'tracks_by = "named"\n'
        "\n"
        "complete = true\n"
        "\n"
        "# stated: 6/8 4\n"
        "# 2 pieces state none\n"
        'metre = "6/8"\n'
        "\n"
        "bars = 3\n"
        "\n"
        "steps_per_quarter = 6\n"
        "\n"
        "# F2 to A4\n"
        "lowest = 41\n"
        "\n"
        "pitches = 29\n"
        "\n"
        "common_tonic = false\n"
        "\n"
        "free_timing = true\n"
        "\n"
        "# Melody: 9 notes\n"
        "[[tracks]]\n"
        'name = "Melody"\n'
        "program = 73\n"
        "monophonic = true\n"
        'takes = ["Flute", "Lead"]\n'
        "\n"
        "[[tracks]]\n"
        'name = "Drums"\n'
        "program = 0\n"
        "drums = true\n"
        'takes = ["Kit"]\n'
    )


def test_a_plan_of_one_track_is_enough_and_the_rest_are_the_defaults(tmp_path: Path):
    plan = from_text('[[tracks]]\nname = "all"\nprogram = 5\n', tmp_path)
    assert plan == Plan(tracks=(PlannedTrack(name="all", program=5),))
    assert plan.grid == Grid()
    assert (plan.tracks_by, plan.complete, plan.common_tonic, plan.free_timing) == ("merged", False, True, False)


def test_an_editor_may_begin_the_file_with_a_byte_order_mark(tmp_path: Path):
    assert from_text(b"\xef\xbb\xbf" + plan_toml(PLAN, {}).encode(), tmp_path) == PLAN


# What it says


def test_the_grid_is_that_of_the_plan():
    assert PLAN.grid == Grid(lowest=41, pitches=29, steps_per_quarter=6, metre="6/8", bars=3)


def test_the_tracks_of_the_corpus_are_those_of_the_plan_without_what_they_take():
    expected = (Track(name="Melody", program=73, monophonic=True), Track(name="Drums", drums=True))
    assert PLAN.corpus_tracks == expected
    assert [type(track) for track in PLAN.corpus_tracks] == [Track, Track]


CHANGES = {
    "tracks_by": "voices",
    "complete": True,
    "metre": "9/8",
    "bars": 4,
    "steps_per_quarter": 12,
    "lowest": 40,
    "pitches": 30,
    "common_tonic": True,
    "free_timing": False,
    "tracks": [{"name": "Melody", "takes": ["Flute"]}, DRUMS],
}


def test_the_key_differs_wherever_a_choice_does():
    assert set(CHANGES) == set(Plan.model_fields)
    base = {**PLAN.model_dump(), "complete": False}
    changed = [Plan.model_validate({**base, name: value}) for name, value in CHANGES.items()]
    keys = {plan_key(plan) for plan in (Plan.model_validate(base), *changed)}
    assert len(keys) == 1 + len(CHANGES)
    assert plan_key(Plan.model_validate(PLAN.model_dump())) == plan_key(PLAN)
    assert "\n" not in plan_key(PLAN)


# Edited by hand


def test_two_names_may_be_brought_together_in_one_track(tmp_path: Path):
    lead, bass = PlannedTrack(name="Flute", takes=("Flute",)), PlannedTrack(name="Bass", takes=("Bass",))
    oboe = PlannedTrack(name="Oboe", takes=("Oboe",))
    text = plan_toml(Plan(tracks_by="named", tracks=(lead, bass, oboe)), {})
    edited = text.replace('takes = ["Flute"]', 'takes = ["Flute", "Oboe"]')
    edited = edited[: edited.rindex("[[tracks]]")]
    plan = from_text(edited, tmp_path)
    band = tuple(Track(name=name) for name in ("OBOE", "Bass", "Flute"))
    notes, left_out = map_tracks(Score(band, Notes.of([(0, 1, 2, 70), (1, 0, 9, 40), (2, 3, 5, 75)]), 4), plan)
    assert (notes.rows(), left_out) == ([(0, 1, 2, 70), (0, 3, 5, 75), (1, 0, 9, 40)], 0)


ONE = '[[tracks]]\nname = "a"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("metre = 4/4\n" + ONE, "is not valid TOML in line 1"),
        ('bars = 4\nmetre = "4/4\n' + ONE, "is not valid TOML in line 2"),
        ("bars = 4\nbars = 5\n" + ONE, "is not valid TOML"),
        (b"# Stra\xdfe\n" + ONE.encode(), "is no text"),
        ("beats = 4\n" + ONE, "beats is unknown"),
        (ONE + "pan = 3\n", r"tracks\.0\.pan is unknown"),
        ("", "tracks is missing"),
        ("tracks = []\n", "tracks is a list of 0, and has to be at least 1"),
        ("tracks = 3\n", "tracks is 3, and has to be a list"),
        ("bars = 0\n" + ONE, "bars is 0, and has to be 1 or more"),
        ("bars = 2.5\n" + ONE, "bars is 2.5, and has to be a whole number"),
        ('tracks_by = "family"\n' + ONE, "tracks_by is family, and has to be merged, named, families or voices"),
        ('metre = "waltz"\n' + ONE, "metre: 'waltz' is no time signature"),
        ('metre = "3/5"\n' + ONE, "metre: a bar of 3/5 is none"),
        ('metre = "7/8"\nsteps_per_quarter = 1\n' + ONE, "a bar of 7/8 .*no whole number of steps"),
        ("lowest = 99\n" + ONE, "48 pitches from 99 on go beyond MIDI's highest, 127"),
        (ONE + "program = 128\n", r"tracks\.0\.program is 128, and has to be 127 or less"),
        (ONE + "\n" + ONE, "tracks: merged music has one track"),
        ('tracks_by = "named"\n' + ONE, r"tracks: each needs takes = \[...\], which of a piece's named tracks"),
        ('tracks_by = "families"\n' + ONE, r"tracks: each needs takes = \[...\], which of a piece's families tracks"),
        ('tracks_by = "named"\n' + ONE + 'takes = ["x"]\n' + ONE, "tracks: each needs takes"),
        ('tracks_by = "named"\n' + ONE + 'takes = ["x"]\n' + ONE + 'takes = ["X"]\n', "tracks: 'x' is taken twice"),
        ('tracks_by = "named"\n' + ONE + 'takes = ["ß", "SS"]\n', "tracks: 'ss' is taken twice"),
        ('tracks_by = "voices"\n' + ONE + ONE, "tracks: 'a' is a name twice"),
        (
            'tracks_by = "families"\n' + ONE + 'takes = ["keyz"]\n',
            "tracks: no family is called 'keyz'; there are drums, bass",
        ),
        ('tracks_by = "voices"\ncomplete = true\n' + ONE, "complete: music whose tracks are voices has no others"),
        (ONE * 256, "tracks is a list of 256, and has to be at most"),
        ("a = " + "[" * 5000, "is not valid TOML"),
        (ONE + 'takes = "Flute"\n', r"tracks\.0\.takes is Flute, and has to be a list"),
    ],
)
def test_a_wrong_plan_is_named_with_what_is_wrong_and_what_to_do(text: str | bytes, problem: str, tmp_path: Path):
    with pytest.raises(InputError, match=problem) as caught:
        from_text(text, tmp_path)
    assert caught.value.problem.startswith(str(tmp_path / "my.plan"))
    assert "\n" not in caught.value.problem
    assert "Value error" not in caught.value.problem
    assert "corpus survey" in caught.value.remedy or caught.value.remedy == "Did you mean families?"


def test_a_plan_that_is_not_there_can_be_made(tmp_path: Path):
    with pytest.raises(InputError, match=f"there is no file {tmp_path / 'none.toml'}") as caught:
        load_plan(tmp_path / "none.toml")
    assert "corpus survey" in caught.value.remedy


def test_a_folder_is_no_plan(tmp_path: Path):
    with pytest.raises(InputError, match=str(tmp_path)):
        load_plan(tmp_path)


def test_a_plan_of_phrases_that_no_laptop_can_hold_is_refused_in_words(tmp_path: Path):
    text = plan_toml(PLAN, {}).replace("bars = 3", "bars = 64").replace('"6/8"', '"99/1"')
    with pytest.raises(InputError, match="a phrase of 2 tracks, 152,064 steps and 29 pitches is too large"):
        from_text(text, tmp_path)


def test_a_plan_of_very_many_names_is_read_at_once(tmp_path: Path):
    many = PlannedTrack(name="Melody", takes=tuple(f"name {number}" for number in range(100_000)))
    assert len(Plan(tracks_by="named", tracks=(many,)).track_by_name) == 100_000
    with pytest.raises(ValueError, match="'name 7' is taken twice"):
        Plan(tracks_by="named", tracks=(many, PlannedTrack(name="Bass", takes=("Name 7",))))


def test_a_plan_of_an_older_version_is_refused_with_the_new_names(tmp_path: Path):
    old = 'live = true\nsteps_per_beat = 6\n[[tracks]]\nname = "all"\none_note = true\n'
    (tmp_path / "plan.toml").write_text(old, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_plan(tmp_path / "plan.toml")
    renamed = "live is now free_timing, steps_per_beat is now steps_per_quarter, one_note is now monophonic"
    assert refused.value.problem == f"{tmp_path / 'plan.toml'} is a plan of ganola 0.1: {renamed}"
    for key, name in (("live", "free_timing"), ("steps_per_beat", "steps_per_quarter"), ("one_note", "monophonic")):
        old = old.replace(key, name)
    (tmp_path / "plan.toml").write_text(old, encoding="utf-8")
    assert load_plan(tmp_path / "plan.toml").plan.steps_per_quarter == 6
