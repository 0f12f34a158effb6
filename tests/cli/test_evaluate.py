"""`ganola evaluate` and `ganola generate --no-copies`, as a person uses them."""

import csv
import errno
import json
import re
import shutil

import pytest

from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.judging import bootstrap, c2st, real_baseline
from ganola.music.io.files import read_provenance
from ganola.training.budget import Budget
from ganola.training.loop import train
from ganola.training.recipe import load_recipe
from ganola.training.run import new_run
from tests.cli.support import SMALL
from tests.judging.support import write_styled_tunes

QUICK = ("--count", 60, "--workers", 1)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A run in `run` on the corpus `c`, built of 100 tunes in `tunes`."""
    folder = tmp_path_factory.mktemp("workshop")
    write_styled_tunes(folder / "tunes", 100)
    corpus = build(
        open_source(str(folder / "tunes")), folder / "c", BuildOptions(bars=2, steps_per_quarter=2), workers=0
    )
    changes = [*SMALL[1::2], "training.validate_every_samples=40"]
    train(new_run(folder / "run", corpus, load_recipe("default", changes), Budget(steps=20)), [])
    return folder


@pytest.fixture
def trained(workshop, tmp_path, monkeypatch):
    """The workshop for a test to do with as it likes, and rough numbers, for it is not their values that are asked."""
    monkeypatch.setattr(c2st, "TRAINING_STEPS", 5)
    monkeypatch.setattr(c2st, "TREES", 5)
    for module in (bootstrap, real_baseline):
        monkeypatch.setattr(module, "RESAMPLES", 10)
    shutil.copytree(workshop, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_report_is_written_though_nobody_reads_the_output_to_its_end(ganola, trained, monkeypatch) -> None:
    def close(_: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "broken pipe")

    monkeypatch.setattr("ganola.cli.commands.evaluate.print_verdict", close)
    assert ganola("evaluate", "run", *QUICK, "--out", "report.html").status == 1
    assert {"report.html", "report.json", "report.csv"} <= {path.name for path in trained.iterdir()}


def test_a_model_and_its_files_are_held_to_the_same_measure(ganola, trained) -> None:
    assert ganola("generate", "run", "--count", 60, "--key", "Eb", "--format", "mid", "--out", "phrases").status == 0
    said = ganola("evaluate", "run", "phrases", *QUICK, "--latex", "--out", "report.html")
    assert said.status == 0, said.err
    assert said.out.startswith("run: ")  # the verdict
    assert "its numbers: report.json, report.csv, report.tex)" in said.out
    assert "corpus itself" not in said.out
    numbers = re.findall(r"^(run|phrases): ([\d.,]+) times as far", said.out, flags=re.MULTILINE)
    assert [name for name, _ in numbers] == ["run", "phrases"]
    assert numbers[0][1] == numbers[1][1]  # the MIDI files, in another key, are the very same phrases
    page = (trained / "report.html").read_text()
    assert page.lower().startswith("<!doctype html>")
    assert "</html>" in page
    found = json.loads((trained / "report.json").read_text(), parse_constant=pytest.fail)
    assert found["seed"] == 0
    for own in found["results"]:
        verdict = f"{own['candidate']['music']['name']}: {own['verdict']}"
        assert verdict in said.out.replace("\N{NARROW NO-BREAK SPACE}", " ")
    with (trained / "report.csv").open(newline="", encoding="utf-8") as file:
        table = {row["name"]: row for row in csv.DictReader(file)}
    assert {"run", "phrases", "training music", "noise"} <= table.keys()
    assert float(table["run"]["distance_over_floor"]) == found["results"][0]["scores"]["ratio"]["value"]
    assert "run & " in (trained / "report.tex").read_text()
    again = ganola("evaluate", "run", "phrases", *QUICK, "--workers", 2, "--out", "again")
    assert again.status == 0, again.err
    assert (trained / "again.html").read_bytes() == (trained / "report.html").read_bytes()
    for ending in ("json", "csv"):
        assert (trained / f"again.{ending}").read_bytes() == (trained / f"report.{ending}").read_bytes()
    assert not (trained / "again.tex").exists()


def test_real_music_in_a_folder_is_read_as_the_corpus_reads_it(ganola, trained) -> None:
    exported = ganola("corpus", "export", "c", "--split", "train", "--out", "real")
    assert exported.status == 0, exported.err
    said = ganola("evaluate", "real", "--corpus", "c", *QUICK, "--out", "real-report")
    assert said.status == 0, said.err
    ratio = float(re.search(r"real: ([\d.]+) times", said.out)[1])
    assert ratio < 8
    page = (trained / "real-report.html").read_text()
    for told in (said.out, page, (trained / "real-report.json").read_text()):
        assert "This is music of the corpus itself" in told.replace("\n", " ")
    assert "It copies" not in page
    (trained / "real" / "broken.mid").write_bytes(b"no music")
    said = ganola("evaluate", "real", "--corpus", "c", *QUICK, "--out", "other-report")
    assert said.status == 0
    assert "broken.mid" in said.err


def test_a_few_files_get_a_report_without_the_one_number(ganola, trained) -> None:
    ganola("generate", "run", "--count", 3, "--format", "mid", "--out", "few")
    said = ganola("evaluate", "few", "--corpus", "c", *QUICK)
    assert said.status == 0, said.err
    assert "Distances need 50 phrases, and it has only 3." in said.out
    assert (trained / "report-1.html").exists()


def test_what_a_person_can_get_wrong(ganola, trained) -> None:
    (trained / "notes.txt").write_text("do re mi")
    (trained / "empty").mkdir()
    (trained / "report.html").write_text("mine")
    shutil.copy(trained / "run" / "model.safetensors", trained / "alone.safetensors")
    for words, message in (
        (("evaluate", "run", "--out", "report.html"), "is there already"),
        (("evaluate", "nowhere"), "does not exist"),
        (("evaluate", "nowhere", "--corpus", "c"), "does not exist"),
        (("evaluate", "notes.txt", "--corpus", "c"), "no music"),
        (("evaluate", "empty", "--corpus", "c"), "no music"),
        (("evaluate", "alone.safetensors"), "--corpus DIR"),
        (("evaluate", "run", "run"), "named twice"),
        (("evaluate", "run", "--corpus", "tunes"), "not a finished corpus"),
        (("generate", "run", "--corpus", "c"), "--no-copies"),
        (("generate", "alone.safetensors", "--no-copies"), "--corpus DIR"),
    ):
        said = ganola(*words)
        assert said.status == 2, (words, said.out, said.err)
        assert message in said.err, (words, said.err)
        assert "Traceback" not in said.err
    assert (trained / "report.html").read_text() == "mine"
    assert not list(trained.glob("report-*"))


def test_no_copies_leaves_out_what_is_like_training_music_and_numbers_the_rest_as_ever(
    ganola, trained, monkeypatch
) -> None:
    plain = ganola("generate", "run", "--count", 4, "--format", "mid", "--out", "plain")
    said = ganola("generate", "run", "--count", 3, "--format", "mid", "--no-copies", "--out", "own")
    assert plain.status == said.status == 0, said.err
    assert "0 others were left out" in said.out
    assert (trained / "own" / "run-seed0-003.mid").read_bytes() == (
        trained / "plain" / "run-seed0-003.mid"
    ).read_bytes()

    from ganola.judging.copying.detector import CopyDetector

    answers = iter([False, True, False, True])
    monkeypatch.setattr(CopyDetector, "is_copy", lambda self, cells: [next(answers, False)])  # noqa: ARG005
    said = ganola("generate", "run", "--count", 3, "--format", "mid", "--no-copies", "--out", "sieved")
    assert said.status == 0, said.err
    assert "2 others were left out" in said.out
    written = sorted(path.name for path in (trained / "sieved").iterdir())
    assert written == ["run-seed0-001.mid", "run-seed0-003.mid", "run-seed0-005.mid"]
    assert read_provenance(trained / "sieved" / "run-seed0-005.mid")["phrase"] == 5

    monkeypatch.setattr(CopyDetector, "is_copy", lambda self, cells: [True])  # noqa: ARG005
    said = ganola("generate", "run", "--count", 1, "--no-copies", "--out", "none")
    assert said.status == 2
    assert "only 0 of 20 phrases were no copies" in said.err
    assert not (trained / "none").exists()
