"""Printed music in and out: MusicXML and Humdrum. The only file that knows music21.

music21's own ways from a file to a score go through caches, pickles and guesses by ending. Here it is only ever given
text, and none of that happens.
"""

import codecs
import contextlib
import io
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ganola.errors import InputError
from ganola.music.barring import with_bar_lines
from ganola.music.limits import clean_name, first_line, refusal, refuse_excess, sensible_tempo
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track
from ganola.storage import write_whole

LONGEST_TEXT_BYTES = 32 * 2**20
TICKS_PER_BEAT = 96  # holds sixteenths, triplets and their halves exactly

_PERCUSSION_CHANNEL = 9  # counted from 0
_MARKS = (  # how a text may begin that says its encoding so; the longer ones first
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    ("<".encode("utf-16-le"), "utf-16-le"),
    ("<".encode("utf-16-be"), "utf-16-be"),
)
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_STEPS = tuple(zip("CCDDEFFGGAAB", "010100101010", strict=True))  # and how many sharps

Row = tuple[int, int, int, int]  # track, start, end, pitch


def read_musicxml(data: bytes) -> Score:
    """The music in a MusicXML document, in ticks of 1/96 of a quarter note, at sounding pitch.

    Repeats are not played twice; grace notes and chord symbols are left out. A part on two staves is two tracks.
    Percussion has the MIDI numbers that the document gives its instruments; where it gives none, it is left out.
    Raises InputError, with a problem that does not name the file, where there is no music in it.
    """
    root = _xml_root(data)
    if root.tag == "score-timewise":
        raise refusal("a score written bar by bar (score-timewise), not part by part (score-partwise)")
    if root.tag != "score-partwise":
        raise refusal(f"an XML document of another kind (<{root.tag[:60]}>), not MusicXML")
    with _music21_at_work():
        from music21.musicxml.xmlToM21 import MusicXMLImporter

        _give_percussion_its_keys(root)
        _drop_chord_symbols(root)
        importer = MusicXMLImporter()
        importer.xmlRoot = root
        importer.xmlRootToScore(root, importer.stream)
        return _score(importer.stream)


def read_mxl(data: bytes) -> Score:
    """The music in a compressed MusicXML file: see `read_musicxml`."""
    return read_musicxml(_unpacked(data))


def read_humdrum(data: bytes) -> Score:
    """The music in a Humdrum file's **kern spines: see `read_musicxml`."""
    if len(data) > LONGEST_TEXT_BYTES:
        raise _too_large()
    with _music21_at_work():
        from music21.humdrum.spineParser import HumdrumDataCollection

        sheet = HumdrumDataCollection(decoded(data)).parse()
        if "Opus" in sheet.classes:
            raise refusal("several pieces in one Humdrum file")
        return _score(sheet)


def decoded(data: bytes, encoding: str = "utf-8-sig") -> str:
    """Bytes as text: in `encoding`, or in Latin-1, which takes any bytes, where they are not."""
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return data.decode("latin-1")


@contextlib.contextmanager
def _music21_at_work() -> Iterator[None]:
    """music21's complaints go unheard, and whatever stops it becomes an InputError."""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except Exception as error:  # music21 raises many kinds, by what is broken
        raise refusal(f"not readable as notation ({first_line(error)})") from error


def _too_large() -> InputError:
    return refusal(f"more than {LONGEST_TEXT_BYTES // 2**20} MB of text, which no piece of music needs")


def _xml_root(data: bytes) -> ElementTree.Element:
    """The root of an XML document. One that declares entities is refused before it is parsed: they can be bombs."""
    if len(data) > LONGEST_TEXT_BYTES:
        raise _too_large()
    text = decoded(data, _encoding(data)).lstrip("\ufeff \t\r\n")
    if "<!ENTITY" in text:
        raise refusal("an XML document with entities of its own, which no music needs and which can do harm")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - it declares no entities
    except (ElementTree.ParseError, ValueError) as error:
        raise refusal(f"not readable as notation (damaged XML: {first_line(error)})") from error


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    declared = _DECLARED_ENCODING.match(data[:1024])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    return "utf-8" if name.startswith("utf-16") else name  # it would have begun with a mark


