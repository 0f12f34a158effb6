import base64
import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from ganola.judging.bootstrap import Estimate
from ganola.judging.calibration import Reliability
from ganola.judging.lead import ENERGY, FRECHET, Contrast, Lead, Resolution
from ganola.judging.results import Evaluation, Form
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.rendering import players
from ganola.rendering.palette import BLUE, VERMILION
from ganola.rendering.report import report_html, report_json
from ganola.rendering.selection import evenly, opening
from ganola.rendering.sound import compressed_sound, no_sound
from tests.rendering.evaluations import (
    CLASHES,
    CONTROLS,
    EVALUATION,
    FORM,
    GRID,
    MINUS,
    NONE,
    PAIR,
    TRACKS,
    evaluation_of,
    form,
    has,
    music,
    phrase,
    result,
    scores,
    too_little,
)

TIMES = "\N{MULTIPLICATION SIGN}"
MARKUP = '<script>alert("x")</script>&amp;'


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


@pytest.fixture(scope="module", autouse=True)
def quick_sound() -> Iterator[None]:
    """Some bytes in place of sound, which takes longer to make than all else of a page."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(players, "compressed_sound", lambda _: (b"some sound", "audio/mpeg"))
        yield


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
    sources = [own["src"] for tag, own in page.tags if tag in ("img", "audio")]
    assert all(re.match(r"data:(image/png|audio/\w+);base64,", source) for source in sources)
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
    found = result(MARKUP, 2.0, about=MARKUP, remarks=(MARKUP,))
    copied = replace(found.copying, pairs=(replace(PAIR, piece=MARKUP),))
    tracks = (Track(name=MARKUP), TRACKS[1])
    strange = replace(EVALUATION, corpus=MARKUP, results=(replace(found, copying=copied),), tracks=tracks)
    html = report_html(replace(strange, remarks=(MARKUP,)))
    assert "<script" not in html
    assert 'alert("x")' not in html
    assert f"How close is it to {MARKUP}?" in _Reading(html).text


# The verdict.


def test_the_page_begins_with_a_sentence_for_each_candidate_by_its_name(page: _Reading):
    html = report_html(EVALUATION)
    found = re.findall(r'<p class="says hue-(\d)"><b>(\w+)</b>: ([^<]+)</p>', html)
    assert [(hue, name) for hue, name, _ in found] == [("0", "near"), ("1", "far")]
    assert found[0][2].startswith("It copies: 17")
    assert page.text.index("near: It copies") < page.text.index("How far the music lies")


def test_json_has_the_names_that_were_given_and_the_verdicts():
    plain = report_json(EVALUATION)["results"]
    assert [own["candidate"]["music"]["name"] for own in plain] == ["far", "near"]
    assert all(own["verdict"].startswith("It copies: 17 % of its phrases") for own in plain)


# The number.


def test_the_closest_candidate_comes_first_with_its_number_and_what_it_means(page: _Reading):
    assert page.text.index(f"2.5{TIMES}") < page.text.index(f"40{TIMES}")
    assert "1.2 to 5.0" in page.text
    verdict = "40 times as far from held-out music as other real music is: further than 5% wrong notes (3.2), closer"
    assert verdict in page.text
    assert "closer than noise (400)." in page.text


def test_what_it_was_held_against_is_said(page: _Reading):
    assert "9 phrases of 5 tunes of the test split of hymns; the floor is 1,234 phrases" in page.text
    assert "ganola 0.1.0, seed 3, corpus 8d709f22, features of version 1" in page.text
    assert "5 tunes, which is few" in page.text
    assert "Mind the gap." in page.text


def test_too_few_phrases_have_no_distance_and_that_is_said():
    few = tuple(replace(one, scores=too_little(one.scores, 30)) for one in EVALUATION.results)
    nothing = replace(
        EVALUATION,
        results=few,
        real=tuple(too_little(one, 60) for one in EVALUATION.real),
        controls=tuple(too_little(one, 60) for one in CONTROLS),
        measures=tuple(replace(one, trusted=False) for one in EVALUATION.measures),
    )
    page = read(nothing)
    assert "There is no one number" in page.text
    why = "Distances need 50 phrases, and it has only 30."
    assert page.text.count(why) == 3  # of each of the two, and where distances would stand
    assert f"Not measured. {why}" in page.text
    assert "are clearly further from held-out music" not in page.text
    assert TIMES not in page.text
    assert "cannot tell the controls apart" not in page.text
    assert "semitone clashes" in page.text


COPIES_BADGE = '<span class="tag">copies</span>'


def test_music_that_is_the_corpus_bears_no_badge_of_copies_but_the_reason():
    found = result("it", 2.0)
    found = replace(found, copying=replace(found.copying, copied=0.8))
    assert COPIES_BADGE in report_html(evaluation_of(found))
    own = replace(found.candidate, files=4, files_of_corpus=3, remarks=("This is music of the corpus itself.",))
    evaluation = evaluation_of(replace(found, candidate=own))
    page = read(evaluation)
    assert COPIES_BADGE not in report_html(evaluation)
    assert "It copies" not in page.text
    assert "Remark This is music of the corpus itself." in page.text


def test_too_little_held_out_music_is_said_too():
    found = result("it", 2.0)
    why = "The corpus has only 4 tunes."
    found = replace(found, scores=replace(too_little(found.scores, 1000), reason_missing=why))
    assert why in read(evaluation_of(found)).text


def test_a_candidate_of_too_few_phrases_stands_beside_one_of_enough():
    short = result("short", 9.0)
    page = read(replace(EVALUATION, results=(replace(short, scores=too_little(short.scores, 12)), result("long", 9.0))))
    assert page.text.index(f"9.0{TIMES}") < page.text.index("it has only 12")
    assert ["short", *[NONE] * 6] in page.rows


# Measures.


def test_measures_that_cannot_be_trusted_are_named_and_not_shown():
    half = tuple(replace(one, trusted=one.key in ("ratio", "coverage")) for one in EVALUATION.measures)
    page = read(replace(EVALUATION, measures=half))
    (heading,) = [row for row in page.rows if any("the ratio" in cell for cell in row)]
    assert heading == ["", "the ratio real music: 1", "the coverage real music: 1"]
    named = "the mmd, the density, the trees, the network."
    assert f"cannot tell the controls apart on this music: {named}" in page.text
    assert "what density means" not in page.text
    assert "classifier that has never heard" not in page.text


def test_where_no_distance_tells_even_noise_there_is_no_number():
    page = read(replace(EVALUATION, lead=Lead(None)))
    assert "There is no one number. On this music no distance tells even noise from real music." in page.text
    assert "times as far" not in page.text
    assert TIMES not in page.text


def test_a_distance_that_does_not_order_the_controls_is_shown_and_that_is_said():
    deaf = tuple(replace(one, trusted=one.key == "c2st_trees") for one in EVALUATION.measures)
    page = read(replace(EVALUATION, measures=deaf))
    assert "It does not put the controls in order on this music" in page.text
    assert f"2.5{TIMES}" in page.text


def test_the_number_is_that_of_the_distance_that_leads_with_what_it_tells():
    wrong, noise = (
        [Contrast("5% wrong notes", times, deviations, 0.05), Contrast("noise", 99.0, 50.0)]
        for times, deviations in ((1.3, 2.0), (1.4, 6.0))
    )
    lead = Lead(ENERGY, (Resolution(FRECHET, tuple(wrong)), Resolution(ENERGY, tuple(noise))))
    own = replace(result("it", 2.5), scores=replace(scores("it", "model", 2.5), energy=Estimate(7.5, 6.0, 9.0)))
    page = read(replace(EVALUATION, results=(own,), lead=lead))
    assert f"7.5{TIMES}" in page.text
    assert (
        "The Fréchet distance puts 5% wrong notes only 1.3 times as far as real music here. The energy distance in "
        "whitened features tells 5% wrong notes or more and noise from real music here."
    ) in page.text


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


def test_the_dots_of_the_chart_lie_by_the_logarithm():
    html = report_html(evaluation_of(result("it", 10.0)))
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


def test_a_feature_that_is_clearly_off_is_marked():
    html = report_html(evaluation_of(result("it", 2.0)))
    assert re.findall(r'class="way( apart)?"><b>([\d.]+) spreads', html) == [
        (" apart", "3.7"),
        ("", "0.50"),
        ("", "0.50"),
    ]


def test_each_feature_says_what_it_measures():
    html = report_html(evaluation_of(result("it", 2.0)))
    assert re.findall(r'class="meaning">([^<]+)<', html) == [CLASHES.meaning] * 3


def test_copies_and_collapses_are_named_beside_the_number(page: _Reading):
    assert "It copies: 2 of 12 phrases (17 %) are more like some training music than the threshold, 0.62" in page.text
    found = result("it", 2.0)
    innocent = replace(found, copying=replace(found.copying, copied=0.05))
    collapsed = replace(innocent, diversity=replace(found.diversity, why="All are one."))
    tags = [re.findall(r'class="tag">(\w+)<', report_html(evaluation_of(one))) for one in (found, innocent, collapsed)]
    assert tags == [["copies"], [], ["collapsed", "collapsed"]]


def test_what_about_as_many_held_out_phrases_are_is_not_copying(page: _Reading):
    assert "is by definition what 1 in 100 held-out phrases exceeds" in page.text
    assert "above 5 % is called copying" in page.text


def test_what_only_a_model_knows_is_shown_where_it_is_known(page: _Reading):
    reliability = Reliability(np.array([0.25, 0.75]), np.array([0.3, 0.7]), np.array([5, 7]), 0.05, 0.2)
    told = result("it", 2.0, mean_judgement=0.3125, sensitivity=((0.0, 0.0), (90.0, 0.8)), reliability=reliability)
    own = read(evaluation_of(told)).text
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


def test_each_candidate_has_its_sheet_and_each_pair_its_two_rolls():
    sheet, above, below = pictures(evaluation_of(result("it", 2.0)))
    assert all(has(sheet, colour) for colour in (BLUE, VERMILION))
    assert above.shape == below.shape == (6 * 7, 448, 3)  # rows 3 to 5, and two around them
    assert f"Phrase 7 above a hymn from bar 13, moved by {MINUS}2 semitones" in read(EVALUATION).text


def test_silence_can_be_shown_beside_music():
    silent = replace(PAIR, cells=phrase(), training_cells=phrase())
    found = result("it", 2.0)
    assert len(pictures(evaluation_of(replace(found, copying=replace(found.copying, pairs=(silent,)))))) == 3


def test_long_phrases_are_shown_from_their_beginning():
    long = Grid(bars=64)
    assert (opening(long).bars, opening(GRID).bars) == (8, 2)
    assert opening(Grid(steps_per_quarter=48, metre="7/4", bars=3)).bars == 1


def test_phrases_are_chosen_evenly():
    chosen = evenly(music("it", 20), 8)
    assert chosen.group.tolist() == [0, 2, 5, 7, 10, 12, 15, 17]
    assert len(evenly(music("it", 3), 8)) == 3


# Sound.


def heard(html: str) -> list[str]:
    return re.findall(r'<audio controls preload="none" src="data:audio/\w+;base64,[^"]+"\s+aria-label="([^"]+)"', html)


@pytest.mark.skipif(no_sound() is not None, reason="no sound can be made here")
def test_some_phrases_of_everything_can_be_heard(monkeypatch):
    monkeypatch.setattr(players, "compressed_sound", compressed_sound)
    html = report_html(evaluation_of(result("it", 2.0)))
    own, real = [f"Phrase {number} of it" for number in (1, 4, 7, 10)], ["1", "3", "5", "7"]
    assert heard(html) == [*own, *(f"Phrase {number} of held-out music" for number in real)]
    assert "Pictures and sound" in html
    assert len(html) < 4_000_000


@pytest.mark.skipif(no_sound() is not None, reason="no sound can be made here")
def test_silent_phrases_and_many_candidates_have_fewer_players():
    silent = result("it", 2.0)
    cells = silent.candidate.music.cells.copy()
    cells[:6] = 0
    music_with_rests = replace(silent.candidate.music, cells=cells)
    silent = replace(silent, candidate=replace(silent.candidate, music=music_with_rests))
    assert heard(report_html(evaluation_of(silent)))[:2] == ["Phrase 7 of it", "Phrase 10 of it"]
    crowd = replace(EVALUATION, results=tuple(result(f"it{index}", 2.0) for index in range(8)))
    assert len(heard(report_html(crowd))) == 9


def test_where_no_sound_can_be_made_the_page_does_not_speak_of_it(monkeypatch):
    monkeypatch.setattr(players, "no_sound", lambda: "no wheel")
    html = report_html(EVALUATION)
    assert "<audio" not in html
    assert not re.search(r"to hear|and sound", html)


# The same as plain numbers.


def test_form_is_shown_by_the_measures_that_can_be_trusted(page: _Reading):
    assert ["", "bars that return"] in page.rows
    assert ["", "in any key", "in rhythm"] in page.rows
    for row in (
        ["near", "12 % 2.5 to 22 %", "80 % 70 to 90 %"],
        ["held-out music", "40 % 30 to 50 %", "80 % 70 to 90 %"],
        ["training music", "45 % 35 to 55 %", "95 % 85 to 100 %"],
        ["validation", NONE, "70 % 60 to 80 %"],
        ["noise", "5 % 0 to 15 %", "10 % 0 to 20 %"],
    ):
        assert row in page.rows
    assert "cannot be told from shuffled bars or from noise: rhythm that returns after 1 bar." in page.text


def test_what_returns_otherwise_than_in_real_music_is_found(page: _Reading):
    assert "in 1 of 2 measures: bars that return in any key: 12 %, real music 40 %" in page.text
    alike = replace(result("it", 2.0), form=form("it", "model", 0.5, 0.4, 0.8))
    assert "As much returns as in held-out music" in _Reading(report_html(evaluation_of(alike))).text


def test_phrases_of_one_bar_have_no_form():
    nothing = Form(1, (), form("held-out music", "real"), tuple(form(one.name, one.kind) for one in FORM.others))
    found = replace(evaluation_of(replace(result("it", 2.0), form=form("it", "model"))), form=nothing)
    page = report_html(found)
    assert "Form" not in _Reading(page).text
    assert 'href="#form"' not in page


def test_json_has_every_feature_with_its_meaning():
    rows = report_json(EVALUATION)["results"][0]["features"]
    assert {row["meaning"] for row in rows} == {CLASHES.meaning}


def test_nothing_is_changed():
    before = json.dumps(report_json(EVALUATION))
    cells = EVALUATION.results[0].candidate.music.cells.copy()
    report_html(EVALUATION)
    assert json.dumps(report_json(EVALUATION)) == before
    assert np.array_equal(EVALUATION.results[0].candidate.music.cells, cells)


def test_names_bring_no_control_characters_into_the_page() -> None:
    evil = "\x00\x1b[2J\x9b\u202e\u2066\x7f"
    tracks = tuple(Track.model_construct(name=f"{evil}{number}", program=0) for number in range(len(TRACKS)))
    page = report_html(replace(EVALUATION, corpus=evil, tracks=tracks, remarks=(evil,)))
    assert [sign for sign in evil if sign != "[" and not sign.isalnum() and sign in page] == []
    assert page.count(r"\x00\x1b[2J\x9b\u202e\u2066\x7f") > len(TRACKS)
