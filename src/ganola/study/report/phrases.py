"""Phrases of the models of a study, to see and to hear: few, for a page has to stay small."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ganola.errors import GanolaError
from ganola.music.grid import Grid
from ganola.music.roll import OFF
from ganola.music.tracks import Track
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.generate import generate
from ganola.rendering.picture import contact_sheet, data_uri
from ganola.rendering.players import sound_uri
from ganola.rendering.selection import opening
from ganola.rendering.sound import RINGING_SECONDS
from ganola.storage import within
from ganola.study.records import TrialRecord

SHOWN = 4  # phrases of each model in a picture; the first of them is heard
SEED = 0  # of them
SECONDS_HEARD = 420.0  # of all sounds of a page together, at 12 kB each
SHORTEST, LONGEST = 4.0, 12.0  # seconds of each sound, if a bar is no longer


@dataclass(frozen=True)
class Phrases:
    """The first phrases of a model: their cells, and all that is needed to show them."""

    cells: UInt8[np.ndarray, "phrases tracks steps pitches"]
    grid: Grid
    tracks: tuple[Track, ...]
    tempo: float


@dataclass(frozen=True)
class Sample:
    """What is shown of one value on one collection: the phrases of one trial, if there are any, and a sound."""

    name: str
    hue: str
    trial: TrialRecord | None
    phrases: Phrases | None
    sound: str | None = None


class PhraseBook:
    """The phrases of the trials of a study, each model read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Phrases | None] = {}

    def phrases_of(self, trial: TrialRecord) -> Phrases | None:
        """Return the first phrases of a trial's model, or None where it cannot be read."""
        if trial.folder not in self._known:
            self._known[trial.folder] = _play(within(self._folder, trial.folder) / MODEL_FILE)
        return self._known[trial.folder]


def _play(path: Path) -> Phrases | None:
    try:
        model = load_model(path)
    except GanolaError:
        return None
    cells = np.stack([phrase.cells for phrase in generate(model, SHOWN, SEED)])
    return Phrases(cells, model.spec.grid, model.spec.tracks, model.record.tempo)


def add_sounds(groups: Sequence[Sequence[Sample]]) -> list[list[Sample]]:
    """Return all samples of a page with the first phrase of each as sound, as long as there is room for all of them.

    None has any where so many would be too short to hear, or where no sound can be made.
    """
    heard = sum(sample.phrases is not None for group in groups for sample in group)
    longest = min(LONGEST, SECONDS_HEARD / max(heard, 1) - RINGING_SECONDS)
    if longest < SHORTEST:
        return [list(group) for group in groups]
    return [[replace(sample, sound=_sound(sample.phrases, longest)) for sample in group] for group in groups]


def _sound(phrases: Phrases | None, longest: float) -> str | None:
    if phrases is None or not (phrases.cells[0] != OFF).any():
        return None
    return sound_uri(phrases.cells[0], phrases.grid, phrases.tracks, phrases.tempo, longest)


def sheet(samples: Sequence[Sample]) -> str | None:
    """Return a picture of the first bars of these phrases, a row a value, as a data URI; None where there are none.

    Those of a grid or of tracks that are not the first's, which a recipe may change, are left out.
    """
    known = [(sample.name, sample.phrases) for sample in samples if sample.phrases is not None]
    if not known:
        return None
    first = known[0][1]
    shown = opening(first.grid)
    rows = [
        (name, list(own.cells[:, :, : shown.steps]))
        for name, own in known
        if (own.grid, own.tracks) == (first.grid, first.tracks)
    ]
    return data_uri(contact_sheet(rows, shown, first.tracks))
