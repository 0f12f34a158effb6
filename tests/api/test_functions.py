"""The public Python API: what it returns, and that what belongs together fits together."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import ganola
from ganola.app.replay import replay_file
from ganola.errors import InputError
from ganola.judging import c2st
from ganola.music.io.files import read_provenance
from ganola.music.io.provenance import find_provenance
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import save_model
from tests.corpora import tiny_corpus, write_tunes
from tests.models import few_phrases, record_of

SMALL = {
    "networks.architecture": "mlp",
    "networks.width": 16,
    "networks.encoder_width": 8,
    "networks.flow_width": 8,
    "training.batch": 4,
}


@pytest.fixture(autouse=True, scope="module")
def _few_phrases() -> Iterator[None]:
    with few_phrases():
        yield


@pytest.fixture(scope="module")
def chorales():
    return ganola.load("chorales")


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys; import ganola; print([name for name in ('typing', 'numpy', 'torch') if name in sys.modules])"
    words = [sys.executable, "-S", "-c", f"import sys; sys.path = {sys.path!r}; {code}"]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_its_names_are_listed_and_others_are_refused() -> None:
    assert {"build_corpus", "evaluate", "load", "open_corpus", "read", "train"} <= set(dir(ganola))
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        ganola.tarin  # noqa: B018 - that it is refused is what is asked


def test_a_file_is_read_as_pieces_with_notes_and_tracks(tmp_path) -> None:
    write_tunes(tmp_path, count=1, bars=2)
    (piece,) = ganola.read(tmp_path / "tune-00.mid")
    assert [track.name for track in piece.tracks] == ["Melody", "Bass"]
    assert (piece.notes.track == 1).sum() == 2
    with pytest.raises(InputError, match="does not exist"):
        ganola.read(tmp_path / "nothing.mid")


def test_a_book_of_tunes_has_several_pieces(tmp_path) -> None:
    book = tmp_path / "book.abc"
    book.write_text("X:1\nT:One\nM:4/4\nL:1/4\nK:C\nCDEF|\n\nX:2\nT:Two\nM:4/4\nL:1/4\nK:C\nGABc|\n")
    assert [list(piece.notes.pitch) for piece in ganola.read(book)] == [[60, 62, 64, 65], [67, 69, 71, 72]]


def test_phrases_have_rolls_notes_and_latents_that_play_exactly_them(chorales) -> None:
    phrases = chorales.generate(3, seed=7)
    again = chorales.decode(np.stack([phrase.latent for phrase in phrases]))
    for phrase, other in zip(phrases, again, strict=True):
        assert np.array_equal(phrase.roll, other.roll)
        assert phrase.roll.shape == (4, 2, 64, 48)
        assert len(phrase.notes) == np.count_nonzero(phrase.roll[:, 0])
    assert np.array_equal(chorales.generate(2, seed=7)[1].latent, phrases[1].latent)


def test_a_piece_has_sections_that_return_and_is_saved_with_its_form(chorales, tmp_path) -> None:
    piece = chorales.generate_piece(12, seed=7, number=2, form="ABA", loop=True)
    (phrase,) = chorales.decode(piece.latent[None])
    first, second, third = np.split(piece.roll, 3, axis=2)
    assert np.array_equal(first, third)
    assert np.array_equal(first, phrase.roll)
    assert not np.array_equal(first, second)
    about = find_provenance(piece.save(tmp_path / "a.mid").read_bytes())
    assert about is not None
    assert about["form"] == {"bars": 12, "sections": "ABA", "loop": True, "variation": 0.0}
    with pytest.raises(InputError, match="a section of ABA would have 3 bars"):
        chorales.generate_piece(9, form="ABA")


def test_latents_of_rolls_lie_where_generate_draws_and_play_nearly_the_same(chorales) -> None:
    rolls = np.stack([phrase.roll for phrase in chorales.generate(4, seed=3)])
    latents = chorales.encode(rolls)
    assert latents.shape == (4, 128)
    assert abs(latents).max() < 6  # of N(0, I), as no latent behind the flow is
    played = np.stack([phrase.roll for phrase in chorales.decode(latents)])
    assert (played != rolls).mean() < (played != rolls[::-1]).mean() / 2
    assert np.array_equal(chorales.encode(rolls[0]), latents[:1])


def test_rolls_and_latents_of_another_shape_are_refused(chorales) -> None:
    with pytest.raises(InputError, match="not this model's"):
        chorales.encode(np.zeros((1, 3, 2, 64, 48), dtype=bool))
    with pytest.raises(InputError, match="not this model's"):
        chorales.decode(np.zeros((1, 5), dtype=np.float32))


def test_a_phrase_moves_to_a_key_and_back_and_is_saved_in_it(chorales, tmp_path) -> None:
    (phrase,) = chorales.generate(1, seed=2)
    moved = phrase.transpose("D")
    assert np.array_equal(moved.notes.pitch, phrase.notes.pitch + 2)
    assert np.array_equal(moved.transpose("C").notes.pitch, phrase.notes.pitch)
    assert np.array_equal(moved.roll, phrase.roll)
    assert moved.save(tmp_path / "a.mid") == tmp_path / "a.mid"
    (piece,) = ganola.read(tmp_path / "a.mid")
    assert sorted(piece.notes.pitch) == sorted(moved.notes.pitch)
    about = read_provenance(tmp_path / "a.mid")
    assert (about["seed"], about["phrase"], about["tonic"]) == (2, 1, 2)
    with pytest.raises(InputError, match="does not say its format"):
        phrase.save(tmp_path / "a.docx")
    with pytest.raises(InputError, match="not a key"):
        phrase.transpose("H")


def test_a_phrase_of_a_latent_is_saved_with_it(chorales, tmp_path) -> None:
    latent = np.random.default_rng(0).standard_normal((1, 128), dtype=np.float32)
    (phrase,) = chorales.decode(latent)
    phrase.save(tmp_path / "a.mid")
    assert np.array_equal(np.float32(read_provenance(tmp_path / "a.mid")["latent"]), latent[0])


def test_from_a_folder_to_a_model_and_its_evaluation(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(c2st, "TRAINING_STEPS", 5)
    write_tunes(tmp_path / "my-music", 12)
    corpus = ganola.build_corpus("my-music", bars=2, steps_per_quarter=2)
    assert ganola.open_corpus("my-music.corpus").manifest.fingerprint == corpus.manifest.fingerprint
    result = ganola.train(corpus, steps=2, seed=1, set=SMALL)
    assert (result.folder, result.steps, result.finished) == (Path("runs/default-1"), 2, True)
    model = ganola.load(result)
    assert sum(weights.numel() for weights in model.generator.parameters()) > 0
    assert model.critic is not None
    found = ganola.evaluate(model, corpus, count=50, workers=1)
    assert "notes a bar" in found.features
    assert found.verdict
    page = found.save("x.html")
    assert page == Path("x.html")
    assert {"x.html", "x.json", "x.csv"} <= {path.name for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match="which music"):
        ganola.evaluate(model)


def test_a_training_begins_with_the_weights_of_a_model(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    corpus = tiny_corpus(tmp_path)
    first = ganola.train(corpus, steps=1, set=SMALL, folder="first")
    for number, model in enumerate([first, "first", ganola.load(first)]):
        result = ganola.train(corpus, steps=1, from_model=model, folder=f"next-{number}")
        assert ganola.load(result).network.record.from_model.name == "first"


def test_steps_and_minutes_at_once_are_refused(tmp_path) -> None:
    corpus = tiny_corpus(tmp_path)
    with pytest.raises(InputError, match="given together"):
        ganola.train(corpus, minutes=1, steps=1)


def test_music_of_ones_own_is_made_anew_in_part_and_continued(tmp_path: Path) -> None:
    """Of a file and of a score alike; what is kept is as it came in."""
    corpus = tiny_corpus(tmp_path)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=NetworkConfig(width=16, latent=6))
    save_model(tmp_path / "model.safetensors", build_networks(spec, np.random.default_rng(0)), record_of(spec))
    model = ganola.load(tmp_path / "model.safetensors")
    (score,) = ganola.read(tmp_path / "tunes" / "tune-00.mid")
    one, two = model.infill(tmp_path / "tunes" / "tune-00.mid", redo="Bass:3-4", count=2, seed=5)
    (same, _) = model.infill(score, redo=["Bass:3", "Bass:4"], count=2, seed=5)
    assert one.notes.rows() == same.notes.rows() != two.notes.rows()
    bar = 4 * score.ticks_per_quarter
    kept = [row for row in score.notes.rows() if row[0] == 0 or not 2 * bar <= row[1] < 4 * bar]
    assert one.notes.where(~one.new).rows() == kept
    (longer,) = model.continue_music(score, bars=2, count=1)
    assert set(score.notes.rows()) == set(longer.notes.where(~longer.new).rows())
    assert ganola.read(longer.save(tmp_path / "longer.mid"))[0].notes.rows() == longer.notes.rows()


def test_variations_and_steps_are_values_that_are_saved_as_phrases_are(tmp_path: Path) -> None:
    corpus = tiny_corpus(tmp_path)
    networks = NetworkConfig(architecture="mlp", width=16, latent=6, encoder_width=8)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=networks)
    path = tmp_path / "model.safetensors"
    save_model(path, build_networks(spec, np.random.default_rng(0), encoder=True), record_of(spec))
    model, tune = ganola.load(path), tmp_path / "tunes" / "tune-00.mid"
    (phrase,) = model.generate(1, seed=4)
    (same,) = model.vary(phrase.roll, amount=0.0, count=1)
    assert (same.number, same.distance) == (1, 0)
    assert np.array_equal(same.roll, phrase.roll)
    assert same.notes.rows() == phrase.notes.rows()
    moved = same.transpose("D")
    assert np.array_equal(moved.notes.pitch, phrase.notes.pitch + 2)
    assert sorted(ganola.read(moved.save(tmp_path / "moved.mid"))[0].notes.pitch) == sorted(moved.notes.pitch)
    with pytest.raises(InputError, match="does not say its format"):
        same.save(tmp_path / "a.docx")
    one, two = model.vary(tune, amount=0.5, count=2, seed=9)
    assert [one.number, two.number] == [1, 2]
    replayed = replay_file(two.save(tmp_path / "two.mid"), path, out=tmp_path / "again.mid")
    assert replayed.same
    first, *_, last = model.interpolate(phrase.roll, tune, steps=3)
    assert np.array_equal(first.roll, phrase.roll)
    assert np.array_equal(last.roll, model.vary(tune, amount=0.0, count=1)[0].roll)
    with pytest.raises(InputError, match="does not exist"):
        model.vary(tmp_path / "none.mid")
