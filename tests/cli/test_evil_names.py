"""Names that strangers gave to tracks, files and folders control no terminal, and no file that ganola writes."""

import json
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import mido
import numpy as np
import pytest
from PIL import Image

from ganola.corpus.plan import PLAN, load_plan
from ganola.corpus.store import PIECES, Corpus
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, save_model
from tests.corpora import rewrite as rewrite_corpus
from tests.corpora import tiny_corpus
from tests.models import record_of, rewrite

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\r\u202ecod.mid\u2066\u2028bass"  # and no / for it names files too
FORGED = f"{EVIL}\nganola: all is well"


def harmful(text: str) -> list[str]:
    """The signs of a text that control something, but for the ends of its lines."""
    bidi = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI", "B")
    return [
        sign
        for sign in text
        if sign != "\n"
        and (unicodedata.category(sign) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(sign) in bidi)
    ]


@pytest.fixture
def corpus(tmp_path):
    return tiny_corpus(tmp_path)


@pytest.fixture
def model(tmp_path, corpus) -> Path:
    """A model whose file says of it what no ganola would write."""
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=NetworkConfig(width=16, latent=6))
    plan = load_plan(corpus.folder / PLAN).plan
    record = record_of(spec, plan=plan, calibration={"slope": 1.5, "offset": -0.25})
    path = tmp_path / EVIL / MODEL_FILE
    save_model(path, build_networks(spec, np.random.default_rng(0)), record)
    rewrite(path, forge)
    return path


def forge(header) -> None:
    header["record"].update(corpus=FORGED, corpus_fingerprint=FORGED)
    for tracks in (header["spec"]["tracks"], header["record"]["plan"]["tracks"]):
        for number, track in enumerate(tracks):
            track["name"] = f"{FORGED}{number}"


def test_what_a_model_says_of_itself_is_shown_harmlessly(ganola, model) -> None:
    said = ganola("info", model)
    assert said.status == 0, said.err
    assert harmful(said.out) == []
    assert r"learned from \x1b]0;owned\x07\x1b[2J\x9b31m\x7f\r\u202e" in said.out
    assert "ganola: all is well" not in said.out.splitlines()


def test_the_files_that_a_model_plays_have_names_without_control(ganola, model, tmp_path) -> None:
    said = ganola("generate", model.parent, "--count", 1, "--format", "mid,png,musicxml", "--out", f"phrases {EVIL}")
    assert said.status == 0, said.err
    assert harmful(said.out + said.err) == []
    files = {path.suffix: path for path in (tmp_path / f"phrases {EVIL}").iterdir()}
    assert harmful("".join(path.name for path in files.values())) == []
    midi = mido.MidiFile(files[".mid"], charset="utf-8")
    assert [name for name in (track.name for track in midi.tracks) if harmful(name) or "\n" in name] == []
    names = [name.text or "" for name in ElementTree.parse(files[".musicxml"]).iter("part-name")]  # noqa: S314 - our own
    assert [name[-5:] for name in names] == ["well0", "well1"]
    assert harmful("".join(names)) == []
    with Image.open(files[".png"]) as picture:
        assert harmful("".join(map(str, picture.info.values()))) == []


def test_judging_names_files_harmlessly(ganola, model, tmp_path) -> None:
    music = tmp_path / f"tune {EVIL}.mid"
    (tmp_path / "tunes" / "tune-00.mid").rename(music)
    said = ganola("judge", model, music, tmp_path / f"none {EVIL}.mid", "--out", "judged")
    assert said.status == 0, said.err
    assert harmful(said.out + said.err) == []
    for path in (tmp_path / "judged").iterdir():
        assert harmful(path.name) == []
        if path.suffix == ".json":
            assert (
                harmful(path.read_text(encoding="utf-8") + json.loads(path.read_text(encoding="utf-8"))["file"]) == []
            )


@pytest.mark.parametrize(
    "command", [("info",), ("generate",), ("judge", "chorales"), ("corpus", "show"), ("evaluate",)]
)
def test_what_is_not_there_is_named_harmlessly(ganola, command) -> None:
    said = ganola(*command, f"{FORGED}.safetensors")
    assert said.status == 2
    assert harmful(said.out + said.err) == []
    assert "ganola: all is well" not in said.err.replace(".safetensors", "").splitlines()


def test_a_corpus_shows_and_exports_its_pieces_harmlessly(ganola, corpus, tmp_path) -> None:
    rename_pieces(corpus, FORGED)
    for words in (
        ("show", corpus.folder),
        ("show", corpus.folder, "--files"),
        ("export", corpus.folder, "--out", EVIL),
    ):
        said = ganola("corpus", *words)
        assert said.status == 0, said.err
        assert harmful(said.out + said.err) == []
    exported = [path for path in (tmp_path / EVIL).rglob("*") if path.is_file()]
    assert harmful("".join(path.name for path in exported)) == []
    assert [mido.MidiFile(path, charset="utf-8").tracks[0].name for path in exported if harmful(path.name)] == []


@pytest.mark.parametrize("way", ["../../out", "sub/../../../out", "{folder}/out"])
def test_a_piece_whose_name_leads_out_of_the_folder_is_not_exported(ganola, corpus, tmp_path, way) -> None:
    rename_pieces(corpus, way.format(folder=tmp_path))
    said = ganola("corpus", "export", corpus.folder, "--out", "a/b")
    assert said.status == 2
    assert "leads out of" in said.err
    assert not list(tmp_path.glob("out*"))
    assert not (tmp_path / "a").exists()


def rename_pieces(corpus: Corpus, name: str) -> None:
    lines = [json.loads(line) for line in (corpus.folder / PIECES).read_text(encoding="utf-8").splitlines()]
    renamed = [line | {"name": f"{name}{number}.mid", "label": name} for number, line in enumerate(lines)]
    rewrite_corpus(corpus, PIECES, "".join(f"{json.dumps(line)}\n" for line in renamed))
