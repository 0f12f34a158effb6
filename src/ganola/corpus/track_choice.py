"""Choose the tracks of a corpus from what a survey counted: by name, by family of instruments, by voice, or one."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from ganola.corpus.options import BuildOptions
from ganola.corpus.piece_stats import MAX_VOICES, PieceStats
from ganola.corpus.plan import DRUMS, FAMILIES, Plan, PlannedTrack, TrackPolicy
from ganola.corpus.source import Source
from ganola.corpus.survey import Survey, common_names
from ganola.corpus.track_mapping import assign_tracks
from ganola.corpus.track_sharing import count_pieces_with, group_instruments
from ganola.errors import InputError

NAME_SHARE = 0.5  # of the pieces must have a track of a name, for it to be told apart by name
NAMED_NOTES_SHARE = 0.8  # of the notes must lie in tracks whose names are shared
FAMILY_SHARE = 0.1  # of the pieces must have a family of instruments, for it to be a track
STEADY_SHARE = 0.7  # of its sounding time must a keyboard sound the same number of notes, to be split into voices
MERGED = "all"

_FAMILY_PROGRAMS = {DRUMS: 0, "bass": 33, "guitar": 25, "keys": 0, "strings": 48, "other": 73}

CHOOSE_OTHER_TRACKS = "Choose another way: --tracks families, voices or merged."

AllStats = Callable[[], Iterable[PieceStats]]  # the statistics of all pieces, from the first, each time it is called


@dataclass(frozen=True, slots=True)
class TrackChoice:
    """Tracks that a policy gives, and why."""

    policy: TrackPolicy
    tracks: tuple[PlannedTrack, ...]
    reason: str


def choose_tracks(stats: AllStats, survey: Survey, source: Source, options: BuildOptions) -> TrackChoice:
    """Return the policy asked for, or the first that the music allows."""
    if source.tracks is not None and options.tracks_by in (None, "named"):
        named = tuple(PlannedTrack(**({"takes": (track.name,)} | track.model_dump())) for track in source.tracks)
        return TrackChoice("named", named, "the voices of this collection")
    match options.tracks_by:
        case "named":
            names = _shared_names(stats, survey)
            if not names:
                problem = f"the tracks of {source.name} have no names in common"
                raise InputError(problem, CHOOSE_OTHER_TRACKS)
            return _by_name(survey, names)
        case "families":
            return _by_family(survey, _common_families(survey))
        case "voices":
            return _by_voice(survey, options.voices or max(2, _usual_voices(survey)))
        case "merged":
            return _all_in_one(survey, "asked for")
    return _choose_by_music(stats, survey)


def _choose_by_music(stats: AllStats, survey: Survey) -> TrackChoice:
    names = _shared_names(stats, survey)
    if len(names) > 1 and survey.share_of_notes([name for group in names for name in group]) >= NAMED_NOTES_SHARE:
        return _by_name(survey, names)
    families = _common_families(survey)
    if len(families) > 1:
        return _by_family(survey, families)
    voices = _usual_voices(survey)
    if voices > 1 and survey.tracks[1] >= NAME_SHARE * survey.pieces and _steadiness(survey) >= STEADY_SHARE:
        return _by_voice(survey, voices)
    alone = survey.tracks[1] == survey.pieces
    why = "every piece has one track" if alone else "neither names nor families of instruments tell the tracks apart"
    return _all_in_one(survey, why)


def _shared_names(stats: AllStats, survey: Survey) -> list[tuple[str, ...]]:
    """Return the names of tracks that at least NAME_SHARE of the pieces have, most of them for the same instrument; in
    one group those that hardly any piece has together."""
    usual = {
        name: _usual_track(survey, name) for name, count in survey.names.items() if count >= NAME_SHARE * survey.pieces
    }
    names = [name for name, (_, _, count) in usual.items() if count >= NAME_SHARE * survey.names[name]]
    if len(names) < 2:
        return [(name,) for name in names]
    instrumentations = Counter(frozenset(common_names(one)).intersection(names) for one in stats())
    drums = [name for name in names if usual[name][1]]
    return group_instruments(names, instrumentations, drums=drums, register=dict.fromkeys(names, 0.0))


def _usual_track(survey: Survey, name: str) -> tuple[int, bool, int]:
    """Return the program of most tracks of this name, whether they are drums, and in how many pieces they are those."""
    kinds = {key: count for key, count in survey.programs_of_name.items() if key[0] == name}
    (_, program, drums), count = max(kinds.items(), key=lambda kind: kind[1])
    return program, drums, count


def _by_name(survey: Survey, groups: list[tuple[str, ...]]) -> TrackChoice:
    names = [name for group in groups for name in group]
    firsts = {name for name in names if name in survey.numbered and f"{name} 2" in names}
    spelt = {name: f"{survey.spelling[name]} 1" if name in firsts else survey.spelling[name] for name in names}
    tracks = []
    for group in groups:
        program, drums, _ = _usual_track(survey, max(group, key=survey.names.__getitem__))
        taken = tuple(spelt[name] for name in group)
        tracks.append(PlannedTrack(name="/".join(taken), program=program, drums=drums, takes=taken))
    found = ", ".join(f"{spelt[name]} in {survey.names[name]}" for name in names)
    held = 100 * survey.share_of_notes(names)
    reason = f"{held:.0f}% of the notes lie in tracks that most pieces have: {found}"
    return TrackChoice("named", tuple(tracks), "\n".join([reason, *_explain_groups([track.takes for track in tracks])]))


def _common_families(survey: Survey) -> list[tuple[str, ...]]:
    """Return the families of instruments that can share a track, where FAMILY_SHARE of the pieces have one of them."""
    kinds = [kind for kind in FAMILIES if survey.notes_of_family[kind]]
    register = {kind: survey.pitches_of_family[kind] / survey.notes_of_family[kind] for kind in kinds}
    groups = group_instruments(kinds, survey.instrumentations, drums=(DRUMS,), register=register)
    return [
        group for group in groups if count_pieces_with(group, survey.instrumentations) >= FAMILY_SHARE * survey.pieces
    ]


def _by_family(survey: Survey, groups: list[tuple[str, ...]]) -> TrackChoice:
    tracks = tuple(
        PlannedTrack(
            name="/".join(group),
            program=_FAMILY_PROGRAMS[max(group, key=survey.notes_of_family.__getitem__)],
            drums=group == (DRUMS,),
            takes=group,
        )
        for group in groups
    )
    counts = survey.families
    found = ", ".join(f"{kind} in {counts[kind]}" for kind in FAMILIES if counts[kind])
    reason = f"pieces with each family of instruments: {found}"
    return TrackChoice("families", tracks, "\n".join([reason, *_explain_groups(groups)]))


def _explain_groups(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return [
        f"{', '.join(group[:-1])} and {group[-1]} hardly ever play in the same piece: they are one track"
        for group in groups
        if len(group) > 1
    ]


def _by_voice(survey: Survey, count: int) -> TrackChoice:
    tracks = tuple(PlannedTrack(name=f"voice {index + 1}", monophonic=True) for index in range(count))
    usual, share = _usual_voices(survey), 100 * _steadiness(survey)
    said = f"in pieces of one track {usual} notes sound together {share:.0f}% of the time"
    return TrackChoice("voices", tracks, said if usual else "asked for")


def _all_in_one(survey: Survey, reason: str) -> TrackChoice:
    only_drums = not any(survey.notes_of_family[kind] for kind in FAMILIES if kind != DRUMS)
    programs = Counter[int]()
    for (_, program, drums), count in survey.programs_of_name.items():
        programs[program] += 0 if drums else count
    usual = max(programs, key=programs.__getitem__, default=0)
    track = PlannedTrack(name=DRUMS if only_drums else MERGED, program=0 if only_drums else usual, drums=only_drums)
    return TrackChoice("merged", (track,), reason)


def _usual_voices(survey: Survey) -> int:
    """Return how many notes sound together most of the time, in pieces of one track; 0 where that is no certain number.

    The last count is of that many *or more*: music that is mostly so full has no number of voices.
    """
    most = int(survey.voices[1:].argmax()) + 1
    return most if survey.voices[most] > 0 and most < MAX_VOICES else 0


def _steadiness(survey: Survey) -> float:
    """Return the share of the sounding time during which as many notes as usual sound."""
    return float(survey.voices[1:].max() / max(1, survey.voices[1:].sum()))


@dataclass(frozen=True, slots=True)
class Strikes:
    """The notes of each track of a plan: how often each pitch is struck, and how many notes overlap another."""

    pitches: Int[np.ndarray, "tracks 128"]
    overlapping: Int[np.ndarray, "tracks"]


def count_strikes(pieces: Iterable[PieceStats], plan: Plan) -> Strikes:
    """Count the notes of each track of a plan, in the key that it asks for.

    Where several tracks of a piece become one, all their notes count as overlapping.
    """
    pitches = np.zeros((len(plan.tracks), 128), dtype=np.int64)
    overlapping = np.zeros(len(plan.tracks), dtype=np.int64)
    for stats in pieces:
        assigned = assign_tracks(stats.tracks, plan)
        semitones = stats.semitones_to_c if plan.common_tonic else 0
        for index, track in enumerate(assigned):
            if track < 0:
                continue
            counts = stats.pitches[index]
            pitches[track] += counts if plan.tracks[track].drums or not semitones else _transpose(counts, semitones)
            shared = assigned.count(track) > 1
            overlapping[track] += stats.onsets[index] if shared else stats.overlapping[index]
    return Strikes(pitches, overlapping)


def _transpose(counts: np.ndarray, semitones: int) -> np.ndarray:
    moved = np.zeros_like(counts)
    if semitones > 0:
        moved[semitones:] = counts[:-semitones]
    else:
        moved[:semitones] = counts[-semitones:]
    return moved
