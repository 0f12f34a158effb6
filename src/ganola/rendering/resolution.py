"""What the one number can tell on a corpus, in a sentence that is shown beside it."""

from collections.abc import Sequence

from ganola.judging.lead import FIELDS, FRECHET, NAMES, Contrast, Lead, Resolution
from ganola.judging.results import Evaluation
from ganola.wording import capitalised, listed


def resolution_sentence(evaluation: Evaluation) -> str:
    """Return which distance the one number is on a corpus, what it tells from real music there, and what it does not.

    Where too little music is held out to know, only the order of the controls says something.
    """
    lead = evaluation.lead
    if lead.measure is None:
        return "On this music no distance tells even noise from real music."
    found = lead.resolution
    if found is None:
        in_order = any(one.trusted for one in evaluation.measures if one.key == FIELDS[lead.measure])
        return "" if in_order else "It does not put the controls in order on this music, so that it tells little."
    told, missed = _kinds(found, told=True), _kinds(found, told=False)
    but = f", but not {listed(missed)}" if missed else ""
    return f"{_why(lead)}{capitalised(NAMES[lead.measure])} tells {listed(told)} from real music here{but}."


def _why(lead: Lead) -> str:
    """Return why it is not the Fréchet distance, where it is not."""
    frechet = next((one for one in lead.resolutions if one.measure == FRECHET), None)
    if frechet is None or lead.measure == FRECHET:
        return ""
    nearest = min((one for one in frechet.contrasts if one.is_control), key=lambda one: one.times)
    return (
        f"{capitalised(NAMES[FRECHET])} puts {nearest.name} only {nearest.times:.1f} times as far as real music here. "
    )


def _kinds(found: Resolution, *, told: bool) -> list[str]:
    """Return the kinds of altered music that are told, or those that are not; of wrong notes the limit alone."""
    wrong = [one for one in found.contrasts if one.wrong_notes is not None]
    others = [one.name for one in found.contrasts if one.wrong_notes is None and one.told == told]
    notes = _wrong_notes(found, wrong, told=told)
    return [*notes, *others] if told else [*others, *notes]


def _wrong_notes(found: Resolution, wrong: Sequence[Contrast], *, told: bool) -> list[str]:
    fewest = found.fewest_wrong_notes
    if not wrong:
        return []
    if told:
        return [] if fewest is None else [f"{100 * fewest:g}% wrong notes or more"]
    if fewest is None:
        return ["wrong notes"]
    return [] if fewest == wrong[0].wrong_notes else ["fewer wrong notes"]
