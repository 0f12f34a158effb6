"""Which format a file is in, and the pieces in it."""

import gzip
import re
from pathlib import Path

import pytest

from ganola.errors import InputError
from ganola.music.io.files import MAX_FILE_BYTES, read_provenance, read_score, tunes_in
from ganola.music.io.formats import MIDI_SUFFIXES, MUSIC_SUFFIXES, SECONDS, format_of, seconds_allowed
from ganola.music.io.midi.write import write_midi
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests import midi
from tests.sheets import BOOK, KERN, WHOLE, mxl

MUSIC = {
    ".mid": midi.SMALL_SONG,
    ".midi": midi.SMALL_SONG,
    ".kar": midi.SMALL_SONG,
    ".musicxml": WHOLE.encode(),
    ".xml": WHOLE.encode(),
    ".mxl": mxl({"song.xml": WHOLE}),
    ".abc": b"X:1\nM:4/4\nL:1/4\nK:C\nC2EG|\n",
    ".krn": KERN.encode(),
}
FIRST_NOTE = dict.fromkeys(MUSIC, (0, 0, 192, 72)) | dict.fromkeys(MIDI_SUFFIXES, (0, 0, 48, 67))
FIRST_NOTE |= {".abc": (0, 0, 192, 60), ".krn": (0, 96, 192, 67)}


def suffixes_of(data: bytes, suffix: str) -> tuple[str, ...]:
    found = format_of(data, suffix)
    return found.suffixes if found else ()


def test_every_ending_has_its_reader():
    assert set(MUSIC) == set(MUSIC_SUFFIXES)


@pytest.mark.parametrize("suffix", [*MUSIC, ".MID", ".MusicXML"])
def test_a_file_of_each_kind_is_one_piece(tmp_path: Path, suffix: str):
    tunes = tunes_in(MUSIC[suffix.lower()], suffix)
    assert [tune.mark for tune in tunes] == [""]
    assert tunes[0].read().notes.rows()[0] == FIRST_NOTE[suffix.lower()]
    path = tmp_path / f"song{suffix}"
    path.write_bytes(MUSIC[suffix.lower()])
    assert read_score(path).notes.rows() == tunes[0].read().notes.rows()


@pytest.mark.parametrize("suffix", MUSIC_SUFFIXES)
@pytest.mark.parametrize("kind", [".mid", ".musicxml", ".mxl", ".abc", ".krn"])
def test_what_a_file_is_its_content_decides(kind: str, suffix: str):
    assert tunes_in(MUSIC[kind], suffix)[0].read().notes.rows()[0] == FIRST_NOTE[kind]
    assert kind in suffixes_of(MUSIC[kind], suffix)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_kind_is_known_in_any_encoding(codec: str):
    assert suffixes_of(WHOLE.encode(codec), ".mid") == (".musicxml", ".xml")
    assert suffixes_of("X:1\nK:C\nCDEF|\n".encode(codec), ".mid") == (".abc",)
    assert suffixes_of("!!!COM: Bach\n!! a comment\n**kern\n4c\n*-\n".encode(codec), ".mid") == (".krn",)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "<?xml encoding='idna'?><a>", "**", "X: the mark", "<html><body>**kern</body></html>", "a\n**kern\n"],
)
def test_where_the_content_does_not_say_the_ending_does(text: str):
    for suffix in (".abc", ".Krn", ".mid"):
        assert suffix.lower() in suffixes_of(text.encode(), suffix)
    assert format_of(text.encode(), ".doc") is None


def test_a_file_packed_with_gzip_is_refused_with_what_to_do():
    with pytest.raises(InputError, match="packed with gzip") as caught:
        tunes_in(gzip.compress(midi.SMALL_SONG), ".mid")
    assert caught.value.remedy == "Unpack it first."


def test_a_book_has_many_pieces_and_a_bad_one_costs_itself_alone(tmp_path: Path):
    tunes = tunes_in(BOOK, ".abc")
    assert [tune.mark for tune in tunes] == ["#7", "#12", "#12-2", "#"]
    assert [len(tune.read().notes) for tune in tunes if tune.mark != "#12"] == [4, 1, 2]
    with pytest.raises(InputError, match="not readable as ABC"):
        tunes[1].read()
    (tmp_path / "book.abc").write_bytes(BOOK)
    assert read_score(tmp_path / "book.abc").notes.rows() == tunes[0].read().notes.rows()


@pytest.mark.parametrize("suffix", MUSIC_SUFFIXES)
def test_an_empty_file_is_refused(suffix: str):
    with pytest.raises(InputError, match="the file is empty"):
        tunes_in(b"", suffix)


@pytest.mark.parametrize("suffix", MUSIC_SUFFIXES)
def test_bytes_that_are_no_music_are_refused(suffix: str):
    with pytest.raises(InputError) as caught:
        tunes_in(b"This is not music.\n", suffix)[0].read()
    assert caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize("suffix", [".doc", "", ".mid2"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, suffix: str):
    path = tmp_path / f"song{suffix}"
    path.write_bytes(midi.SMALL_SONG)
    with pytest.raises(InputError, match=re.escape(f"{path}: not a kind of file that ganola reads")):
        read_score(path)


def test_a_file_longer_than_any_music_is_refused_unread(tmp_path: Path):
    path = tmp_path / "song.musicxml"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(InputError, match=re.escape(f"{path}: larger than 32 MB")):
        read_score(path)


def test_a_problem_names_the_file(tmp_path: Path):
    path = tmp_path / "song.mid"
    path.write_bytes(midi.SMALL_SONG[:9])
    with pytest.raises(InputError) as caught:
        read_score(path)
    assert caught.value.problem.startswith(f"{path}: a damaged MIDI file (")


@pytest.mark.parametrize("suffix", [".mid", ".musicxml"])
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, suffix: str):
    path = tmp_path / f"song{suffix}"
    with pytest.raises(InputError, match=re.escape(f"{path} does not exist")):
        read_score(path)
    path.mkdir()
    with pytest.raises(InputError, match=re.escape(f"{path} is a folder")):
        read_score(path)


def test_a_file_says_where_it_came_from(tmp_path: Path):
    write_midi(Score((Track(name="Flute"),), Notes.of([(0, 0, 3, 60)]), 4), tmp_path / "song.mid", {"seed": 7})
    assert read_provenance(tmp_path / "song.mid") == {"seed": 7}


def waiting_for(kind: str, size: int) -> float:
    """Seconds allowed for a file of a kind, of so many bytes."""
    return seconds_allowed(MUSIC[kind] + bytes(size - len(MUSIC[kind])), "")


def test_larger_files_are_waited_for_longer():
    for kind in MUSIC:
        assert waiting_for(kind, 10**6) > waiting_for(kind, 10**4) >= SECONDS
    assert waiting_for(".mxl", 10**5) > waiting_for(".musicxml", 10**5) > waiting_for(".mid", 10**5)


def test_what_is_no_music_is_hardly_waited_for():
    assert seconds_allowed(bytes(10**6), ".doc") == SECONDS
    assert seconds_allowed(bytes(10**6), ".ABC") > 10 * SECONDS


def test_ten_times_what_music_takes_is_waited_for():
    # On one core of 2020s make: 0.3 s for a megabyte of MusicXML, 3 s for one of Humdrum, 8 s for one of ABC.
    for kind, seconds in ((".musicxml", 0.3), (".krn", 3.0), (".abc", 8.0), (".mid", 0.02), (".mxl", 10.0)):
        assert waiting_for(kind, 2**20) > 5 * seconds
