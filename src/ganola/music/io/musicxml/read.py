"""MusicXML in: the bars of all parts are put after one another, and their notes in time.

Bar n begins at one time in all parts, whatever each of them has in the bars before.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ganola.music.bar_lines import restate_metres
from ganola.music.io.limits import refusal, refuse_excess
from ganola.music.io.musicxml.bars import TICKS_PER_QUARTER, Bar, PartReader, Repair, Sound, read_number
from ganola.music.io.musicxml.mxl import unpack
from ganola.music.io.musicxml.players import NOBODY, read_player
from ganola.music.io.texts import xml_root
from ganola.music.metre import MetreChange
from ganola.music.score import Notes, Score
from ganola.music.tempo import TempoChange, sensible_tempo
from ganola.music.tracks import Track
from ganola.wording import counted

_ROUNDING = TICKS_PER_QUARTER // 16  # by so much do the lengths of tuplets, rounded, miss a bar
_OVERFULL = ("bar", "with more in one part than in the others: cut at the bar line")
_OVERLONG = ("bar", "longer than the time signature says: left so")
_Row = tuple[int, int, int, int]  # track, start, end, pitch
_Voice = tuple[str, bool]  # of a part: the staff, and whether it is drums


@dataclass(frozen=True, slots=True)
class _Part:
    """A part, read: its bars by their place in the piece."""

    reader: PartReader
    bars: dict[int, Bar]

    def voices(self) -> list[_Voice]:
        """Return what becomes a track of its own: each staff, and the drums of one that has notes too."""
        sounding = {(sound.staff, sound.drum) for bar in self.bars.values() for sound in bar.sounds}
        silent = (self.reader.staves or {"1"}) - {staff for staff, _ in sounding}
        return sorted(sounding | {(staff, self.reader.player.percussion) for staff in silent})


def read_musicxml(data: bytes) -> Score:
    """Return the music in a MusicXML document, in ticks of 1/96 of a quarter note, at sounding pitch.

    Repeats are not played twice; grace notes, cue notes and chord symbols are left out. A part on two staves is two
    tracks. Percussion has the MIDI numbers that the document gives its instruments; else they are guessed.
    Raises InputError, with a problem that does not name the file, where there is no music in it.
    """
    root = xml_root(data)
    measures = _measures(root)
    if not measures:
        raise refusal("no parts with notes in it")
    parts = _read_parts(root, measures)
    if not any(bar.sounds for part in parts for bar in part.bars.values()):
        raise refusal(_nothing_to_play(root, parts))
    repairs = sum((part.reader.repairs for part in parts), Counter[Repair]())
    lines = _bar_lines(parts, repairs)
    tracks, rows = _collect_rows(parts, lines)
    refuse_excess(max(end for _, _, end, _ in rows) / TICKS_PER_QUARTER, len(rows))
    metres, first_bar = restate_metres(_metres(parts, lines), sorted(set(lines)), TICKS_PER_QUARTER)
    stated = _tempos(parts, lines)
    return Score(
        tracks=tracks,
        notes=Notes.of(rows),
        ticks_per_quarter=TICKS_PER_QUARTER,
        metres=metres,
        first_bar=first_bar,
        tempo=sensible_tempo(stated[0].quarters_a_minute if stated else None),
        tempos=stated if len(stated) > 1 or (stated and stated[0].tick) else (),
        remarks=tuple(f"{counted(count, what)} {became}" for (what, became), count in repairs.items()),
    )


def read_mxl(data: bytes) -> Score:
    """Return the music in a compressed MusicXML file; see `read_musicxml`."""
    return read_musicxml(unpack(data))


def _measures(root: Element) -> dict[str, dict[int, Element]]:
    """Return the <measure>s of each part, by the id of the part and their place in the piece."""
    if root.tag == "score-timewise":
        found: dict[str, dict[int, Element]] = {}
        for place, measure in enumerate(root.findall("measure")):
            for part in measure.findall("part"):
                found.setdefault(part.get("id", ""), {})[place] = part
        return found
    if root.tag != "score-partwise":
        raise refusal(f"an XML document of another kind (<{root.tag[:60]}>), not MusicXML")
    return _match_measures({part.get("id", ""): part.findall("measure") for part in root.findall("part")})


def _match_measures(parts: dict[str, list[Element]]) -> dict[str, dict[int, Element]]:
    """Return measures by place in the piece: in a part with fewer than another, by their numbers if these fit."""
    longest = max(parts.values(), key=len, default=[])
    places = {number: place for place, number in enumerate(_numbers(longest))}
    found = {}
    for name, measures in parts.items():
        own = [places.get(number, -1) for number in _numbers(measures)]
        fits = -1 not in own and own == sorted(own)
        found[name] = dict(zip(own if fits and len(own) < len(longest) else range(len(own)), measures, strict=True))
    return found


def _numbers(measures: list[Element]) -> list[tuple[str, int]]:
    """Return the number of each measure, and how many had it before: it need not be the only one."""
    seen: Counter[str] = Counter()
    numbers = []
    for measure in measures:
        number = measure.get("number", "")
        numbers.append((number, seen[number]))
        seen[number] += 1
    return numbers


def _read_parts(root: Element, measures: dict[str, dict[int, Element]]) -> list[_Part]:
    players = {part.get("id", ""): read_player(part) for part in root.iterfind("part-list/score-part")}
    divisions = next((read_number(one.text or "", "number of divisions") for one in root.iter("divisions")), None)
    parts = []
    for name, own in measures.items():
        reader = PartReader(players.get(name, NOBODY), divisions)
        parts.append(_Part(reader, {place: reader.read(measure) for place, measure in own.items()}))
    return parts


def _nothing_to_play(root: Element, parts: list[_Part]) -> str:
    """Return why a document has no notes: nothing is there, or nothing that is played."""
    left_out = sum((part.reader.left_out for part in parts), Counter[str]())
    if root.find(".//harmony") is not None:
        left_out["chord symbols"] += 1
    return f"no notes in it but {' and '.join(left_out)}, which are not played" if left_out else "no notes in it"


def _bar_lines(parts: list[_Part], repairs: Counter[Repair]) -> list[int]:
    """Return where each bar begins in all parts, in ticks, and where the last ends."""
    lines = [0]
    for place in range(max(max(part.bars, default=-1) for part in parts) + 1):
        bars = [part.bars[place] for part in parts if place in part.bars]
        length, usual = _bar_length(bars), _usual_length(bars)
        repairs[_OVERFULL] += any(sound.end > length + _ROUNDING for bar in bars for sound in bar.sounds)
        repairs[_OVERLONG] += usual is not None and length > usual
        lines.append(lines[-1] + length)
    for what in (_OVERFULL, _OVERLONG):
        if not repairs[what]:
            del repairs[what]
    return lines


def _bar_length(bars: list[Bar]) -> int:
    """Return how long a bar lasts, in ticks, by what each part has in it.

    Parts without a note do not count beside others: their rest may be written for a whole bar where the bar is short.
    Where a part fills the bar as its time signature says, that is its length. Else it lasts until the last note ends,
    and silence makes it no longer than its time signature says, unless all parts have it.
    """
    usual = _usual_length(bars)
    sounding = [bar for bar in bars if bar.sounds]
    ends = [_rounded(bar.end, _usual_length([bar]) or usual) for bar in sounding or bars]
    if not sounding:
        return max(ends) if usual is None else min(max(ends) or usual, usual)
    filled = [end for end, bar in zip(ends, sounding, strict=True) if end == (_usual_length([bar]) or usual)]
    if filled:
        return max(filled)
    last = max(sound.end for bar in sounding for sound in bar.sounds)
    silence = max(ends) if usual is None else min(max(ends), usual)
    return max(_rounded(last, usual), silence, min(ends))


def _rounded(end: int, usual: int | None) -> int:
    return usual if usual is not None and abs(end - usual) <= _ROUNDING else end


def _usual_length(bars: Iterable[Bar]) -> int | None:
    """Return the ticks in a bar of the first part that has a time signature."""
    metre = next((bar.metre for bar in bars if bar.metre is not None), None)
    return None if metre is None else metre.bar_ticks(TICKS_PER_QUARTER)


def _collect_rows(parts: list[_Part], lines: list[int]) -> tuple[tuple[Track, ...], list[_Row]]:
    """Return the tracks, and rows of (track, start, end, pitch), tied notes joined."""
    tracks: list[Track] = []
    rows: list[_Row] = []
    for part in parts:
        index = {}
        for staff, drums in part.voices():
            index[staff, drums] = len(tracks)
            name = part.reader.player.name or f"track {len(tracks) + 1}"
            tracks.append(Track(name=name, program=part.reader.player.program, drums=drums))
        rows += _join_ties(part, lines, index)
    return tuple(tracks), rows


def _join_ties(part: _Part, lines: list[int], index: dict[_Voice, int]) -> list[_Row]:
    """Return the rows of a part.

    A tie joins a note to the one of its pitch that begins where it ends, in any voice.
    """
    rows: list[_Row] = []
    tied: dict[tuple[int, int], list[int]] = {}  # pitch and end -> the rows that a tie leads on from
    for start, end, sound in _place_sounds(part, lines):
        waiting = tied.get((sound.pitch, start)) if sound.tied_back else None
        if waiting:
            row = waiting.pop()
            rows[row] = (*rows[row][:2], end, sound.pitch)
        else:
            row = len(rows)
            rows.append((index[sound.staff, sound.drum], start, end, sound.pitch))
        if sound.tied_on:
            tied.setdefault((sound.pitch, end), []).append(row)
    return rows


def _place_sounds(part: _Part, lines: list[int]) -> list[tuple[int, int, Sound]]:
    """Return the sounds of a part in the order of their starts, with start and end in the piece.

    What leads over a bar line is cut there. A note at the end of a bar that is not full, with a tie to the next bar,
    lasts until the bar line.
    """
    found = []
    for place, bar in part.bars.items():
        line, length = lines[place], lines[place + 1] - lines[place]
        for sound in bar.sounds:
            end = length if sound.tied_on and sound.end == bar.end else min(sound.end, length)
            if sound.start < length:
                found.append((line + sound.start, line + end, sound))
    return sorted(found, key=lambda one: one[:2])


def _metres(parts: list[_Part], lines: list[int]) -> tuple[MetreChange, ...]:
    """Return the time signatures in order; of several at one tick that of the first part."""
    found: dict[int, MetreChange] = {}
    for part in parts:
        before = None
        for place, bar in part.bars.items():
            for tick, metre in bar.metres.items():
                if metre != before:
                    found.setdefault(lines[place] + tick, MetreChange(lines[place] + tick, metre))
                before = metre
    return tuple(found[tick] for tick in sorted(found))


def _tempos(parts: list[_Part], lines: list[int]) -> tuple[TempoChange, ...]:
    """Return the tempos in order; of several at one tick that of the first part."""
    found: dict[int, float] = {}
    for part in parts:
        for place, bar in part.bars.items():
            for tick, tempo in bar.tempos.items():
                found.setdefault(lines[place] + tick, tempo)
    return tuple(TempoChange(tick, found[tick]) for tick in sorted(found))
