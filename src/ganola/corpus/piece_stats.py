"""What a survey needs to know of a piece, and what a corpus says of it, gathered while its file is read."""

import hashlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, UInt32

from ganola.corpus.alignment import align_piece
from ganola.corpus.similarity import Sketch, sketch_lines
from ganola.music.key import find_key, pitch_class_weights
from ganola.music.metre import TimeSignature
from ganola.music.naming import number_equal_names
from ganola.music.pulse import Timing
from ganola.music.score import Score
from ganola.music.tracks import Track
from ganola.music.unmarked_drums import count_pitches, mark_drums

MAX_VOICES = 8
LEGATO = 8  # notes that overlap by less than this part of a quarter note follow one another


@dataclass(frozen=True, slots=True)
class PieceStats:
    """A piece in numbers. Ticks are those of its file."""

    name: str
    label: str
    digest: str  # the same for the same notes, bars and tracks
    tracks: tuple[Track, ...]
    metre: TimeSignature  # that under which most of its time passes, or, where the file does not say, the likelier one
    bars_stated: bool  # whether the file says where its bars begin, and can be believed
    metre_stated: bool
    downbeat: int  # where bars are not stated: quarter notes from tick 0 to a bar line that the notes speak for
    key: str | None
    semitones_to_c: int
    timing: Timing  # how the notes keep to the beats of the file
    offset: float  # quarter notes by which the notes lay after the beat
    tempo: float
    onsets: Int[np.ndarray, "tracks"]
    overlapping: Int[np.ndarray, "tracks"]  # notes that begin clearly before the one before them in their track ends
    pitches: UInt32[np.ndarray, "tracks 128"]  # how often each is struck
    phases: Int[np.ndarray, "phases"]  # where in their beat notes begin, the offset removed
    remarks: tuple[str, ...]  # what was repaired or guessed while its file was read
    voices: Int[np.ndarray, "9"]  # ticks during which so many pitched notes sound together, the last: or more


@dataclass(frozen=True, slots=True)
class AnalysedPiece:
    """A file's music as it was read, its constant offset from the beat removed, and what is known of it."""

    stats: PieceStats
    score: Score
    sketches: tuple[Sketch, ...]


def analyse_piece(name: str, label: str, score: Score, *, fingerprint: bool) -> AnalysedPiece:
    """Return `score` and what there is to know of it; without `fingerprint`, not what tells tunes apart.

    Before anything else is asked, drums are found that are not called drums, and tracks of equal names get distinct
    ones: here, since every piece comes by, whatever its format, for a corpus as for a judge.
    """
    aligned = align_piece(number_equal_names(mark_drums(score)))
    score = aligned.score
    key = find_key(pitch_class_weights(score))
    pitches = count_pitches(score)
    stats = PieceStats(
        name=name,
        label=label,
        digest=_digest(score),
        tracks=score.tracks,
        metre=aligned.metre,
        bars_stated=aligned.bars_stated,
        metre_stated=aligned.metre_stated,
        downbeat=aligned.downbeat,
        key=str(key) if key else None,
        semitones_to_c=key.semitones_to_c if key else 0,
        timing=aligned.timing,
        offset=aligned.offset,
        tempo=score.tempo,
        onsets=pitches.sum(axis=1),
        overlapping=_overlapping(score),
        pitches=pitches.astype(np.uint32),
        phases=aligned.phases,
        remarks=score.remarks,
        voices=_voices(score),
    )
    return AnalysedPiece(stats, score, sketch_lines(score) if fingerprint else ())


def _digest(score: Score) -> str:
    notes, digest = score.notes, hashlib.blake2b(digest_size=8)
    for column in (notes.track.astype(np.int16), notes.start, notes.end, notes.pitch.astype(np.int16)):
        digest.update(np.ascontiguousarray(column).data)
    tracks = [(track.name, track.program, track.drums) for track in score.tracks]
    metres = [(change.tick, str(change.signature)) for change in score.metres]
    digest.update(repr((score.ticks_per_quarter, metres, score.first_bar, tracks)).encode())
    return digest.hexdigest()


def _overlapping(score: Score) -> Int[np.ndarray, "tracks"]:
    """Return for each track how many notes begin with the one before them, or clearly before its end; files have an
    order."""
    notes, legato = score.notes, np.int32(score.ticks_per_quarter // LEGATO)
    together = (notes.start[1:] < notes.end[:-1] - legato) | (notes.start[1:] == notes.start[:-1])
    overlaps = together & (notes.track[1:] == notes.track[:-1])
    return np.bincount(notes.track[1:][overlaps], minlength=len(score.tracks))


def _voices(score: Score) -> Int[np.ndarray, "9"]:
    """Return during how many ticks how many notes sound, where one pitched track could be split into voices; else
    zeros."""
    if sum(not track.drums for track in score.tracks) != 1:
        return np.zeros(MAX_VOICES + 1, dtype=np.int64)
    notes = score.pitched
    times = np.concatenate([notes.start, notes.end])
    change = np.repeat(np.array([1, -1]), len(notes))
    order = np.argsort(times, kind="stable")
    sounding = np.cumsum(change[order])[:-1]
    counts = np.bincount(np.clip(sounding, 0, MAX_VOICES), np.diff(times[order]), minlength=MAX_VOICES + 1)
    return counts.astype(np.int64)
