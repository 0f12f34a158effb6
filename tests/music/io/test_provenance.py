"""What ganola's files say of where they came from, whatever their format."""

import pytest

from ganola.music.io.files import read_provenance, read_score
from ganola.music.io.midi.write import write_midi
from ganola.music.io.musicxml.write import write_musicxml
from ganola.music.io.provenance import find_provenance, is_made_by_ganola, provenance_line
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests import midi

ABOUT = {"seed": 7, "piece": "Rock & <Röll> é.mid", "tempo": 90.5, "tonic": None}
WRITERS = {".mid": write_midi, ".musicxml": write_musicxml}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_music_file_says_the_same(tmp_path, suffix):
    path = tmp_path / f"song{suffix}"
    WRITERS[suffix](Score((Track(name="Flute"),), Notes.of([(0, 0, 3, 60)]), 4), path, ABOUT)
    assert is_made_by_ganola(path.read_bytes())
    assert read_provenance(path) == ABOUT
    assert read_score(path).notes.pitch.tolist() == [60]


@pytest.mark.parametrize("event", [0x01, 0x06])  # earlier versions wrote a marker
def test_an_older_marker_is_read_and_a_text(event):
    text = b'ganola {"model":"f82af6e8a02d","seed":7}'
    assert find_provenance(midi.midi_file(midi.meta(event, text) + midi.note(67, 48))) == {
        "model": "f82af6e8a02d",
        "seed": 7,
    }


def test_the_line_is_ascii_without_what_xml_would_change():
    line = provenance_line(ABOUT)
    assert line.isascii()
    assert not set(line) & set("&<>")


def test_words_further_on_in_a_file_are_someone_elses():
    assert find_provenance(bytes(5000) + b'ganola {"seed":7}') is None
