"""`ganola judge`: what a model's critic says of music files."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganola.app.music_files import find_music
from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.phrases import read_phrases
from ganola.corpus.plan import PLAN, load_plan
from ganola.corpus.pool import run_jobs
from ganola.judging.calibration import CONSTANT
from ganola.judging.critic_scores import critic_scores
from ganola.music.io.midi.write import write_midi
from ganola.music.score import Notes, Score
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, load_model, save_model
from ganola.playing.generate import generate
from ganola.training.recipe import parse_recipe
from tests.corpora import COMMON_TIME, TRACKS, write_tunes
from tests.metres import metre_at
from tests.models import leave_out, record_of, rewrite

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """Tunes, and a run's folder of a model of them, untrained but calibrated."""
    folder = tmp_path_factory.mktemp("workshop")
    write_tunes(folder / "tunes", count=3, bars=5)
    corpus = build(
        open_source(str(folder / "tunes")), folder / "c", BuildOptions(bars=2, steps_per_quarter=2), workers=0
    )
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=NetworkConfig(width=16, latent=6))
    networks = build_networks(spec, np.random.default_rng(0))
    record = record_of(
        spec,
        corpus_fingerprint=corpus.manifest.fingerprint,
        recipe=parse_recipe({}, "of defaults").model_dump(mode="json"),
        plan=load_plan(corpus.folder / PLAN).plan,
        calibration={"slope": 1.5, "offset": -0.25},
    )
    uncalibrated = record.model_copy(update={"calibration": None})
    save_model(folder / "run" / MODEL_FILE, networks, record)
    save_model(folder / "uncalibrated.safetensors", networks, uncalibrated)
    save_model(folder / "run" / "last.safetensors", networks, uncalibrated)
    save_model(folder / "blind.safetensors", networks, record.model_copy(update={"calibration": CONSTANT}))
    save_model(folder / "strange.safetensors", networks, record)
    rewrite(folder / "strange.safetensors", lambda header: header["record"]["calibration"].update(slope="steep"))
    save_model(folder / "alone.safetensors", networks, record)
    rewrite(folder / "alone.safetensors", tensors=lambda held: leave_out(held, "critic."))
    (folder / "text.mid").write_text("no music at all, though it is called so")
    (folder / "words").mkdir()
    (folder / "words" / "poem.txt").write_text("no music")
    write_midi(Score(TRACKS, Notes.of([(0, 0, 80, 60)]), 2, (metre_at(0, "3/4"),)), folder / "waltz.mid")
    write_midi(Score(TRACKS, Notes.of([(0, 0, 7, 60)]), 2, COMMON_TIME), folder / "short.mid")
    return folder


@pytest.fixture
def judge(ganola, monkeypatch, workshop):
    """Judges in the workshop, by the model of its run if no other is named."""
    monkeypatch.chdir(workshop)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*files: object, model: str = "run", out: object = None):
        return ganola("judge", model, *files, *(() if out is None else ("--out", out)))

    return run


def expected_judgements(workshop, name: str) -> np.ndarray:
    """J of a tune's phrases, worked out by hand."""
    model = load_model(workshop / "run" / MODEL_FILE)
    plan = model.record.plan
    phrases = read_phrases(find_music([workshop / name])[0], plan)
    d = critic_scores(model.critic, phrases.cells, 2).astype(np.float64)
    return 1 / (1 + np.exp(-(1.5 * d - 0.25)))


def numbers_in(out: str) -> dict[str, str]:
    """The rows of the table: what they are about and their J."""
    rows = [line.strip("│ ").split("│") for line in out.splitlines() if line.startswith("│")]
    return {row[0].strip(): row[-1].strip() for row in rows}


def test_a_file_and_each_of_its_phrases_get_their_j(judge, workshop) -> None:
    said = judge("tunes/tune-01.mid")
    assert said.status == 0, said.err
    j = expected_judgements(workshop, "tunes/tune-01.mid")
    assert numbers_in(said.out) == {
        "tunes/tune-01.mid": f"{j.mean():.2f}",
        "bars 1-2": f"{j[0]:.2f}",
        "bars 3-4": f"{j[1]:.2f}",
        "bars 4-5": f"{j[2]:.2f}",
    }
    assert not said.err.strip()


