"""How well more or less of each attribute can be asked for: how far it moves, how steadily, and what moves with it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import spearmanr

from ganola.networks.model import Model
from ganola.playing.attributes import Attribute, attributes_of, measure_attributes
from ganola.playing.directions import directions_of
from ganola.playing.steer import steer
from ganola.randomness import Purpose, latents, stream

AMOUNTS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # standard deviations that are asked for
PHRASES = 5  # that each is asked of


@dataclass(frozen=True)
class AttributeReport:
    """An attribute of a model's music: how it is distributed, and what comes of asking for more."""

    attribute: Attribute
    mean: float  # of generated phrases, in the attribute's unit
    deviation: float
    monotone: float  # Spearman's rank correlation of what is asked for with what is played, the mean over phrases
    gained: dict[str, float]  # by name: how many standard deviations each attribute rises for each that is asked for


def report_attributes(
    model: Model, *, progress: Callable[[int, int], None] = lambda *_: None
) -> tuple[AttributeReport, ...]:
    """Return a report of each attribute, measured on phrases that the directions were not found from."""
    directions, known = directions_of(model), attributes_of(model.spec)
    reports = []
    for index, attribute in enumerate(known):
        progress(index, len(known))
        change = _changes(model, attribute.name)
        asked = np.array(AMOUNTS)
        ranks = [spearmanr(asked, values).statistic for values in change[..., index] if np.ptp(values) > 0]
        slopes = np.tensordot(asked, change.mean(axis=0), axes=1) / (asked**2).sum()
        reports.append(
            AttributeReport(
                attribute=attribute,
                mean=float(directions.mean[index]),
                deviation=float(directions.deviation[index]),
                monotone=float(np.mean(ranks)) if ranks else 0.0,
                gained=dict(zip(directions.names, map(float, slopes), strict=True)),
            )
        )
    progress(len(known), len(known))
    return tuple(reports)


def _changes(model: Model, name: str) -> Float[np.ndarray, "phrases amounts attributes"]:
    """Return how much each attribute of each phrase changes, in standard deviations, where each of AMOUNTS is asked."""
    directions = directions_of(model)
    drawn = latents(PHRASES, model.spec.latent, stream(0, Purpose.DIRECTIONS, 1))
    changes = np.zeros((PHRASES, len(AMOUNTS), len(directions.names)))
    for place, amount in enumerate(AMOUNTS):
        if amount:
            found = steer(model, drawn, {name: amount})
            then, now = (directions.standardise(measure_attributes(one, model)) for one in (found.before, found.cells))
            changes[:, place] = now - then
    return changes
