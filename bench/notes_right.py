"""How many notes ganola reads right, format by format: its reading of real files beside a second, independent one.

A note is right where both readings have it: its pitch, its onset and its end within a 90th of a quarter note. Drums of
notation are left out: not all of them say which sound they mean.
"""

import random
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from common import Row, options, report
from ganola.errors import GanolaError
from ganola.music.io.files import tunes_in
from ganola.music.score import Score
from independent import Sounding, notes_of_abc, notes_of_humdrum, notes_of_midi, notes_of_musicxml

SECOND: dict[str, Callable[[bytes], list[Sounding]]] = {
    ".mid": notes_of_midi,
    ".midi": notes_of_midi,
    ".musicxml": notes_of_musicxml,
    ".xml": notes_of_musicxml,
    ".mxl": notes_of_musicxml,
    ".krn": notes_of_humdrum,
    ".abc": notes_of_abc,
}
MIDI = (".mid", ".midi")
NEAR = Fraction(1, 90)


@dataclass
class Count:
    """What became of the files of one format in one place."""

    files: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unknown: int = 0  # files that the second reader cannot read
    notes: int = 0
    right: int = 0
    lengths: int = 0  # notes whose end alone differs
    added: int = 0
    whole: int = 0  # files with all of their notes right, and no other
    seconds: float = 0.0
    worst: list[tuple[float, str]] = field(default_factory=list)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of music files")
    parser.add_argument("--corpus", action="store_true", help="the files that music21 installs, too")
    parser.add_argument("--files", type=int, default=400, help="so many of each format of a place, by chance")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="name so many files that fare worst")
    chosen = parser.parse_args()
    places = [(folder.name, folder) for folder in chosen.folders]
    if chosen.corpus:
        import music21

        places.append(("music21's corpus", Path(music21.__file__).parent / "corpus"))
    rows, refusals = [], []
    for name, folder in places:
        for suffix, count in counted(folder, chosen.files).items():
            rows.append(row(name, suffix, count))
            refusals += [
                {"place": name, "format": suffix, "files": number, "reason": reason}
                for reason, number in count.refused.most_common(8)
            ]
            for share, path in sorted(count.worst)[: chosen.worst]:
                print(f"{share:7.1%} {path}")
    report("notes_right", {"Notes": rows, **({"Refused": refusals} if refusals else {})}, chosen.save)


def counted(folder: Path, most: int) -> dict[str, Count]:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SECOND and path.is_file():
            found[path.suffix.lower()].append(path)
    counts = {}
    for suffix, paths in found.items():
        chosen = sorted(random.Random(0).sample(paths, min(most, len(paths))))
        counts[suffix] = Count()
        for path in chosen:
            compare(path, suffix, counts[suffix])
    return counts


def compare(path: Path, suffix: str, count: Count) -> None:
    data = path.read_bytes()
    count.files += 1
    try:
        truth = SECOND[suffix](data)
    except Exception:
        count.unknown += 1
        truth = None
    began = time.process_time()
    try:
        heard = [note for tune in tunes_in(data, suffix) for note in sounding(tune.read(), drums=suffix in MIDI)]
    except GanolaError as error:
        if truth or truth is None:
            count.refused[error.problem] += 1
            count.notes += len(truth or ())
        return
    finally:
        count.seconds += time.process_time() - began
    if truth is None:
        return
    right, lengths = agreement(truth, heard)
    count.notes += len(truth)
    count.right += right
    count.lengths += lengths
    count.added += max(0, len(heard) - right - lengths)
    count.whole += right == len(truth) == len(heard)
    count.worst.append((right / max(1, len(truth), len(heard)), str(path)))


def sounding(score: Score, *, drums: bool) -> list[Sounding]:
    notes, beat = score.notes if drums else score.pitched, score.ticks_per_quarter
    columns = (notes.start.tolist(), notes.end.tolist(), notes.pitch.tolist())
    return [(Fraction(start, beat), Fraction(end, beat), pitch) for start, end, pitch in zip(*columns, strict=True)]


def agreement(truth: Iterable[Sounding], heard: Iterable[Sounding]) -> tuple[int, int]:
    """How many notes of the one are in the other too, and how many but for their end."""
    left: defaultdict[int, list[tuple[Fraction, Fraction]]] = defaultdict(list)
    for start, end, pitch in sorted(heard):
        left[pitch].append((start, end))
    right = lengths = 0
    for start, end, pitch in sorted(truth):
        same = left[pitch]
        first = bisect_left(same, (start - NEAR, Fraction(-1)))
        near = [place for place in range(first, len(same)) if same[place][0] <= start + NEAR]
        if not near:
            continue
        best = min(near, key=lambda place: abs(same[place][1] - end))
        if abs(same[best][1] - end) <= NEAR:
            right += 1
        else:
            lengths += 1
        same.pop(best)
    return right, lengths


def row(place: str, suffix: str, count: Count) -> Row:
    return {
        "place": place,
        "format": suffix,
        "files": count.files,
        "refused": count.refused.total(),
        "without a second reading": count.unknown,
        "files all right": count.whole,
        "notes": count.notes,
        "right, %": 100 * count.right / max(1, count.notes),
        "another end": count.lengths,
        "lost or moved": count.notes - count.right - count.lengths,
        "added or moved": count.added,
        "CPU seconds": count.seconds,
    }


if __name__ == "__main__":
    main()
