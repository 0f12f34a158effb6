"""The plan that follows from a survey, with the reason for each of its choices."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int
from pydantic import BaseModel, ConfigDict, ValidationError

from ganola.corpus.arranging import places
from ganola.corpus.facts import MOST_VOICES, Facts
from ganola.corpus.lineups import pieces_with, share_tracks
from ganola.corpus.metres import usable
from ganola.corpus.plan import DRUMS, FAMILIES, Plan, PlannedTrack, TrackPolicy
from ganola.corpus.sources import Source
from ganola.corpus.survey import Survey, common_names
from ganola.errors import InputError
from ganola.faults import value_fault
from ganola.music.key import pitch_name
from ganola.music.metre import COMMON_TIME, TimeSignature
from ganola.music.timing import RESOLUTIONS, best_resolution, placement
from ganola.wording import counted

SHARED = 0.5  # of the pieces must have a track of a name, for it to be told apart by name
HELD = 0.8  # of the notes must lie in tracks whose names are shared
SOME = 0.1  # of the pieces must have a family of instruments, or a metre longer than 4/4, for it to count
ONE_NOTE = 0.97  # of a track's notes must end before its next begins, for it to play one note at a time
IN_RANGE = 0.999  # of the notes must lie within the grid's octaves
STEADY = 0.7  # of its sounding time must a keyboard sound the same number of notes, for it to be split into voices
WORTH_SAYING = 0.01  # of the onsets that a finer grid would leave where they are
_COSTS = {2: "twice", 3: "three times"}  # of a grid so many times as fine
MERGED = "all"

_FAMILY_PROGRAMS = {DRUMS: 0, "bass": 33, "guitar": 25, "keys": 0, "strings": 48, "other": 73}

_OTHER_TRACKS = "Choose another way: --tracks families, voices or merged."

FactsAgain = Callable[[], Iterable[Facts]]  # the facts of all pieces, from the first, each time it is called


class Wishes(BaseModel):
    """What a person settles of a plan beforehand; None leaves it to the survey."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracks_by: TrackPolicy | None = None
    voices: int | None = None
    metre: TimeSignature | None = None
    bars: int = 4
    steps_per_beat: int | None = None
    common_tonic: bool = True
    live: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan, for each of its choices the reason, and the counts behind them."""

    plan: Plan
    reasons: dict[str, str]
    survey: Survey
    pitches: Int[np.ndarray, "tracks 128"]  # how often each pitch is struck in each track of the plan


@dataclass(frozen=True, slots=True)
class _Choice:
    """Tracks that a policy gives, and why."""

    policy: TrackPolicy
    tracks: tuple[PlannedTrack, ...]
    reason: str


def propose(facts: FactsAgain, source: Source, wishes: Wishes) -> Proposal:
    """The plan for a collection. Raises InputError where nothing sounds in it, or it cannot be had as wished."""
    survey = Survey()
    for one in facts():
        if _taken(one, wishes):
            survey.add(one)
        else:
            survey.without_beat += 1
    if survey.without_beat and not survey.pieces:
        raise _no_beats(survey, source)
    if not survey.notes:
        raise InputError(f"no notes in any file of {source.name}", "Name a folder with music in it.")
    reasons: dict[str, str] = {}
    reasons["live"] = _timing(survey)
    metre, reasons["metre"] = _metre(survey, wishes.metre or source.metre)
    steps, reasons["steps_per_beat"] = _steps(survey, wishes.steps_per_beat, metre)
    choice = _tracks(facts, survey, source, wishes)
    draft = _plan(
        tracks_by=choice.policy,
        complete=source.complete and choice.policy == "named",
        metre=metre,
        bars=wishes.bars,
        steps_per_beat=steps,
        common_tonic=wishes.common_tonic,
        live=wishes.live,
        tracks=choice.tracks,
    )
    pitches, crowded = _struck((one for one in facts() if _taken(one, wishes)), draft)
    if not pitches.any():
        raise InputError(f"no notes in {source.name} are for the tracks asked for", _OTHER_TRACKS)
    lowest, octave_pitches = _octaves(pitches.sum(axis=0))
    alone = crowded <= (1 - ONE_NOTE) * pitches.sum(axis=1)
    tracks = tuple(
        track.model_copy(update={"one_note": track.one_note or (bool(single) and not track.drums)})
        for track, single in zip(choice.tracks, alone, strict=True)
    )
    # Made anew, not copied: a copy would keep the grid of the draft.
    plan = _plan(**{**draft.model_dump(), "lowest": lowest, "pitches": octave_pitches, "tracks": tracks})
    reasons["tracks_by"] = choice.reason
    held = pitches[:, lowest : lowest + octave_pitches].sum() / pitches.sum()
    reasons["lowest"] = (
        f"{pitch_name(lowest)} to {pitch_name(plan.grid.highest)}: the octaves that hold {100 * held:.1f}% of the notes"
    )
    reasons["tracks"] = _track_reasons(tracks, pitches, choice.policy)
    return Proposal(plan, reasons, survey, pitches)


def _plan(**choices: Any) -> Plan:
    """The plan of these choices. Raises InputError where their phrases would be too large."""
    try:
        return Plan.model_validate(choices)
    except ValidationError as error:
        fault, _ = value_fault(error.errors()[0])
        raise InputError(
            fault, "Ask for fewer bars in a phrase, fewer steps in a quarter note, or fewer tracks."
        ) from error


def _track_reasons(tracks: tuple[PlannedTrack, ...], pitches: np.ndarray, policy: TrackPolicy) -> str:
    if policy == "voices":
        return f"{counted(len(tracks), 'voice')}, each one note at a time"
    return "\n".join(
        f"{track.name}: {counted(int(own.sum()), 'note')}, {'one note' if track.one_note else 'many notes'} at a time"
        for track, own in zip(tracks, pitches, strict=True)
    )


def _taken(facts: Facts, wishes: Wishes) -> bool:
    """Whether a piece keeps to the beat of its file, or may do without."""
    return wishes.live or facts.timing != "none"


def _no_beats(survey: Survey, source: Source) -> InputError:
    many = survey.without_beat > 1
    pieces = f"all {survey.without_beat} pieces of {source.name} keep" if many else f"the piece in {source.name} keeps"
    return InputError(
        f"{pieces} to no beat: played without a click, or transcribed from sound; without beats there are no bars",
        "Align bars and beats with the music in a music program first, or take it as it is: --live.",
    )


def _timing(survey: Survey) -> str:
    """How the pieces keep to the beat, and what becomes of those that do not."""
    said = [f"on a grid {survey.timings['grid']}"]
    if survey.timings["loose"]:
        said.append(f"played loosely to the beat {survey.timings['loose']}, and moved to the grid")
    if survey.without_beat:
        said.append(f"without a beat {survey.without_beat}, and left out")
    if survey.timings["none"]:
        said.append(f"without a beat {survey.timings['none']}, and taken as they are")
    return "; ".join(said)


def _metre(survey: Survey, settled: TimeSignature | None) -> tuple[TimeSignature, str]:
    stated, likely = survey.metres, survey.likely_metres
    said = "stated: " + (", ".join(f"{metre} {count}" for metre, count in stated.most_common(8)) or "nowhere")
    if likely:
        guessed = ", ".join(f"{metre} {count}" for metre, count in likely.most_common(4))
        said += (
            f"\n{counted(likely.total(), 'piece states none and sounds', 'pieces state none and sound')} like {guessed}"
        )
    if survey.bars_unstated:
        said += f"\nwhere bars begin is estimated in {counted(survey.bars_unstated, 'piece')}"
    every = stated + likely
    if settled:
        fit = f"{_fitting(every, settled)} of {counted(survey.pieces, 'piece fits', 'pieces fit')}"
        return settled, f"settled beforehand; {fit}\n{said}"
    known = [metre for metre, _ in every.most_common() if usable(metre)] or [COMMON_TIME]
    # A bar longer than four quarter notes would let bars of 4/4 in, two at a time, for the sake of a piece or two.
    longest = COMMON_TIME.quarters
    candidates = [
        metre for metre in known if metre.quarters <= longest or every[metre] >= SOME * every.total()
    ] or known[:1]
    metre = max(candidates, key=lambda metre: (_fitting(every, metre), stated[metre], every[metre]))
    return metre, f"{_fitting(every, metre)} of {counted(survey.pieces, 'piece fits', 'pieces fit')}\n{said}"


def _fitting(pool: Counter[TimeSignature], metre: TimeSignature) -> int:
    """How many pieces have bars that make up the bars of `metre`."""
    return sum(count for other, count in pool.items() if other.divides(metre))


def _steps(survey: Survey, wished: int | None, metre: TimeSignature) -> tuple[int, str]:
    least = wished or best_resolution(survey.phases)
    finer = () if wished else tuple(steps for steps in RESOLUTIONS if steps > least)
    steps = next((steps for steps in (least, *finer) if metre.is_whole(steps)), None)
    if steps is None:
        problem = f"a bar of {metre} has no whole number of steps, {least} a quarter note"
        raise InputError(problem, "Ask for more steps, or for another metre.")
    return steps, _steps_reason(survey, steps)


def _steps_reason(survey: Survey, steps: int) -> str:
    """What a grid moves, what a finer one would move and cost, and how many pieces alone would have been given it."""
    place = placement(survey.phases, steps)
    said = f"{100 * place.moved:.1f}% of the onsets are moved to fit {counted(steps, 'step')} a quarter note"
    if place.moved:
        said += f", by {place.distance:.3f} of a quarter note on average"
    costs = {times * steps: words for times, words in _COSTS.items() if times * steps <= RESOLUTIONS[-1]}
    finer = [placement(survey.phases, other) for other in costs]
    worth = [other for other in finer if place.moved - other.moved >= WORTH_SAYING]
    if worth:
        best = max(worth, key=lambda other: (place.moved - other.moved) / (other.steps_per_beat - steps))
        cost = costs[best.steps_per_beat]
        said += f"; {best.steps_per_beat} would move {100 * best.moved:.1f}%, and cost {cost} as much"
    others = ", ".join(
        f"{counted(own, 'step')} for {count}" for own, count in sorted(survey.resolutions.items()) if own != steps
    )
    return said + (f"\npieces that alone would have another grid (see --steps-per-beat): {others}" if others else "")


def _tracks(facts: FactsAgain, survey: Survey, source: Source, wishes: Wishes) -> _Choice:
    """The policy asked for, or the first that the music allows."""
    if source.tracks is not None and wishes.tracks_by in (None, "named"):
        named = tuple(PlannedTrack(**({"takes": (track.name,)} | track.model_dump())) for track in source.tracks)
        return _Choice("named", named, "the voices of this collection")
    match wishes.tracks_by:
        case "named":
            names = _shared_names(facts, survey)
            if not names:
                problem = f"the tracks of {source.name} have no names in common"
                raise InputError(problem, _OTHER_TRACKS)
            return _named(survey, names)
        case "families":
            return _families(survey, _common_families(survey))
        case "voices":
            return _voices(survey, wishes.voices or max(2, _usual_voices(survey)))
        case "merged":
            return _merged(survey, "asked for")
    return _tracks_that_fit(facts, survey)


def _tracks_that_fit(facts: FactsAgain, survey: Survey) -> _Choice:
    names = _shared_names(facts, survey)
    if len(names) > 1 and survey.share_of_notes([name for group in names for name in group]) >= HELD:
        return _named(survey, names)
    families = _common_families(survey)
    if len(families) > 1:
        return _families(survey, families)
    voices = _usual_voices(survey)
    if voices > 1 and survey.tracks[1] >= SHARED * survey.pieces and _steadiness(survey) >= STEADY:
        return _voices(survey, voices)
    alone = survey.tracks[1] == survey.pieces
    why = "every piece has one track" if alone else "neither names nor families of instruments tell the tracks apart"
    return _merged(survey, why)


def _shared_names(facts: FactsAgain, survey: Survey) -> list[tuple[str, ...]]:
    """Names of tracks that at least SHARED of the pieces have, most of them for the same instrument; those that hardly
    any piece has together, in one group."""
    usual = {
        name: _usual_track(survey, name) for name, count in survey.names.items() if count >= SHARED * survey.pieces
    }
    names = [name for name, (_, _, count) in usual.items() if count >= SHARED * survey.names[name]]
    if len(names) < 2:
        return [(name,) for name in names]
    lineups = Counter(frozenset(common_names(one)).intersection(names) for one in facts())
    drums = [name for name in names if usual[name][1]]
    return share_tracks(names, lineups, drums=drums, register=dict.fromkeys(names, 0.0))


def _usual_track(survey: Survey, name: str) -> tuple[int, bool, int]:
    """The program of most tracks of this name, whether they are drums, and in how many pieces they are those."""
    kinds = {key: count for key, count in survey.programs_of_name.items() if key[0] == name}
    (_, program, drums), count = max(kinds.items(), key=lambda kind: kind[1])
    return program, drums, count


def _named(survey: Survey, groups: list[tuple[str, ...]]) -> _Choice:
    names = [name for group in groups for name in group]
    firsts = {name for name in names if name in survey.firsts and f"{name} 2" in names}
    spelt = {name: f"{survey.spelt[name]} 1" if name in firsts else survey.spelt[name] for name in names}
    tracks = []
    for group in groups:
        program, drums, _ = _usual_track(survey, max(group, key=survey.names.__getitem__))
        taken = tuple(spelt[name] for name in group)
        tracks.append(PlannedTrack(name="/".join(taken), program=program, drums=drums, takes=taken))
    found = ", ".join(f"{spelt[name]} in {survey.names[name]}" for name in names)
    held = 100 * survey.share_of_notes(names)
    reason = f"{held:.0f}% of the notes lie in tracks that most pieces have: {found}"
    return _Choice("named", tuple(tracks), "\n".join([reason, *_said_of_groups([track.takes for track in tracks])]))


def _common_families(survey: Survey) -> list[tuple[str, ...]]:
    """Families of instruments that can share a track together, where at least SOME of the pieces have one of them."""
    kinds = [kind for kind in FAMILIES if survey.notes_of_family[kind]]
    register = {kind: survey.pitches_of_family[kind] / survey.notes_of_family[kind] for kind in kinds}
    groups = share_tracks(kinds, survey.lineups, drums=(DRUMS,), register=register)
    return [group for group in groups if pieces_with(group, survey.lineups) >= SOME * survey.pieces]


def _families(survey: Survey, groups: list[tuple[str, ...]]) -> _Choice:
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
    return _Choice("families", tracks, "\n".join([reason, *_said_of_groups(groups)]))


def _said_of_groups(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return [
        f"{', '.join(group[:-1])} and {group[-1]} hardly ever play in the same piece: they are one track"
        for group in groups
        if len(group) > 1
    ]


def _voices(survey: Survey, count: int) -> _Choice:
    tracks = tuple(PlannedTrack(name=f"voice {index + 1}", one_note=True) for index in range(count))
    usual, share = _usual_voices(survey), 100 * _steadiness(survey)
    said = f"in pieces of one track {usual} notes sound together {share:.0f}% of the time"
    return _Choice("voices", tracks, said if usual else "asked for")


def _merged(survey: Survey, reason: str) -> _Choice:
    only_drums = not any(survey.notes_of_family[kind] for kind in FAMILIES if kind != DRUMS)
    programs = Counter[int]()
    for (_, program, drums), count in survey.programs_of_name.items():
        programs[program] += 0 if drums else count
    usual = max(programs, key=programs.__getitem__, default=0)
    track = PlannedTrack(name=DRUMS if only_drums else MERGED, program=0 if only_drums else usual, drums=only_drums)
    return _Choice("merged", (track,), reason)


def _usual_voices(survey: Survey) -> int:
    """How many notes sound together most of the time, in pieces of one track; 0 where that is no certain number.

    The last count is of that many *or more*: music that is mostly so full has no number of voices.
    """
    most = int(survey.voices[1:].argmax()) + 1
    return most if survey.voices[most] > 0 and most < MOST_VOICES else 0


def _steadiness(survey: Survey) -> float:
    """The share of the sounding time during which as many notes as usual sound."""
    return float(survey.voices[1:].max() / max(1, survey.voices[1:].sum()))


def _struck(pieces: Iterable[Facts], plan: Plan) -> tuple[Int[np.ndarray, "tracks 128"], Int[np.ndarray, "tracks"]]:
    """For each track of the plan how often each pitch is struck, and how many notes do not stand alone."""
    pitches = np.zeros((len(plan.tracks), 128), dtype=np.int64)
    crowded = np.zeros(len(plan.tracks), dtype=np.int64)
    for facts in pieces:
        own = places(facts.tracks, plan)
        semitones = facts.semitones_to_c if plan.common_tonic else 0
        for index, place in enumerate(own):
            if place < 0:
                continue
            counts = facts.pitches[index]
            drums = plan.tracks[place].drums
            pitches[place] += counts if drums or not semitones else _shifted(counts, semitones)
            shared = own.count(place) > 1
            crowded[place] += facts.onsets[index] if shared else facts.overlapping[index]
    return pitches, crowded


def _shifted(counts: np.ndarray, semitones: int) -> np.ndarray:
    moved = np.zeros_like(counts)
    if semitones > 0:
        moved[semitones:] = counts[:-semitones]
    else:
        moved[:semitones] = counts[-semitones:]
    return moved


def _octaves(histogram: Int[np.ndarray, "128"]) -> tuple[int, int]:
    """The fewest whole octaves from a C that hold IN_RANGE of the notes: lowest pitch, number of pitches."""
    below = np.concatenate([[0], np.cumsum(histogram)])
    for octaves in range(1, 11):
        lows = [low for low in range(0, 128, 12) if low + 12 * octaves <= 132]
        held = [below[min(128, low + 12 * octaves)] - below[low] for low in lows]
        best = int(np.argmax(held))
        if held[best] >= IN_RANGE * below[-1]:
            return lows[best], min(12 * octaves, 128 - lows[best])
    return 0, 128
