import base64
import dataclasses
import io
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from ganola.judging.critic import Reliability
from ganola.judging.diversity import Diversity
from ganola.judging.findings import (
    Candidate,
    Copying,
    Evaluation,
    FeatureRow,
    Judged,
    Measure,
    MuseGanTable,
    Pair,
    Standing,
)
from ganola.judging.material import Music, alone
from ganola.judging.musegan import MuseGanRow
from ganola.judging.resampling import Estimate
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, SUSTAIN
from ganola.music.tracks import Track
from ganola.rendering import report
from ganola.rendering.report import number, opening, percent, report_html, report_json, rough

GRID = Grid(lowest=60, pitches=12, steps_per_beat=2, metre="2/4", bars=2)
TRACKS = (Track(name="Lead"), Track(name="Bass", one_note=True))
KEYS = ("ratio", "discrepancy", "density", "coverage", "trees", "listener")
LEAD, BASS_COLOUR, GREY = (0, 114, 178), (213, 94, 0), (186, 191, 199)
TIMES, NONE, MINUS = "\N{MULTIPLICATION SIGN}", "\N{EN DASH}", "\N{MINUS SIGN}"
MARKUP = '<script>alert("x")</script>&amp;'


def phrase(*notes: tuple[int, int, int]) -> np.ndarray:
    """Cells of some notes: the track, the step, the row; each a beat long."""
    cells = np.full((2, GRID.steps, GRID.pitches), OFF, dtype=np.uint8)
    for track, step, row in notes:
        cells[track, step : step + 2, row] = (ONSET, SUSTAIN)
    return cells


def music(name: str, count: int) -> Music:
    return alone(name, np.stack([phrase((0, 2 * (index % 4), index % 12), (1, 0, 3)) for index in range(count)]))


def standing(name: str, kind: str, ratio: float) -> Standing:
    """With an interval from half the value to twice that."""
    around = Estimate(ratio, ratio / 2, 2 * ratio)
    told = Estimate(0.9, 0.8, 1.02)
    return Standing(name, kind, 60, around, around, around, around, told, told, told)


FLOOR = replace(standing("training music", "real", 1.0), ratio=Estimate(1.0, 1.0, 1.0), trees=Estimate(0.5, 0.4, 0.6))
CONTROLS = (standing("5% wrong notes", "control", 3.25), standing("noise", "control", 400.0))

CLASHES = FeatureRow(
    name="semitone clashes",
    unit="a step",
    labels=("",),
    generated=(0.25,),
    held_out=(0.06,),
    training=(0.07,),
    distance=Estimate(3.7, 3.5, 3.9),
    floor=Estimate(0.1, 0.0, 0.2),
    overlap=0.3,
    overlap_floor=0.9,
    edges=(0.0, 0.5, 1.0),
    generated_shares=(0.25, 0.75),
    held_out_shares=(1.0, 0.0),
    training_shares=(0.9, 0.1),
)
BASS = replace(
    CLASHES,
    name="bass intervals",
    unit="share",
    labels=("1", "2"),
    generated=(0.3, 0.125),
    held_out=(0.25, None),
    training=(None, 0.2),
    distance=Estimate(0.5, 0.1, 0.9),
    edges=(),
    generated_shares=(),
    held_out_shares=(),
    training_shares=(),
)
EMPTY = replace(BASS, name="leaps", labels=("",), generated=(None,), held_out=(None,), training=(None,))

MUSEGAN = (MuseGanRow("EB", "empty bars", 0.125, 0.375), MuseGanRow("DP", "drum patterns", None, None))
PAIR = Pair(7, 0.75, 9, "a hymn", 13, -2, phrase((0, 0, 5), (1, 2, 3)), phrase((0, 0, 5), (1, 4, 4)))


def judged(name: str, ratio: float, **more) -> Judged:
    own = music(name, 12)
    return Judged(
        candidate=replace(Candidate("model", own, f"the run {name}"), **more),
        standing=standing(name, "model", ratio),
        features=(BASS, CLASHES, EMPTY),
        musegan=MuseGanTable(MUSEGAN, MUSEGAN, MUSEGAN),
        copying=Copying(name, 12, (0.1, 0.2, 0.3, 0.4, 0.75), (2.0, 3.0, 4.0, 5.0, 9.0), 1 / 12, (PAIR,)),
        diversity=Diversity(12, 0.75, np.array([0.25, 0.5]), np.array([0.125, math.nan]), (), ("Bass",), ""),
    )


