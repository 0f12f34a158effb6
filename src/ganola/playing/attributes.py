"""Attributes of music that a person can ask for more or less of: what they are, and what of them phrases have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ganola.errors import InputError
from ganola.judging.analysis import Cells, WindowAnalysis, analyse
from ganola.judging.features.melody import register
from ganola.judging.features.rhythm import notes_per_bar, off_beats
from ganola.music.grid import Grid
from ganola.music.key import profile_correlations
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec
from ganola.networks.model import Model
from ganola.wording import did_you_mean, either

MOST = 3.0  # standard deviations more or less, beyond which there is no music to learn from

Values = Float[np.ndarray, "phrases"]
Tracks = tuple[Track, ...]
More = Mapping[str, float]  # by an attribute's name, how many standard deviations more of it


def _always(_grid: Grid, _tracks: Tracks) -> bool:
    return True


def _has_pitched(_grid: Grid, tracks: Tracks) -> bool:
    return not all(track.drums for track in tracks)


def _has_off_beats(grid: Grid, _tracks: Tracks) -> bool:
    return grid.steps_per_pulse > 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of phrases: its name, what more of it is, its unit, how it is measured, and where it means anything.

    What has nothing to measure (the register of silence) is NaN.
    """

    name: str
    meaning: str
    unit: str
    measure: Callable[[WindowAnalysis, bool], Values]  # given whether the music was brought to the tonic C
    applies_to: Callable[[Grid, Tracks], bool] = _always


def _of_music(feature: Callable[[WindowAnalysis], Values]) -> Callable[[WindowAnalysis, bool], Values]:
    """Return a feature as an attribute, whatever the key."""
    return lambda analysis, _: feature(analysis)


def _mean_register(analysis: WindowAnalysis) -> Values:
    """Return the mean of the registers of the tracks that play."""
    by_track = register(analysis)
    heard = ~np.isnan(by_track)
    total, count = np.where(heard, by_track, 0).sum(axis=1), heard.sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _majorness(analysis: WindowAnalysis, tonic_is_c: bool) -> Values:
    """Return how much better a major key correlates with the pitch classes than a minor one: the best of each, or C."""
    weights = analysis.chroma.sum(axis=(1, 2))
    keys = profile_correlations(weights).reshape(len(weights), 2, 12)
    major, minor = (keys[:, :, 0] if tonic_is_c else keys.max(axis=2)).T
    return np.where(weights.max(axis=1) > weights.min(axis=1), major - minor, np.nan)


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("density", "more notes begin", "notes a bar", _of_music(notes_per_bar)),
    Attribute("register", "higher", "MIDI pitch", _of_music(_mean_register), _has_pitched),
    Attribute("rhythm", "more notes begin between beats", "share of notes", _of_music(off_beats), _has_off_beats),
    Attribute("mode", "more major, less minor", "correlation", _majorness, _has_pitched),
)


def attributes_of(spec: ModelSpec) -> tuple[Attribute, ...]:
    """Return the attributes that mean something of a model's music."""
    return tuple(one for one in ATTRIBUTES if one.applies_to(spec.grid, spec.tracks))


def measure_attributes(cells: Cells, model: Model) -> Float[np.ndarray, "phrases attributes"]:
    """Return of each phrase each of `attributes_of`, in its unit."""
    analysis, tonic_is_c = analyse(cells, model.spec.grid, model.spec.tracks), model.record.common_tonic
    return np.stack([one.measure(analysis, tonic_is_c) for one in attributes_of(model.spec)], axis=1)


def parse_more(text: str) -> dict[str, float]:
    """Return what is asked for in a text such as density=+1,register=-0.5: standard deviations more of each.

    Raises InputError for an unknown name, a name twice, and for what is no number from -3 to 3.
    """
    names = [one.name for one in ATTRIBUTES]
    more: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (piece.strip() for piece in part.partition("="))
        name = name.lower()
        if name not in names:
            raise InputError(f"there is no attribute {name!r}", did_you_mean(name, names, f"Ask for {either(names)}."))
        if name in more:
            raise InputError(f"{name} is asked for twice", "Ask for it once.")
        more[name] = _parse_amount(name, number)
    if not more:
        raise InputError("--more asks for nothing", f"Write, say, --more {names[0]}=+1; known are {', '.join(names)}.")
    return more


def more_in_words(more: More) -> list[str]:
    """Return what is asked for as titles say it, such as density +1."""
    return [f"{name} {amount:+g}" for name, amount in more.items()]


def refuse_unknown(more: More, spec: ModelSpec) -> None:
    """Raise InputError where an attribute is asked for that this model's music does not have, or more than there is."""
    known = [one.name for one in attributes_of(spec)]
    for name, amount in more.items():
        if name not in known:
            remedy = did_you_mean(name, known, f"Ask for {either(known)}.")
            raise InputError(f"the music of this model has no {name}", remedy)
        if not abs(amount) <= MOST:
            raise InputError(f"{name}={amount:g} is not between {-MOST:g} and {MOST:g}", "+1 is a standard deviation.")


def _parse_amount(name: str, number: str) -> float:
    try:
        amount = float(number)
    except ValueError:
        amount = np.nan
    if not abs(amount) <= MOST:
        problem = f"{name}={number} is no number from {-MOST:g} to {MOST:g}"
        raise InputError(problem, f"+1 is one standard deviation more: {name}=+1.")
    return amount
