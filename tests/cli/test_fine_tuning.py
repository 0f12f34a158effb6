"""`ganola train --from`: from a model of some tunes to a model of others."""

import re

import pytest

from ganola.corpus.store import open_corpus
from ganola.networks.model_file import load_model
from tests.cli.support import SMALL
from tests.corpora import tiny_corpus, write_band, write_tunes


@pytest.fixture
def base(ganola, tmp_path):
    """A run on a small corpus, of two bars a phrase and two steps a quarter note."""
    tiny_corpus(tmp_path)
    assert ganola("train", "tiny.corpus", *SMALL, "--steps", 2, "--out", "base").status == 0
    write_tunes(tmp_path / "my-music", 6, bars=4)
    return tmp_path / "base"


def test_a_folder_becomes_a_corpus_by_the_models_plan_and_a_model_that_says_where_it_began(
    ganola, base, tmp_path
) -> None:
    said = ganola("train", "my-music", "--from", "base", "--steps", 3, "--out", "mine")
    assert said.status == 0, said.err
    assert said.out.startswith("This trains a model on my-music: 3 steps, by the recipe of base.\n")
    assert "It begins with what base has learned.\n" in said.out
    first, model = load_model(base / "model.safetensors"), load_model(tmp_path / "mine" / "last.safetensors")
    assert open_corpus(tmp_path / "my-music.corpus").plan == first.record.plan
    assert model.spec == first.spec
    assert f"began with the weights of base (hash {first.digest})" in ganola("info", "mine/last.safetensors").out
    assert "began with" not in ganola("info", "base").out


def test_it_goes_on_after_the_first_model_is_gone(ganola, base, tmp_path) -> None:
    assert ganola("train", "my-music", "--from", "base/last.safetensors", "--steps", 2, "--out", "mine").status == 0
    for path in base.glob("*.safetensors"):
        path.unlink()
    assert ganola("train", "--resume", "mine", "--steps", 3).status == 0
    said = ganola("train", "--resume", "mine", "--from", "chorales")
    assert (said.status, "--from cannot change in a run that goes on" in said.err) == (2, True)


def test_what_does_not_fit_the_model_is_refused_with_what_to_do(ganola, base, tmp_path) -> None:
    said = ganola("train", "my-music", "--from", "base", "--bars", 4, "--steps", 1)
    assert (said.status, "--bars cannot change how base reads music" in said.err) == (2, True)
    said = ganola("train", "my-music", "--from", "base", "--set", "networks.width=8", "--steps", 1)
    assert (said.status, "cannot change it to 8" in said.err) == (2, True)
    assert not (tmp_path / "my-music.corpus").exists()

    assert ganola("corpus", "build", "my-music", "--out", "my-music.corpus").status == 0
    said = ganola("train", "my-music", "--from", "base", "--steps", 1)
    assert (said.status, "not the grid and tracks of my-music.corpus" in " ".join(said.err.split())) == (2, True)
    command = re.search(r"ganola (corpus build MUSIC --plan base --out OTHER.corpus)", " ".join(said.err.split()))
    assert command
    words = ["my-music" if word == "MUSIC" else word for word in command[1].split()]
    assert ganola(*words).status == 0
    assert ganola("train", "OTHER.corpus", "--from", "base", "--steps", 1).status == 0
    assert (tmp_path / "runs" / "base-1").exists()


def test_music_without_the_models_tracks_is_refused_with_the_reason(ganola, base, tmp_path) -> None:
    write_band(tmp_path / "drums", ("drums",))
    said = ganola("train", "drums", "--from", "base", "--steps", 1)
    assert said.status == 2
    assert "no notes in the tracks and the range of this corpus" in " ".join(said.err.split())
