"""Which pieces are the same tune: sketches of melodies that no transposition and no tempo changes."""

import re
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int, Int32, Int64, UInt8, UInt32

from ganola.music.score import Notes, Score

Sketch = UInt32[np.ndarray, "_"]
Line = Int[np.ndarray, "_"]
Pairs = Int64[np.ndarray, "pairs"]
Numbers = Int64[np.ndarray, "_"]
Rows = UInt32[np.ndarray, "lines sketch"]
Weights = UInt8[np.ndarray, "lines sketch"]

FRAGMENT = 6  # intervals in a row that make one fragment of a melody
SKETCH_SIZE = 48
FEWEST_FRAGMENTS = 2  # a line with fewer says nothing

SAME_TUNE = 0.25  # share of the shorter line's fragments that the other must have too, ...
BY_CHANCE = 3  # ... beyond as many as any two tunes may have in common; a rare fragment counts as one, ...
LEAST_WEIGHT = 0.5  # ... the commonest as so much
SMALL_COLLECTION = 1000  # lines; in fewer, how common a fragment is cannot be told
NEIGHBOURS = 4  # so many of the next holders of each fragment a line is compared with

SIMULTANEOUS = 16  # notes within a sixteenth of a beat start together
OCTAVE = 12
MEMORY = 6  # onsets after which a note no longer covers what is below it
OVERLAPPING = 0.2  # share of its notes that a monophonic track may begin before the last has ended, as singers do
TRACK_LINES = 2
MELODY_NAME = re.compile("melod|vocal|vox|voice|lead|sing|solo|soprano|cantus|tune", re.IGNORECASE)

# A note as one number, start above pitch above length: one sort of numbers is quicker than any of rows.
_LENGTH_BITS, _BELOW_START = 24, 31
_LONGEST, _HIGHEST = 2**24 - 1, 127
# What is sorted, kept and compared at once, to bound the memory.
_FRAGMENTS_AT_ONCE, _MOST_PAIRS, _LINES_AT_ONCE = 2**19, 2**21, 2**12
_LOWER_HALF = 2**32 - 1
_WEIGHT_UNIT = 100
_NO_FRAGMENT = np.uint32(2**32 - 1)
_SPREAD = tuple(np.uint32(odd) for odd in (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F))


def sketch_lines(score: Score) -> tuple[Sketch, ...]:
    """Return a sketch of each line that may be the tune, the most telling first; lines without enough notes are left
    out.

    A sketch is the hashes of a line's fragments, the smallest SKETCH_SIZE of them in order (bottom-k MinHash, Broder
    1997); a fragment is FRAGMENT successive intervals, repetitions left out. The lines are up to TRACK_LINES tracks
    that look like a melody, and the top line of all. The notes must be in order of track and start.
    """
    found: dict[bytes, Sketch] = {}  # by content: the top line is often the melody's own track
    for fragments in _fragments([_merge_runs(line) for line in melody_lines(score)]):
        fragments.sort()
        sketch = _merge_runs(fragments)[:SKETCH_SIZE]
        if len(sketch) >= FEWEST_FRAGMENTS:
            found.setdefault(sketch.tobytes(), sketch)
    return tuple(found.values())


def melody_lines(score: Score) -> list[Line]:
    """Return pitches of each line that may be the tune, drums left out, the most telling first."""
    notes = score.pitched
    if not len(notes):
        return []
    tolerance = score.ticks_per_quarter // SIMULTANEOUS
    return [*_melody_tracks(score, notes, tolerance), top_line(notes, tolerance)]


def top_line(notes: Notes, tolerance: int) -> Line:
    """Return the highest pitch at each onset, without those that a higher note covers.

    A note covers what is lower while it sounds, from `tolerance` ticks before it starts (a chord may be strummed), and
    for as long again what is an octave lower: an accompaniment goes on where the melody breathes.
    """
    below_start = (notes.pitch << _LENGTH_BITS) | np.minimum(notes.end - notes.start, _LONGEST)
    packed = (notes.start.astype(np.int64) << _BELOW_START) | below_start
    packed.sort(kind="stable")  # quickest for tracks one after another, each in order
    start = packed >> _BELOW_START
    packed = packed[np.append(start[1:] != start[:-1], True)]
    start, below_start = (packed >> _BELOW_START).astype(np.int32), packed.astype(np.int32)
    pitch, length = (below_start >> _LENGTH_BITS) & _HIGHEST, below_start & _LONGEST
    covered = _find_covered(start, length, pitch, tolerance)
    covered[:-1] |= (pitch[:-1] < pitch[1:]) & (start[1:] - start[:-1] <= tolerance)
    return pitch[~covered]