def test_a_run_and_its_model_file_judge_alike(judge) -> None:
    assert judge("tunes/tune-00.mid").out == judge("tunes/tune-00.mid", model=f"run/{MODEL_FILE}").out


def test_every_file_in_a_folder_is_judged_and_the_others_say_why_not(judge, workshop, tmp_path) -> None:
    some = Path(os.path.relpath(tmp_path / "some"))  # short enough for a table
    shutil.copytree(workshop / "tunes", some)
    shutil.copy(workshop / "text.mid", some / "text.mid")
    said = judge(some, "gone.mid", "waltz.mid", "words", "short.mid")
    assert said.status == 0, said.err
    names = [name for name in numbers_in(said.out) if not name.startswith("bars")]
    assert names == [f"{some}/tune-0{index}.mid" for index in range(3)]
    warned = dict(line.rsplit(": ", 1) for line in said.err.strip().splitlines())
    assert warned == {
        "gone.mid": "does not exist",
        "words": "no music in it (1 .txt)",
        f"{some}/text.mid": "not a MIDI file (it does not begin with MThd)",
        "waltz.mid": "in 3/4; the model's corpus is in 4/4",
        "short.mid": "shorter than 2 bars of 4/4",
    }


def test_a_picture_and_the_numbers_of_every_file_are_kept(judge, workshop, tmp_path) -> None:
    (tmp_path / "again").mkdir()
    shutil.copy(workshop / "tunes" / "tune-01.mid", tmp_path / "again" / "Tune-01.mid")
    said = judge(
        "tunes/tune-01.mid",
        tmp_path / "again" / "Tune-01.mid",
        workshop / "tunes" / "tune-02.mid",
        out=tmp_path / "out",
    )
    assert said.status == 0, said.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("Tune-01-2.json", "Tune-01-2.png", "tune-01.json", "tune-01.png", "tune-02.json", "tune-02.png"),
    ]
    j = expected_judgements(workshop, "tunes/tune-01.mid")
    kept = json.loads((tmp_path / "out" / "tune-01.json").read_text())
    assert kept["file"] == "tunes/tune-01.mid"
    assert kept["J"] == pytest.approx(j.mean(), abs=1e-4)
    assert [phrase["bars"] for phrase in kept["phrases"]] == [[1, 2], [3, 4], [4, 5]]
    assert [phrase["J"] for phrase in kept["phrases"]] == pytest.approx(list(j), abs=1e-4)
    for phrase in kept["phrases"]:
        assert len(phrase["steps"]) == 16
        assert sum(note["adds"] for note in phrase["notes"]) == pytest.approx(sum(phrase["steps"]), abs=0.01)
        assert {note["track"] for note in phrase["notes"]} == {"Melody", "Bass"}
    with Image.open(tmp_path / "out" / "tune-01.png") as image:
        assert json.loads(image.info["ganola"]) == {"file": "tunes/tune-01.mid", "model": kept["model"]}


def test_strange_names_stay_in_the_folder_and_apart(judge, workshop, tmp_path) -> None:
    names = ["...mid", "a:b*c?.mid", "a_b_c_.mid", f"{'long' * 60}.mid", "tune.one.mid", "tune.mid"]
    for name in names:
        (tmp_path / "odd").mkdir(exist_ok=True)
        shutil.copy(workshop / "tunes" / "tune-00.mid", tmp_path / "odd" / name)
    said = judge(*(tmp_path / "odd" / name for name in names), out=tmp_path / "out" / "deep")
    assert said.status == 0, said.err
    made = sorted(path.name for path in (tmp_path / "out" / "deep").iterdir() if path.suffix == ".png")
    assert made == sorted(
        ["music.png", "a_b_c_.png", "a_b_c_-2.png", f"{('long' * 60)[:150]}.png", "tune.one.png", "tune.png"]
    )


def test_generated_phrases_are_judged_as_they_were_played(judge, ganola, workshop, tmp_path) -> None:
    played = ganola("generate", "run", "--count", 20, "--key", "F#", "--format", "mid", "--out", tmp_path / "phrases")
    assert played.status == 0, played.err
    model = load_model(workshop / "run" / MODEL_FILE)
    cells = np.stack([phrase.cells for phrase in generate(model, 20, seed=0)])
    plan = model.record.plan
    back = read_phrases(find_music([tmp_path / "phrases"])[0], plan)
    assert back.rejections == ()
    assert np.array_equal(back.cells, cells)
    said = judge(tmp_path / "phrases")
    assert said.status == 0, said.err
    assert numbers_in(said.out)["bars 1-2"]


