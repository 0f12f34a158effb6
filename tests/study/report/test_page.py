import base64
import csv
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, save_model
from ganola.study.design import Axis
from ganola.study.records import TrialRecord
from ganola.study.report.files import write_report
from tests.models import record_of
from tests.study.report.studies import (
    BASE_ENDS,
    BASE_KEY,
    FINDING,
    HINGE_ENDS,
    LOSS,
    RECORDS,
    WIDTH,
    judged,
    study_of,
    trial,
    trials_of,
    write_study,
)

EVIL = '<script>alert("x")</script>'
EVIL_AXIS = Axis(
    name=f"rates {EVIL}",
    question=f"Is 5 % & {EVIL} safe?",
    literature="A_B # {50 %} $x^2$",
    bundles={"_slow & 'safe' <b>": {"generator.learning_rate": 1e-5}},
)


class Words(HTMLParser):
    """The text of a page, the tags it has, and what its attributes name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.sources = "", set(), []
        self._hidden = False
        self.feed(page)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._hidden = tag == "style"
        self.sources += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_data(self, data):
        self.text += "" if self._hidden else f" {data}"


@pytest.fixture
def report(tmp_path):
    """Write the report of a study of these axes after these records, and return its page."""

    def write(records, *axes, **settings) -> Words:
        folder = write_study(tmp_path / "study", study_of(*axes, **settings), records)
        written = write_report(folder)
        assert [path.name for path in written] == [
            "report.html", "report.md", "results.json", "results.csv", "table.tex",
        ]  # fmt: skip
        return Words(written[0].read_text(encoding="utf-8"))

    return write


def test_a_page_answers_each_question_and_says_how_to_repeat_it(report):
    page = report([*RECORDS, judged("base", "base", "folk", 0, 6.5)], LOSS, WIDTH)
    assert "Does Wasserstein's loss converge better & faster?" in page.text
    assert "Hinge is 1.41 times as far from real music as wasserstein" in page.text
    assert "there is no difference that this budget can show" in page.text
    assert "What is published: Dong et al. say so." in page.text
    assert "18 trainings with the same budget ( 20,000 samples each)" in page.text.replace("(20", "( 20")
    assert "Nothing : every training came to its end" in page.text.replace("Nothing:", "Nothing :")
    assert "ganola study study.toml" in page.text
    assert "On test music" in page.text


def test_a_page_needs_nothing_else(report):
    page = report(RECORDS, LOSS)
    assert not page.tags & {"script", "link", "iframe"}
    assert all(source.startswith(("#", "data:")) for source in page.sources)


def test_test_results_stand_beside_those_on_validation_music(report):
    tests = [judged("base", "base", "chorales", seed, ratio) for seed, ratio in enumerate((8.0, 16.0, 32.0))]
    page = report([*RECORDS, *tests], LOSS)
    row = page.text[page.text.index("On test music") :]
    assert re.search(r"wasserstein chorales 16 10 93\s% 87\s% 2\s% no", row)  # 16 is their geometric mean


def test_failures_are_counted_and_shown(report):
    ends = {"chorales": [14.0, 15.6, None], "folk": HINGE_ENDS["folk"]}
    records = trials_of({BASE_KEY: BASE_ENDS, ("loss", "hinge"): ends})
    dead = {"findings": (FINDING,), "dead_tracks": ("Bass",)}
    records[-1] = TrialRecord.model_validate(records[-1].model_dump() | dead)
    page = report(records, LOSS)
    assert "1 of 6 trainings ended early: its numbers are not finite" in page.text
    assert "1 of 6 trainings: the doctor found dead tracks, to the end" in page.text
    assert "1 of 6 trainings: Bass never plays" in page.text
    assert "loss hinge chorales 2 its numbers are not finite" in page.text
    assert "14, 16, none" in page.text


def test_a_study_that_is_half_done_says_what_is_missing(report):
    page = report([trial("base", "base", "chorales", 0, 10.0)], LOSS)
    assert "11 trainings of 12 are missing" in page.text
    assert "loss hinge 6" in page.text
    assert "it has not been trained yet" in page.text


def test_a_study_of_which_nothing_is_done_has_a_page(report):
    assert "12 trainings of 12 are missing" in report([], LOSS).text


def test_names_are_text_whatever_is_in_them(report, tmp_path):
    records = trials_of({BASE_KEY: BASE_ENDS, (EVIL_AXIS.name, "_slow & 'safe' <b>"): HINGE_ENDS})
    page = report(records, EVIL_AXIS, title=EVIL)
    assert not page.tags & {"script", "b2"}
    assert page.text.count(EVIL) >= 3
    assert "_slow & 'safe' <b> is 1.41 times as far" in page.text
    latex = (tmp_path / "study" / "table.tex").read_text(encoding="utf-8")
    assert r"\_slow \& 'safe' \textless{}b\textgreater{} & 14 & 8.4 & 1.41 (1.39 to 1.42) \\" in latex
    assert not re.search(r"(?<!\\)[_#$]", latex.replace(r"% needs \usepackage{booktabs}", ""))


def test_markdown_has_the_answers_and_a_table_of_each_question(report, tmp_path):
    report(trials_of({BASE_KEY: BASE_ENDS, (EVIL_AXIS.name, "_slow & 'safe' <b>"): HINGE_ENDS}), EVIL_AXIS, LOSS)
    text = (tmp_path / "study" / "report.md").read_text(encoding="utf-8")
    assert r"- \_slow \& 'safe' \<b\> is 1.41 times as far" in text
    assert r"| \_slow \& 'safe' \<b\> | 14 | 8.4 | 1.41 (1.39 to 1.42) |  |" in text
    assert "**Not finished**: " in text
    tables = [line for line in text.splitlines() if line.startswith("| value |")]
    assert len(tables) == 2


def test_csv_reads_back_and_no_cell_is_a_formula(report, tmp_path):
    axis = Axis(name="=1+1", bundles={"@cmd": {"generator.learning_rate": 1e-5}})
    report(trials_of({BASE_KEY: BASE_ENDS, ("=1+1", "@cmd"): {"chorales": [20.0, None]}}), axis)
    text = (tmp_path / "study" / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 8
    first = rows[0]
    assert (first["question"], first["corpus"], first["seed"]) == ("base", "chorales", "0")
    assert float(first["distance_over_floor"]) == 10.0
    own = [row for row in rows if row["question"] == "'=1+1"]
    assert [row["value"] for row in own] == ["'@cmd", "'@cmd"]
    assert [row["distance_over_floor"] for row in own] == ["20.0", ""]
    assert own[1]["failed"] == "its numbers are not finite"


def test_json_holds_the_effects_and_every_trial(report, tmp_path):
    report(RECORDS, LOSS)
    plain = json.loads((tmp_path / "study" / "results.json").read_text(encoding="utf-8"))
    (question,) = plain["questions"]
    by_name = {value["name"]: value for value in question["values"]}
    assert by_name["hinge"]["effect"]["times"] == pytest.approx(1.406, abs=1e-3)
    assert by_name["hinge"]["collections"]["chorales"]["speed"]["own"]["samples"] == 10_000
    assert by_name["wasserstein"]["effect"] is None
    assert len(plain["trials"]) == 12  # width was not asked for, and its trials are not in it
    assert plain["study"]["budget"]["samples"] == 20_000


def test_phrases_of_models_are_seen_and_heard(report, tmp_path):
    grid = Grid(lowest=48, pitches=24, steps_per_quarter=2, bars=2)
    spec = ModelSpec(grid=grid, tracks=(Track(name="Lead"),), networks=NetworkConfig(width=16, latent=6))
    networks = build_networks(spec, np.random.default_rng(0))
    for record in RECORDS:
        if record.value == "hinge" and record.corpus == "folk":
            folder = tmp_path / "study" / record.folder
            folder.mkdir(parents=True)
            save_model(folder / MODEL_FILE, networks, record_of(spec))
    page = report(RECORDS, LOSS)
    assert "audio" in page.tags
    assert page.text.count("hinge, phrase 1 (seed 0)") == 1  # the middle one of its seeds
    pictures = [source for source in page.sources if source.startswith("data:image/png")]
    assert len(pictures) == 1
    assert base64.b64decode(pictures[0].partition(",")[2]).startswith(b"\x89PNG")


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no study in"):
        write_report(tmp_path)
