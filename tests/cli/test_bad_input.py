"""Everything a person can get wrong: two lines, exit status 2, and nothing lost or half-written."""

import json

import pytest

from tests.cli.support import SMALL, run_command
from tests.corpora import write_tunes


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A corpus, a run, and files that are none of these."""
    folder = tmp_path_factory.mktemp("workshop")
    write_tunes(folder / "tunes")

    build = ("corpus", "build", "tunes", "--bars", 2, "--steps-per-quarter", 2, "--workers", 1, "--out")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for words in ((*build, "c"), (*build, "own-keys", "--keep-keys")):
            assert run_command(*words) == 0
        for corpus, run in (("c", "run"), ("own-keys", "own-keys-run")):
            assert run_command("train", corpus, *SMALL, "--steps", 1, "--out", run) == 0
    (folder / "empty").mkdir()
    (folder / "note.txt").write_text("no music")
    (folder / "words").mkdir()
    (folder / "words" / "poem.mid").write_text("not a MIDI file at all, though it has the name of one")
    whole = (folder / "run" / "model.safetensors").read_bytes()
    (folder / "half.safetensors").write_bytes(whole[: len(whole) // 2])
    (folder / "wrong.toml").write_text("[training]\nbacth = 3\n")
    (folder / "no-recipe.toml").write_text("[training\n")
    return folder


CASES = {
    "a source that is not there": (("corpus", "build", "nowhere", "--out", "x"), "no folder nowhere"),
    "a source that is a file": (("corpus", "build", "note.txt", "--out", "x"), "a file, not a folder"),
    "a folder without music": (("corpus", "build", "empty", "--out", "x"), "no music in empty"),
    "a corpus over something": (("corpus", "build", "tunes", "--out", "c"), "already exists"),
    "a corpus that is none": (("corpus", "show", "tunes"), "not a finished corpus"),
    "an export over something": (("corpus", "export", "c", "--out", "tunes"), "already exists"),
    "training on no music": (("train", "empty", "--out", "x"), "no music in empty"),
    "training on no corpus": (("train", "nowhere.corpus", "--out", "x"), "there is no corpus nowhere.corpus"),
    "a plan that is none": (("corpus", "build", "tunes", "--out", "x", "--plan", "wrong.toml"), "wrong.toml"),
    "a plan that is not there": (
        ("corpus", "build", "tunes", "--out", "x", "--plan", "no.toml"),
        "there is no file no.toml",
    ),
    "a plan and options": (
        ("corpus", "build", "tunes", "--out", "x", "--plan", "wrong.toml", "--bars", "2"),
        "--plan settles",
    ),
    "no metre": (("corpus", "build", "tunes", "--out", "x", "--metre", "five"), "--metre five is no metre"),
    "a metre without steps": (
        ("corpus", "survey", "tunes", "--out", "x", "--metre", "7/8", "--steps-per-quarter", "1"),
        "--metre 7/8",
    ),
    "voices of what": (("corpus", "build", "tunes", "--out", "x", "--voices", "3"), "--tracks voices"),
    "a survey over something": (("corpus", "survey", "tunes", "--out", "c"), "already exists"),
    "training over something": (("train", "c", "--out", "run"), "already exists"),
    "an unknown recipe": (("train", "c", "--recipe", "nothing", "--out", "x"), "no recipe nothing"),
    "an unknown key in a recipe": (
        ("train", "c", "--recipe", "wrong.toml", "--out", "x"),
        "unknown key training.bacth",
    ),
    "a recipe that is no TOML": (("train", "c", "--recipe", "no-recipe.toml", "--out", "x"), "not valid TOML"),
    "an unknown key to set": (("train", "c", "--set", "training.bacth=3", "--out", "x"), "no key training.bacth"),
    "a value that cannot be": (
        ("train", "c", "--set", "training.batch=-3", "--out", "x"),
        "training.batch is -3, and has to be 1 or more",
    ),
    "batch norm under a penalty": (
        ("train", "c", "--recipe", "prototype", "--set", "networks.critic_normalisation=batch", "--out", "x"),
        "rest of the batch",
    ),
    "two budgets": (("train", "c", "--minutes", "1", "--steps", "1", "--out", "x"), "given together"),
    "no length of time": (("train", "c", "--minutes", "inf", "--out", "x"), "--minutes is inf"),
    "a folder inside a file": (("generate", "run", "--out", "note.txt/x"), "note.txt/x"),
    "a batch of one": (
        ("train", "c", "--recipe", "prototype", "--set", "training.batch=1", "--out", "x"),
        "nothing to normalise over",
    ),
    "resuming what is no run": (("train", "--resume", "c"), "not a run"),
    "resuming with another corpus": (("train", "own-keys", "--resume", "run"), "cannot change"),
    "a model that is not there": (("generate", "nothing.safetensors", "--out", "x"), "no file nothing.safetensors"),
    "a model cut off": (("generate", "half.safetensors", "--out", "x"), "cut off or damaged"),
    "a model that is text": (("info", "note.txt"), "is not a model that ganola made"),
    "an unknown format": (("generate", "run", "--format", "mid,mp3", "--out", "x"), "mp3"),
    "an unknown key": (("generate", "run", "--key", "H", "--out", "x"), "not a key"),
    "a key for a model of all keys": (("generate", "own-keys-run", "--key", "D", "--out", "x"), "--key has no meaning"),
    "phrases over something": (("generate", "run", "--out", "tunes"), "already exists"),
    "phrases over a file": (("generate", "run", "--out", "note.txt"), "is a file"),
}


@pytest.mark.parametrize(("words", "problem"), CASES.values(), ids=CASES.keys())
def test_a_mistake_gets_two_lines_and_status_2_and_costs_nothing(ganola, monkeypatch, workshop, words, problem) -> None:
    monkeypatch.chdir(workshop)
    before = sorted(workshop.rglob("*"))
    said = ganola(*words)
    assert said.status == 2, said.out + said.err
    assert problem in said.err
    lines = said.err.strip().splitlines()
    assert lines[0].startswith("ganola: ")
    assert len(lines) == 2
    assert "Traceback" not in said.err
    assert sorted(workshop.rglob("*")) == before


def test_a_folder_of_bad_files_is_refused_with_a_reason_each(ganola, monkeypatch, workshop) -> None:
    monkeypatch.chdir(workshop)
    said = ganola("corpus", "build", "words", "--out", "words.corpus", "--workers", 1)
    assert said.status == 2
    (line,) = (workshop / "words.corpus" / "rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["file"] == "poem.mid"
    assert "does not begin with MThd" in json.loads(line)["reason"]


def test_a_full_disk_is_the_machines_failure(ganola, monkeypatch, workshop) -> None:
    import errno
    from pathlib import Path

    monkeypatch.chdir(workshop)
    before = sorted(workshop.rglob("*"))

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    said = ganola("generate", "run", "--count", 1, "--out", "phrases")
    assert said.status == 1
    assert "the disk is full" in said.err
    assert "run-seed0-001.mid" in said.err
    assert sorted(workshop.rglob("*")) == before