def test_a_blind_critic_says_so(judge) -> None:
    said = judge("tunes/tune-00.mid", model="blind.safetensors")
    assert said.status == 0
    assert "cannot tell real music from generated" in said.err
    assert set(numbers_in(said.out).values()) == {"0.50"}


MISTAKES = {
    "a file that is not there": (("run", "gone.mid"), "gone.mid: does not exist"),
    "a file that is no music": (("run", "text.mid"), "text.mid: not a MIDI file"),
    "a file of another kind": (("run", "words/poem.txt"), "poem.txt: not a kind of file that ganola reads"),
    "a piece that is too short": (("run", "short.mid"), "short.mid: shorter than 2 bars of 4/4"),
    "a piece in another metre": (("run", "waltz.mid"), "waltz.mid: in 3/4; the model's corpus is in 4/4"),
    "a folder without music": (("run", "words"), "words: no music in it"),
    "a model without its critic": (("alone.safetensors", "tunes"), "alone.safetensors was kept without its critic"),
    "a model without calibration": (("uncalibrated.safetensors", "tunes"), "was never calibrated"),
    "the last model of a run": (
        ("run/last.safetensors", "tunes"),
        "calibrates the best of its models, and this is its last\n  Name the model.safetensors beside it",
    ),
    "a damaged record": (("strange.safetensors", "tunes"), "strange.safetensors is cut off or damaged"),
    "a model that is none": (("text.mid", "tunes"), "is not a model that ganola made"),
    "a folder with something in it": (("run", "tunes", "--out", "words"), "already exists"),
    "nothing kept of nothing": (("run", "short.mid", "--out", "x"), "short.mid: shorter than"),
}


@pytest.mark.parametrize(("words", "problem"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_gets_two_lines_and_status_2_and_costs_nothing(ganola, monkeypatch, workshop, words, problem) -> None:
    monkeypatch.chdir(workshop)
    before = sorted(workshop.rglob("*"))
    said = ganola("judge", *words)
    assert said.status == 2, said.out + said.err
    assert problem in said.err
    lines = said.err.strip().splitlines()
    assert lines[0].startswith("ganola: ")
    assert len(lines) == 2
    assert sorted(workshop.rglob("*")) == before


def test_where_none_of_many_could_be_judged_each_says_why(judge) -> None:
    said = judge("gone.mid", "short.mid")
    assert said.status == 2
    assert [line for line in said.err.splitlines() if line][:3] == [
        "gone.mid: does not exist",
        "short.mid: shorter than 2 bars of 4/4",
        "ganola: none of the 2 files could be judged",
    ]


def test_ctrl_c_while_judging_leaves_nothing(judge, monkeypatch, tmp_path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganola.app.judge.png_bytes", interrupt)
    said = judge("tunes/tune-00.mid", out=tmp_path / "out")
    assert said.status == 130
    assert "Nothing was judged." in said.err
    assert not (tmp_path / "out").exists()


def test_a_model_without_its_critic_plays_and_says_so(ganola, monkeypatch, workshop, tmp_path) -> None:
    monkeypatch.chdir(workshop)
    assert ganola("generate", "alone.safetensors", "--count", 1, "--out", tmp_path / "phrases").status == 0
    assert "weights, no critic" in ganola("info", "alone.safetensors").out
    assert "no critic" not in ganola("info", "run").out


@pytest.mark.parametrize("named", ["tunes/tune-01.mid", "tunes"])
def test_music_is_read_in_processes_that_may_die(judge, monkeypatch, named) -> None:
    hired = []

    def spy(task, jobs, sizes, workers, **limits):
        hired.append((workers, limits))
        return run_jobs(task, jobs, sizes, workers, **limits)

    monkeypatch.setattr("ganola.corpus.phrases.run_jobs", spy)
    assert judge(named).status == 0
    assert [(workers > 0, limits) for workers, limits in hired] == [(True, {})]  # and so within its limit of memory
