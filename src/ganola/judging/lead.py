"""What each distance can tell from real music on a corpus, and which of them leads there: the one number's.

A training, an evaluation and the doctor ask this module, of validation music, so that they agree. Real music is drawn
from training music many times, each time from half of its tunes, which then differ as much as samples of as many tunes
as there are: what lies no further off than these draws do cannot be told from real music.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from jaxtyping import Int

from ganola.judging.controls import WRONG_NOTES, add_wrong_notes, name_wrong_notes, noise, shuffle_bars
from ganola.judging.distances import Table
from ganola.judging.energy import EnergyBaseline
from ganola.judging.real_baseline import LEAST_FLOOR, RealBaseline, Rows
from ganola.judging.windows import WindowSet
from ganola.randomness import Purpose, stream

CLEARLY = 3.0  # standard deviations of draws of real music: by chance, 1 in 700 draws lies so far off
# Times as far as real music: less is within the interval that the number has even where tunes are many (0.7 to 1.4).
APART = 1.5
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)  # of notes that are wrong
DRAWS = 32  # of real music
ALTERED_DRAWS = 2  # of each kind of altered music, each beside the real music that it was made of

Measure = Literal["frechet", "energy"]
FRECHET: Measure = "frechet"
ENERGY: Measure = "energy"
FIELDS: dict[Measure, str] = {FRECHET: "ratio", ENERGY: "energy"}  # of CollectionScores
NAMES: dict[str, str] = {FRECHET: "the Fréchet distance", ENERGY: "the energy distance in whitened features"}

Baseline = RealBaseline | EnergyBaseline


@dataclass(frozen=True, slots=True)
class Contrast:
    """How clearly a distance tells one kind of altered music from real music."""

    name: str
    times: float  # as far as real music, on average
    deviations: float  # by which its logarithm lies above that of real music, in those of draws of real music
    wrong_notes: float | None = None  # the share of its notes that are wrong, of music with wrong notes

    @property
    def told(self) -> bool:
        """Return whether it is told from real music."""
        return self.deviations >= CLEARLY

    @property
    def is_control(self) -> bool:
        """Return whether it is one of the controls of every evaluation."""
        return self.wrong_notes in (None, WRONG_NOTES)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one distance tells from real music on a corpus: wrong notes, fewest first, shuffled bars, noise last."""

    measure: Measure
    contrasts: tuple[Contrast, ...]

    @property
    def told(self) -> int:
        """Return how many kinds of altered music it tells from real music."""
        return sum(one.told for one in self.contrasts)

    @property
    def tells_noise(self) -> bool:
        """Return whether it tells noise from real music."""
        return self.contrasts[-1].told

    @property
    def ranks_controls(self) -> bool:
        """Return whether it puts all controls so far off that its number shows it."""
        return all(one.times >= APART for one in self.contrasts if one.is_control)

    @property
    def fewest_wrong_notes(self) -> float | None:
        """Return the smallest share of wrong notes that it tells, as it does every larger one; None for none."""
        fewest = None
        for one in reversed([one for one in self.contrasts if one.wrong_notes is not None]):
            if not one.told:
                break
            fewest = one.wrong_notes
        return fewest


@dataclass(frozen=True, slots=True)
class Lead:
    """Which distance is a corpus's one number, and what each can tell there; `resolutions` is empty where too little
    music is held out to say it."""

    measure: Measure | None  # None where no distance tells even noise from real music
    resolutions: tuple[Resolution, ...] = ()

    @property
    def resolution(self) -> Resolution | None:
        """Return what the leading distance tells."""
        return next((one for one in self.resolutions if one.measure == self.measure), None)


UNKNOWN = Lead(FRECHET)  # where too little music is held out to choose


def choose_lead(resolutions: Sequence[Resolution]) -> Measure | None:
    """Return the measure that leads: the first where it ranks the controls, else the one that tells most.

    Of equals the first leads. None where none tells noise, so that no number would mean anything.
    """
    sound = [one for one in resolutions if one.tells_noise]
    if sound and sound[0] is resolutions[0] and sound[0].ranks_controls:
        return sound[0].measure
    return max(sound, key=lambda one: one.told).measure if sound else None


def find_lead(real: RealBaseline, phrases: int, seed: int) -> Lead:
    """Return which distance leads where so many phrases are compared with the held-out music of a baseline.

    Where few tunes are held out (see `RealBaseline.cross_validated`) it is always the Fréchet distance, of which it is
    known how wide the intervals are then.
    """
    count = min(phrases, len(real.training) // 2)  # or all draws would be the same windows
    if real.cross_validated or count < 2:
        return UNKNOWN
    trial = _Trial(real, count, seed)
    resolutions = (trial.resolution(FRECHET, real), trial.resolution(ENERGY, EnergyBaseline(real)))
    return Lead(choose_lead(resolutions), resolutions)


class _Trial:
    """Real and altered music, by which distances are tried."""

    def __init__(self, real: RealBaseline, count: int, seed: int) -> None:
        chance = stream(seed, Purpose.CONTROLS, 20)
        self.real = real
        table = real.scaler.transform(real.training_table)
        self.draws = [table[_half_draw(real.training.group, count, chance)] for _ in range(DRAWS)]
        pairs = chance.permutation(len(table))[: ALTERED_DRAWS * count].reshape(-1, count)
        self.originals = [table[own] for own in pairs]
        self.altered = [
            (name, share, [self._measured(alter(real.training.select(own))) for own in pairs])
            for name, share, alter in self._kinds(count, chance)
        ]

    def _kinds(
        self, count: int, chance: np.random.Generator
    ) -> Iterator[tuple[str, float | None, Callable[[WindowSet], WindowSet]]]:
        """Yield each kind of altered music that means something here, the share of its wrong notes, and its maker."""
        grid, tracks = self.real.catalogue.grid, self.real.catalogue.tracks
        if not all(track.drums for track in tracks):
            for share in SHARES:
                alter = partial(add_wrong_notes, grid=grid, tracks=tracks, randomness=chance, share=share)
                yield name_wrong_notes(share), share, alter
        if grid.bars > 1:
            yield "shuffled bars", None, partial(shuffle_bars, grid=grid, randomness=chance)
        yield "noise", None, partial(noise, count=count, randomness=chance)

    def _measured(self, music: WindowSet) -> Table:
        return self.real.scaler.transform(self.real.catalogue.measure(music.cells))

    def resolution(self, measure: Measure, baseline: Baseline) -> Resolution:
        """Return what a distance tells from real music."""

        def logarithms(tables: Sequence[Table]) -> np.ndarray:
            return np.log([max(baseline.distance(table), LEAST_FLOOR) for table in tables])

        spread = max(float(logarithms(self.draws).std(ddof=1)), LEAST_FLOOR)
        originals = logarithms(self.originals)
        further = [float((logarithms(tables) - originals).mean()) for _, _, tables in self.altered]
        return Resolution(
            measure,
            tuple(
                Contrast(name, float(np.exp(own)), own / spread, share)
                for (name, share, _), own in zip(self.altered, further, strict=True)
            ),
        )


def _half_draw(tune: Int[np.ndarray, "windows"], count: int, chance: np.random.Generator) -> Rows:
    """Return at most so many windows of half of the tunes."""
    tunes = np.unique(tune)
    chosen = chance.permutation(tunes)[: max(1, len(tunes) // 2)]
    return np.sort(chance.permutation(np.flatnonzero(np.isin(tune, chosen)))[:count])
