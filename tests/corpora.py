"""Small collections of music made on the spot, for tests that need a corpus."""

from pathlib import Path

import numpy as np

from ganola.corpus.build import build
from ganola.corpus.proposal import Wishes
from ganola.corpus.sources import open_source
from ganola.corpus.store import Corpus
from ganola.music.midi import write_midi
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track

COMMON_TIME = (Metre(0, 4, 4),)
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
    """A corpus of two one-note tracks, two bars a phrase, two steps a beat."""
    write_tunes(folder / "tunes", tunes)
    wishes = Wishes(bars=2, steps_per_beat=2)
    return build(open_source(str(folder / "tunes")), folder / "tiny.corpus", wishes, workers=0)
