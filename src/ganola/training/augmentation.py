"""The augmentation of a training, made for the grid and the tracks of its model."""

from ganola.networks.config import ModelSpec
from ganola.objectives.augmentation import Augmentation, Kind


def build_augmentation(spec: ModelSpec, kinds: tuple[Kind, ...], probability: float) -> Augmentation:
    """Return an augmentation by these kinds of changes, each with this probability in each roll."""
    return Augmentation(
        kinds=kinds,
        probability=probability,
        bars=spec.grid.bars,
        steps_per_bar=spec.grid.steps_per_bar,
        drums=tuple(track.drums for track in spec.tracks),
    )
