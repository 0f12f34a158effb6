"""MusicXML out: a score as a musician would print it, for notation programs.

Bars, clefs, keys, voices, note values, ties, tuplets and accidentals are written. Beams, stems and distances are left
to the program that opens it. The order of elements within each other is MusicXML's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from ganola.errors import InputError
from ganola.music.bar_spans import BarSpan, bar_spans
from ganola.music.grid import Grid
from ganola.music.io.notation.drums import drum_of
from ganola.music.io.notation.note_values import Value
from ganola.music.io.notation.signs import Head, Sign, accidentals, notate
from ganola.music.io.notation.staves import Clef, staves_of
from ganola.music.io.provenance import provenance_line
from ganola.music.key import Key, key_of
from ganola.music.metre import TimeSignature
from ganola.music.roll import fit_notes
from ganola.music.score import Notes, Score
from ganola.music.spelling import signature, spell
from ganola.music.tracks import Track
from ganola.storage import write_whole

_PROLOGUE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_VOICES_A_STAFF = 4  # as notation programs number voices: from 1 on the first staff, from 5 on the second
_CHANNELS = tuple(channel for channel in range(1, 17) if channel != 10)
_DRUM_CHANNEL = 10  # counted from 1
MAX_HEADS = 50_000  # of notes, in a document: seconds to write, and already more than anybody reads
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_ALL_PITCHES = Grid(lowest=0, pitches=128)


@dataclass(frozen=True, slots=True)
class _Part:
    """A track in a document: its id there, its clefs, the key (of drums none), and the divisions of a quarter note."""

    id: str
    track: Track
    clefs: tuple[Clef, ...]
    key: Key | None
    divisions: int

    def instrument(self, drum: int = 1) -> str:
        """Return the id of its instrument; of drums, that of the one with this MIDI key."""
        return f"{self.id}-I{drum}"


def write_musicxml(
    score: Score, path: Path, provenance: dict[str, Any] | None = None, *, title: str = "", key: Key | None = None
) -> None:
    """Write `score` as MusicXML, whole or not at all; its title is else the file's name. See `musicxml_bytes`."""
    write_whole(path, musicxml_bytes(score, provenance, title=title or path.stem, key=key))


def musicxml_bytes(
    score: Score, provenance: dict[str, Any] | None = None, *, title: str, key: Key | None = None
) -> bytes:
    """Return `score` as a MusicXML document, the same bytes each time.

    Its ticks are steps of a grid: finer times than a grid has cannot be written as notes, which raises ValueError. In a
    track a pitch sounds once at a time, as in a roll. Without a `key` the music is in the one that is found, if any.

    Raises InputError for music so dense that it would take more than MAX_HEADS note heads.
    """
    root = Element("score-partwise", version="4.0")
    _identify(root, title, provenance)
    listed = SubElement(root, "part-list")
    measures = bar_spans(score)
    key = key or key_of(score) or Key(0, minor=False)
    polyphonic = tuple(track.model_copy(update={"monophonic": False}) for track in score.tracks)
    notes = fit_notes(score.notes, polyphonic, _ALL_PITCHES).notes
    _refuse_dense(notes, measures)
    for index, track in enumerate(score.tracks):
        own = [(start, end, pitch) for _, start, end, pitch in notes.where(notes.track == index).rows()]
        staves = staves_of(track, own)
        written = notate([of_staff for _, of_staff in staves], measures, score.ticks_per_quarter)
        part = _Part(
            id=f"P{index + 1}",
            track=track,
            clefs=tuple(clef for clef, _ in staves),
            key=None if track.drums else key,
            divisions=_divisions(written),
        )
        _list_part(listed, part, _CHANNELS[index % len(_CHANNELS)], sorted({pitch for _, _, pitch in own}))
        _write_part(root, part, measures, written, score.tempo if index == 0 else None)
    indent(root)
    return (_PROLOGUE + tostring(root, encoding="unicode") + "\n").encode()


