"""What music21 read, as a score of ours; for every format that it reads.

music21's own ways from a file to a score go through caches, pickles and guesses by ending. Here it is only ever given
text, and none of that happens.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any

from ganola.errors import InputError
from ganola.music.barring import with_bar_lines
from ganola.music.limits import clean_name, first_line, refusal, refuse_excess, sensible_tempo
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track

TICKS_PER_BEAT = 96  # holds sixteenths, triplets and their halves exactly

_PERCUSSION_CHANNEL = 9  # counted from 0
Row = tuple[int, int, int, int]  # track, start, end, pitch


@contextlib.contextmanager
def music21_at_work() -> Iterator[None]:
    """music21's complaints go unheard, and whatever stops it becomes an InputError."""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except Exception as error:  # music21 raises many kinds, by what is broken
        raise refusal(f"not readable as notation ({first_line(error)})") from error


def score_of(sheet: Any) -> Score:
    """music21's score as ours."""
    parts = list(sheet.parts)
    if not parts:
        raise refusal("no parts with notes in it")
    rows: list[Row] = []
    for index, part in enumerate(parts):
        if part.atSoundingPitch is False:
            part.toSoundingPitch(inPlace=True)
        rows += _part_notes(part, index)
    if not rows:
        raise refusal("no notes in it")
    refuse_excess(max(end for _, _, end, _ in rows) / TICKS_PER_BEAT, len(rows))
    metres, first_bar = with_bar_lines(_metres(parts[0]), _bar_lines(parts[0]), TICKS_PER_BEAT)
    return Score(
        tracks=tuple(_track(part, index) for index, part in enumerate(parts)),
        notes=Notes.of(rows),
        ticks_per_beat=TICKS_PER_BEAT,
        metres=metres,
        first_bar=first_bar,
        tempo=_first_tempo(sheet),
    )


def _part_notes(part: Any, index: int) -> list[Row]:
    """Rows of (track, start, end, pitch) of a music21 part, tied notes joined."""
    rows: list[Row] = []
    tied: dict[int, int] = {}  # pitch -> which row its tie will lengthen
    for sound in part.flatten().notes:
        start = _ticks(sound.offset)
        end = _ticks(sound.offset + sound.quarterLength)
        if end <= start:  # grace notes, chord symbols
            continue
        refuse_excess(end / TICKS_PER_BEAT, len(rows))
        for note in getattr(sound, "notes", (sound,)):
            if not hasattr(note, "pitch"):
                continue
            pitch = note.pitch.midi
            continues = note.tie is not None and note.tie.type in ("stop", "continue")
            row = tied.pop(pitch, None)
            if continues and row is not None and rows[row][2] == start:
                rows[row] = (index, rows[row][1], end, pitch)
            else:
                rows.append((index, start, end, pitch))
                row = len(rows) - 1
            if note.tie is not None and note.tie.type in ("start", "continue"):
                tied[pitch] = row
    return rows


def _track(part: Any, index: int) -> Track:
    """Who plays a music21 part; a program that it does not state is the piano's."""
    player = part.recurse().getElementsByClass("Instrument").first()
    program = getattr(player, "midiProgram", None)
    channel = getattr(player, "midiChannel", None)
    # Where a file names no part, its id is an address in memory, which is a number.
    name = part.partName or (part.id if isinstance(part.id, str) else "")
    return Track(
        name=clean_name(str(name)) or f"track {index + 1}",
        program=program if program in range(128) else 0,
        drums=channel == _PERCUSSION_CHANNEL or "UnpitchedPercussion" in getattr(player, "classes", ()),
    )


def _metres(part: Any) -> tuple[Metre, ...]:
    """The time signatures of a music21 part in order, of several at one tick the last."""
    found: dict[int, Metre] = {}
    signs = part.recurse().getElementsByClass("TimeSignature")
    for sign in signs:
        tick = _ticks(signs.currentHierarchyOffset())
        found[tick] = Metre(tick, sign.numerator, sign.denominator)
    return tuple(found[tick] for tick in sorted(found))


def _bar_lines(part: Any) -> list[int]:
    """Where the measures of a music21 part begin, and where the last ends."""
    measures = list(part.getElementsByClass("Measure"))
    ends = [measures[-1].offset + measures[-1].duration.quarterLength] if measures else []
    return sorted({_ticks(offset) for offset in [*(measure.offset for measure in measures), *ends]})


def _first_tempo(sheet: Any) -> float:
    marks = (mark.getQuarterBPM() for mark in sheet.recurse().getElementsByClass("MetronomeMark"))
    return sensible_tempo(next((float(tempo) for tempo in marks if tempo), None))


def _ticks(quarters: Any) -> int:
    return round(quarters * TICKS_PER_BEAT)
