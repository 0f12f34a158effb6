"""Directions among latents in which an attribute of the music grows while the others stay.

They are found from generated phrases: each attribute is regressed on the latents, and each direction is the smallest
shift, in the latents' own deviations, for which the regression predicts one standard deviation more of its attribute
and none of the others. Where latents are dealt to beats, one shift serves all beats.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.judging.analysis import Cells
from ganola.music.roll import from_planes
from ganola.networks.latent_flow import LatentFlow, latent_to_beats
from ganola.networks.model import Model
from ganola.playing.attributes import More, Values, attributes_of, measure_attributes
from ganola.playing.latents import Latents
from ganola.randomness import Purpose, latents, stream

PHRASES = 256  # generated ones, of which directions are found
RIDGE = 0.02  # of the variance: what the regression is penalised by

Shifts = Float[Tensor, "strengths latent"]
Table = Float[np.ndarray, "phrases attributes"]

_FOUND: WeakKeyDictionary[nn.Module, "Directions"] = WeakKeyDictionary()


@dataclass(frozen=True)
class Directions:
    """For each attribute of a model's music the shift of r and of the place behind the flow, and how it is distributed.

    Without a flow both shifts are the same.
    """

    names: tuple[str, ...]
    mean: Float[np.ndarray, "attributes"]
    deviation: Float[np.ndarray, "attributes"]
    correlation: Float[np.ndarray, "attributes"]  # of what the regression on r predicts with what is
    of_noise: Float[Tensor, "attributes latent"]
    of_place: Float[Tensor, "attributes latent"]

    def wanted(self, more: More) -> Float[np.ndarray, "attributes"]:
        """Return what is asked for as a column for each attribute."""
        return np.array([more.get(name, 0.0) for name in self.names])

    def shifts(self, more: More, strengths: Float[Tensor, "strengths"]) -> tuple[Shifts, Shifts]:
        """Return the shifts of r and of the place that ask for so much of what is asked for."""
        wanted = torch.from_numpy(self.wanted(more).astype(np.float32))
        return strengths[:, None] * (wanted @ self.of_noise), strengths[:, None] * (wanted @ self.of_place)

    def standardise(self, measured: Table) -> Table:
        """Return attributes in standard deviations from the mean; the mean where there is nothing to measure."""
        return np.nan_to_num((measured - self.mean) / self.deviation)


def directions_of(model: Model) -> Directions:
    """Return the directions of a model: found when they are first asked for, and kept as long as the model is."""
    known = _FOUND.get(model.generator)
    if known is None:
        known = _FOUND[model.generator] = find_directions(model)
    return known


@torch.inference_mode()
def find_directions(model: Model) -> Directions:
    """Return the directions that PHRASES generated phrases show."""
    r = latents(PHRASES, model.spec.latent, stream(0, Purpose.DIRECTIONS))
    cells, places = play_with_places(model, r)
    measured = measure_attributes(cells, model)
    mean, deviation = _finite(np.mean, measured), np.maximum(_finite(np.std, measured), 1e-9)
    standard = np.nan_to_num((measured - mean) / deviation)
    of_noise, predicted = _regress(model, r, standard)
    of_place, _ = _regress(model, places, standard)
    return Directions(
        names=tuple(one.name for one in attributes_of(model.spec)),
        mean=mean,
        deviation=deviation,
        correlation=(predicted * standard).mean(axis=0)
        / np.maximum(predicted.std(axis=0) * standard.std(axis=0), 1e-9),
        of_noise=of_noise,
        of_place=of_place,
    )


@torch.inference_mode()
def play_with_places(model: Model, r: Latents) -> tuple[Cells, Latents]:
    """Return what r plays, and where it lies behind the flow, standardised."""
    generator, flow = model.generator, model.generator.prior
    cells, places = [], []
    for rows in r.split(generator.most_rows):
        lacking = max(0, generator.fewest_rows - len(rows))
        filled = torch.cat([rows, rows.new_zeros(lacking, rows.shape[1])])
        latent = flow(filled)
        cells.append(from_planes(generator.play(latent, generator.noise(filled)).numpy())[: len(rows)])
        places.append((flow.to_standard(latent) if isinstance(flow, LatentFlow) else latent)[: len(rows)])
    return np.concatenate(cells), torch.cat(places)


def _regress(model: Model, values: Latents, attributes: Table) -> tuple[Float[Tensor, "attributes latent"], Table]:
    """Return the smallest shifts for which a ridge regression predicts one more of each attribute, and its predictions.

    The smallest in the metric of the values' covariance S: S W (W' S W)^-1, with W the regression's weights.
    """
    beats = model.spec.grid.pulses
    dealt = isinstance(model.generator.prior, LatentFlow)
    features = (
        latent_to_beats(values, beats).mean(dim=2).numpy().astype(np.float64) if dealt else values.double().numpy()
    )
    features = features - features.mean(axis=0)
    covariance = features.T @ features / len(features)
    penalty = RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    weights = np.linalg.solve(covariance + penalty, features.T @ attributes / len(features))
    predicted = weights.T @ covariance @ weights
    # Attributes that always go together cannot be told apart: what is asked for of one then moves both.
    together = RIDGE * max(np.trace(predicted) / len(predicted), 1e-9) * np.eye(len(predicted))
    shifts = (covariance @ weights @ np.linalg.inv(predicted + together)).T
    shared = torch.from_numpy(shifts.astype(np.float32))
    if dealt:
        shared = shared.repeat_interleave(beats, dim=1)[:, : values.shape[1]]
    return shared, features @ weights


def _finite(of: Callable[[Values], Any], measured: Table) -> Float[np.ndarray, "attributes"]:
    """Return a mean or a deviation of each attribute over the phrases that have it; 0 where none has."""
    known = [column[~np.isnan(column)] for column in measured.T]
    return np.array([float(of(column)) if len(column) else 0.0 for column in known])
