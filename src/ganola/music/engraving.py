"""MusicXML out: a score as notation programs open it, written by music21."""

import json
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ganola.music.score import Notes, Score
from ganola.storage import write_whole


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
