"""A piece of which a part is made anew: what is kept of it, as a model is given it, and the whole with what is new.

A note is kept or made anew with the step at which it begins, and what is kept leaves exactly as it came in. Of a note
that begins where music is made anew and sounds on where it is kept, the part that is kept is struck there.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Int, Shaped, UInt8

from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.key import Key
from ganola.music.roll import OFF, decode, encode, fit_notes
from ganola.music.score import DEFAULT_VELOCITY, Notes, Score
from ganola.networks.config import ModelSpec
from ganola.playing.given import Given
from ganola.playing.own_music import OwnMusic
from ganola.playing.timeline import OUTSIDE, Timeline
from ganola.playing.track_matching import NONE


@dataclass(frozen=True)
class Revision:
    """What is kept of a piece, in the tracks that the whole will have, and which steps are made anew.

    The model's tracks that the piece lacks and that are not made anew either, the model plays for itself around what is
    made anew, and nobody hears them: it may never have learned music without them.
    """

    score: Score  # its notes are those that are kept
    own_track: Int[np.ndarray, "notes"]  # of the model, NONE for none
    timeline: Timeline
    made: Bool[np.ndarray, "tracks steps"]
    present: tuple[bool, ...]  # which of the model's tracks the piece has
    homes: tuple[tuple[int, ...], ...]  # for each of the model's tracks, in which of `score` its new notes go
    semitones: int
    key: Key | None


@dataclass(frozen=True)
class RevisedScore:
    """The whole piece, its notes in order, and which of them are new; of the others the track of the model."""

    score: Score
    new: Bool[np.ndarray, "notes"]
    own_track: Int[np.ndarray, "notes"]


def revise(music: OwnMusic, made: Bool[np.ndarray, "tracks steps"], spec: ModelSpec) -> Revision:
    """Return the revision of a piece in which `made` is made anew, of steps within its bars."""
    whole = music.timeline.steps
    made = np.pad(made, ((0, 0), (0, max(whole, spec.grid.steps) - made.shape[1])))
    made[:, : music.timeline.first_step] = False
    notes, own_track = _keep(music, made)
    tracks, homes = list(music.score.tracks), list(music.homes)
    for index, track in enumerate(spec.tracks):
        if made[index].any() and not homes[index]:
            homes[index] = (len(tracks),)
            tracks.append(track.model_copy(update={"monophonic": False}))
    end = max(music.score.end, music.timeline.end_tick)
    return Revision(
        score=replace(music.score, notes=notes, tracks=tuple(tracks), end=end),
        own_track=own_track,
        timeline=music.timeline,
        made=made,
        present=tuple(bool(home) for home in music.homes),
        homes=tuple(homes),
        semitones=music.semitones,
        key=music.key,
    )


def continue_after(music: OwnMusic, bars: int, spec: ModelSpec) -> Revision:
    """Return the revision of a piece in which so many bars follow it, in the tracks of the model that it has.

    Raises InputError where its last bar is in another metre.
    """
    if music.bars[-1].step == OUTSIDE:
        raise InputError(
            f"its last bar is in {music.bars[-1].metre}, or not whole; this model plays {spec.grid.metre}",
            "Cut the end off, or choose a model of such music.",
        )
    timeline = music.timeline.extend(bars)
    start, end = timeline.locate(music.score.notes.start, music.score.notes.end)
    made = np.zeros((len(spec.tracks), timeline.steps), dtype=bool)
    made[:, -bars * spec.grid.steps_per_bar :] = np.array([[bool(home)] for home in music.homes])
    longer = replace(music, timeline=timeline, start=start, end=end)
    return revise(longer, made, spec)


def to_given(revision: Revision, spec: ModelSpec) -> Given:
    """Return what a model is given of a revision.

    A voice that plays one note at a time is kept for as long as its last kept note sounds.
    """
    cells = _kept_cells(revision, spec)
    heard = np.zeros(cells.shape[1], dtype=bool)
    for run in revision.timeline.runs:
        heard[run.step : run.step + run.steps] = True
    kept = ~revision.made & heard
    absent = ~np.array(revision.present)[:, None]
    kept &= ~(absent & _around(revision.made, spec.grid))
    kept |= (cells != OFF).any(axis=2) & np.array([[track.monophonic] for track in spec.tracks])
    return Given(cells * kept[:, :, None].astype(np.uint8), kept)


def merge(revision: Revision, cells: UInt8[np.ndarray, "tracks steps pitches"], spec: ModelSpec) -> RevisedScore:
    """Return the piece whose kept part is that of `revision`, and whose new part is played by `cells`.

    What is new begins and ends on the grid, and is as loud as what is kept around it.
    """
    found = decode(cells, spec.grid)
    ringing = _kept_cells(revision, spec) != OFF
    place = (found.track, found.start)
    fresh = revision.made[place] & ~ringing[(*place, found.pitch - spec.grid.lowest)]
    found = found.where(fresh)
    drums = np.array([track.drums for track in spec.tracks])[found.track]
    pitch = found.pitch - np.where(drums, 0, revision.semitones).astype(np.int32)
    within = (pitch >= 0) & (pitch <= 127)
    found = replace(found, pitch=pitch).where(within)
    new = _place(found, revision)
    new, free = _beside(new, revision.score.notes)
    both = Notes.join([revision.score.notes, new])
    order = np.lexsort((both.velocity, both.end, both.pitch, both.start, both.track))
    is_new = np.arange(len(both)) >= len(revision.score.notes)
    own_track = np.concatenate([revision.own_track, found.track[free].astype(np.int64)])
    return RevisedScore(replace(revision.score, notes=both.where(order)), is_new[order], own_track[order])


def _around(made: Bool[np.ndarray, "tracks steps"], grid: Grid) -> Bool[np.ndarray, "steps"]:
    """Return the bars in which something is made anew, and as many before and after them as a phrase has."""
    bars = made.reshape(len(made), -1, grid.steps_per_bar).any(axis=(0, 2))
    near = np.convolve(bars, np.ones(2 * grid.bars + 1))[grid.bars : -grid.bars]
    return np.asarray(near > 0).repeat(grid.steps_per_bar)


def _keep(music: OwnMusic, made: Bool[np.ndarray, "tracks steps"]) -> tuple[Notes, Int[np.ndarray, "notes"]]:
    """Return the notes that are kept, with the kept parts of others, and the model's track of each."""
    notes = music.score.notes
    redone = (music.own_track != NONE) & (music.start != OUTSIDE)
    redone[redone] = made[music.own_track[redone], music.start[redone]]
    before = np.pad(np.cumsum(made, axis=1), ((0, 0), (1, 0)))  # steps made anew before each
    kept, owners = [notes.where(~redone)], [music.own_track[~redone]]
    for index in np.flatnonzero(redone):
        own, start, end = music.own_track[index], int(music.start[index]), int(music.end[index])
        if before[own, end] - before[own, start] == end - start:
            continue
        parts = _kept_parts(made[own, start:end]) + start
        rows = notes.where(np.full(len(parts), index))
        ends = np.where(parts[:, 1] == end, rows.end, music.timeline.ticks_at(parts[:, 1], ends=True))
        begins = music.timeline.ticks_at(parts[:, 0])
        kept.append(replace(rows, start=begins.astype(np.int32), end=ends.astype(np.int32)))
        owners.append(np.full(len(parts), own))
    return Notes.join(kept), np.concatenate(owners)