def _refuse_dense(notes: Notes, measures: Sequence[BarSpan]) -> None:
    """Raise InputError where notes, cut at every bar line and wherever another of their track begins or ends, are too
    many to be written."""
    bar_lines = [measure.end for measure in measures]
    heads = 0
    for track in np.unique(notes.track):
        own = notes.where(notes.track == track)
        edges = np.unique(np.concatenate([own.start, own.end, bar_lines]))
        heads += int((np.searchsorted(edges, own.end) - np.searchsorted(edges, own.start)).sum())
    if heads > MAX_HEADS:
        counts = f"{len(notes):,} notes, written as up to {heads:,} note heads, more than {MAX_HEADS:,}"
        raise InputError(f"too dense to be read: {counts}", "Choose mid, wav or png, which work all the same.")


def _divisions(written: Sequence[Sequence[Sign]]) -> int:
    """Return into how many parts a quarter note is divided, so that every time is a whole number of them."""
    times = {time for signs in written for sign in signs for time in (sign.value.start, sign.value.end)}
    return math.lcm(*(time.denominator for time in times))


def _add(parent: Element, tag: str, text: str | int | None = None, **attributes: str) -> Element:
    """Return a new element at the end of another."""
    element = SubElement(parent, tag, attributes)
    element.text = None if text is None else str(text)
    return element


def _identify(root: Element, title: str, provenance: dict[str, Any] | None) -> None:
    _add(_add(root, "work"), "work-title", title)
    identification = _add(root, "identification")
    _add(identification, "creator", "ganola", type="composer")
    _add(_add(identification, "encoding"), "software", "ganola")
    if provenance is not None:
        fields = _add(identification, "miscellaneous")
        _add(fields, "miscellaneous-field", provenance_line(provenance), name="ganola")


def _list_part(listed: Element, part: _Part, channel: int, pitches: Sequence[int]) -> None:
    """Add who plays: one instrument, or of drums one for each."""
    own = _add(listed, "score-part", id=part.id)
    _add(own, "part-name", part.track.name)
    instruments: list[tuple[str, str, int | None]] = [(part.instrument(), part.track.name, None)]
    if part.key is None and pitches:
        instruments = [(part.instrument(pitch), drum_of(pitch).name, pitch) for pitch in pitches]
    for instrument, name, _ in instruments:
        _add(_add(own, "score-instrument", id=instrument), "instrument-name", name)
    for instrument, _, drum in instruments:
        playing = _add(own, "midi-instrument", id=instrument)
        _add(playing, "midi-channel", channel if part.key else _DRUM_CHANNEL)
        _add(playing, "midi-program", part.track.program + 1)
        if drum is not None:
            _add(playing, "midi-unpitched", drum + 1)


def _write_part(
    root: Element, part: _Part, measures: Sequence[BarSpan], written: Sequence[Sequence[Sign]], tempo: float | None
) -> None:
    content = _add(root, "part", id=part.id)
    before: TimeSignature | None = None
    pickups = int(measures[0].lacking > 0)
    for number, (measure, signs) in enumerate(zip(measures, written, strict=True), start=1 - pickups):
        bar = _add(content, "measure", number=str(number), **({} if number else {"implicit": "yes"}))
        if before != measure.metre:
            _add_attributes(bar, part, measure.metre, first=before is None)
        if before is None and tempo is not None:
            _add_tempo(bar, tempo, measure.metre)
        _add_voices(bar, part, signs)
        before = measure.metre
    _add(_add(bar, "barline", location="right"), "bar-style", "light-heavy")


def _add_attributes(bar: Element, part: _Part, metre: TimeSignature, *, first: bool) -> None:
    """Add what stands at the head of a part; later, a new metre alone."""
    attributes = _add(bar, "attributes")
    if first:
        _add(attributes, "divisions", part.divisions)
        key = _add(attributes, "key")
        _add(key, "fifths", signature(part.key) if part.key else 0)
        if part.key:
            _add(key, "mode", "minor" if part.key.minor else "major")
    time = _add(attributes, "time")
    _add(time, "beats", metre.numerator)
    _add(time, "beat-type", metre.denominator)
    if not first:
        return
    if len(part.clefs) > 1:
        _add(attributes, "staves", len(part.clefs))
    for number, kind in enumerate(part.clefs, start=1):
        clef = _add(attributes, "clef", **({"number": str(number)} if len(part.clefs) > 1 else {}))
        _add(clef, "sign", kind.sign)
        if kind.line:
            _add(clef, "line", kind.line)
        if kind.octave:
            _add(clef, "clef-octave-change", kind.octave)
    if part.key is None:
        _add(_add(attributes, "staff-details"), "staff-lines", 5)  # programs give drums as few as one


