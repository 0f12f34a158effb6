"""The measures of an evaluation, and whether each can be trusted on a corpus: whether it tells the controls apart."""

from collections.abc import Sequence

from ganola.judging.lead import FIELDS, UNKNOWN, Lead
from ganola.judging.results import CollectionScores, Measure

MARGIN = 0.001  # of the way from real music to noise, by which a measure has to set apart what is wrong

# Each a field of CollectionScores, its name, what it means, and what real music has.
_MEASURES = (
    ("ratio", "distance / floor", "Frechet distance over all features, in multiples of training music's", "1"),
    (
        "energy",
        "energy distance / floor",
        "energy distance in whitened features, in multiples of training music's",
        "1",
    ),
    ("mmd", "MMD² x 1000", "maximum mean discrepancy over all features, unbiased", "0"),
    ("density", "density", "how densely the phrases lie where real music lies", "1"),
    ("coverage", "coverage", "share of real windows that have a phrase near them", "near 1"),
    (
        "c2st_trees",
        "classifier accuracy (features)",
        "right answers of boosted trees that learned to tell it from real music",
        "0.5",
    ),
    (
        "c2st_network",
        "classifier accuracy (rolls)",
        "right answers of a small network that learned the same from rolls",
        "0.5",
    ),
)
_HIGHER_IS_CLOSER = ("density", "coverage")


def measures_of(
    training: CollectionScores, controls: Sequence[CollectionScores], lead: Lead = UNKNOWN
) -> tuple[Measure, ...]:
    """Return every measure, and whether it can be trusted.

    It can where it puts training music below the controls with something wrong, and these below noise, the last one.
    The first control is copies of training music, of which it says nothing.
    """

    def is_trusted(key: str) -> bool:
        values = [getattr(one, key) for one in (training, *controls[1:])]
        if any(value is None for value in values):
            return False
        real, *wrong, noise = (-one.value if key in _HIGHER_IS_CLOSER else one.value for one in values)
        least = real + MARGIN * (noise - real)
        return real < noise and all(least < one <= noise for one in wrong)

    return tuple(
        Measure(key, name, meaning, real, is_trusted(key), _told(key, training, controls, lead))
        for key, name, meaning, real in _MEASURES
    )


def _told(key: str, training: CollectionScores, controls: Sequence[CollectionScores], lead: Lead) -> tuple[str, ...]:
    """Return what a measure clearly tells from real music, of music that is known to be wrong.

    Of a distance it is what `lead` found; of any other measure, the controls whose interval lies beyond that of
    training music.
    """
    for resolution in lead.resolutions:
        if FIELDS[resolution.measure] == key:
            return tuple(one.name for one in resolution.contrasts if one.told)
    real = getattr(training, key)
    if real is None:
        return ()
    known = [(one.name, found) for one in controls[1:] if (found := getattr(one, key)) is not None]
    if key in _HIGHER_IS_CLOSER:
        return tuple(name for name, found in known if found.high < real.low)
    return tuple(name for name, found in known if found.low > real.high)