def _kept_parts(made: Bool[np.ndarray, "steps"]) -> Int[np.ndarray, "parts 2"]:
    """Return where runs of steps that are not made anew begin and end."""
    edges = np.flatnonzero(np.diff(np.pad((~made).astype(np.int8), 1)))
    return edges.reshape(-1, 2)


def _kept_cells(revision: Revision, spec: ModelSpec) -> UInt8[np.ndarray, "tracks steps pitches"]:
    """Return the cells of what is kept, in the model's key, for as long as it sounds."""
    score = revision.score
    start, end = revision.timeline.locate(score.notes.start, _ends_in_midi(score.notes))
    heard = (revision.own_track != NONE) & (start != OUTSIDE)
    own_track = revision.own_track[heard]
    drums = np.array([track.drums for track in spec.tracks])[own_track]
    columns = (own_track, start[heard], end[heard], score.notes.pitch[heard] + np.where(drums, 0, revision.semitones))
    track, begins, ends, pitch = (column.astype(np.int32) for column in columns)
    notes = Notes(track, begins, ends, pitch, score.notes.velocity[heard])
    fitted = fit_notes(notes, spec.tracks, spec.grid).notes
    return encode(fitted, len(spec.tracks), revision.made.shape[1], spec.grid)


def _ends_in_midi(notes: Notes) -> Int[np.ndarray, "notes"]:
    """Return where each note ends in a MIDI file: of those of a pitch in a track, what begins first ends first."""
    ends = np.empty_like(notes.end)
    by_start = np.lexsort((notes.end, notes.start, notes.pitch, notes.track))
    ends[by_start] = notes.end[np.lexsort((notes.end, notes.pitch, notes.track))]
    return ends