def _add_tempo(bar: Element, tempo: float, metre: TimeSignature) -> None:
    """Add the tempo of the pulses, which are dotted where they divide into three."""
    of_three = metre.is_compound
    direction = _add(bar, "direction", placement="above")
    metronome = _add(_add(direction, "direction-type"), "metronome")
    _add(metronome, "beat-unit", "quarter")
    if of_three:
        _add(metronome, "beat-unit-dot")
    _add(metronome, "per-minute", f"{tempo / 1.5 if of_three else tempo:.6g}")
    _add(direction, "sound", tempo=f"{tempo:.6g}")


def _add_voices(bar: Element, part: _Part, signs: Sequence[Sign]) -> None:
    """Add the voices of a bar, one after the other; between them, time goes back."""
    shown = accidentals(signs, part.key) if part.key else {}
    numbered = enumerate(signs)
    voices = [list(own) for _, own in groupby(numbered, key=lambda one: (one[1].staff, one[1].voice))]
    for number, own in enumerate(voices):
        if number:
            start, end = own[0][1].value.start, own[-1][1].value.end
            _add(_add(bar, "backup"), "duration", int(part.divisions * (end - start)))
        for index, sign in own:
            for place, head in enumerate(sign.heads or (None,)):
                accidental = shown.get((index, head.pitch)) if head else None
                _add_note(bar, part, sign, head, accidental, chord=place > 0)


def _add_note(bar: Element, part: _Part, sign: Sign, head: Head | None, accidental: int | None, *, chord: bool) -> None:
    """Add a note head of a sign, or, without a head, a rest."""
    note, value = _add(bar, "note"), sign.value
    if chord:
        _add(note, "chord")
    if head is None:
        _add(note, "rest", **({"measure": "yes"} if sign.whole_bar else {}))
    else:
        _add_pitch(note, head.pitch, part.key)
    _add(note, "duration", int(part.divisions * (value.end - value.start)))
    ties = _edges(head.held, head.lasting) if head else []
    for kind in ties:
        _add(note, "tie", type=kind)
    if head and part.key is None:
        _add(note, "instrument", id=part.instrument(head.pitch))
    _add(note, "voice", _VOICES_A_STAFF * sign.staff + sign.voice + 1)
    if not sign.whole_bar:
        _add(note, "type", value.kind)
        for _ in range(value.dots):
            _add(note, "dot")
    if accidental is not None:
        _add(note, "accidental", _ACCIDENTALS[accidental])
    if value.tuplet:
        ratio = _add(note, "time-modification")
        _add(ratio, "actual-notes", value.tuplet.actual)
        _add(ratio, "normal-notes", value.tuplet.normal)
        _add(ratio, "normal-type", value.tuplet.kind)
    if head and part.key is None:
        _add(note, "notehead", drum_of(head.pitch).head)
    if len(part.clefs) > 1:
        _add(note, "staff", sign.staff + 1)
    brackets = _brackets(value) if not chord else []
    if ties or brackets:
        notations = _add(note, "notations")
        for kind in ties:
            _add(notations, "tied", type=kind)
        for kind in brackets:
            _add(notations, "tuplet", type=kind)


def _add_pitch(note: Element, pitch: int, key: Key | None) -> None:
    """Add what a note sounds, or, of a drum, where it stands."""
    if key is None:
        place = _add(note, "unpitched")
        _add(place, "display-step", drum_of(pitch).letter)
        _add(place, "display-octave", drum_of(pitch).octave)
        return
    spelling = spell(pitch, key)
    sounding = _add(note, "pitch")
    _add(sounding, "step", spelling.letter)
    if spelling.sharps:
        _add(sounding, "alter", spelling.sharps)
    _add(sounding, "octave", spelling.octave)


def _brackets(value: Value) -> list[str]:
    """Return whether a tuplet begins or ends with a value."""
    tuplet = value.tuplet
    return _edges(value.end == tuplet.end, value.start == tuplet.start) if tuplet else []


def _edges(stops: bool, starts: bool) -> list[str]:
    return [kind for kind, here in (("stop", stops), ("start", starts)) if here]
