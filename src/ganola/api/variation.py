"""Music near other music: its variations, and the steps from one phrase to another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from ganola.api.saving import Location, save_rendition
from ganola.app.phrase_source import SourcePhrase, find_phrase
from ganola.music.key import parse_tonic
from ganola.music.roll import from_planes, to_planes
from ganola.music.score import Notes
from ganola.music.tracks import Track
from ganola.networks.model import Model
from ganola.playing.export import Exporter, Rendition
from ganola.playing.interpolate import Step
from ganola.playing.vary import Variation
from ganola.playing.windows import Music

Roll = Bool[np.ndarray, "tracks 2 steps pitches"]


@dataclass(frozen=True, eq=False)
class MusicVariation:
    """A variation of some music, or a step from one phrase to another. It is a value: `transpose` returns another one.

    `distance` is the share of what begins in one of two phrases alone: the variation and the music, or the step and the
    one before it.
    """

    played: Variation | Step = field(repr=False)
    source: SourcePhrase = field(repr=False)
    origin: Mapping[str, Any] = field(repr=False)
    model: Model = field(repr=False)
    key: str | None = None

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
        """Return the music on the model's grid: (tracks, steps, pitches)."""
        return self.played.cells

    @property
    def roll(self) -> Roll:
        """Return the music as the model sees it: (tracks, planes, steps, pitches)."""
        return to_planes(self.played.cells)

    @property
    def notes(self) -> Notes:
        """Return the notes in the key of this music, their times in steps of the model's grid."""
        return self._rendition.score.notes

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return who plays: `notes.track` is an index of these."""
        return self._rendition.score.tracks

    def transpose(self, key: str) -> "MusicVariation":
        """Return the same music with another tonic, such as "D" or "Bb".

        Raises InputError for what is no tonic, and where the model's corpus was not brought to one key.
        """
        parse_tonic(key)
        moved = replace(self, key=key)
        _ = moved._rendition
        return moved

    def save(self, path: Location) -> Path:
        """Write the music to `path`, whose ending says the format, one of mid, wav, png and musicxml; return the path.

        Raises InputError for another ending, and as `ganola.playing.export.export` does.
        """
        return save_rendition(self._rendition, path)

    @cached_property
    def _rendition(self) -> Rendition:
        exporter = Exporter(self.model, "", tempo=self.source.tempo, key=self.key or self.source.tonic)
        return exporter.render_cells(self.cells, f"{self.source.name}, {self.number}", self.origin)


def find_music(music: Roll | Location, model: Model) -> SourcePhrase:
    """Return the phrase that is meant by a roll, a file or MODEL:seed:number. Raises InputError as `find_phrase`."""
    if isinstance(music, str | PathLike):
        return find_phrase(str(music), model)
    return SourcePhrase(from_planes(np.asarray(music, dtype=bool)), "roll")


def as_values(
    played: "list[Variation] | list[Step]",
    source: SourcePhrase,
    model: Model,
    origin: Callable[[int], Mapping[str, Any]],
) -> list[MusicVariation]:
    """Return what was played as values; `origin` gives what files say of each by its number."""
    return [MusicVariation(one, source, origin(one.number), model) for one in played]