def _place(found: Notes, revision: Revision) -> Notes:
    """Return notes of the model's tracks and steps, at their pitch, in the tracks and ticks of the piece."""
    kept, timeline = revision.score.notes, revision.timeline
    run_ends = np.array([timeline.run_end(int(step)) for step in found.start], dtype=np.int64)
    ends = np.minimum(found.end, run_ends)
    track = np.zeros(len(found), dtype=np.int32)
    for own in np.unique(found.track):
        here = found.track == own
        track[here] = _nearest_home(found.pitch[here], revision.homes[int(own)], kept)
    loudness = [_median(kept.velocity[kept.track == index]) for index in range(len(revision.score.tracks))]
    of_all = _median(kept.velocity) or DEFAULT_VELOCITY
    velocity = np.array([own or of_all for own in loudness], dtype=np.int32)[track]
    start = timeline.ticks_at(found.start).astype(np.int32)
    return Notes(track, start, timeline.ticks_at(ends, ends=True).astype(np.int32), found.pitch, velocity)


def _beside(new: Notes, kept: Notes) -> tuple[Notes, Bool[np.ndarray, "notes"]]:
    """Return the new notes that can sound beside those that are kept, and which of them all these are.

    Of one pitch in one track MIDI ends first what began first. A new note that would begin and end while a kept one
    sounds is left out, and one that would sound on behind the onset of a kept one ends there.
    """
    end, free = new.end.copy(), np.ones(len(new), dtype=bool)
    for index in range(len(new)):
        alike = (kept.track == new.track[index]) & (kept.pitch == new.pitch[index])
        begins, ends, start = kept.start[alike], kept.end[alike], new.start[index]
        end[index] = min([end[index], *begins[begins > start].tolist()])
        free[index] = not ((begins <= start) & (ends >= end[index])).any()
    return replace(new, end=end).where(free), free


def _nearest_home(pitch: Int[np.ndarray, "notes"], homes: tuple[int, ...], kept: Notes) -> Int[np.ndarray, "notes"]:
    """Return for each pitch the track, of several, whose kept notes are nearest; the first where none has any."""
    centres = [_median(kept.pitch[kept.track == home]) for home in homes]
    known = [(home, centre) for home, centre in zip(homes, centres, strict=True) if centre] or [(homes[0], 0)]
    far = np.abs(pitch[:, None] - np.array([centre for _, centre in known]))
    return np.array([home for home, _ in known])[far.argmin(axis=1)]


def _median(values: Shaped[np.ndarray, "notes"]) -> int:
    """Return the median, rounded up; 0 of nothing."""
    return int(np.ceil(np.median(values))) if len(values) else 0
