from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.chunks import StoredChunk, save_chunk
from ganola.corpus.piece_stats import AnalysedPiece, PieceStats, analyse_piece
from ganola.corpus.pieces import Rejection
from ganola.corpus.reading import Chunk
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.metres import metre_at

DUET = (Track(name="Flöte", program=73), Track(name="Kit", drums=True))


@pytest.fixture
def chunk() -> Chunk:
    """Three pieces with different numbers of tracks, notes, metres and lines of melody; one piece has no melody."""
    walk = [(0, 3 * step, 3 * step + 2, 60 + (step * 7) % 12) for step in range(50)]
    scores = [
        Score(
            DUET,
            Notes.of([*walk, (1, 4, 5, 36)]),
            4,
            (metre_at(0, "3/4"), metre_at(24, "2/4")),
            first_bar=5,
            tempo=97.0,
        ),
        Score(DUET[1:], Notes.of([(0, 0, 2, 36)]), 96),
        Score(DUET[:1], Notes.of(walk[:40]), 4),
    ]
    pieces = [analyse_piece(f"{index}.mid", "folk", score, fingerprint=True) for index, score in enumerate(scores)]
    return Chunk(tuple(pieces), (Rejection("bäd.mid", "no notes in it"),))


def same(one: AnalysedPiece, score: Score, stats: PieceStats) -> None:
    assert score.notes.rows() == one.score.notes.rows()
    assert score.notes.velocity.tolist() == one.score.notes.velocity.tolist()
    assert replace(score, notes=one.score.notes) == one.score
    for name in (
        "name",
        "label",
        "digest",
        "tracks",
        "metre",
        "bars_stated",
        "metre_stated",
        "downbeat",
        "timing",
        "key",
        "offset",
        "tempo",
    ):
        assert getattr(stats, name) == getattr(one.stats, name)
    for name in ("onsets", "overlapping", "pitches", "phases", "voices"):
        assert np.array_equal(getattr(stats, name), getattr(one.stats, name))


def test_a_chunk_comes_back_from_disk(chunk: Chunk, tmp_path: Path):
    save_chunk(chunk, tmp_path / "chunk.safetensors")
    stored = StoredChunk(tmp_path / "chunk.safetensors")
    assert len(stored) == 3
    assert stored.rejections() == (Rejection("bäd.mid", "no notes in it"),)
    for piece, read, stats in zip(chunk.pieces, stored.pieces(), stored.stats(), strict=True):
        same(piece, read.score, read.stats)
        same(piece, read.score, stats)
        assert [line.tolist() for line in read.sketches] == [line.tolist() for line in piece.sketches]


def test_a_chunk_of_bad_files_only_comes_back(tmp_path: Path):
    save_chunk(Chunk((), (Rejection("a", "b"),)), tmp_path / "chunk.safetensors")
    stored = StoredChunk(tmp_path / "chunk.safetensors")
    assert (len(stored), list(stored.stats()), list(stored.pieces())) == (0, [], [])
    assert stored.rejections() == (Rejection("a", "b"),)


def test_pieces_with_the_same_notes_share_a_digest(chunk: Chunk, tmp_path: Path):
    twin = replace(chunk.pieces[0], stats=replace(chunk.pieces[0].stats, name="twin.mid"))
    save_chunk(Chunk((*chunk.pieces, twin), ()), tmp_path / "chunk.safetensors")
    names, digests = zip(*StoredChunk(tmp_path / "chunk.safetensors").digests(), strict=True)
    assert names == ("0.mid", "1.mid", "2.mid", "twin.mid")
    assert digests[3] == digests[0]
    assert len(set(digests)) == 3


def test_the_same_chunk_is_the_same_bytes(chunk: Chunk, tmp_path: Path):
    for name in ("one.safetensors", "two.safetensors"):
        save_chunk(chunk, tmp_path / name)
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()