def group_same_tunes(
    lines: UInt32[np.ndarray, "fragments"],
    lengths: Int[np.ndarray, "lines"],
    piece: Int[np.ndarray, "lines"],
    pieces: int,
) -> list[int]:
    """Return for each of `pieces` the index of the first piece of its family: pieces linked by lines of the same tune.

    `lines` holds the sketches one after another; `lengths` and `piece` say for each how long it is and whose it is.
    """
    if not len(lines):
        return list(range(pieces))
    # In order of their smallest fragment, lines that are alike come to stand beside each other.
    first = np.cumsum(lengths) - lengths
    order = np.argsort(lines[first], kind="stable")
    rows = _to_rows(lines, first[order], lengths[order])
    piece = piece[order].astype(np.int64)
    weight, one, other = _find_candidates(rows)
    same = np.zeros(len(one), dtype=bool)
    for some in _slices(len(one)):
        same[some] = _are_alike(rows[one[some]], rows[other[some]], weight[one[some]], weight[other[some]])
    return _first_of_families(piece[one[same]], piece[other[same]], pieces).tolist()


def _melody_tracks(score: Score, notes: Notes, tolerance: int) -> list[Line]:
    """Return the tracks, TRACK_LINES at most, that are called a melody, or else that play the highest, one note at a
    time."""
    bounds = np.flatnonzero(notes.track[1:] != notes.track[:-1]) + 1
    if not len(bounds):
        return []
    first = [0, *bounds.tolist()]
    early = np.zeros(len(notes), dtype=bool)
    np.less(notes.start[1:], notes.end[:-1] - tolerance, out=early[1:])
    early[first] = False
    overlaps = np.add.reduceat(early, first, dtype=np.int32).tolist()
    heights = np.add.reduceat(notes.pitch, first).tolist()
    ranked = []
    for own, (begin, end) in enumerate(zip(first, [*first[1:], len(notes)], strict=True)):
        count = end - begin
        monophonic = overlaps[own] <= OVERLAPPING * count
        named = MELODY_NAME.search(score.tracks[notes.track[begin]].name) is not None
        if (monophonic or named) and count > FRAGMENT:
            ranked.append((named, heights[own] / count, -own, monophonic, slice(begin, end)))
    ranked.sort(reverse=True)
    return [
        notes.pitch[own] if monophonic else top_line(notes.where(own), tolerance)
        for named, _, _, monophonic, own in ranked[:TRACK_LINES]
        if named == ranked[0][0]
    ]


def _find_covered(
    start: Int[np.ndarray, "notes"], length: Int[np.ndarray, "notes"], pitch: Int[np.ndarray, "notes"], tolerance: int
) -> Bool[np.ndarray, "notes"]:
    """Return whether one of the MEMORY notes before each covers it: all below it, or all an octave below it."""
    below, until = np.zeros((2, 2, MEMORY + len(start)), dtype=np.int32)
    below[0, MEMORY:], until[0, MEMORY:] = pitch, start + length - tolerance
    below[1, MEMORY:], until[1, MEMORY:] = pitch - (OCTAVE - 1), start + 2 * length
    return np.logical_or.reduce((_notes_before(below) > pitch) & (_notes_before(until) > start), axis=(0, 1))


def _notes_before(values: Int32[np.ndarray, "rules padded"]) -> Int32[np.ndarray, "rules back notes"]:
    """Return for each note the values of those before it, as a view of `values`, which begin with MEMORY that are
    none."""
    rules, padded = values.shape
    row, note = values.strides
    return np.ndarray((rules, MEMORY, padded - MEMORY), values.dtype, values, strides=(row, note, note))


def _fragments(lines: list[Line]) -> Iterator[UInt32[np.ndarray, "fragments"]]:
    """Return for each line, given without repetitions, the hashes of its fragments, in time."""
    if not lines:
        return
    pitch = np.concatenate(lines).astype(np.uint32)  # modulo 2^32 from here on
    one = pitch[1:] - pitch[:-1]
    two = one[:-1] * _SPREAD[0] + one[1:]
    hashes = (two[:-4] * _SPREAD[1] + two[2:-2]) * _SPREAD[2] + two[4:]
    hashes *= _SPREAD[3]
    begin = 0
    for line in lines:
        yield hashes[begin : begin + max(0, len(line) - FRAGMENT)]
        begin += len(line)


def _merge_runs(values: np.ndarray) -> np.ndarray:
    """Return `values`, each run of equal ones once."""
    changes = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return values[changes]


def _slices(count: int) -> Iterator[slice]:
    return (slice(begin, begin + _LINES_AT_ONCE) for begin in range(0, count, _LINES_AT_ONCE))


def _to_rows(lines: Sketch, first: Int[np.ndarray, "lines"], lengths: Int[np.ndarray, "lines"]) -> Rows:
    """Return sketches as rows of one length, filled up with _NO_FRAGMENT."""
    column = np.arange(SKETCH_SIZE)
    rows = np.empty((len(first), SKETCH_SIZE), dtype=np.uint32)
    for some in _slices(len(first)):
        rows[some] = lines[np.minimum(first[some, None] + column, len(lines) - 1)]
        rows[some][column >= lengths[some, None]] = _NO_FRAGMENT
    return rows


