"""What phrases and variations have in common: music that a model played, in the key that a person asks for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, UInt8

from ganola.api.saving import Location, save_rendition
from ganola.music.key import parse_tonic
from ganola.music.roll import to_planes
from ganola.music.score import Notes
from ganola.music.tracks import Track
from ganola.playing.export import Rendition

Own = TypeVar("Own", bound="PlayedMusic")
Roll = Bool[np.ndarray, "tracks 2 steps pitches"]


@dataclass(frozen=True, eq=False)
class PlayedMusic(ABC):
    """Music that a model played. It is a value: `transpose` returns another one."""

    key: str | None = field(default=None, kw_only=True)

    @property
    @abstractmethod
    def cells(self) -> UInt8[np.ndarray, "tracks steps pitches"]:
        """Return the music on the model's grid, whatever the key."""

    @abstractmethod
    def render(self) -> Rendition:
        """Return the music in its key, as it is exported."""

    @property
    def roll(self) -> Roll:
        """Return the music as the model sees it, whatever the key: (tracks, planes, steps, pitches)."""
        return to_planes(self.cells)

    @property
    def notes(self) -> Notes:
        """Return the notes in the key of this music, their times in steps of the model's grid."""
        return self._rendition.score.notes

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return who plays: `notes.track` is an index of these."""
        return self._rendition.score.tracks

    def transpose(self: Own, key: str) -> Own:
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
        return self.render()
