from dataclasses import replace
from pathlib import Path

import pytest

from ganola.corpus.reading import Chunk, Rejection, aligned, load_chunk, read_chunk, read_piece, save_chunk
from ganola.corpus.sources import SourceFile
from ganola.errors import InputError
from ganola.music.files import write_midi
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track
from tests import midi

# In D major, four steps a beat, lingering on D.
IN_D = [(0, 0, 9, 62), (0, 9, 12, 66), (0, 12, 18, 69), (0, 18, 19, 73), (0, 19, 21, 67), (0, 21, 33, 74)]


@pytest.fixture
def song(tmp_path: Path) -> SourceFile:
    tracks = (Track(name="Flöte", program=73), Track(name="Kit", drums=True))
    score = Score(tracks, Notes.of([*IN_D, (1, 4, 5, 36)]), 4, (Metre(0, 3, 4),), tempo=97.0)
    write_midi(score, tmp_path / "song.mid")
    return SourceFile("songs/song.mid", tmp_path / "song.mid")


def test_a_piece_is_brought_to_c_but_its_drums_are_not(song: SourceFile):
    piece = read_piece(song, 4, to_common_tonic=True)
    assert (piece.name, piece.key, piece.semitones) == ("songs/song.mid", "D major", -2)
    expected = [(track, start, end, pitch - 2) for track, start, end, pitch in IN_D]
    assert piece.score.notes.rows() == [*expected, (1, 4, 5, 36)]


def test_a_piece_may_keep_its_key(song: SourceFile):
    piece = read_piece(song, 4, to_common_tonic=False)
    assert (piece.key, piece.semitones) == ("D major", 0)
    assert piece.score.notes.rows() == [*IN_D, (1, 4, 5, 36)]


def test_a_piece_of_drums_has_no_key(tmp_path: Path):
    score = Score((Track(name="Kit", drums=True),), Notes.of([(0, 0, 2, 36), (0, 4, 6, 38)]), 4)
    write_midi(score, tmp_path / "kit.mid")
    piece = read_piece(SourceFile("kit.mid", tmp_path / "kit.mid"), 4, to_common_tonic=True)
    assert (piece.key, piece.semitones, piece.sketch) == (None, 0, ())


def test_a_bad_file_is_rejected_and_does_not_stop_the_others(song: SourceFile, tmp_path: Path):
    (tmp_path / "bad.mid").write_bytes(midi.midi_file())
    missing = SourceFile("gone.mid", tmp_path / "gone.mid")
    chunk = read_chunk((SourceFile("bad.mid", tmp_path / "bad.mid"), missing, song), 4, to_common_tonic=True)
    assert [piece.name for piece in chunk.pieces] == ["songs/song.mid"]
    assert chunk.rejections[0] == Rejection("bad.mid", "no notes in it")
    assert chunk.rejections[1].file == "gone.mid"


def test_one_bad_file_alone_raises(tmp_path: Path):
    with pytest.raises(InputError, match="does not exist"):
        read_piece(SourceFile("gone.mid", tmp_path / "gone.mid"), 4, to_common_tonic=True)


def test_a_chunk_comes_back_from_disk(song: SourceFile, tmp_path: Path):
    in_c, in_d = (read_piece(song, 3, to_common_tonic=common) for common in (True, False))
    silent = replace(in_c, name="silent", score=replace(in_c.score, notes=Notes.of([])), key=None, sketch=())
    chunk = Chunk((in_c, silent, in_d), (Rejection("bäd.mid", "no notes in it"),))
    save_chunk(chunk, tmp_path / "chunk.npz")
    found = load_chunk(tmp_path / "chunk.npz")
    assert found.rejections == chunk.rejections
    for one, other in zip(found.pieces, chunk.pieces, strict=True):
        assert one.score.notes.rows() == other.score.notes.rows()
        assert replace(one, score=replace(one.score, notes=other.score.notes)) == other


@pytest.mark.parametrize("steps_per_beat", [3, 4])
def test_the_same_chunk_is_the_same_bytes(song: SourceFile, tmp_path: Path, steps_per_beat: int):
    for name in ("one.npz", "two.npz"):
        save_chunk(read_chunk((song,), steps_per_beat, to_common_tonic=True), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


# Bars of 12 steps; the first bar line lies at step 4, after a pickup of 4 steps.
@pytest.mark.parametrize(
    ("first_note", "aligned_to"),
    [(0, 8), (3, 11), (4, 0), (15, 11), (16, 0), (30, 2)],
)
def test_music_is_moved_so_that_its_first_bar_begins_at_nought(first_note: int, aligned_to: int):
    score = Score(
        (Track(name="Flute"),),
        Notes.of([(0, first_note, first_note + 5, 60), (0, first_note + 7, first_note + 8, 64)]),
        4,
        first_bar=4,
    )
    found = aligned(score, 12)
    assert found.first_bar == 0
    assert found.notes.rows() == [(0, aligned_to, aligned_to + 5, 60), (0, aligned_to + 7, aligned_to + 8, 64)]
    assert (found.notes.start[0] - first_note) % 12 == -4 % 12
