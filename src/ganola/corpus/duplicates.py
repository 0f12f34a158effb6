"""One piece of music in two formats: files of one name, beside each other, with the same notes."""

from collections import defaultdict
from pathlib import PurePosixPath

import numpy as np
from jaxtyping import UInt8

from ganola.corpus.phrases import Phrases
from ganola.music.io.formats import MIDI_SUFFIXES
from ganola.music.roll import find_onsets

SAME_PIECE = 0.5  # what begins in both, of what begins in either: notation may join or divide notes that MIDI keeps
SEMITONES = range(-11, 12)  # a format that states no key may be read in another


def find_duplicates(phrases: Phrases) -> dict[int, int]:
    """Return for each file that is another one in another format which one that is: MIDI before notation."""
    same_name: defaultdict[tuple[PurePosixPath, str], list[int]] = defaultdict(list)
    for file, name in enumerate(phrases.names):
        path = PurePosixPath(name)
        tune = path.suffix.partition("#")[2]  # tunes of one book are in one format
        same_name[path.with_suffix(""), tune].append(file)
    duplicates = {}
    for files in same_name.values():
        first, *others = sorted(files, key=lambda file: not _is_midi(phrases.names[file]))
        for other in others:
            if onset_overlap(phrases.of_file(first), phrases.of_file(other)) >= SAME_PIECE:
                duplicates[other] = first
    return duplicates


def onset_overlap(
    one: UInt8[np.ndarray, "one tracks steps pitches"], other: UInt8[np.ndarray, "other tracks steps pitches"]
) -> float:
    """Return the share that two pieces have in common of what begins in either, in the keys in which that is most.

    0 where they are not equally long.
    """
    if one.shape != other.shape:
        return 0.0
    own, their = (np.pad(find_onsets(cells).any(axis=1), ((0, 0), (0, 0), (11, 11))) for cells in (one, other))
    shared = max(int((own & np.roll(their, semitones, axis=-1)).sum()) for semitones in SEMITONES)
    return shared / max(1, int(own.sum() + their.sum()) - shared)


def _is_midi(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in MIDI_SUFFIXES
