"""Commands at once, and commands that are stopped: each whole, hidden or gone, and nothing in the way of the next."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganola.app import generate as app_generate
from ganola.errors import InputError
from ganola.folders import lock_folder
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, save_model
from ganola.playing.generate import Phrase
from ganola.records import record_text
from ganola.storage import write_whole
from ganola.training.budget import Budget
from ganola.training.run import CHECKPOINT, RUN, Run, RunRecord
from tests.cli.support import SMALL
from tests.corpora import tiny_corpus
from tests.models import record_of

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
SECONDS = 900.0  # for a command, on however busy a machine
AT_WORK = "another ganola is at work in"


@pytest.fixture
def model(tmp_path) -> Path:
    """A run with an untrained model, its corpus beside it."""
    corpus = tiny_corpus(tmp_path)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=NetworkConfig(width=16, latent=6))
    networks = build_networks(spec, np.random.default_rng(0))
    save_model(tmp_path / "run" / MODEL_FILE, networks, record_of(spec))
    about = RunRecord(corpus="../tiny.corpus", corpus_fingerprint=corpus.manifest.fingerprint, budget=Budget(steps=1))
    write_whole(tmp_path / "run" / RUN, record_text(about))
    return tmp_path / "run"


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How a command ended, and what it said beside its results."""
    _, err = process.communicate(timeout=SECONDS)
    assert "Traceback" not in err
    return process.returncode, err


def wait_for(arrived: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while not arrived():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def hidden(folder: Path) -> list[Path]:
    return list(folder.rglob(".*"))


# Several at once.


def test_trainings_at_once_are_as_many_runs(in_shell, tmp_path) -> None:
    """Three, for each is a process that takes its time; `bench/interruptions.py` starts six, many times."""
    tiny_corpus(tmp_path, tunes=2)  # too few to judge by, which would take most of the time
    trainings = [in_shell("train", "tiny.corpus", *SMALL, "--steps", 1, "--seed", seed) for seed in range(3)]
    assert [end(training)[0] for training in trainings] == [0, 0, 0]
    runs = [tmp_path / "runs" / f"default-{number}" for number in (1, 2, 3)]
    assert names(tmp_path / "runs") == {run.name for run in runs}
    recipes = "".join((run / "recipe.toml").read_text() for run in runs)
    assert sorted(re.findall(r"^seed = (\d+)", recipes, flags=re.MULTILINE)) == ["0", "1", "2"]
    assert all((run / CHECKPOINT).exists() and (run / MODEL_FILE).exists() for run in runs)
    assert hidden(tmp_path) == []


def test_two_generates_at_once_are_two_folders(in_shell, model, tmp_path) -> None:
    words = ("generate", model, "--count", 20, "--format", "mid")
    both = [in_shell(*words, "--seed", seed) for seed in (3, 4)]
    assert [end(process)[0] for process in both] == [0, 0]
    found = {frozenset(names(tmp_path / f"phrases-{number}")) for number in (1, 2)}
    assert found == {frozenset(f"run-seed{seed}-{n:03d}.mid" for n in range(1, 21)) for seed in (3, 4)}


def test_of_builds_at_once_one_wins_and_the_others_are_told(in_shell, ganola, tunes, tmp_path) -> None:
    builds = [in_shell("corpus", "build", tunes, "--out", "c", "--bars", 2, "--workers", 1) for _ in range(3)]
    ended = sorted(end(process) for process in builds)
    assert [status for status, _ in ended] == [0, 2, 2]
    assert all(AT_WORK in err or "already exists" in err for _, err in ended[1:])
    assert ganola("corpus", "show", "c").status == 0
    assert hidden(tmp_path) == []
    assert not (tmp_path / "c" / "building").exists()


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("c", ("corpus", "build", "tunes", "--out", "c")),
        ("c", ("corpus", "survey", "tunes", "--out", "c")),
        ("tunes.corpus", ("train", "tunes", *SMALL, "--steps", 1)),
        ("new", ("train", "tiny.corpus", *SMALL, "--steps", 1, "--out", "new")),
        ("demo", ("demo",)),
    ],
)
def test_who_comes_second_is_told_what_is_wrong_and_what_to_do(ganola, tmp_path, folder, words) -> None:
    tiny_corpus(tmp_path)
    with lock_folder(tmp_path / folder):
        said = ganola(*words)
        assert (said.status, f"{AT_WORK} {folder}\n  Wait until it is done" in said.err) == (2, True), said.err
        assert {path.name for path in (tmp_path / folder).iterdir()} == {".lock"}


