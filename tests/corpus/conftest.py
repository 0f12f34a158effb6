from collections.abc import Iterator
from pathlib import Path

import pytest

from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.store import Corpus
from ganola.music.io.midi.write import write_midi
from ganola.music.score import Notes, Score
from tests import midi
from tests.corpora import COMMON_TIME, TRACKS, write_tunes
from tests.metres import metre_at

OPTIONS = BuildOptions(bars=2, steps_per_quarter=2)


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty tunes of five bars, more than one chunk of them, and five files that cannot be used."""
    folder = tmp_path_factory.mktemp("collection") / "tunes"
    write_tunes(folder, count=20, bars=5)
    (folder / "bad").mkdir()
    (folder / "bad" / "empty.mid").write_bytes(b"")
    (folder / "bad" / "silent.mid").write_bytes(midi.midi_file())
    (folder / "bad" / "text.mid").write_bytes(b"This is not music.\n")
    waltz = Score(TRACKS, Notes.of([(0, 0, 40, 60), (1, 0, 40, 36)]), 2, (metre_at(0, "3/4"),))
    write_midi(waltz, folder / "waltz.mid")
    write_midi(Score(TRACKS, Notes.of([(0, 1, 7, 60)]), 2, COMMON_TIME), folder / "short.mid")
    return folder


@pytest.fixture(autouse=True, scope="session")
def _small_chunks() -> Iterator[None]:
    """So that a small collection, too, is read in several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganola.corpus.stages.CHUNK_WORK", 16)
        yield


@pytest.fixture(scope="session")
def corpus(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return build(open_source(str(collection)), tmp_path_factory.mktemp("corpus") / "tunes.corpus", OPTIONS, workers=0)
