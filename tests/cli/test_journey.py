"""A newcomer's way through the commands, on real chorales."""

import json
import signal
import time

import numpy as np
import pytest
from PIL import Image

from ganola.corpus.collections import COLLECTIONS
from ganola.corpus.store import open_corpus
from ganola.judging import closeness
from ganola.music.io.files import read_provenance, read_score
from ganola.music.io.midi.write import write_midi
from ganola.music.roll import to_score
from ganola.training.run import open_run
from tests.cli.support import SMALL


@pytest.fixture(scope="module")
def chorales(tmp_path_factory):
    """A folder of twelve chorales as MIDI files."""
    folder = tmp_path_factory.mktemp("music") / "bach"
    for file in COLLECTIONS["chorales"].files()[20:32]:
        write_midi(read_score(file.path), folder / f"{file.path.stem}.mid")
    return folder


def test_from_a_folder_of_chorales_to_music(ganola, chorales, tmp_path) -> None:
    built = ganola("corpus", "build", chorales, "--out", "bach.corpus", "--workers", 1)
    assert built.status == 0, built.err
    assert "one note at a time" in built.out

    shown = ganola("corpus", "show", "bach.corpus")
    assert shown.status == 0
    assert all(name in shown.out for name in ("Soprano", "Alto", "Tenor", "Bass", "every piece transposed to C"))
    Image.open(tmp_path / "bach.corpus" / "windows.png").verify()

    exported = ganola("corpus", "export", "bach.corpus", "--split", "train", "--out", "seen")
    assert exported.status == 0
    corpus = open_corpus(tmp_path / "bach.corpus")
    piece = corpus.of_split("train")[0]
    expected = to_score(corpus.piece_cells(piece), corpus.grid, corpus.tracks, piece.tempo)
    back = read_score(tmp_path / "seen" / piece.name)
    ticks = back.ticks_per_quarter // corpus.grid.steps_per_quarter
    rows = [(track, start // ticks, end // ticks, pitch) for track, start, end, pitch in back.notes.rows()]
    assert rows == expected.notes.rows()

    trained = ganola("train", "bach.corpus", "--recipe", "default", *SMALL, "--steps", 3, "--seed", 1, "--out", "run")
    assert trained.status == 0, trained.err
    assert {"recipe.toml", "log.jsonl", "model.safetensors", "curves.png"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }
    assert sorted(path.suffix for path in (tmp_path / "run" / "samples").iterdir()).count(".mid") >= 2

    on = ganola("train", "--resume", "run", "--steps", 5)
    assert on.status == 0, on.err
    assert "5 steps" in on.out
    finished = ganola("train", "--resume", "run")
    assert finished.status == 0
    assert "finished already" in finished.out

    told = ganola("info", "run")
    assert told.status == 0
    assert "trained 5 steps" in ganola("info", "run/last.safetensors").out
    assert 'architecture = "mlp"' in told.out

    played = ganola(
        "generate", "run", "--count", 2, "--seed", 7, "--tempo", 90, "--key", "Eb", "--format", "mid,wav,png,musicxml",
        "--out", "phrases",
    )  # fmt: skip
    assert played.status == 0, played.err
    names = {path.name for path in (tmp_path / "phrases").iterdir()}
    assert names == {
        f"run-seed7-00{number}.{suffix}" for number in (1, 2) for suffix in ("mid", "wav", "png", "musicxml")
    }
    phrase = read_score(tmp_path / "phrases" / "run-seed7-001.mid")
    assert phrase.tempo == pytest.approx(90, rel=1e-4)
    written = read_score(tmp_path / "phrases" / "run-seed7-001.musicxml")
    assert len(written.tracks) == 4
    provenance = read_provenance(tmp_path / "phrases" / "run-seed7-001.mid")
    assert provenance == read_provenance(tmp_path / "phrases" / "run-seed7-001.musicxml")
    assert provenance is not None
    assert (provenance["seed"], provenance["phrase"], provenance["tempo"], provenance["tonic"]) == (7, 1, 90, 3)
    assert provenance["model"] in told.out

    again = ganola("generate", "run", "--count", 1, "--seed", 7, "--tempo", 90, "--key", "Eb", "--out", "again")
    assert again.status == 0
    one, other = (tmp_path / folder / "run-seed7-001.mid" for folder in ("phrases", "again"))
    assert one.read_bytes() == other.read_bytes()


def test_a_key_moves_every_note_alike(ganola, tunes, tmp_path) -> None:
    ganola("corpus", "build", tunes, "--out", "c", "--bars", 2, "--steps-per-quarter", 2)
    ganola("train", "c", *SMALL, "--steps", 2, "--out", "run")
    for key in ("C", "D"):
        ganola("generate", "run", "--count", 1, "--key", key, "--out", key)
    in_c, in_d = (read_score(tmp_path / key / "run-seed0-001.mid").notes for key in ("C", "D"))
    assert np.array_equal(in_c.pitch + 2, in_d.pitch)
    assert np.array_equal(in_c.start, in_d.start)


def test_ctrl_c_stops_a_training_with_everything_saved(ganola, in_shell, tunes, tmp_path) -> None:
    ganola("corpus", "build", tunes, "--out", "c", "--bars", 2, "--steps-per-quarter", 2)
    training = in_shell("train", "c", *SMALL, "--minutes", 10, "--out", "run")
    log = tmp_path / "run" / "log.jsonl"
    deadline = time.monotonic() + 120
    while not (log.exists() and log.read_text().count("\n") >= 2) and training.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    training.send_signal(signal.SIGINT)
    _, err = training.communicate(timeout=300)
    assert training.returncode == 130, err
    assert "ganola train --resume run" in err
    assert "Traceback" not in err
    steps = open_run(tmp_path / "run").start().step
    assert steps >= json.loads(log.read_text().splitlines()[-1])["step"]
    on = ganola("train", "--resume", "run", "--steps", steps + 2)
    assert on.status == 0, on.err
    assert f"{steps + 2} steps" in on.out
    assert ganola("generate", "run", "--count", 1).status == 0


def test_ctrl_c_while_playing_says_so_and_leaves_nothing(ganola, monkeypatch, tunes, tmp_path) -> None:
    ganola("corpus", "build", tunes, "--out", "c", "--bars", 2, "--steps-per-quarter", 2)
    ganola("train", "c", *SMALL, "--steps", 1, "--out", "run")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganola.rendering.picture.png_bytes", interrupt)
    said = ganola("generate", "run", "--format", "mid,png", "--out", "phrases")
    assert said.status == 130
    assert "No phrases were kept." in said.err
    assert not (tmp_path / "phrases").exists()


def test_the_same_command_with_no_model_plays_the_newest_run(ganola, tunes, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(closeness, "FAR", float("inf"))  # a step or two teach nothing
    ganola("corpus", "build", tunes, "--out", "chorales.corpus", "--bars", 2, "--steps-per-quarter", 2)
    trained = ganola("train", *SMALL, "--steps", 1)
    assert trained.status == 0, trained.err
    assert (tmp_path / "runs" / "default-1" / "model.safetensors").exists()
    assert ganola("train", *SMALL, "--steps", 2).status == 0
    assert (tmp_path / "runs" / "default-2").exists()
    played = ganola("generate", "--count", 1)
    newest = ganola("info", "runs/default-2").out
    provenance = read_provenance(tmp_path / "phrases-1" / "default-2-seed0-001.mid")
    assert played.status == 0
    assert provenance is not None
    assert provenance["model"] in newest


def test_a_vae_and_the_game_after_it_in_one_training(ganola, tunes, tmp_path) -> None:
    ganola("corpus", "build", tunes, "--out", "c", "--bars", 2, "--steps-per-quarter", 2)
    small = (*SMALL, "--set", "vae.share=0.5", "--set", "training.critic_warmup=0.5")
    trained = ganola("train", "c", *small, "--steps", 4, "--out", "run")
    assert trained.status == 0, trained.err
    assert (tmp_path / "run" / "curves.png").exists()
    assert "encoder" in ganola("info", "run").out
    assert ganola("generate", "run", "--count", 1).status == 0