def _find_candidates(rows: Rows) -> tuple[Weights, Pairs, Pairs]:
    """Return the weight of each fragment, and the pairs of lines that share two fragments or more, where they are near.

    A line is compared with the next NEIGHBOURS holders of each of its fragments: with all where a fragment is rare;
    where it is commonplace, or a tune has very many versions, with enough to link those that belong together.
    """
    weight = np.zeros(rows.shape, dtype=np.uint8)
    pairs = np.zeros(0, dtype=np.int64)
    parts = 1 + rows.size // _FRAGMENTS_AT_ONCE
    for part in range(parts):
        place = np.concatenate([_positions(rows, some, part, parts) for some in _slices(len(rows))])
        held = (rows.ravel()[place].astype(np.int64) << 32) | place
        held.sort()
        fragment, place = held >> 32, held & _LOWER_HALF
        weight.ravel()[place] = _weigh(fragment, len(rows))
        line = place // SKETCH_SIZE
        for ahead in range(1, NEIGHBOURS + 1):
            shared = np.flatnonzero(fragment[ahead:] == fragment[:-ahead])
            pairs = np.append(pairs, (line[shared] << 32) | line[shared + ahead])
        pairs.sort()
        if len(pairs) > _MOST_PAIRS:  # lossy counting: forget what has come up once so far (Manku and Motwani 2002)
            pairs = np.repeat(_find_repeated(pairs), 2)
    pairs = _find_repeated(pairs)
    return weight, pairs >> 32, pairs & _LOWER_HALF


def _positions(rows: Rows, some: slice, part: int, parts: int) -> Numbers:
    """Return where in `rows`, flattened, the fragments of one part stand, as far as they are in some of the rows."""
    fragments = rows[some].ravel()
    chosen = (fragments % np.uint32(parts) == part) & (fragments != _NO_FRAGMENT)
    return np.flatnonzero(chosen) + some.start * SKETCH_SIZE


def _weigh(fragment: Int64[np.ndarray, "held"], lines: int) -> UInt8[np.ndarray, "held"]:
    """Return the weight of each fragment, in order: _WEIGHT_UNIT if two lines hold it, down to LEAST_WEIGHT of it.

    It falls with the logarithm of how many hold it (inverse document frequency, Sparck Jones 1972).
    """
    bounds = np.flatnonzero(fragment[1:] != fragment[:-1]) + 1
    holders = np.diff(bounds, prepend=0, append=len(fragment))
    collection = max(lines, SMALL_COLLECTION)
    rarity = np.log(collection / np.maximum(holders, 2)) / np.log(collection / 2)
    return np.repeat((np.maximum(rarity, LEAST_WEIGHT) * _WEIGHT_UNIT).astype(np.uint8), holders)


def _find_repeated(values: Numbers) -> Numbers:
    """Return those of `values`, which are in order, that come more than once, each once."""
    return _merge_runs(values[1:][values[1:] == values[:-1]])


def _are_alike(one: Rows, other: Rows, weight_of_one: Weights, weight_of_other: Weights) -> Bool[np.ndarray, "lines"]:
    """Return whether the sketches in each row are of one tune.

    They are compared up to where a full one leaves off: beyond, a fragment may be in the line and not in its sketch.
    """
    leaves_off = np.minimum(np.minimum(one[:, -1:], other[:, -1:]), _NO_FRAGMENT - np.uint32(1))
    sizes = [
        (weight * (own <= leaves_off)).sum(axis=1, dtype=np.int64)
        for own, weight in ((one, weight_of_one), (other, weight_of_other))
    ]
    both = np.concatenate([one, other], axis=1).astype(np.int64) << 8
    both |= np.concatenate([weight_of_one, weight_of_other], axis=1)
    both.sort(axis=1)
    twice = (both[:, 1:] == both[:, :-1]) & (both[:, 1:] >> 8 <= leaves_off)
    shared = ((both[:, 1:] & 255) * twice).sum(axis=1)
    return shared >= np.minimum(BY_CHANCE * _WEIGHT_UNIT + SAME_TUNE * np.minimum(*sizes), np.maximum(*sizes))


def _first_of_families(one: Pairs, other: Pairs, pieces: int) -> Int64[np.ndarray, "pieces"]:
    """Return for each piece the first of all that links, from `one` to `other`, connect it with."""
    from scipy.sparse import coo_array  # here, for every process that reads files would import it otherwise
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(one), dtype=bool), (one, other)), shape=(pieces, pieces))
    _, family = connected_components(links, directed=False)
    _, first = np.unique(family, return_index=True)
    return first[family].astype(np.int64)
