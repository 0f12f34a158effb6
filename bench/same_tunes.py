"""How well versions of a tune are told from other tunes: made-up versions of each piece, and what is joined at large.

Each version is compared with its own original alone, so that no chain of other pieces helps; then all originals are
joined, which shows what is taken for one tune and, of the chorales, whether those of one title are.
"""

import re
import tracemalloc
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from statistics import median

import numpy as np

from common import Row, measured, options, report, timed
from ganola.corpus.open import open_source
from ganola.corpus.similarity import MELODY_NAME, SKETCH_SIZE, Sketch, group_same_tunes, sketch_lines
from ganola.errors import GanolaError
from ganola.music.io.files import read_score
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

Version = Callable[[Score, Score, np.random.Generator], Score]
Fingerprint = tuple[Sketch, ...]


@dataclass(frozen=True)
class Piece:
    """A piece and the name of its file, without ending."""

    name: str
    score: Score


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("source", help='a folder of MIDI files, or a built-in collection such as "chorales"')
    parser.add_argument("--files", type=int, metavar="N", help="so many files, evenly over the source; else all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--join", type=int, default=100_000, metavar="N", help="made-up pieces to join (default 100000)"
    )
    chosen = parser.parse_args()
    pieces = read(chosen.source, chosen.files)
    tables = {
        "Versions found": [found(name, pieces, chosen.seed) for name in VERSIONS],
        "Pieces joined": joined(pieces, by_title(pieces)),
        "Sketching": [sketching(pieces)],
        "Joining made-up pieces": [joining(chosen.join, chosen.seed)],
    }
    report("same_tunes", tables, chosen.save)


