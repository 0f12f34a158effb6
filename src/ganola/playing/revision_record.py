"""What a file says of a revision, so that it can be made again from that file and the model alone.

The file holds all that was kept. The record says which of its notes are new, and where the model's steps lie.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ganola.errors import InputError
from ganola.music.key import Key
from ganola.music.score import Score
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec
from ganola.playing.packing import pack_numbers, unpack_numbers
from ganola.playing.revision import RevisedScore, Revision
from ganola.playing.timeline import Run, Timeline

_NEW = 0xFFFF  # instead of the number of a track
_MOST_TICKS, _MOST_STEPS = 2**26, 2**20
Index = Annotated[int, Field(ge=0, lt=0xFFFF)]
Tick = Annotated[int, Field(ge=-_MOST_TICKS, le=_MOST_TICKS)]
Step = Annotated[int, Field(ge=0, le=_MOST_STEPS)]


class RevisionRecord(BaseModel):
    """A revision without its notes, as its files hold it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracks: tuple[Track, ...] = Field(description="of the whole, silent ones too")
    silent: tuple[Index, ...] = Field(description="which of them have no notes, so that a file lacks them")
    homes: tuple[tuple[Index, ...], ...]
    present: tuple[bool, ...]
    runs: tuple[tuple[Tick, Step, Step], ...] = Field(min_length=1, description="tick, step, steps")
    offset: Tick
    made: tuple[tuple[Index, Step, Step], ...] = Field(description="track, and from and to which step")
    end: Annotated[int, Field(ge=0, le=_MOST_TICKS)]
    semitones: int = Field(ge=-127, le=127)
    key: tuple[Annotated[int, Field(ge=0, le=11)], bool] | None = Field(description="tonic, and whether it is minor")
    notes: str = Field(description="of each note its track of the model and 1, 0 for none, 65535 where it is new")


def record_revision(revision: Revision, revised: RevisedScore) -> RevisionRecord:
    """Return the record of a revision, and of which notes of the whole are new."""
    score, timeline = revised.score, revision.timeline
    numbers = np.where(revised.new, _NEW, revised.own_track + 1)
    struck = np.bincount(score.notes.track, minlength=len(score.tracks))
    return RevisionRecord(
        tracks=score.tracks,
        silent=tuple(np.flatnonzero(struck == 0).tolist()),
        homes=revision.homes,
        present=revision.present,
        runs=tuple((run.tick, run.step, run.steps) for run in timeline.runs),
        offset=timeline.offset,
        made=tuple(
            (track, int(first), int(last))
            for track, own in enumerate(revision.made)
            for first, last in np.flatnonzero(np.diff(np.pad(own.astype(np.int8), 1))).reshape(-1, 2)
        ),
        end=score.end,
        semitones=revision.semitones,
        key=(revision.key.tonic, revision.key.minor) if revision.key else None,
        notes=pack_numbers(numbers),
    )


def restore_revision(score: Score, record: RevisionRecord, spec: ModelSpec) -> Revision:
    """Return the revision of which `score`, read from a MIDI file, is the whole.

    Raises InputError, with a problem that does not name the file, where the two do not fit, or the model does not.
    """
    sounding = np.array([index for index in range(len(record.tracks)) if index not in record.silent])
    try:
        numbers = unpack_numbers(record.notes)
    except ValueError as error:
        raise _changed() from error
    if len(sounding) != len(score.tracks) or len(numbers) != len(score.notes):
        raise _changed()
    notes = replace(score.notes, track=sounding[score.notes.track].astype(np.int32)).sort()
    old = numbers != _NEW
    grid = spec.grid
    runs = tuple(Run(*run) for run in record.runs)
    timeline = Timeline(runs, score.ticks_per_quarter, grid.steps_per_quarter, grid.steps_per_bar, record.offset)
    steps, tracks = max(timeline.steps, grid.steps), len(spec.tracks)
    if not _fits(record, runs, steps, spec) or (numbers[old] > tracks).any():
        raise _changed()
    made = np.zeros((tracks, steps), dtype=bool)
    for track, first, last in record.made:
        made[track, first:last] = True
    return Revision(
        score=replace(score, tracks=record.tracks, notes=notes.where(old), end=record.end),
        own_track=numbers[old] - 1,
        timeline=timeline,
        made=made,
        present=record.present,
        homes=record.homes,
        semitones=record.semitones,
        key=Key(*record.key) if record.key else None,
    )


def _fits(record: RevisionRecord, runs: Sequence[Run], steps: int, spec: ModelSpec) -> bool:
    """Return whether all that a record names is there."""
    tracks = len(spec.tracks)
    if steps > _MOST_STEPS or len(record.homes) != tracks or len(record.present) != tracks:
        return False
    in_bars = all(run.step % spec.grid.steps_per_bar == 0 and run.step + run.steps <= steps for run in runs)
    homes = all(home < len(record.tracks) for own in record.homes for home in own)
    made = all(track < tracks and record.homes[track] and first < last <= steps for track, first, last in record.made)
    return in_bars and homes and made


def _changed() -> InputError:
    return InputError(
        "it is not as ganola wrote it: its notes, or what it says of them, were changed since",
        "Name the file as it was written.",
    )