def test_a_run_that_is_being_trained_does_not_go_on_twice(ganola, tmp_path) -> None:
    tiny_corpus(tmp_path)
    assert ganola("train", "tiny.corpus", *SMALL, "--steps", 1, "--out", "run").status == 0
    files = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    with lock_folder(tmp_path / "run"):
        said = ganola("train", "--resume", "run", "--steps", 2)
    assert (said.status, f"{AT_WORK} run" in said.err) == (2, True)
    assert files == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert ganola("train", "--resume", "run", "--steps", 2).status == 0


# Stopped half-way.


@posix
@pytest.mark.parametrize("out", [None, "mine"])
def test_a_generate_that_is_killed_leaves_nothing_to_see_and_the_next_tidies_up(in_shell, ganola, model, tmp_path, out):
    words = ("generate", model, "--count", 5000, "--format", "mid", *(("--out", out) if out else ()))
    before, place = names(tmp_path), out or "phrases-1"
    process = in_shell(*words)
    wait_for(lambda: len(list(tmp_path.glob(f".{place}.partial/*/*.mid"))) > 20, process)
    process.kill()
    process.communicate()
    assert {name for name in names(tmp_path) if not name.startswith(".")} == before
    assert ganola(*words, "--count", 2).status == 0
    assert names(tmp_path) == before | {place}
    assert names(tmp_path / place) == {"run-seed0-001.mid", "run-seed0-002.mid"}


@posix
@pytest.mark.parametrize("stop", [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)])
def test_a_generate_that_is_stopped_keeps_its_whole_phrases(in_shell, model, tmp_path, stop) -> None:
    process = in_shell("generate", model, "--count", 5000, "--format", "mid,musicxml")
    wait_for(lambda: len(list(tmp_path.glob(".phrases-1.partial/*/*.mid"))) > 20, process)
    for number in stop:
        process.send_signal(number)
    status, err = end(process)
    kept = names(tmp_path / "phrases-1")
    count = len(kept) // 2
    assert 20 <= count < 5000
    assert kept == {f"run-seed0-{n:03d}.{kind}" for n in range(1, count + 1) for kind in ("mid", "musicxml")}
    assert (status, f"Stopped. {count:,} of 5,000 phrases were kept: phrases-1" in err) == (130, True)
    assert hidden(tmp_path) == []


def test_a_generate_whose_folder_is_removed_says_so(ganola, model, monkeypatch, tmp_path) -> None:
    write = app_generate.write_phrase

    def remove_then_write(exporter: object, phrase: Phrase, *others: object) -> object:
        if phrase.number == 2:
            shutil.rmtree(tmp_path / "there")
        return write(exporter, phrase, *others)

    monkeypatch.setattr(app_generate, "write_phrase", remove_then_write)
    said = ganola("generate", model, "--count", 3, "--format", "mid", "--out", "there/phrases")
    assert (said.status, "there/phrases was removed while ganola was at work" in said.err) == (2, True)
    assert "3 phrases" not in said.out
    assert not list((tmp_path).rglob("run-seed0*"))


@posix
def test_an_evaluation_that_is_killed_or_stopped_leaves_no_report(in_shell, model, tmp_path) -> None:
    before, begun = names(tmp_path), tmp_path / ".report-1.html.partial" / "content"
    for stop, status in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        process = in_shell("evaluate", model, "--count", 5000, "--latex")  # so that it is not done before
        wait_for(lambda: begun.exists() and not (begun / "left").exists(), process)
        time.sleep(0.5)
        process.send_signal(stop)
        assert end(process)[0] == status
        assert {name for name in names(tmp_path) if not name.startswith(".")} == before
        if stop == signal.SIGKILL:
            (begun / "left").touch()  # by this it shows when the next one has begun
    assert hidden(tmp_path) == []  # not even of the one that was killed: the next has taken it away


