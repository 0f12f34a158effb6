from pathlib import Path

import pytest

from ganola.corpus.build import BuildRequest, build
from ganola.corpus.sources import open_source
from ganola.corpus.store import Corpus
from ganola.music.files import write_midi
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track
from tests import midi
from tests.corpora import TRACKS, write_tunes

REQUEST = BuildRequest(bars=2, steps_per_beat=2)


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty tunes of five bars, more than one chunk of them, and five files that cannot be used."""
    folder = tmp_path_factory.mktemp("collection") / "tunes"
    write_tunes(folder, count=20, bars=5)
    (folder / "bad").mkdir()
    (folder / "bad" / "empty.mid").write_bytes(b"")
    (folder / "bad" / "silent.mid").write_bytes(midi.midi_file())
    (folder / "bad" / "text.mid").write_bytes(b"This is not music.\n")
    waltz = Score(TRACKS, Notes.of([(0, 0, 40, 60), (1, 0, 40, 36)]), 2, (Metre(0, 3, 4),))
    write_midi(waltz, folder / "waltz.mid")
    write_midi(Score(TRACKS, Notes.of([(0, 1, 7, 60)]), 2), folder / "short.mid")
    return folder


@pytest.fixture(scope="session")
def corpus(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return build(open_source(str(collection)), tmp_path_factory.mktemp("corpus") / "tunes.corpus", REQUEST)


# In steps of a quarter of a beat, sixteen to the bar: held over the first bar line; then bars 3, 4 and 5 are silent.
PAUSE_ROWS = [(0, 3, 21, 60), (0, 40, 44, 64), (0, 44, 46, 64), (0, 97, 110, 67)]


@pytest.fixture(scope="session")
def pause(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus of one piece of seven bars with a long rest in it, two bars a phrase."""
    folder = tmp_path_factory.mktemp("pause")
    (folder / "tunes").mkdir()
    write_midi(Score((Track(name="Flute"),), Notes.of(PAUSE_ROWS), 4), folder / "tunes" / "pause.mid")
    request = BuildRequest(bars=2, common_tonic=False)
    return build(open_source(str(folder / "tunes")), folder / "pause.corpus", request)
