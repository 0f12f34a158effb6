"""The plan that follows from a survey, with the reason for each of its choices."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int
from pydantic import ValidationError

from ganola.corpus.grid_choice import choose_metre, choose_octaves, choose_steps, describe_timing
from ganola.corpus.options import BuildOptions
from ganola.corpus.piece_stats import PieceStats
from ganola.corpus.plan import Plan, PlannedTrack, TrackPolicy
from ganola.corpus.source import Source
from ganola.corpus.survey import Survey
from ganola.corpus.track_choice import CHOOSE_OTHER_TRACKS, AllStats, Strikes, choose_tracks, count_strikes
from ganola.errors import InputError
from ganola.faults import value_fault
from ganola.music.key import pitch_name
from ganola.wording import counted

ONE_NOTE_SHARE = 0.97  # of a track's notes must end before its next begins, for it to play one note at a time


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan, for each of its choices the reason, and the counts behind them."""

    plan: Plan
    reasons: dict[str, str]
    survey: Survey
    pitches: Int[np.ndarray, "tracks 128"]  # how often each pitch is struck in each track of the plan


def propose(stats: AllStats, source: Source, options: BuildOptions) -> Proposal:
    """Return the plan for a collection. Raises InputError where nothing sounds in it, or the options cannot be had."""
    survey = _count(stats, source, options)
    metre, metre_reason = choose_metre(survey, options.metre or source.metre)
    steps, steps_reason = choose_steps(survey, options.steps_per_quarter, metre)
    choice = choose_tracks(stats, survey, source, options)
    draft = _make_plan(
        tracks_by=choice.policy,
        complete=source.complete and choice.policy == "named",
        metre=metre,
        bars=options.bars,
        steps_per_quarter=steps,
        common_tonic=options.common_tonic,
        free_timing=options.free_timing,
        tracks=choice.tracks,
    )
    strikes = count_strikes((one for one in stats() if _has_beat(one, options)), draft)
    if not strikes.pitches.any():
        raise InputError(f"no notes in {source.name} are for the tracks asked for", CHOOSE_OTHER_TRACKS)
    lowest, pitches = choose_octaves(strikes.pitches.sum(axis=0))
    # Made anew, not copied: a copy would keep the grid of the draft.
    range_and_tracks = {"lowest": lowest, "pitches": pitches, "tracks": _find_monophonic_tracks(choice.tracks, strikes)}
    plan = _make_plan(**{**draft.model_dump(), **range_and_tracks})
    held = 100 * strikes.pitches[:, lowest : lowest + pitches].sum() / strikes.pitches.sum()
    octaves = f"{pitch_name(lowest)} to {pitch_name(plan.grid.highest)}"
    reasons = {
        "free_timing": describe_timing(survey),
        "metre": metre_reason,
        "steps_per_quarter": steps_reason,
        "tracks_by": choice.reason,
        "lowest": f"{octaves}: the octaves that hold {held:.1f}% of the notes",
        "tracks": _explain_tracks(plan.tracks, strikes.pitches, choice.policy),
    }
    return Proposal(plan, reasons, survey, strikes.pitches)


def _count(stats: AllStats, source: Source, options: BuildOptions) -> Survey:
    """Return the survey of all pieces that can be had. Raises InputError where there are none, or no notes in them."""
    survey = Survey()
    for one in stats():
        if _has_beat(one, options):
            survey.add(one)
        else:
            survey.without_beat += 1
    if survey.without_beat and not survey.pieces:
        raise _without_beats_error(survey, source)
    if not survey.notes:
        raise InputError(f"no notes in any file of {source.name}", "Name a folder with music in it.")
    return survey


def _find_monophonic_tracks(tracks: tuple[PlannedTrack, ...], strikes: Strikes) -> tuple[PlannedTrack, ...]:
    """Return the tracks, those marked that play one note at a time. Drums never do."""
    single = strikes.overlapping <= (1 - ONE_NOTE_SHARE) * strikes.pitches.sum(axis=1)
    return tuple(
        track.model_copy(update={"monophonic": track.monophonic or (bool(alone) and not track.drums)})
        for track, alone in zip(tracks, single, strict=True)
    )


def _make_plan(**choices: Any) -> Plan:
    """Return the plan of these choices. Raises InputError where their phrases would be too large."""
    try:
        return Plan.model_validate(choices)
    except ValidationError as error:
        fault, _ = value_fault(error.errors()[0])
        raise InputError(
            fault, "Ask for fewer bars in a phrase, fewer steps in a quarter note, or fewer tracks."
        ) from error


def _explain_tracks(tracks: tuple[PlannedTrack, ...], pitches: np.ndarray, policy: TrackPolicy) -> str:
    if policy == "voices":
        return f"{counted(len(tracks), 'voice')}, each one note at a time"
    return "\n".join(
        f"{track.name}: {counted(int(own.sum()), 'note')}, {'one note' if track.monophonic else 'many notes'} at a time"
        for track, own in zip(tracks, pitches, strict=True)
    )


def _has_beat(stats: PieceStats, options: BuildOptions) -> bool:
    """Return whether a piece keeps to the beat of its file, or may do without."""
    return options.free_timing or stats.timing != "none"


def _without_beats_error(survey: Survey, source: Source) -> InputError:
    many = survey.without_beat > 1
    pieces = f"all {survey.without_beat} pieces of {source.name} keep" if many else f"the piece in {source.name} keeps"
    return InputError(
        f"{pieces} to no beat: played without a click, or transcribed from sound; without beats there are no bars",
        "Align bars and beats with the music in a music program first, or take it as it is: --free-timing.",
    )