@pytest.mark.parametrize("failure", [InputError("the corpus is damaged", "Build it again."), KeyboardInterrupt()])
@pytest.mark.parametrize("out", [None, "mine"])
def test_a_training_that_fails_before_it_saved_anything_is_not_in_the_next_ones_way(
    ganola, monkeypatch, tmp_path, failure, out
) -> None:
    tiny_corpus(tmp_path)
    words = ("train", "tiny.corpus", *SMALL, "--steps", 1, *(("--out", out) if out else ()))

    def fail(_: Run) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(Run, "start", fail)
        said = ganola(*words)
    assert said.status == (130 if isinstance(failure, KeyboardInterrupt) else 2)
    assert ("Nothing was saved." if isinstance(failure, KeyboardInterrupt) else "damaged") in said.err
    place = tmp_path / (out or "runs/default-1")
    assert not place.exists()
    assert ganola(*words).status == 0
    assert (place / MODEL_FILE).exists()


def test_a_run_that_goes_on_is_not_taken_away_when_it_fails(ganola, monkeypatch, tmp_path) -> None:
    tiny_corpus(tmp_path)
    assert ganola("train", "tiny.corpus", *SMALL, "--steps", 1, "--out", "run").status == 0
    (tmp_path / "run" / "checkpoint").rename(tmp_path / "checkpoint")
    (tmp_path / "run" / "log.jsonl").unlink()

    def fail(_: Run) -> None:
        raise InputError("the corpus is damaged", "Build it again.")

    monkeypatch.setattr(Run, "start", fail)
    assert ganola("train", "--resume", "run").status == 2
    assert (tmp_path / "run" / "recipe.toml").exists()


@pytest.mark.parametrize("out", [(), ("--out", "judged")])
def test_a_judge_that_is_stopped_keeps_the_files_that_it_has_judged(ganola, monkeypatch, tmp_path, out) -> None:
    tiny_corpus(tmp_path)
    assert ganola("train", "tiny.corpus", *SMALL, "--steps", 2, "--out", "run").status == 0
    from ganola.app.judge import FileJudge

    files = FileJudge.files

    def stop_at_the_third(self: FileJudge, phrases: object) -> object:
        for number, file in enumerate(files(self, phrases)):
            if number == 2:
                raise KeyboardInterrupt
            yield file

    monkeypatch.setattr(FileJudge, "files", stop_at_the_third)
    said = ganola("judge", "run", "tunes", *out)
    assert (said.status, "Stopped. 2 of 12 files were judged." in said.err) == (130, True)
    assert "tune-01" in said.out
    assert "tune-02" not in said.out
    if out:
        endings = ("json", "png")
        assert names(tmp_path / "judged") == {f"tune-0{number}.{ending}" for number in (0, 1) for ending in endings}


@pytest.mark.parametrize(
    ("words", "patched"),
    [
        (("info", "run"), "ganola.app.info.load_model"),
        (("corpus", "show", "tiny.corpus"), "ganola.corpus.store.open_corpus"),
        (("corpus", "export", "tiny.corpus", "--out", "out"), "ganola.app.export.open_corpus"),
        (("evaluate", "run"), "ganola.app.evaluate.corpus_for"),
        (("generate", "run"), "ganola.app.generate.load_model"),
        (("train", "tiny.corpus"), "ganola.app.train.load_recipe"),
    ],
)
def test_ctrl_c_at_any_other_moment_says_that_it_stopped(ganola, monkeypatch, model, tmp_path, words, patched) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(patched, interrupt)
    said = ganola(*words)
    assert (said.status, said.err.strip()) == (130, "Stopped.")
    assert sorted(tmp_path.rglob("*")) == before
