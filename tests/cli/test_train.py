"""What `ganola train` says of a training that goes wrong, and how it ends."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from ganola.app import train
from ganola.cli.training import StopSignal
from ganola.judging import validation as judging
from ganola.training import loop
from ganola.training.diagnostics import DiagnosticsMeter
from ganola.training.logs import DOCTOR
from ganola.training.run import CHECKPOINT
from ganola.wording import counted
from tests.cli.support import SMALL
from tests.corpora import tiny_corpus, write_tunes

GAME_ALONE = (
    "vae.share=0", "flow.share=0", "networks.prior=normal", "training.trains=generator",
    "networks.rest_gradient=true",
)  # fmt: skip
CHANGES = ("training.validate_every_samples=8", "training.critic_warmup=0", *GAME_ALONE)
OFTEN = tuple(word for change in CHANGES for word in ("--set", change))


@pytest.fixture
def silent(ganola, tmp_path, monkeypatch):
    """Trains on a small corpus, and the doctor hears no note."""
    tiny_corpus(tmp_path)
    measure = DiagnosticsMeter.measure
    monkeypatch.setattr(DiagnosticsMeter, "measure", lambda *given: replace(measure(*given), silent_share=1.0))
    return lambda *words: ganola("train", *words)


def test_it_says_once_what_is_wrong_and_again_at_the_end(silent, tmp_path) -> None:
    said = silent("tiny.corpus", *SMALL, *OFTEN, "--steps", 12, "--out", "run")
    assert said.status == 0
    lines = [line for line in said.err.splitlines() if "silent" in line or "silence" in line]
    assert lines == [
        "After 24 samples: The generator is silent: 100 % of its phrases have no note. Next time: --set vae.share=0.5",
        "The doctor found: silence from 24 samples on (doctor.jsonl says more)",
    ]
    kept = [json.loads(line) for line in (tmp_path / "run" / DOCTOR).read_text().splitlines()]
    assert [finding["name"] for line in kept for finding in line.get("begun", [])] == ["silence"]


def test_a_strict_one_stops_with_status_3_and_says_how_to_go_on(silent, tmp_path) -> None:
    said = silent("tiny.corpus", *SMALL, *OFTEN, "--steps", 12, "--out", "run", "--strict")
    assert said.status == 3
    assert (
        "stopped at step 6, after 24 samples: The generator is silent: 100 % of its phrases have no note." in said.err
    )
    assert "Against silence, in a new run: --set vae.share=0.5" in said.err
    assert "ganola train --resume run" in said.err
    assert "Hear it" not in said.out
    assert {CHECKPOINT.name} <= {path.name for path in (tmp_path / "run" / "checkpoint").iterdir()}
    assert {"model.safetensors", "last.safetensors", "curves.png", "log.jsonl"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }
    on = silent("--resume", "run")
    assert on.status == 0
    assert "12 steps" in on.out


def test_of_a_healthy_training_nothing_is_said(ganola, tmp_path) -> None:
    tiny_corpus(tmp_path)
    said = ganola("train", "tiny.corpus", *SMALL, *OFTEN, "--steps", 10, "--out", "run", "--strict")
    assert said.status == 0, said.err
    assert "doctor" not in said.err.lower()


def test_without_validation_music_it_says_that_the_last_model_is_kept(ganola, tmp_path, monkeypatch) -> None:
    tiny_corpus(tmp_path)
    assert "newest model is kept" not in ganola("train", "tiny.corpus", *SMALL, "--steps", 1, "--out", "run").err
    for module in (judging, train):
        monkeypatch.setattr(module, "has_validation", lambda _: False)
    said = ganola("train", "tiny.corpus", *SMALL, "--steps", 1, "--out", "other")
    assert said.status == 0
    assert "the newest model is kept" in said.err
    assert "The best of it" not in said.out
    assert "How far it is from real music is not known." in said.out


def test_the_device_by_name_is_bit_for_bit_the_device_by_default_on_any_threads(ganola, tmp_path, monkeypatch) -> None:
    """And each number of threads is what was asked for, also of a run that goes on."""
    tiny_corpus(tmp_path)
    used, step = [], loop.take_step
    monkeypatch.setattr(loop, "take_step", lambda *given: used.append(torch.get_num_threads()) or step(*given))
    before = torch.get_num_threads()
    (tmp_path / "small.toml").write_text("[networks]\nwidth = 8\nlatent = 4\n[training]\nbatch = 4\n")
    words = ("train", "tiny.corpus", "--recipe", "small.toml", "--steps", 2)
    assert ganola(*words, "--out", "plain").status == 0
    assert ganola(*words, "--out", "named", "--device", "cpu").status == 0
    one, other = ((tmp_path / name / CHECKPOINT) for name in ("plain", "named"))
    tensors = load_file(one)
    assert all(torch.equal(tensors[name], tensor) for name, tensor in load_file(other).items())
    assert set(used) == {before}
    used.clear()
    assert ganola("train", "--resume", "plain", "--steps", 4, "--threads", before + 1, "--device", "cpu").status == 0
    assert used == [before + 1, before + 1]
    assert torch.get_num_threads() == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what is said where there is no graphics card")
def test_a_missing_graphics_card_is_said_before_anything_is_made(ganola, tmp_path) -> None:
    tiny_corpus(tmp_path)
    said = ganola("train", "tiny.corpus", *SMALL, "--steps", 4, "--out", "run", "--device", "cuda")
    assert said.status == 2
    assert "--device cuda needs a graphics card" in said.err
    assert "Leave --device out" in said.err
    assert len(said.err.splitlines()) < 10
    assert "Traceback" not in said.err
    assert not (tmp_path / "run").exists()
    said = ganola("train", "tiny.corpus", "--device", "tpu")
    assert (said.status, "there is no device tpu" in said.err) == (2, True)


def test_a_number_of_threads_is_at_least_one(ganola) -> None:
    assert ganola("train", "--threads", 0).status == 2


def test_options_of_the_corpus_build_it_and_are_refused_where_it_is_there(ganola, tunes) -> None:
    words = ("train", tunes, *SMALL, "--steps", 1)
    said = ganola(*words, "--bars", 2, "--steps-per-quarter", 2, "--out", "run")
    assert said.status == 0, said.err
    assert "2 bars of 4/4 a phrase, 2 steps a quarter note" in said.out
    assert ganola(*words, "--bars", 2, "--out", "same").status == 0
    for given, built in (
        (("--bars", 4), "with --bars 2"),
        (("--metre", "3/4"), "with --metre 4/4"),
        (("--keep-keys",), "without --keep-keys"),
        (("--free-timing",), "without --free-timing"),
    ):
        said = ganola(*words, *given, "--out", "other")
        assert said.status == 2
        assert f"tunes.corpus is there already, built {built}: {' '.join(map(str, given))} cannot change it" in said.err
        assert f"Leave {given[0]} out" in said.err
    said = ganola("train", "--resume", "run", "--bars", 2)
    assert said.status == 2
    assert "--bars cannot change in a run that goes on" in said.err


def test_pieces_shorter_than_a_phrase_say_which_option_helps(ganola, tmp_path) -> None:
    write_tunes(tmp_path / "short", 6, bars=3)
    said = ganola("train", "short", *SMALL, "--steps", 1)
    assert said.status == 2
    assert "each: shorter than 4 bars of 4/4" in said.err
    assert "--bars 2" in said.err
    assert ganola("train", "short", *SMALL, "--steps", 1, "--bars", 2, "--out", "run").status == 0


@pytest.mark.parametrize(
    ("count", "said_of_it"), [(4, "from 5 on"), (5, "times as far from real music as real music is from itself")]
)
def test_a_few_tunes_are_told_what_they_allow(ganola, tmp_path, count, said_of_it) -> None:
    write_tunes(tmp_path / "few", count)
    said = ganola("train", "few", *SMALL, "--steps", 2, "--bars", 2, "--out", "run")
    assert said.status == 0, said.err
    shared = {4: "3 to learn from, 1 to choose the best model by, none to measure by"}
    shared[5] = "3 to learn from, 1 to choose the best model by, 1 to measure by"
    assert f"{count} tunes: {shared[count]}" in said.out
    assert said_of_it in said.out.replace("\n", " ")
    assert ("no number will say" in said.out) == (count < 5)


def test_it_says_what_it_is_about_to_do_before_it_does_it(ganola, tunes) -> None:
    said = ganola("train", tunes, *SMALL, "--steps", 2, "--bars", 2, "--out", "run").out.splitlines()
    assert said[:3] == [
        f"This trains a model on {tunes}: 2 steps, by the recipe default.",
        "In run there will be the model, its music as it learned, and its curves.",
        "Ctrl-C stops at any time, and keeps everything.",
    ]
    assert said[3].startswith("Building")
    learns = next(index for index, line in enumerate(said) if line.startswith("To learn from: "))
    assert said[learns].endswith(f" of 2 bars. To compute with: {counted(torch.get_num_threads(), 'thread')}.")
    assert said[learns + 1] == "Parts: learning to play, learning where music lies, the game."
    assert said[learns + 2].endswith("1 is real; above 3 anybody hears it.")
    assert said[learns + 3].startswith("By the clock it takes about ")


def test_one_that_goes_on_says_so_and_ends_with_what_to_do_next(ganola, tmp_path) -> None:
    tiny_corpus(tmp_path)
    first = ganola("train", "tiny.corpus", *SMALL, "--steps", 2, "--out", "run").out.splitlines()
    assert first[-3].startswith("To come nearer to real music, train longer: ganola train --resume run --steps 4")
    assert first[-2:] == [
        "Hear it: ganola generate run",
        "See how good it is, and whether it copied: ganola evaluate run",
    ]
    on = ganola("train", "--resume", "run", "--steps", 4).out.splitlines()
    assert on[0] == "This goes on with run, up to 4 steps in all. Ctrl-C stops, and keeps everything."


def test_one_that_is_stopped_before_it_learned_anything_has_no_model_and_goes_on(ganola, tmp_path, monkeypatch) -> None:
    tiny_corpus(tmp_path)
    monkeypatch.setattr(StopSignal, "is_set", lambda _: True)
    said = ganola("train", "tiny.corpus", *SMALL, "--steps", 2, "--out", "run")
    assert "It was stopped before it learned anything, so there is no model to play yet." in said.out
    assert (said.status, "Go on with: ganola train --resume run" in said.err) == (130, True)
    for command in ("generate", "info", "evaluate"):
        said = ganola(command, "run")
        assert said.status == 2
        assert "run has no model to play: its training was stopped before it learned anything" in said.err
        assert "Go on with: ganola train --resume run" in said.err
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert ganola("train", "--resume", "run").status == 0
    assert ganola("generate", "run", "--count", 1, "--format", "mid").status == 0
