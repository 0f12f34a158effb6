"""Music near other music: its variations, and the steps from one phrase to another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from ganola.api.played import PlayedMusic, Roll
from ganola.api.saving import Location
from ganola.app.phrase_source import SourcePhrase, find_phrase
from ganola.music.roll import from_planes
from ganola.networks.model import Model
from ganola.playing.export import Exporter, Rendition
from ganola.playing.interpolate import Step
from ganola.playing.vary import Variation
from ganola.playing.windows import Music


@dataclass(frozen=True, eq=False)
class MusicVariation(PlayedMusic):
    """A variation of some music, or a step from one phrase to another. It is a value: `transpose` returns another one.

    `distance` is the share of what begins in one of two phrases alone: the variation and the music, or the step and the
    one before it.
    """

    played: Variation | Step = field(repr=False)
    source: SourcePhrase = field(repr=False)
    origin: Mapping[str, Any] = field(repr=False)
    model: Model = field(repr=False)

    @property
    def number(self) -> int:
        """Return the number of the variation, which with the seed makes it again, or of the step; 1 is the first."""
        return self.played.number

    @property
    def distance(self) -> float:
        """Return how far it is from the music, or from the step before it."""
        return self.played.distance

    @property
    def cells(self) -> Music:
        """Return the music on the model's grid, whatever the key."""
        return self.played.cells

    def render(self) -> Rendition:
        """Return the music in its key, as it is exported."""
        exporter = Exporter(self.model, "", tempo=self.source.tempo, key=self.key or self.source.tonic)
        return exporter.render_cells(self.cells, f"{self.source.name}, {self.number}", self.origin)


def find_music(music: Roll | Location, model: Model) -> SourcePhrase:
    """Return the phrase that is meant by a roll, a file or MODEL:seed:number. Raises InputError as `find_phrase`."""
    if isinstance(music, str | PathLike):
        return find_phrase(str(music), model)
    return SourcePhrase(from_planes(np.asarray(music, dtype=bool)), "roll")


def as_values(
    played: Sequence[Variation | Step],
    source: SourcePhrase,
    model: Model,
    origin: Callable[[int], Mapping[str, Any]],
) -> list[MusicVariation]:
    """Return what was played as values; `origin` gives what files say of each by its number."""
    return [MusicVariation(one, source, origin(one.number), model) for one in played]