EVALUATION = Evaluation(
    version="0.1.0",
    corpus="hymns",
    fingerprint="8d709f22",
    grid=GRID,
    tracks=TRACKS,
    split="test",
    seed=3,
    held_out=music("test", 9),
    tunes=5,
    training_windows=1234,
    measures=tuple(Measure(key, f"the {key}", f"what {key} means", "1", True) for key in KEYS),
    judged=(judged("far", 40.0), judged("near", 2.5)),
    real=(FLOOR, standing("validation", "real", 0.75)),
    controls=CONTROLS,
    threshold=0.625,
    copying=(Copying("held-out music", 9, (0.1, 0.2, 0.3, 0.4, 0.5), (1.0, 2.0, 3.0, 4.0, 5.0), 0.0),),
    remarks=("Mind the gap.",),
)


def alone_judged(found: Judged) -> Evaluation:
    return replace(EVALUATION, judged=(found,))


def nowhere(found: Standing, phrases: int) -> Standing:
    return replace(found, phrases=phrases, distance=None, **dict.fromkeys(KEYS))


class _Reading(HTMLParser):
    """The tags, the words and the tables of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._style = False
        self.feed(page)

    @property
    def text(self) -> str:
        return " ".join("".join(self.said).replace("\N{NARROW NO-BREAK SPACE}", " ").split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            cell = "".join(self._cell).replace("\N{NARROW NO-BREAK SPACE}", " ")
            self.rows[-1].append(" ".join(cell.split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.said.append(data)
        if self._cell is not None:
            self._cell.append(f" {data}")


def read(evaluation: Evaluation) -> _Reading:
    return _Reading(report_html(evaluation))


@pytest.fixture(scope="module")
def page() -> _Reading:
    return read(EVALUATION)


# The page as a file.


def test_the_same_evaluation_makes_the_same_bytes():
    assert report_html(EVALUATION) == report_html(EVALUATION)


def test_the_page_needs_nothing_from_elsewhere(page: _Reading):
    html = report_html(EVALUATION)
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?:|@import|@font-face|url\(", html)
    sources = [own["src"] for tag, own in page.tags if tag == "img"]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert all(own["href"].startswith("#") for tag, own in page.tags if tag == "a")
    assert not any(name.startswith("on") for _, own in page.tags for name in own)


def test_what_is_not_a_number_is_not_written_as_one(page: _Reading):
    assert not re.search(r"\b(nan|inf|None)\b", page.text)
    assert "nan" not in re.sub(r'src="[^"]+"', "", report_html(EVALUATION))


def test_every_place_that_is_named_in_the_contents_is_there(page: _Reading):
    named = {own["href"][1:] for tag, own in page.tags if tag == "a"}
    places = {own["id"] for _, own in page.tags if "id" in own}
    assert named
    assert named <= places


def test_names_are_words_whatever_is_in_them():
    found = judged(MARKUP, 2.0, about=MARKUP, remarks=(MARKUP,))
    copied = replace(found.copying, pairs=(replace(PAIR, piece=MARKUP),))
    tracks = (Track(name=MARKUP), TRACKS[1])
    strange = replace(EVALUATION, corpus=MARKUP, judged=(replace(found, copying=copied),), tracks=tracks)
    html = report_html(replace(strange, remarks=(MARKUP,)))
    assert "<script" not in html
    assert 'alert("x")' not in html
    assert f"How close is it to {MARKUP}?" in _Reading(html).text


# The number.


def test_the_closest_candidate_comes_first_with_its_number_and_what_it_means(page: _Reading):
    assert page.text.index(f"2.5{TIMES}") < page.text.index(f"40{TIMES}")
    assert "1.2 to 5.0" in page.text
    verdict = "40 times as far from held-out music as other real music is: further than 5% wrong notes (3.2), closer"
    assert verdict in page.text
    assert "closer than noise (400)." in page.text


@pytest.mark.parametrize(
    ("low", "value", "high", "said"),
    [
        (0.9, 1.5, 2.5, "No further from held-out music than other real music is"),
        (0.25, 0.5, 0.75, "Closer to held-out music than other real music of this collection is"),
        (1.25, 1.5, 2.0, "1.5 times as far"),
    ],
)
def test_what_is_said_follows_from_the_interval(low: float, value: float, high: float, said: str):
    found = judged("it", value)
    found = replace(found, standing=replace(found.standing, ratio=Estimate(value, low, high)))
    assert said in read(alone_judged(found)).text


def test_what_it_was_held_against_is_said(page: _Reading):
    assert "9 phrases of 5 tunes of the test split of hymns; the floor is 1,234 phrases" in page.text
    assert "ganola 0.1.0, seed 3, corpus 8d709f22" in page.text
    assert "5 tunes, which is few" in page.text
    assert "Mind the gap." in page.text


def test_too_few_phrases_have_no_distance_and_that_is_said():
    few = tuple(replace(one, standing=nowhere(one.standing, 30)) for one in EVALUATION.judged)
    nothing = replace(
        EVALUATION,
        judged=few,
        real=tuple(nowhere(one, 60) for one in EVALUATION.real),
        controls=tuple(nowhere(one, 60) for one in CONTROLS),
        measures=tuple(replace(one, trusted=False) for one in EVALUATION.measures),
    )
    page = read(nothing)
    assert "There is no one number" in page.text
    assert "A distance needs 50 phrases, and near has only 30, so there is none." in page.text
    assert TIMES not in page.text
    assert "cannot tell the controls apart" not in page.text
    assert "semitone clashes" in page.text


def test_too_little_held_out_music_is_said_too():
    found = judged("it", 2.0)
    found = replace(found, standing=nowhere(found.standing, 1000))
    assert "A distance needs 50 phrases, and held-out music has only 9" in read(alone_judged(found)).text


def test_a_candidate_of_too_few_phrases_stands_beside_one_of_enough():
    short = judged("short", 9.0)
    page = read(replace(EVALUATION, judged=(replace(short, standing=nowhere(short.standing, 12)), judged("long", 9.0))))
    assert page.text.index(f"9.0{TIMES}") < page.text.index("short has only 12")
    assert ["short", *[NONE] * 6] in page.rows


# Measures.


def test_measures_that_cannot_be_trusted_are_named_and_not_shown():
    half = tuple(replace(one, trusted=one.key in ("ratio", "coverage")) for one in EVALUATION.measures)
    page = read(replace(EVALUATION, measures=half))
    (heading,) = [row for row in page.rows if any("the ratio" in cell for cell in row)]
    assert heading == ["", "the ratio real music: 1", "the coverage real music: 1"]
    named = "the discrepancy, the density, the trees, the listener."
    assert f"cannot tell the controls apart on this music: {named}" in page.text
    assert "what density means" not in page.text
    assert "classifier that has never heard" not in page.text


def test_where_the_distance_itself_cannot_be_trusted_there_is_no_number():
    deaf = tuple(replace(one, trusted=one.key == "trees") for one in EVALUATION.measures)
    page = read(replace(EVALUATION, measures=deaf))
    assert "There is no one number: on this music the distance cannot tell" in page.text
    assert "times as far" not in page.text
    assert TIMES not in page.text


def test_everything_stands_in_the_table_of_measures(page: _Reading):
    names = [
        "near",
        "far",
        "training music (the floor)",
        "other held-out music (validation)",
        "5% wrong notes",
        "noise",
    ]
    table = [row for row in page.rows if len(row) == 7 and row[0] in names]
    assert [row[0] for row in table] == names
    assert table[1] == ["far", "40 20 to 80", "40 20 to 80", "40 20 to 80", *["0.90 0.80 to 1.0"] * 3]
    assert table[2][1] == "1.0"


def test_an_interval_ends_where_the_measure_does():
    assert report.between(Estimate(0.9, 0.8, 1.02), "trees") == "0.80 to 1.0"
    assert report.between(Estimate(0.9, -0.5, 3.25), "density") == "0 to 3.2"
    assert report.between(Estimate(-4.0, -14.0, 5.5), "discrepancy") == f"{MINUS}14 to 5.5"
    assert report.between(Estimate(1.0, 1.0, 1.0), "ratio") == ""


def test_the_dots_of_the_chart_lie_by_the_logarithm():
    html = report_html(alone_judged(judged("it", 10.0)))
    strips = re.findall(r'class="interval" x1="([\d.]+)%" x2="([\d.]+)%".*?cx="([\d.]+)%"', html)
    low, high, dot = (float(value) for value in strips[0])
    axis = 4  # decades, from 0.1 to 1,000
    assert dot == pytest.approx(100 * (math.log10(10) + 1) / axis, abs=0.01)
    assert high - low == pytest.approx(100 * math.log10(4) / axis, abs=0.02)


# Findings.


def test_the_furthest_features_are_told_in_numbers(page: _Reading):
    assert "1 of 3 features are clearly further" in page.text
    assert "semitone clashes: 0.25 a step, real music 0.060 a step" in page.text
    assert "bass intervals, 1 semitone: 30 %" not in page.text  # its interval meets the floor's


def test_of_a_feature_of_many_columns_the_one_that_differs_most_is_told():
    apart = replace(BASS, generated=(0.3, 0.1), held_out=(0.25, 0.5), distance=Estimate(2.0, 1.5, 2.5))
    page = read(alone_judged(replace(judged("it", 2.0), features=(apart,))))
    assert "bass intervals, 2 semitones: 10 %, real music 50 %" in page.text
    once = replace(apart, generated=(0.75, 0.5))
    page = read(alone_judged(replace(judged("it", 2.0), features=(once,))))
    assert "bass intervals, 1 semitone: 75 %, real music 25 %" in page.text


def test_nothing_that_stands_out_is_said_too():
    page = read(alone_judged(replace(judged("it", 2.0), features=(BASS,))))
    assert "No feature is clearly further from held-out music than other real music." in page.text


def test_a_feature_that_is_clearly_off_is_marked():
    html = report_html(alone_judged(judged("it", 2.0)))
    assert re.findall(r'class="way( apart)?"><b>([\d.]+) spreads', html) == [
        (" apart", "3.7"),
        ("", "0.50"),
        ("", "0.50"),
    ]


def test_copies_are_named_with_the_threshold_and_the_way_out(page: _Reading):
    assert "It copies: 1 of 12 phrases (8.3 %) is more like some training music than the threshold, 0.62" in page.text
    assert "ganola generate --no-copies rejects such phrases" in page.text
    innocent = judged("it", 2.0)
    innocent = replace(innocent, copying=replace(innocent.copying, above=0.0))
    assert "No sign of it: none of 12 phrases (0 %) is" in read(alone_judged(innocent)).text


def test_a_collapse_is_named_as_such():
    why = "Different phrases: only 3 of 12."
    sound = judged("it", 2.0)
    collapsed = replace(sound, diversity=replace(sound.diversity, why=why))
    assert f"Collapsed {why}" in read(alone_judged(collapsed)).text
    assert "No collapse: 75 % of the phrases" in read(alone_judged(sound)).text


def test_what_only_a_model_knows_is_shown_where_it_is_known(page: _Reading):
    reliability = Reliability(np.array([0.25, 0.75]), np.array([0.3, 0.7]), np.array([5, 7]), 0.05, 0.2)
    told = judged("it", 2.0, judged=0.3125, sensitivity=((0.0, 0.0), (90.0, 0.8)), reliability=reliability)
    own = read(alone_judged(told)).text
    for words in ("J = 0.31 on average", "turns by so many degrees", "expected calibration error", "Platt"):
        assert words in own
        assert words not in page.text


def test_musegan_stands_twice(page: _Reading):
    rows = [row for row in page.rows if row[0] in ("near", "held-out music") and row[-1] == NONE and len(row) == 3]
    numbers = [("near", "0.12"), ("held-out music", "0.12"), ("near", "0.38"), ("held-out music", "0.38")]
    assert rows == [[*own, NONE] for own in numbers]


# Pictures.


def pictures(evaluation: Evaluation) -> list[np.ndarray]:
    html = report_html(evaluation)
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(own))).convert("RGB")) for own in found]


def has(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((pixels == np.array(colour)).all(axis=-1).any())


def test_each_candidate_has_its_sheet_and_each_pair_its_two_rolls():
    sheet, above, below = pictures(alone_judged(judged("it", 2.0)))
    assert all(has(sheet, colour) for colour in (LEAD, BASS_COLOUR))
    assert above.shape == below.shape == (6 * 7, 448, 3)  # rows 3 to 5, and two around them
    assert f"Phrase 7 above a hymn from bar 13, moved by {MINUS}2 semitones" in read(EVALUATION).text


def test_notes_of_both_have_the_colour_of_their_track_and_others_are_grey():
    for picture in pictures(alone_judged(judged("it", 2.0)))[1:]:
        assert [has(picture, colour) for colour in (LEAD, BASS_COLOUR, GREY)] == [True, False, True]


def test_a_note_belongs_to_where_it_begins():
    cells = phrase((0, 0, 5), (0, 4, 5), (1, 0, 5))
    begun = np.zeros(cells.shape, dtype=bool)
    begun[0, 4, 5] = True
    found = report.notes_from(cells, begun)
    assert np.argwhere(found).tolist() == [[0, 4, 5], [0, 5, 5]]


def test_silence_can_be_shown_beside_music():
    silent = replace(PAIR, cells=phrase(), training_cells=phrase())
    found = judged("it", 2.0)
    assert len(pictures(alone_judged(replace(found, copying=replace(found.copying, pairs=(silent,)))))) == 3


def test_long_phrases_are_shown_from_their_beginning():
    long = Grid(bars=64)
    assert (opening(long).bars, opening(GRID).bars) == (8, 2)
    assert opening(Grid(steps_per_beat=48, metre="7/4", bars=3)).bars == 1


def test_phrases_are_chosen_evenly():
    chosen = report.evenly(music("it", 20), 8)
    assert chosen.group.tolist() == [0, 2, 5, 7, 10, 12, 15, 17]
    assert len(report.evenly(music("it", 3), 8)) == 3


# Numbers.


@pytest.mark.parametrize(
    ("value", "three", "two"),
    [
        (None, NONE, NONE),
        (0.0, "0", "0"),
        (1234.5, "1,234", "1,234"),
        (15.13, "15.1", "15"),
        (9.97, "9.97", "10"),
        (1.375, "1.38", "1.4"),
        (0.25, "0.25", "0.25"),
        (0.0592, "0.059", "0.06"),
        (0.0002, "<0.001", "<0.01"),
        (-4.0, f"{MINUS}4.00", f"{MINUS}4.0"),
        (-0.0002, "0", "0"),
    ],
)
def test_numbers_have_digits_that_mean_something(value: float | None, three: str, two: str):
    assert (number(value), rough(value)) == (three, two)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.125, "12 %"), (0.0832, "8.3 %"), (0.999, "99.9 %"), (1.0, "100 %"), (0.0, "0 %"), (None, NONE)],
)
def test_a_share_is_written_in_per_cent(share: float | None, text: str):
    assert percent(share).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


# JSON.


def test_the_numbers_come_back_from_json_as_they_were():
    found = json.loads(json.dumps(report_json(EVALUATION), allow_nan=False))
    assert found == report_json(EVALUATION)
    far = found["judged"][0]
    assert far["standing"]["ratio"] == {"high": 80.0, "low": 20.0, "value": 40.0}
    assert far["features"][0]["held_out"] == [0.25, None]
    assert far["copying"]["pairs"][0]["piece"] == "a hymn"
    assert found["grid"] == {"bars": 2, "lowest": 60, "metre": "2/4", "pitches": 12, "steps_per_beat": 2}
    assert found["tracks"][1]["name"] == "Bass"
    assert found["held_out"] == {"groups": 9, "name": "test", "windows": 9}


def test_json_has_every_finding_and_no_music():
    found = report_json(EVALUATION)
    assert set(found) == {field.name for field in dataclasses.fields(Evaluation)}
    pair = found["judged"][0]["copying"]["pairs"][0]
    assert set(pair) == {"phrase", "similarity", "run", "piece", "bar", "semitones"}
    assert '"cells"' not in json.dumps(found)


def test_what_is_not_a_number_is_nothing():
    assert report_json(EVALUATION)["judged"][0]["diversity"]["nearest_real"] == [0.125, None]
    infinite = replace(EVALUATION, threshold=math.inf)
    assert report_json(infinite)["threshold"] is None


def test_json_is_in_order_and_the_same_each_time():
    once, twice = (json.dumps(report_json(EVALUATION)) for _ in range(2))
    assert once == twice == json.dumps(report_json(EVALUATION), sort_keys=True)


def test_nothing_is_changed():
    before = json.dumps(report_json(EVALUATION))
    cells = EVALUATION.judged[0].candidate.music.cells.copy()
    report_html(EVALUATION)
    assert json.dumps(report_json(EVALUATION)) == before
    assert np.array_equal(EVALUATION.judged[0].candidate.music.cells, cells)