def read(source: str, count: int | None) -> list[Piece]:
    files = open_source(source).files
    kept = [files[index * len(files) // count] for index in range(count)] if count else files
    pieces = []
    for file in kept:
        try:
            pieces.append(Piece(file.path.stem, read_score(file.path)))
        except GanolaError as error:
            print(f"left out: {error.problem}")
    return pieces


def fingerprint(score: Score) -> Fingerprint:
    return sketch_lines(score)


def families(fingerprints: list[Fingerprint]) -> list[int]:
    lines = [line for own in fingerprints for line in own]
    owners = [piece for piece, own in enumerate(fingerprints) for _ in own]
    lengths = np.array([len(line) for line in lines], dtype=np.int64)
    together = np.concatenate([np.zeros(0, np.uint32), *lines])
    return list(group_same_tunes(together, lengths, np.array(owners, dtype=np.int64), len(fingerprints)))


def found(name: str, pieces: list[Piece], seed: int) -> Row:
    """The share of pieces of which a version is joined with the original, tracks named as they are and unnamed."""
    shares = []
    for see in (as_it_is, unnamed):
        rng = np.random.default_rng(seed)
        hits = 0
        for index, piece in enumerate(pieces):
            other = pieces[(index + len(pieces) // 2) % len(pieces)]
            version = VERSIONS[name](piece.score, other.score, rng)
            one, two = families([fingerprint(see(piece.score)), fingerprint(see(version))])
            hits += one == two
        shares.append(hits / len(pieces))
    return {"version": name, "found": shares[0], "found without names of tracks": shares[1]}


def as_it_is(score: Score) -> Score:
    return score


def unnamed(score: Score) -> Score:
    tracks = (track.model_copy(update={"name": f"track {index}"}) for index, track in enumerate(score.tracks))
    return replace(score, tracks=tuple(tracks))


def melody_track(score: Score) -> int:
    """The track that is called a melody, else the highest."""
    heights = {
        int(track): score.notes.pitch[score.notes.track == track].mean() for track in np.unique(score.notes.track)
    }
    return max(heights, key=lambda track: (MELODY_NAME.search(score.tracks[track].name) is not None, heights[track]))


def transposed(score: Score, _: Score, rng: np.random.Generator) -> Score:
    semitones = int(rng.integers(1, 12))
    return score.transpose(semitones if score.notes.pitch.max() + semitones < 128 else semitones - 12)


def stretched(factor: float) -> Version:
    def version(score: Score, _: Score, __: np.random.Generator) -> Score:
        start, end = ((column * factor).astype(np.int32) for column in (score.notes.start, score.notes.end))
        return replace(score, notes=replace(score.notes, start=start, end=end))

    return version


def later(score: Score, _: Score, rng: np.random.Generator) -> Score:
    return replace(score, notes=score.notes.shift(ticks=int(rng.integers(1, 4 * score.ticks_per_quarter))))


def embellished(share: float) -> Version:
    """A share of the melody's notes moved by up to four semitones."""

    def version(score: Score, _: Score, rng: np.random.Generator) -> Score:
        changed = (score.notes.track == melody_track(score)) & (rng.random(len(score.notes)) < share)
        moves = rng.choice([-4, -3, -2, -1, 1, 2, 3, 4], len(score.notes)) * changed
        return replace(
            score, notes=replace(score.notes, pitch=np.clip(score.notes.pitch + moves, 0, 127).astype(np.int32))
        )

    return version


def excerpt(score: Score, _: Score, rng: np.random.Generator) -> Score:
    """Half of it, from anywhere."""
    first, last = int(score.notes.start.min()), int(score.notes.start.max())
    begin = int(rng.integers(first, (first + last) // 2 + 1))
    return replace(
        score, notes=score.notes.where((score.notes.start >= begin) & (score.notes.start < begin + (last - first) // 2))
    )


def other_accompaniment(score: Score, other: Score, _: np.random.Generator) -> Score:
    """The melody's track over everything but the melody of another piece, in the melody's ticks."""
    tune, rest = score.notes.track == melody_track(score), other.notes.track != melody_track(other)
    scale = score.ticks_per_quarter / other.ticks_per_quarter
    parts = [score.notes.where(tune), other.notes.where(rest)]
    parts[1] = replace(
        parts[1],
        track=parts[1].track + np.int32(len(score.tracks)),
        start=(parts[1].start * scale).astype(np.int32),
        end=(parts[1].end * scale).astype(np.int32),
    )
    return replace(score, tracks=score.tracks + other.tracks, notes=Notes.join(parts))


def in_one_track(score: Score, *_: object) -> Score:
    """All pitched tracks as one piano's."""
    notes = score.pitched
    one = replace(notes, track=np.zeros_like(notes.track)).sort()
    return replace(score, tracks=(Track(name="Piano"),), notes=one)


def other_piano(score: Score, other: Score, rng: np.random.Generator) -> Score:
    return in_one_track(other_accompaniment(score, other, rng))


def melody_alone(score: Score, *_: object) -> Score:
    return replace(score, notes=score.notes.where(score.notes.track == melody_track(score)))


def strummed(score: Score, _: Score, rng: np.random.Generator) -> Score:
    """Each note earlier or later by up to a 48th of a beat, as hands play."""
    reach = score.ticks_per_quarter // 48
    moved = rng.integers(-reach, reach + 1, len(score.notes), dtype=np.int32)
    notes = replace(score.notes, start=np.maximum(score.notes.start + moved, 0))
    notes = replace(notes, end=np.maximum(notes.end + moved, notes.start + 1))
    return replace(score, notes=notes.sort())


VERSIONS: dict[str, Version] = {
    "in another key": transposed,
    "twice as slow": stretched(2),
    "twice as fast": stretched(0.5),
    "later": later,
    "5 % of the melody's notes changed": embellished(0.05),
    "10 % of the melody's notes changed": embellished(0.1),
    "another piece's accompaniment": other_accompaniment,
    "half of it": excerpt,
    "the melody alone": melody_alone,
    "all in one track": in_one_track,
    "another accompaniment, all in one track": other_piano,
    "played by hand": strummed,
}


def joined(pieces: list[Piece], titles: list[set[str]]) -> list[Row]:
    """What is taken for one tune among the originals; where titles are known, in how many pairs rightly."""
    family = families([fingerprint(piece.score) for piece in pieces])
    sizes = Counter(family)
    pairs = sum(size * (size - 1) // 2 for size in sizes.values())
    row: Row = {
        "pieces": len(pieces),
        "families of two and more": sum(size > 1 for size in sizes.values()),
        "largest family": max(sizes.values()),
        "pairs joined": pairs,
        "share of all pairs, %": 100 * pairs / max(1, len(pieces) * (len(pieces) - 1) // 2),
    }
    known = [index for index, own in enumerate(titles) if own]
    if known:
        together = [
            (titles[one] & titles[two] != set(), family[one] == family[two]) for one, two in combinations(known, 2)
        ]
        row |= {
            "pairs of one title": sum(same for same, _ in together),
            "of these joined": sum(same and met for same, met in together),
            "joined, of other titles": sum(met and not same for same, met in together),
        }
    return [row]


def by_title(pieces: list[Piece]) -> list[set[str]]:
    """For each piece the titles under which music21's lists of Bach's chorales have it; none for other music."""
    from music21.corpus import chorales

    titles: defaultdict[str, set[str]] = defaultdict(set)
    for listed in (chorales.ChoraleListRKBWV().byRiemenschneider, chorales.ChoraleList().byBWV):
        for entry in listed.values():
            plain = unicodedata.normalize("NFKD", entry["title"].replace("ß", "ss")).encode("ascii", "ignore").decode()
            titles[f"bwv{entry['bwv']}"].add(re.sub("[^a-z]+", " ", plain.replace("'", "").lower()).strip())
    return [titles.get(piece.name, titles.get(piece.name.split("-")[0], set())) for piece in pieces]


def sketching(pieces: list[Piece]) -> Row:
    """What a piece costs: the quickest of several rounds for each, as other work on the machine only slows it."""
    times, sizes = [], []
    for piece in pieces[:: max(1, len(pieces) // 60)]:
        times.append(min(timed(partial(fingerprint, piece.score), repeats=30)) * 1e6)
        sizes.append(sum(line.nbytes for line in fingerprint(piece.score)))
    return {
        "pieces": len(times),
        "notes a piece": median(len(piece.score.notes) for piece in pieces),
        "microseconds a piece": median(times),
        "bytes a piece, at most": max(sizes),
    }


def joining(count: int, seed: int) -> Row:
    """Seconds to join made-up pieces: two lines each, a tenth of the fragments from a stock that all draw on."""
    rng = np.random.default_rng(seed)
    lines = rng.integers(0, 2**32, (2 * count, SKETCH_SIZE), dtype=np.uint32)
    stock = rng.integers(0, 2**32, 1000, dtype=np.uint32)
    common = rng.random(lines.shape, dtype=np.float32) < 0.1
    lines[common] = rng.choice(stock, int(common.sum()))
    lines.sort(axis=1)
    lengths, owners = np.full(2 * count, SKETCH_SIZE), np.repeat(np.arange(count), 2)
    with measured() as watch:
        group_same_tunes(lines.ravel(), lengths, owners, count)
    tracemalloc.start()
    group_same_tunes(lines.ravel(), lengths, owners, count)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"pieces": count, "seconds": watch.seconds.wall, "MB at the peak": peak / 1e6}


if __name__ == "__main__":
    main()
