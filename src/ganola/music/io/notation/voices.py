"""Which notes of a staff are written as one voice: what sounds on top, and what sounds below it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

Note = tuple[int, int, int]  # start, end, pitch


@dataclass(frozen=True, slots=True)
class Sound:
    """Pitches that are written as one note or chord, from one tick to another.

    Those of `held` sound on from the sound before, those of `lasting` into the next.
    """

    start: int
    end: int
    pitches: frozenset[int]
    held: frozenset[int] = frozenset()
    lasting: frozenset[int] = frozenset()

    def cut(self, tick: int) -> tuple["Sound", "Sound"]:
        """Return the sound until `tick` and from `tick` on, tied."""
        before = Sound(self.start, tick, self.pitches, self.held, self.pitches)
        return before, Sound(tick, self.end, self.pitches, self.pitches, self.lasting)


def voices_of(notes: list[Note]) -> list[list[Sound]]:
    """Return the sounds of the voices of a staff: one voice, or two where notes overlap that do not end together.

    Each note begins once; a pitch sounds once at a time. The upper voice has the notes that are the highest as long as
    they last, and those that begin and end with them. All others are the lower voice; where they overlap, they are cut
    and tied.
    """
    chords: dict[tuple[int, int], set[int]] = defaultdict(set)
    for start, end, pitch in notes:
        chords[start, end].add(pitch)
    highest = {span: max(pitches) for span, pitches in chords.items()}
    upper = set(_find_uncovered(highest))
    below = [note for note in notes if note[:2] not in upper]
    first = [Sound(*span, frozenset(chords[span])) for span in sorted(upper)]
    return [first, list(_cut_into_sounds(below))] if below else [first]


def _find_uncovered(highest: dict[tuple[int, int], int]) -> Iterator[tuple[int, int]]:
    """Yield the spans whose highest pitch is above all that sounds while they last, no two of which overlap."""
    spans = sorted(highest)
    on_top: Counter[tuple[int, int]] = Counter()  # for how long each is
    sounding: list[tuple[int, tuple[int, int]]] = []  # a heap, the highest first; some of it may have ended
    coming = 0
    for start, end in pairwise(sorted({edge for span in spans for edge in span})):
        while coming < len(spans) and spans[coming][0] == start:
            heappush(sounding, (-highest[spans[coming]], spans[coming]))
            coming += 1
        while sounding and sounding[0][1][1] <= start:
            heappop(sounding)
        if sounding:
            on_top[sounding[0][1]] += end - start
    return (span for span in spans if on_top[span] == span[1] - span[0])


def _cut_into_sounds(notes: list[Note]) -> Iterator[Sound]:
    """Return notes as sounds one after the other, cut wherever one begins or ends."""
    edges = sorted({edge for start, end, _ in notes for edge in (start, end)})
    notes = sorted(notes)
    sounding: list[Note] = []
    coming = 0
    for start, end in pairwise(edges):
        sounding = [note for note in sounding if note[1] > start]
        while coming < len(notes) and notes[coming][0] == start:
            sounding.append(notes[coming])
            coming += 1
        if sounding:
            yield Sound(
                start,
                end,
                frozenset(pitch for _, _, pitch in sounding),
                frozenset(pitch for begin, _, pitch in sounding if begin < start),
                frozenset(pitch for _, stop, pitch in sounding if stop > end),
            )
