"""Choose the grid of a corpus from what a survey counted: its metre, its steps and its range."""

from collections import Counter

import numpy as np
from jaxtyping import Int

from ganola.corpus.metres import is_usable
from ganola.corpus.survey import Survey
from ganola.errors import InputError
from ganola.music.metre import COMMON_TIME, TimeSignature
from ganola.music.timing import RESOLUTIONS, choose_resolution, measure_grid_fit
from ganola.wording import counted

LONG_METRE_SHARE = 0.1  # of the pieces must be in a metre longer than 4/4, for it to be chosen
IN_RANGE_SHARE = 0.999  # of the notes must lie within the grid's octaves
WORTH_SAYING = 0.01  # of the onsets that a finer grid would leave where they are
_COSTS = {2: "twice", 3: "three times"}  # of a grid so many times as fine


def describe_timing(survey: Survey) -> str:
    """Return how the pieces keep to the beat, and what becomes of those that do not."""
    said = [f"on a grid {survey.timings['grid']}"]
    if survey.timings["loose"]:
        said.append(f"played loosely to the beat {survey.timings['loose']}, and moved to the grid")
    if survey.without_beat:
        said.append(f"without a beat {survey.without_beat}, and left out")
    if survey.timings["none"]:
        said.append(f"without a beat {survey.timings['none']}, and taken as they are")
    return "; ".join(said)


def choose_metre(survey: Survey, asked: TimeSignature | None) -> tuple[TimeSignature, str]:
    """Return the metre that is asked for, or else that whose bars most pieces fill; and why."""
    stated, likely = survey.metres, survey.estimated_metres
    said = "stated: " + (", ".join(f"{metre} {count}" for metre, count in stated.most_common(8)) or "nowhere")
    if likely:
        guessed = ", ".join(f"{metre} {count}" for metre, count in likely.most_common(4))
        said += (
            f"\n{counted(likely.total(), 'piece states none and sounds', 'pieces state none and sound')} like {guessed}"
        )
    if survey.bars_unstated:
        said += f"\nwhere bars begin is estimated in {counted(survey.bars_unstated, 'piece')}"
    every = stated + likely
    if asked:
        fit = f"{_count_fitting(every, asked)} of {counted(survey.pieces, 'piece fits', 'pieces fit')}"
        return asked, f"settled beforehand; {fit}\n{said}"
    known = [metre for metre, _ in every.most_common() if is_usable(metre)] or [COMMON_TIME]
    # A bar longer than four quarter notes would let bars of 4/4 in, two at a time, for the sake of a piece or two.
    longest = COMMON_TIME.quarters
    candidates = [
        metre for metre in known if metre.quarters <= longest or every[metre] >= LONG_METRE_SHARE * every.total()
    ] or known[:1]
    metre = max(candidates, key=lambda metre: (_count_fitting(every, metre), stated[metre], every[metre]))
    return metre, f"{_count_fitting(every, metre)} of {counted(survey.pieces, 'piece fits', 'pieces fit')}\n{said}"


def _count_fitting(metres: Counter[TimeSignature], metre: TimeSignature) -> int:
    """Return how many pieces have bars that make up the bars of `metre`."""
    return sum(count for other, count in metres.items() if other.divides(metre))


def choose_steps(survey: Survey, asked: int | None, metre: TimeSignature) -> tuple[int, str]:
    """Return the steps in a quarter note that are asked for, or else as few as the notes need; and why.

    Raises InputError where a bar of `metre` has no whole number of them.
    """
    least = asked or choose_resolution(survey.phases)
    finer = () if asked else tuple(steps for steps in RESOLUTIONS if steps > least)
    steps = next((steps for steps in (least, *finer) if metre.is_whole(steps)), None)
    if steps is None:
        problem = f"a bar of {metre} has no whole number of steps, {least} a quarter note"
        raise InputError(problem, "Ask for more steps, or for another metre.")
    return steps, _explain_steps(survey, steps)


def _explain_steps(survey: Survey, steps: int) -> str:
    """Return what a grid moves, what a finer one would move and cost, and how many pieces alone would have been given
    it."""
    place = measure_grid_fit(survey.phases, steps)
    said = f"{100 * place.moved:.1f}% of the onsets are moved to fit {counted(steps, 'step')} a quarter note"
    if place.moved:
        said += f", by {place.distance:.3f} of a quarter note on average"
    costs = {times * steps: words for times, words in _COSTS.items() if times * steps <= RESOLUTIONS[-1]}
    finer = [measure_grid_fit(survey.phases, other) for other in costs]
    worth = [other for other in finer if place.moved - other.moved >= WORTH_SAYING]
    if worth:
        best = max(worth, key=lambda other: (place.moved - other.moved) / (other.steps_per_quarter - steps))
        cost = costs[best.steps_per_quarter]
        said += f"; {best.steps_per_quarter} would move {100 * best.moved:.1f}%, and cost {cost} as much"
    others = ", ".join(
        f"{counted(own, 'step')} for {count}" for own, count in sorted(survey.resolutions.items()) if own != steps
    )
    return said + (f"\npieces that alone would have another grid (see --steps-per-quarter): {others}" if others else "")


def choose_octaves(histogram: Int[np.ndarray, "128"]) -> tuple[int, int]:
    """Return the fewest whole octaves from a C that hold IN_RANGE_SHARE of the notes: lowest pitch, number of
    pitches."""
    below = np.concatenate([[0], np.cumsum(histogram)])
    for octaves in range(1, 11):
        lows = [low for low in range(0, 128, 12) if low + 12 * octaves <= 132]
        held = [below[min(128, low + 12 * octaves)] - below[low] for low in lows]
        best = int(np.argmax(held))
        if held[best] >= IN_RANGE_SHARE * below[-1]:
            return lows[best], min(12 * octaves, 128 - lows[best])
    return 0, 128
