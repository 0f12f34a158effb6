"""Which tracks of a person's file are which of a model's: by name, by order, or by range."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from ganola.corpus.track_mapping import assign_tracks, assign_voices
from ganola.errors import InputError
from ganola.music.roll import find_onsets
from ganola.music.score import Score
from ganola.music.tracks import Track
from ganola.networks.model import Model
from ganola.playing.generate import generate
from ganola.wording import printable

NONE = -1  # instead of a track of the model
_HEARD = 16  # phrases, which say what range each track of a model has
_LEVELS = np.linspace(0.05, 0.95, 9)
_FARTHEST = 12.0  # semitones that a track lies from a model's on average, at most, to be matched by its range


@dataclass(frozen=True, slots=True)
class TrackMatch:
    """A track of a file, and which of a model's it is: the index of one, NONE, or all of them, its notes as voices."""

    name: str
    own: int
    how: str  # words, such as "Melody -> Soprano (by range)"


def match_tracks(score: Score, model: Model) -> tuple[TrackMatch, ...]:
    """Return for each track of `score`, which is in the model's key, which of the model's it is.

    Raises InputError where no track is any of them.
    """
    plan, tracks = model.record.plan, score.tracks
    own = assign_tracks(tracks, plan)
    ways = ["" if track == NONE else _way(score, model, index) for index, track in enumerate(own)]
    if plan.tracks_by in ("named", "families"):
        for index, track in _match_by_range(score, model, own).items():
            own[index], ways[index] = track, "by range"
    if all(track == NONE for track in own):
        names = ", ".join(printable(track.name) for track in tracks)
        known = ", ".join(track.name for track in model.spec.tracks)
        raise InputError(
            f"none of its tracks ({names}) can be one of the model's ({known})",
            "Give a track one of those names, move it to that range, or choose a model of such music.",
        )
    voices = plan.tracks_by == "voices"
    return tuple(
        TrackMatch(track.name, place, _words(track, place, way, model.spec.tracks, voices=voices))
        for track, place, way in zip(tracks, own, ways, strict=True)
    )


def tracks_of_notes(score: Score, matches: tuple[TrackMatch, ...], model: Model) -> Int[np.ndarray, "notes"]:
    """Return the model's track of each note, NONE for those of tracks that are none of the model's."""
    own = np.array([match.own for match in matches], dtype=np.int64)[score.notes.track]
    if model.record.plan.tracks_by == "voices":
        inside = own != NONE
        own[inside] = assign_voices(score.notes.where(inside), len(model.spec.tracks))
    return own


def _way(score: Score, model: Model, index: int) -> str:
    """Return how a track was matched that the model's plan takes."""
    plan = model.record.plan
    if plan.tracks_by == "named":
        names = {name for track in plan.tracks for name in track.takes}
        bare = {name.casefold().rstrip(" 0123456789") for name in names}
        known = score.tracks[index].name.casefold().rstrip(" 0123456789") in bare
        return "by name" if known else "by order"
    return {"families": "by its instrument", "merged": "with all others", "voices": "note by note, from above"}[
        plan.tracks_by
    ]


def _match_by_range(score: Score, model: Model, own: list[int]) -> dict[int, int]:
    """Return for tracks of `score` that are none of the model's yet those that are left of the model's and fit best."""
    open_tracks = [index for index in range(len(model.spec.tracks)) if index not in own]
    strangers = [
        index for index, track in enumerate(own) if track == NONE and (score.notes.track == index).any()
    ]  # fmt: skip
    if not open_tracks or not strangers:
        return {}
    heard = _ranges(model)
    far = np.full((len(strangers), len(open_tracks)), 1e6)
    for row, index in enumerate(strangers):
        pitches = np.quantile(score.notes.pitch[score.notes.track == index], _LEVELS)
        for column, track in enumerate(open_tracks):
            if score.tracks[index].drums == model.spec.tracks[track].drums:
                drums = score.tracks[index].drums
                far[row, column] = 0.0 if drums else float(np.abs(pitches - heard[track]).mean())
    rows, columns = linear_sum_assignment(np.minimum(far, 1e3))
    found = zip(rows.tolist(), columns.tolist(), strict=True)
    return {strangers[row]: open_tracks[column] for row, column in found if far[row, column] <= _FARTHEST}


def _ranges(model: Model) -> Float[np.ndarray, "tracks levels"]:
    """Return quantiles of the pitches that each of a model's tracks plays."""
    grid = model.spec.grid
    onsets = find_onsets(np.stack([phrase.cells for phrase in generate(model, _HEARD, seed=0)])).sum(axis=(0, 2))
    pitches = np.arange(grid.lowest, grid.highest + 1)
    middle = np.full(1, (grid.lowest + grid.highest) / 2)
    return np.stack([np.quantile(np.repeat(pitches, own) if own.any() else middle, _LEVELS) for own in onsets])


def _words(track: Track, place: int, way: str, tracks: tuple[Track, ...], *, voices: bool) -> str:
    name = printable(track.name)
    if place == NONE:
        return f"{name}: none of the model's tracks, so it stays as it is"
    return f"{name} -> {f'{len(tracks)} voices' if voices else tracks[place].name} ({way})"
