"""A person's music as a model can be given it, whatever the file: its tracks, its key and its bars are the model's.

The music itself stays as it is, in its own ticks, so that what is kept of it can leave as it came in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from ganola.corpus.alignment import align_piece
from ganola.corpus.metres import set_bars
from ganola.corpus.phrases import semitones_back
from ganola.errors import InputError
from ganola.music.bar_spans import BarSpan, bar_spans
from ganola.music.grid import Grid
from ganola.music.key import Key, key_of, pitch_name
from ganola.music.naming import number_equal_names
from ganola.music.score import Score, quantise
from ganola.music.unmarked_drums import mark_drums
from ganola.networks.model import Model
from ganola.playing.timeline import FileBar, Timeline, lay_out_bars
from ganola.playing.track_matching import NONE, TrackMatch, match_tracks, tracks_of_notes
from ganola.wording import counted


@dataclass(frozen=True)
class OwnMusic:
    """A piece of music in its own ticks, and what each of its notes is to a model."""

    score: Score
    matches: tuple[TrackMatch, ...]  # of its tracks, in order
    homes: tuple[tuple[int, ...], ...]  # for each of the model's tracks, which of the piece's are it
    timeline: Timeline
    bars: tuple[FileBar, ...]
    semitones: int  # up, to the model's key
    key: Key | None  # as it is, where that is known
    own_track: Int[np.ndarray, "notes"]  # of the model; NONE for notes of tracks that are none of its
    start: Int[np.ndarray, "notes"]  # in steps of `timeline`; OUTSIDE in bars of another metre
    end: Int[np.ndarray, "notes"]
    remarks: tuple[str, ...]  # what was guessed, and how it was moved, for its owner


def read_own_music(score: Score, model: Model, provenance: Mapping[str, Any] | None = None) -> OwnMusic:
    """Return a piece as a model can be given it; `provenance` is what its file says of that, if ganola made it.

    Raises InputError, with a problem that does not name the file, where the model cannot be given it.
    """
    grid = model.spec.grid
    if not len(score.notes):
        raise InputError("no notes in it", "Name a file of music.")
    if score.ticks_per_quarter < grid.steps_per_quarter:  # too coarse for what is new
        score = quantise(score, score.ticks_per_quarter * grid.steps_per_quarter)
    stated = bool(score.metres)
    score, offset = _with_bars(score, model, provenance)
    named = number_equal_names(mark_drums(score))
    spans = bar_spans(score)
    _refuse_short(score, grid)
    runs, bars = lay_out_bars(spans, grid, score.ticks_per_quarter)
    if not runs:
        raise InputError(_other_metre(spans, grid), f"Write it in {grid.metre}, or choose a model of such music.")
    timeline = Timeline(runs, score.ticks_per_quarter, grid.steps_per_quarter, grid.steps_per_bar, offset)
    semitones, key = _find_key(named, model, provenance)
    in_c = named.transpose(semitones)
    matches = match_tracks(in_c, model)
    own_track = tracks_of_notes(in_c, matches, model)
    _refuse_out_of_range(in_c, own_track, grid)
    start, end = timeline.locate(score.notes.start, score.notes.end)
    return OwnMusic(
        score=score,
        matches=matches,
        homes=_homes(matches, model),
        timeline=timeline,
        bars=bars,
        semitones=semitones,
        key=key,
        own_track=own_track,
        start=start,
        end=end,
        remarks=tuple(_remarks(stated, score, semitones, key)),
    )


def _with_bars(score: Score, model: Model, provenance: Mapping[str, Any] | None) -> tuple[Score, int]:
    """Return `score` with bars, and by how many ticks its notes lie behind its beats.

    Bars are those of the file, as a musician sees them there; where it states none, they are estimated from the notes.
    """
    if provenance is not None and score.metres:
        return score, 0
    aligned = align_piece(number_equal_names(mark_drums(score)))
    behind = int(score.notes.start[0] - aligned.score.notes.start[0])
    if aligned.metre_stated:
        return score, behind if aligned.bars_stated else 0
    metre = model.spec.grid.metre
    if not aligned.metre.divides(metre):
        raise InputError(
            f"it states no metre and sounds like {aligned.metre}; this model plays {metre}",
            "State the metre in a music program, or choose a model of such music.",
        )
    bar_line = aligned.downbeat * score.ticks_per_quarter + behind
    return set_bars(score, aligned.metre, bar_line % aligned.metre.bar_ticks(score.ticks_per_quarter)), 0


def _find_key(score: Score, model: Model, provenance: Mapping[str, Any] | None) -> tuple[int, Key | None]:
    """Return by how many semitones a piece is brought to the model's key, and the key that it is in."""
    if not model.record.common_tonic:
        return 0, key_of(score)
    if provenance is not None:
        semitones = semitones_back(score, provenance, model.record.plan)
        return semitones, key_of(score, -semitones % 12)
    key = key_of(score)
    return (key.semitones_to_c if key else 0), key


def _remarks(stated: bool, score: Score, semitones: int, key: Key | None) -> Iterator[str]:
    """Yield what the owner of a piece should know of how it was read."""
    if not stated:
        quarters = score.first_bar / score.ticks_per_quarter
        yield f"no metre is stated: bars of {score.metres[0]} from beat {quarters + 1:g} on, by the notes"
    if semitones:
        way = "up" if semitones > 0 else "down"
        yield f"heard {counted(abs(semitones), 'semitone')} {way}, in C{f': it is in {key}' if key else ''}"


def _homes(matches: tuple[TrackMatch, ...], model: Model) -> tuple[tuple[int, ...], ...]:
    voices = model.record.plan.tracks_by == "voices"
    return tuple(
        tuple(index for index, match in enumerate(matches) if match.own == track or (voices and match.own != NONE))
        for track in range(len(model.spec.tracks))
    )


def _refuse_short(score: Score, grid: Grid) -> None:
    if score.notes.end.max() - score.notes.start.min() < grid.metre.bar_ticks(score.ticks_per_quarter):
        raise InputError(f"shorter than a bar of {grid.metre}", "Give at least a bar of music.")


def _other_metre(spans: list[BarSpan], grid: Grid) -> str:
    metres = dict.fromkeys(str(span.metre) for span in spans)
    return f"in {' and '.join(metres)}; this model plays {grid.metre}"


def _refuse_out_of_range(score: Score, own_track: Int[np.ndarray, "notes"], grid: Grid) -> None:
    """Raise InputError where most notes, brought to the model's key, lie beyond its range: it would not hear them."""
    pitch = score.notes.pitch[own_track != NONE]
    inside = (pitch >= grid.lowest) & (pitch <= grid.highest)
    if 2 * np.count_nonzero(inside) < len(pitch):
        raise InputError(
            f"most of its notes are out of this model's range, {pitch_name(grid.lowest)} to {pitch_name(grid.highest)}",
            "Transpose it by an octave, or choose a model of such music.",
        )
