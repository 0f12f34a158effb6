"""A piece's own tracks become those of the corpus, by one of four policies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Int

from ganola.corpus.plan import DRUMS, Plan
from ganola.music.naming import alternative_names
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

# By group of eight General MIDI programs: pianos, chromatic percussion, organs, guitars, basses, strings (with
# timpani), ensembles (string ensembles, then choirs), and all others.
_FAMILY_OF_GROUP = ("keys", "keys", "keys", "guitar", "bass", "strings", "strings", *["other"] * 9)
_CHOIRS = range(52, 56)
_NONE = -1


def instrument_family(track: Track) -> str:
    """Return the family of instruments that a track belongs to, one of FAMILIES."""
    if track.drums:
        return DRUMS
    return "other" if track.program in _CHOIRS else _FAMILY_OF_GROUP[track.program // 8]


def explain_missing_voices(tracks: Sequence[Track], plan: Plan) -> str | None:
    """Return why a piece with these tracks lacks a voice that every piece must have, or has one twice; else None."""
    if not plan.complete:
        return None
    present = Counter(assign_tracks(tracks, plan))
    absent = [track.name for index, track in enumerate(plan.tracks) if not present[index]]
    if absent:
        return f"has no voice called {' or '.join(absent)}"
    several = [track.name for index, track in enumerate(plan.tracks) if track.monophonic and present[index] > 1]
    return f"has several voices called {' and '.join(several)}" if several else None


def assign_tracks(tracks: Sequence[Track], plan: Plan) -> list[int]:
    """Return for each of a piece's tracks which of the plan's it becomes (its first voice, if it is split), -1 for
    none.

    Under which names the plan may take a track, `names_elsewhere` says.
    """
    if plan.tracks_by in ("merged", "voices"):
        drums = plan.tracks[0].drums
        return [0 if track.drums == drums else _NONE for track in tracks]
    taker = plan.track_by_name
    if plan.tracks_by == "families":
        return [taker.get(instrument_family(track), _NONE) for track in tracks]
    names = [track.name.casefold() for track in tracks]
    present = set(names)
    known = (next(filter(taker.__contains__, alternative_names(name, present)), name) for name in names)
    found = [taker.get(name, _NONE) for name in known]
    alike = [track.drums for track in tracks] == [track.drums for track in plan.tracks]
    if all(place == _NONE for place in found) and alike:
        return list(range(len(tracks)))  # the names say nothing, so the order does: first voice, second voice ...
    return found


def map_tracks(score: Score, plan: Plan) -> tuple[Notes, int]:
    """Return the notes of `score` in the plan's tracks, and how many belong to none of them."""
    notes = score.notes
    assigned = np.array(assign_tracks(score.tracks, plan), dtype=np.int32)
    left_out = 0
    track = assigned[notes.track]
    if (assigned == _NONE).any():
        kept = track != _NONE
        left_out = len(notes) - int(kept.sum())
        notes, track = notes.where(kept), track[kept]
    if plan.tracks_by == "voices":
        track = assign_voices(notes, len(plan.tracks))
    return replace(notes, track=track), left_out


def assign_voices(notes: Notes, voices: int) -> Int[np.ndarray, "notes"]:
    """Return which of so many voices each note of a keyboard belongs to, the highest voice 0: the rank of its pitch
    among what sounds when it begins.

    Where fewer notes sound than there are voices, each of them takes the voice nearest to it in pitch of those that
    keep the order and that no other takes with it, a voice's pitch being its mean where all sound (where some never
    begin then, voices are spread evenly); where more do, the lowest ones share the last.
    """
    voice = np.zeros(len(notes), dtype=np.int32)
    if len(notes):
        order = np.lexsort((-notes.pitch, notes.start))  # chord after chord, each from above
        voice[order] = _voices_from_above(notes.where(order), voices)
    return voice


def _voices_from_above(notes: Notes, voices: int) -> Int[np.ndarray, "notes"]:
    chord, rank, together = _ranks(notes)
    full = together == voices
    struck = np.bincount(rank[full], minlength=voices)
    if struck.all():
        centre = np.bincount(rank[full], weights=notes.pitch[full], minlength=voices) / struck
    else:
        centre = np.linspace(float(notes.pitch.max()), float(notes.pitch.min()), voices)
    nearest = np.abs(notes.pitch[:, None] - centre).argmin(axis=1)
    skipped = np.clip(nearest - rank, 0, np.maximum(voices - together, 0))
    # A note skips as many voices as any above it in its chord, so that no two of a chord share one.
    apart = chord * (voices + 1)
    skipped = np.maximum.accumulate(skipped + apart) - apart
    return np.minimum(rank + skipped, voices - 1)


def _ranks(
    notes: Notes,
) -> tuple[Int[np.ndarray, "notes"], Int[np.ndarray, "notes"], Int[np.ndarray, "notes"]]:
    """Return for each note, chords in order and each from above: its chord's number, how many higher ones sound when it
    begins (of two of one pitch the first is higher), and how many notes sound then, itself included."""
    onsets, chord, size = np.unique(notes.start, return_inverse=True, return_counts=True)
    place = np.arange(len(notes)) - (np.cumsum(size) - size)[chord]
    last = np.maximum(np.searchsorted(onsets, notes.end, side="left"), chord + 1)  # held at the onsets chord < k < last
    depth = np.clip(127 - notes.pitch, 0, 127)  # transposed, a pitch may lie beyond MIDI's
    change = np.zeros((len(onsets) + 1, 129), dtype=np.int32)
    np.add.at(change, (chord + 1, depth + 1), 1)
    np.add.at(change, (last, depth + 1), -1)
    higher = change.cumsum(axis=0).cumsum(axis=1)
    return chord, place + higher[chord, depth], size[chord] + higher[chord, 128]
