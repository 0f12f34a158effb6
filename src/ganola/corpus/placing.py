"""Where the beats and bars of a piece lie: as its file says, or by its notes, where it does not or they deny it."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int32

from ganola.corpus.metres import ONE_BEAT, Bar, main_metre, metre_spans, usable
from ganola.music.downbeat import contradiction, find_bar, find_downbeat
from ganola.music.grid import Grid
from ganola.music.pulse import Timing, find_timing
from ganola.music.score import Notes, Score, quantised
from ganola.music.timing import Histogram, grid_offset, phases, shifted_phases

STEPS = 4  # a quarter note, for what is estimated before there is a grid
# Log odds. In 1,514 pieces of notation the notes never speak against the bar lines by more than 6.2.
_DENIED = 7.0
_LOOSE = "played loosely to the beat"
_NO_BEAT = "keeps to no beat"
_BARS_DENIED = "the bar lines of the file are not believed: its notes speak for others"


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece, a constant offset of its notes from the beat taken away, and what is known of its beats and bars."""

    score: Score
    timing: Timing
    phases: Histogram  # the offset removed
    offset: float  # quarter notes by which the notes lay after the beat
    metre: str  # that under which most of its time passes, or, where the file does not say, the likelier one
    metre_stated: bool
    bars_stated: bool  # whether the file says where its bars begin, and can be believed


def place(score: Score) -> Placed:
    """`score` with its notes on its beat. Bar lines stay where they are: they lie on the file's own beats."""
    onsets = _since_bar_lines(score)
    histogram = phases(onsets, score.ticks_per_beat)
    offset = grid_offset(histogram)
    if offset:
        score = _earlier(score, offset)
        histogram = shifted_phases(histogram, offset)
    timing = find_timing(onsets, score.ticks_per_beat, histogram)
    stated = main_metre(score)
    metre_stated = stated != ONE_BEAT
    rounded = quantised(score, STEPS)
    pitched = rounded.pitched
    metre = stated if metre_stated else find_bar(pitched, STEPS)[0]
    remarks = {"grid": (), "loose": (_LOOSE,), "none": (_NO_BEAT,)}[timing]
    # An offset of a whole piece on a grid is the file's, whose bar lines then lie beside the notes too. Those about a
    # change of metre are meant; in loose playing the offset is the player's; and drums say nothing of bars.
    beside = offset and timing == "grid" and len(score.metres) == 1 and len(pitched)
    bars_stated = metre_stated and not beside
    if bars_stated and _bars_denied(rounded, pitched, metre):
        bars_stated, remarks = False, (*remarks, _BARS_DENIED)
    late = 0.0 if bars_stated else _sixteenths_late(pitched, metre) / STEPS
    if late:
        late -= offset + late > 1 / 2  # which beat was meant does not matter where bars are estimated
        offset += late
        score = _earlier(score, late)
        histogram = shifted_phases(histogram, late)
    score = replace(score, remarks=(*score.remarks, *remarks))
    return Placed(score, timing, histogram, offset, metre, metre_stated, bars_stated)


def _since_bar_lines(score: Score) -> Int32[np.ndarray, "notes"]:
    """Ticks from a bar line of the metre in force to each onset, in order of time: a bar of an odd length, or a pickup,
    moves the beats after it."""
    start = np.sort(score.notes.start)
    bar_lines = np.array([score.first_bar, *(metre.tick for metre in score.metres[1:])], dtype=np.int32)
    if len(bar_lines) == 1:
        return start - bar_lines[0]
    return start - bar_lines[np.searchsorted(bar_lines[1:], start, side="right")]


def _earlier(score: Score, beats: float) -> Score:
    return replace(score, notes=score.notes.shifted(ticks=-round(beats * score.ticks_per_beat)))


def _bars_denied(score: Score, notes: Notes, metre: str) -> bool:
    """Whether the pitched notes of `score`, in steps, speak against its bar lines where it is longest in this metre."""
    if not _estimable(metre):
        return False
    spans = metre_spans(score.metres, int(score.notes.end.max()))
    stretch = max((span for span in spans if str(span[0]) == metre), key=lambda span: span[1] - span[0].tick)
    first, last = stretch[0].tick, stretch[1]
    bar_line = score.first_bar if stretch is spans[0] else first
    if len(spans) > 1:
        notes = notes.where((notes.start >= first) & (notes.start < last))
    return contradiction(notes, Grid(metre=metre, steps_per_beat=STEPS), bar_line) >= _DENIED


def _sixteenths_late(notes: Notes, metre: str) -> int:
    """By how many steps, -1 to 2, the beat that the notes speak for comes after the beat of the file."""
    if not _estimable(metre):
        return 0
    late = find_downbeat(notes, Grid(metre=metre, steps_per_beat=STEPS)).step % STEPS
    return late - STEPS if late > STEPS // 2 else late


def _estimable(metre: str) -> bool:
    bar = Bar.of(metre)
    return usable(bar) and 4 * STEPS * bar.numerator % bar.denominator == 0