def _unpacked(data: bytes) -> bytes:
    """The MusicXML document in a zip archive: the one that META-INF/container.xml names, or the first there is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _root_file(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise refusal(f"a damaged .mxl file ({first_line(error)})") from error


def _root_file(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        for element in _xml_root(_member(archive, "META-INF/container.xml")).iter():
            if element.tag.endswith("rootfile") and (name := element.get("full-path")) in names:
                return str(name)
    for name in names:
        if name.lower().endswith((".xml", ".musicxml")) and not name.startswith(("META-INF/", "__MACOSX/")):
            return name
    raise refusal("an .mxl file without a MusicXML document in it")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's bytes, of which never more are unpacked than a document may have."""
    info = archive.getinfo(name)
    if info.flag_bits & 0x1:
        raise refusal("an .mxl file with a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack beyond any limit
        raise refusal("an .mxl file packed otherwise than MusicXML allows")
    with archive.open(info) as file:
        content = file.read(LONGEST_TEXT_BYTES + 1)
    if len(content) > LONGEST_TEXT_BYTES:
        raise _too_large()
    return content


def _drop_chord_symbols(root: ElementTree.Element) -> None:
    """They do not sound, and music21 takes longer for one than for a bar of notes."""
    for measure in root.iter("measure"):
        for symbol in measure.findall("harmony"):
            measure.remove(symbol)


def _give_percussion_its_keys(root: ElementTree.Element) -> None:
    """Write the unpitched notes of a document as the pitches that its MIDI instruments give them.

    music21 knows no more of a part than its first instrument; a drum kit has one for each drum.
    """
    keys = {part.get("id"): _percussion_keys(part) for part in root.iterfind("part-list/score-part")}
    for part in root.iterfind("part"):
        own = keys.get(part.get("id"), {})
        only = next(iter(own.values())) if len(own) == 1 else None
        for note in part.iter("note") if own else ():
            unpitched, instrument = note.find("unpitched"), note.find("instrument")
            key = only if instrument is None else own.get(instrument.get("id"))
            if unpitched is not None and key is not None:
                unpitched.clear()
                unpitched.tag = "pitch"
                step, sharps = _STEPS[key % 12]
                for name, value in (("step", step), ("alter", sharps), ("octave", str(key // 12 - 1))):
                    ElementTree.SubElement(unpitched, name).text = value


def _percussion_keys(score_part: ElementTree.Element) -> dict[str | None, int]:
    """The MIDI number of each of a part's percussion instruments, by its id; MusicXML counts from 1."""
    instruments = score_part.findall("midi-instrument")
    found = {instrument.get("id"): instrument.findtext("midi-unpitched", "").strip() for instrument in instruments}
    return {name: int(key) - 1 for name, key in found.items() if key.isdecimal() and 1 <= int(key) <= 128}


def _score(sheet: Any) -> Score:
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


def write_musicxml(score: Score, path: Path, provenance: dict[str, Any] | None = None) -> None:
    """Write `score` as MusicXML for notation programs, whole or not at all."""
    from music21 import chord, clef, instrument, metadata, meter, note, stream, tempo
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    sheet = stream.Score()
    sheet.metadata = metadata.Metadata(title=path.stem, composer="ganola")
    if provenance is not None:
        sheet.metadata.add("description", json.dumps(provenance, sort_keys=True))
    for index, track in enumerate(score.tracks):
        part = stream.Part(id=track.name)
        part.partName = track.name
        player = (
            instrument.UnpitchedPercussion() if track.drums else instrument.instrumentFromMidiProgram(track.program)
        )
        player.partName = track.name
        part.insert(0, player)
        for metre in score.metres:
            sign = meter.TimeSignature(str(metre))
            part.insert(metre.tick / score.ticks_per_beat, sign)
        if index == 0:
            part.insert(0, tempo.MetronomeMark(number=score.tempo))
        notes = score.notes.where(score.notes.track == index)
        for start, end, pitches in _chords(notes):
            sound = note.Note(pitches[0]) if len(pitches) == 1 else chord.Chord(pitches)
            sound.quarterLength = (end - start) / score.ticks_per_beat
            part.insert(start / score.ticks_per_beat, sound)
        if len(notes):
            part.insert(0, clef.bestClef(part, recurse=True))
        part.makeRests(fillGaps=True, inPlace=True, timeRangeFromBarDuration=True)
        sheet.insert(0, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_whole(path, GeneralObjectExporter(sheet).parse())


def _chords(notes: Notes) -> list[tuple[int, int, list[int]]]:
    """Notes as chords of one length after another (start, end, pitches): what a single staff's voice can hold.

    A chord lasts until the next begins; a note that sounds on is struck again with it.
    """
    edges = np.unique(np.concatenate([notes.start, notes.end]))
    found: list[tuple[int, int, list[int]]] = []
    for start, end in pairwise(edges.tolist()):
        pitches = notes.pitch[(notes.start <= start) & (notes.end >= end)]
        if len(pitches):
            begins = bool((notes.start == start).any())
            if not begins and found and found[-1][1] == start and found[-1][2] == sorted({*pitches.tolist()}):
                found[-1] = (found[-1][0], int(end), found[-1][2])
            else:
                found.append((int(start), int(end), sorted({*pitches.tolist()})))
    return found
