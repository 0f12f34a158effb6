"""Small collections of music made on the spot, for tests that need a corpus."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.store import MANIFEST, Corpus, open_corpus, write_manifest
from ganola.music.io.midi.write import write_midi
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.records import checksum_of_file
from tests.metres import metre_at

COMMON_TIME = (metre_at(0, "4/4"),)
TRACKS = (Track(name="Melody", program=73), Track(name="Bass", program=32))


def write_tunes(folder: Path, count: int = 12, bars: int = 6) -> None:
    """`count` MIDI files of a melody in quavers and halves over a bass in semibreves, each another walk in C."""
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12])
    for tune in range(count):
        walk = np.random.default_rng(tune)
        rows, step = [], 0
        while step < bars * 8:
            length = int(walk.choice([1, 1, 2, 4]))
            rows.append((0, step, min(step + length, bars * 8), int(60 + walk.choice(scale))))
            step += length
        rows += [(1, bar * 8, bar * 8 + 8, int(36 + walk.choice(scale[[0, 3, 4]]))) for bar in range(bars)]
        write_midi(Score(TRACKS, Notes.of(rows), 2, COMMON_TIME), folder / f"tune-{tune:02d}.mid")


def tiny_corpus(folder: Path, tunes: int = 12) -> Corpus:
    """A corpus of two monophonic tracks, two bars a phrase, two steps a beat, and beside it the tunes it is made of."""
    shutil.copytree(_make_tiny(tunes).name, folder, dirs_exist_ok=True)
    return open_corpus(folder / "tiny.corpus")


@cache
def _make_tiny(tunes: int) -> TemporaryDirectory[str]:
    """The folder that `tiny_corpus` copies: a build takes ten times as long."""
    made = TemporaryDirectory(prefix="tiny-corpus-")
    folder = Path(made.name)
    write_tunes(folder / "tunes", tunes)
    options = BuildOptions(bars=2, steps_per_quarter=2)
    build(open_source(str(folder / "tunes")), folder / "tiny.corpus", options, workers=0)
    return made


def checksums_in(folder: Path) -> dict[str, str]:
    """The checksums of the files of a corpus, as its manifest holds them."""
    return {path.name: checksum_of_file(path) for path in folder.iterdir() if path.name != MANIFEST}


def rewrite(corpus: Corpus, name: str, content: str) -> Corpus:
    """The corpus with other content in one of its files, as if it had been made so."""
    (corpus.folder / name).write_text(content, encoding="utf-8", newline="\n")
    write_manifest(corpus.folder, corpus.manifest.model_copy(update={"files": checksums_in(corpus.folder)}))
    return open_corpus(corpus.folder)


def write_band(folder: Path, parts: tuple[str, ...], count: int = 10, bars: int = 4) -> None:
    """`count` MIDI files of some of a tune ("line", one note at a time), chords ("chords") and a beat ("drums")."""
    tracks = {
        "line": Track(name="Melody", program=73),
        "chords": Track(name="Piano", program=0),
        "drums": Track(name="Kit", drums=True),
    }
    for song in range(count):
        walk, rows = np.random.default_rng(song), []
        for index, part in enumerate(parts):
            for beat in range(bars * 4):
                if part == "line" and beat % 4:  # rests in each bar
                    rows.append((index, 2 * beat, 2 * beat + 2, int(60 + walk.integers(0, 12))))
                if part == "chords" and beat % 2 == 0:
                    root = int(50 + walk.integers(0, 5))
                    rows += [(index, 2 * beat, 2 * beat + 4, root + above) for above in (0, 4, 7)]
                if part == "drums":
                    rows.append((index, 2 * beat, 2 * beat + 1, int(walk.choice([36, 38]))))
                    rows.append((index, 2 * beat, 2 * beat + 1, 42))
        write_midi(
            Score(tuple(tracks[part] for part in parts), Notes.of(rows), 2, COMMON_TIME), folder / f"{song:02d}.mid"
        )


def band_corpus(folder: Path, parts: tuple[str, ...]) -> Corpus:
    """A corpus of these parts, a track each, two bars a phrase, two steps a beat."""
    write_band(folder / "songs", parts)
    options = BuildOptions(bars=2, steps_per_quarter=2, tracks_by="named")
    return build(open_source(str(folder / "songs")), folder / "band.corpus", options, workers=0)
