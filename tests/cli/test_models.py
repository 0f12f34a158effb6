"""The model that comes with ganola: that it plays, and how it is found. How well it plays is no matter of tests."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ganola.app.defaults import BUILT_IN
from ganola.app.projects import built_in_models
from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.plan import Plan, WrittenPlan, plan_toml
from ganola.judging import bootstrap, c2st
from ganola.music.io.files import read_provenance
from ganola.music.io.midi.write import write_midi
from ganola.music.roll import OFF
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, load_model, save_model
from ganola.networks.record import ValidationRecord
from ganola.playing.generate import generate
from ganola.training.recipe import parse_recipe
from tests.corpora import COMMON_TIME
from tests.models import record_of

BARS = 4


@pytest.fixture(scope="module")
def built_in():
    return load_model(built_in_models()[BUILT_IN])


@pytest.fixture
def own_run(tmp_path):
    """The model file of a run in runs/."""
    spec = ModelSpec(grid=_grid(), tracks=(Track(name="Tune"),), networks=NetworkConfig(width=16, latent=6))
    path = tmp_path / "runs" / "mine" / MODEL_FILE
    _save(path, spec, ratio=3.0)
    return path


def _save(path, spec, ratio):
    """A model whose music is so far from real music; None is not known."""
    validation = None if ratio is None else ValidationRecord(distance=2 * ratio, floor=2.0, ratio=ratio)
    save_model(path, build_networks(spec, np.random.default_rng(0)), record_of(spec, validation=validation))


def _grid():
    return Plan(tracks=({"name": "Tune"},)).grid


@pytest.mark.parametrize("path", built_in_models().values(), ids=built_in_models())
def test_it_is_a_small_file_with_all_three_networks_in_half_precision(path) -> None:
    built_in = load_model(path)
    assert path.stat().st_size <= 8_000_000
    assert built_in.critic is not None
    assert built_in.encoder is not None
    tensors = load_file(path).values()
    whole = [tensor.numel() for tensor in tensors if tensor.dtype == torch.float32]
    assert sum(whole) < sum(tensor.numel() for tensor in tensors) / 100  # what float16 cannot hold
    assert all(weight.dtype == torch.float32 for weight in built_in.generator.parameters())


@pytest.mark.parametrize("name", built_in_models())
def test_it_is_in_the_package_with_its_card(name) -> None:
    files = {file.name: file for file in resources.files("ganola.models").iterdir()}
    card = files[f"{name}.md"].read_text(encoding="utf-8")
    assert load_model(built_in_models()[name]).digest in card  # its numbers are of this very file
    assert re.search(r"Distance / floor at most 1.5: (reached|\*\*missed\*\*)", card)


def test_its_record_says_how_it_came_about_and_nothing_of_where(built_in) -> None:
    record = built_in.record
    assert record.corpus == BUILT_IN
    assert re.fullmatch(r"[0-9a-f]{16}", record.corpus_fingerprint)
    assert record.calibration.slope > 0
    assert record.validation.ratio == pytest.approx(record.validation.distance / record.validation.floor)
    assert record.plan.corpus_tracks == built_in.spec.tracks
    parse_recipe(record.recipe, "of the built-in model")
    places = [
        words
        for words in _strings(record.model_dump(mode="json"))
        if re.search(r"[/\\]", words) and not re.fullmatch(r"\d+/\d+", words)
    ]
    assert places == []


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.items() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from _strings(inner)


def test_it_plays_phrases_that_sound_and_differ(built_in) -> None:
    phrases = [phrase.cells for phrase in generate(built_in, 4, seed=0)]
    assert all((cells != OFF).any() for cells in phrases)
    assert len({cells.tobytes() for cells in phrases}) == 4


def test_without_a_model_and_without_runs_it_is_played(ganola, tmp_path, built_in) -> None:
    said = ganola("generate", "--count", 1, "--format", "mid", "--out", "some")
    assert said.status == 0, said.err
    assert said.out.splitlines()[0] == f"Playing {BUILT_IN}, which comes with ganola"
    assert read_provenance(tmp_path / "some" / "chorales-seed0-001.mid")["model"] == built_in.digest


def test_the_newest_run_goes_before_it_but_not_where_it_is_named(ganola, tmp_path, own_run, built_in) -> None:
    older = tmp_path / "runs" / "older" / MODEL_FILE
    older.parent.mkdir()
    shutil.copy(own_run, older)
    os.utime(older, (0, 0))
    said = ganola("generate", "--count", 1, "--format", "mid", "--out", "mine")
    assert said.out.splitlines()[0] == f"Playing runs/mine/{MODEL_FILE}, the newest".replace("/", os.sep)
    assert ganola("generate", BUILT_IN, "--count", 1, "--format", "mid", "--out", "built-in").status == 0
    played = (tmp_path / "mine" / "mine-seed0-001.mid", tmp_path / "built-in" / "chorales-seed0-001.mid")
    models = [read_provenance(path)["model"] for path in played]
    assert models == [load_model(own_run).digest, built_in.digest]


def test_a_newest_run_that_anybody_hears_is_passed_over_with_a_word(ganola, tmp_path, own_run, built_in) -> None:
    spec = load_model(own_run).spec
    _save(own_run, spec, ratio=12.4)
    said = ganola("generate", "--count", 1, "--format", "mid", "--out", "some")
    mine = str(own_run.parent.relative_to(tmp_path))
    assert said.out.splitlines()[:3] == [
        f"{mine} is 12 times as far from real music as real music is from itself: anybody hears it.",
        f"To hear it all the same: ganola generate {mine}",
        f"Playing {BUILT_IN}, which comes with ganola",
    ]
    assert read_provenance(tmp_path / "some" / "chorales-seed0-001.mid")["model"] == built_in.digest


def test_a_named_model_that_anybody_hears_plays_with_a_word(ganola, own_run) -> None:
    spec = load_model(own_run).spec
    words = ("generate", own_run.parent, "--count", 1, "--format", "mid")
    assert ganola(*words, "--out", "near").err.strip() == ""
    _save(own_run, spec, ratio=12.4)
    said = ganola(*words, "--out", "far")
    assert said.err.splitlines() == [
        "Anybody hears that this is not real music: "
        "it is 12 times as far from real music as real music is from itself.",
        "To come nearer, train longer: ganola train, with more --minutes.",
    ]
    (own_run.parent / "run.json").write_text("{}")
    assert f"ganola train --resume {own_run.parent}, with" in ganola(*words, "--out", "of-a-run").err
    _save(own_run, spec, ratio=None)
    said = ganola(*words, "--out", "unknown")
    assert (said.status, "How far this model is from real music is not known" in said.err) == (0, True)


def test_a_newest_run_of_which_nobody_knows_how_far_it_is_plays_with_a_word(ganola, tmp_path, own_run) -> None:
    _save(own_run, load_model(own_run).spec, ratio=None)
    said = ganola("generate", "--count", 1, "--format", "mid", "--out", "some")
    assert (tmp_path / "some" / "mine-seed0-001.mid").exists()
    assert "How far this model is from real music is not known" in said.err


def test_what_is_in_the_folder_goes_before_a_built_in_model_of_its_name(ganola, tmp_path, own_run) -> None:
    shutil.copytree(own_run.parent, tmp_path / BUILT_IN)
    assert ganola("generate", BUILT_IN, "--count", 1, "--format", "mid", "--out", "some").status == 0
    assert read_provenance(tmp_path / "some" / "chorales-seed0-001.mid")["model"] == load_model(own_run).digest
    (tmp_path / BUILT_IN / MODEL_FILE).unlink()
    said = ganola("generate", BUILT_IN)
    assert (said.status, f"there is no {MODEL_FILE} in {BUILT_IN}" in said.err) == (2, True)


def test_info_and_judge_know_it_by_name(ganola, own_run, built_in) -> None:
    said = ganola("info", BUILT_IN)
    assert (said.status, f"hash {built_in.digest}" in said.out) == (0, True)
    assert "Soprano, Alto, Tenor, Bass" in said.out
    assert ganola("generate", BUILT_IN, "--count", 1, "--format", "mid", "--out", "some").status == 0
    said = ganola("judge", BUILT_IN, "some")
    assert said.status == 0, said.err
    assert "chorales-seed0-001.mid" in said.out


def test_what_needs_a_corpus_says_how_to_make_it(ganola) -> None:
    for words in (("evaluate", BUILT_IN), ("generate", BUILT_IN, "--no-copies"), ("generate", "--no-copies")):
        said = ganola(*words)
        assert said.status == 2
        assert "which corpus of real music" in said.err
        corpus = f"{BUILT_IN}.corpus"
        assert f"--corpus {corpus}; made by: ganola corpus build {BUILT_IN} --out {corpus}" in said.err


def test_with_a_corpus_it_is_evaluated_and_keeps_copies_out(ganola, tmp_path, monkeypatch, built_in) -> None:
    monkeypatch.setattr(c2st, "TRAINING_STEPS", 5)
    monkeypatch.setattr(c2st, "TREES", 5)
    monkeypatch.setattr(bootstrap, "RESAMPLES", 10)
    _write_choir(tmp_path / "choir", built_in.spec.tracks)
    plan = built_in.record.plan
    build(
        open_source(str(tmp_path / "choir")),
        tmp_path / "c",
        BuildOptions(),
        plan=WrittenPlan(plan, plan_toml(plan, {})),
        workers=0,
    )
    said = ganola("evaluate", BUILT_IN, "--corpus", "c", "--count", 50, "--workers", 1, "--out", "report")
    assert said.status == 0, said.err
    report = json.loads((tmp_path / "report.json").read_text())
    assert f"model {built_in.digest}" in json.dumps(report)
    said = ganola("generate", "--count", 2, "--no-copies", "--corpus", "c", "--format", "mid", "--out", "some")
    assert said.status == 0, said.err


def _write_choir(folder, tracks) -> None:
    """80 files of four voices in crotchets, none of them alike."""
    for piece in range(80):
        walk = np.random.default_rng(piece)
        rows = [
            (voice, 4 * beat, 4 * beat + 4, int(low + walk.choice([0, 2, 4, 5, 7, 9, 11])))
            for voice, low in enumerate((67, 60, 55, 43))
            for beat in range(4 * (BARS + 1))
        ]
        write_midi(Score(tracks, Notes.of(rows), 4, COMMON_TIME), folder / f"{piece:02d}.mid")


def test_a_first_phrase_does_not_wait_for_what_only_training_and_judging_need(tmp_path) -> None:
    code = (
        "import sys\n"
        "from ganola.cli.main import app\n"
        f"try: app(['generate', '--count', '1', '--out', {str(tmp_path / 'some')!r}])\n"
        "except SystemExit: pass\n"
        "names = ('sympy', 'matplotlib', 'music21', 'scipy', 'sklearn', 'tensorboard', 'jinja2', 'torch._dynamo')\n"
        "print([name for name in names if name in sys.modules])\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
