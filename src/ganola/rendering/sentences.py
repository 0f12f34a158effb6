"""What a report says in sentences of one candidate: its verdict, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from markupsafe import Markup

from ganola.judging.bootstrap import Estimate
from ganola.judging.diversity import FEWEST
from ganola.judging.results import CandidateResult, CollectionScores, Evaluation, FeatureRow
from ganola.rendering.numbers import NARROW_SPACE, in_words, measured, number, percent, rough

FURTHEST = 4  # features that are named first
USUAL = 0.01  # the share of held-out phrases that are above the threshold of copying, by its definition
MANY = 5 * USUAL  # a share of phrases above which it is called copying


@dataclass(frozen=True)
class Finding:
    """A line of plain language under a heading of few words; `items` are its list."""

    heading: str
    text: str
    items: tuple[str, ...] = ()
    bad: bool = False


def verdict(judged: CandidateResult, evaluation: Evaluation) -> str:
    """Return what the one number means."""
    scores = judged.scores
    ratio = evaluation.number(scores)
    if ratio is None:
        return scores.reason_missing
    around = _around(ratio, evaluation) + _beside(scores.to_best)
    if ratio.low <= 1 <= ratio.high:
        return f"No further from held-out music than other real music is, as far as so many tunes can tell{around}."
    if ratio.high < 1:
        return f"Closer to held-out music than other real music of this collection is{around}."
    return f"{rough(ratio.value)} times as far from held-out music as other real music is{around}."


def findings(judged: CandidateResult, evaluation: Evaluation) -> list[Finding]:
    """Return what there is to know, in plain language."""
    found = [
        _furthest(judged),
        _told(judged.scores, evaluation),
        _copied(judged, evaluation),
        _variety(judged),
    ]
    judgement = judged.candidate.mean_judgement
    if judgement is not None:
        found.append(
            Finding(
                "Its own critic",
                f"It gives these phrases J = {judgement:.2f} on average. J is how probably, in its opinion, a "
                "phrase is real, where real and generated ones are equally frequent.",
            )
        )
    found += [Finding("Remark", remark) for remark in judged.candidate.remarks]
    return [one for one in found if one is not None]


def furthest_first(rows: Sequence[FeatureRow]) -> list[FeatureRow]:
    """Return features in the order of their distances."""
    return sorted(rows, key=lambda row: -row.distance.value)


def clearly_off(row: FeatureRow) -> bool:
    """Return whether the candidate is further from held-out music than training music is, whichever the tunes."""
    return row.distance.low > row.floor.high


def copies(judged: CandidateResult) -> bool:
    """Return whether many of the phrases are nearly training music, and the music is not that music itself.

    A single phrase may be so by chance.
    """
    copying = judged.copying
    many = copying.copied > MANY and round(copying.copied * copying.phrases) > 1
    return many and not judged.candidate.is_the_corpus


def usual(likeness: Float[np.ndarray, "phrases"]) -> float:
    """Return how alike the nearest other phrase usually is: the median."""
    return float(np.median(likeness))


def _beside(to_best: Estimate | None) -> str:
    """Return how a candidate compares with the closest one."""
    if to_best is None:
        return ""
    return f"; {rough(to_best.value)} times as far as the closest ({rough(to_best.low)} to {rough(to_best.high)})"


def _furthest(judged: CandidateResult) -> Finding | None:
    if judged.scores.reason_missing:
        return None
    rows = furthest_first(judged.features)
    apart = [row for row in rows if clearly_off(row)]
    if not apart:
        return Finding("Furthest off", "No feature is clearly further from held-out music than other real music.")
    return Finding(
        "Furthest off",
        f"{len(apart)} of {len(rows)} features are clearly further from held-out music than other real "
        f"music is{', above all' if len(apart) > FURTHEST else ''}:",
        tuple(_plainly(row) for row in apart[:FURTHEST]),
    )


def _plainly(row: FeatureRow) -> str:
    """Return a feature's mean beside that of held-out music; of several columns, those that differ most."""
    differences = [
        abs(one - other) if one is not None and other is not None else -1.0
        for one, other in zip(row.generated, row.held_out, strict=True)
    ]
    index = differences.index(max(differences))
    label = row.labels[index]
    of_label = f", {in_words(row.name, label)}" if label else ""
    own, real = (measured(values[index], row.unit) for values in (row.generated, row.held_out))
    return f"{row.name}{of_label}: {own}, real music {real}"


def _told(scores: CollectionScores, evaluation: Evaluation) -> Finding | None:
    floor = evaluation.real[0]
    trusted = [one.key for one in evaluation.measures if one.trusted]
    ways = [
        (f"{percent(own.value)} of the time {how}", own, real)
        for key, how in (("c2st_trees", "from its features"), ("c2st_network", "from the roll itself"))
        if key in trusted and (own := getattr(scores, key)) is not None and (real := getattr(floor, key)) is not None
    ]
    if not ways:
        return None
    guesses = " and ".join(percent(real.value) for _, _, real in ways)
    text = (
        f"A classifier that has never heard these tunes is right {' and '.join(way for way, _, _ in ways)}. "
        f"Guessing is right 50{NARROW_SPACE}% of the time; on training music beside held-out music it is "
        f"right {guesses}."
    )
    return Finding("Told from real", text, bad=all(own.low > 0.5 for _, own, _ in ways))


def _copied(judged: CandidateResult, evaluation: Evaluation) -> Finding | None:
    copying = judged.copying
    if judged.candidate.is_the_corpus:
        return None
    threshold, held_out = evaluation.threshold, evaluation.copying[0]
    count = round(copying.copied * copying.phrases)
    opening = "It copies" if copies(judged) else "Little, if any" if copying.copied > USUAL else "No sign of it"
    text = Markup(
        "{}: {} of {} phrases ({}) {} more like some training music than the threshold, {}. By definition 1 in 100 "
        "held-out phrases is above it too, though nobody copied those (here {} of {}). "
        "<code>ganola generate --no-copies</code> rejects such phrases."
    ).format(
        opening,
        f"{count:,}" if count else "none",
        f"{copying.phrases:,}",
        percent(copying.copied),
        "are" if count > 1 else "is",
        number(threshold),
        percent(held_out.copied),
        f"{held_out.phrases:,}",
    )
    return Finding("Copying", text, bad=copies(judged))


def _variety(judged: CandidateResult) -> Finding | None:
    found = judged.diversity
    if found.phrases < FEWEST:
        return None
    if judged.collapsed:
        return Finding("Collapsed", found.why, bad=True)
    return Finding(
        "Variety",
        f"No collapse: {percent(found.distinct)} of the phrases are unlike every earlier one, and usually the "
        f"nearest other phrase is {percent(usual(found.nearest))} alike (of training music, the nearest of another "
        f"tune is {percent(usual(found.nearest_real))}).",
    )


def _around(ratio: Estimate, evaluation: Evaluation) -> str:
    """Return between which controls a candidate lies."""
    numbers = [(evaluation.number(one), one.name) for one in evaluation.controls]
    known = [(own.value, name) for own, name in numbers if own is not None]
    below = max((one for one in known if one[0] <= ratio.value), default=None)
    above = min((one for one in known if one[0] > ratio.value), default=None)
    sides = [
        f"{side} {one[1]} ({rough(one[0])})" for side, one in (("further than", below), ("closer than", above)) if one
    ]
    return f": {', '.join(sides)}" if sides else ""
