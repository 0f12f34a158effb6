"""Which measure tells wrong notes and shuffled bars from real music on a corpus, whichever tunes are held out.

Tunes are held out anew in each trial; of half of the others come the windows of real music, of the other half those of
altered music. A measure's number is its value over its floor, the mean of three draws of real music. d' is how many
standard deviations of these numbers (of their logarithms, the mean of both kinds) altered music lies above real music.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from common import Row, options, report
from ganola.corpus.store import open_corpus
from ganola.judging.controls import add_wrong_notes, noise, shuffle_bars
from ganola.judging.distances import Square, Table, fit_scaler, frechet_distances, kernel_width, squared_distances
from ganola.judging.energy import energy_distances, fit_whitening
from ganola.judging.lead import Resolution
from ganola.judging.reference import Reference, load_reference
from ganola.judging.validation import lead_of
from ganola.judging.windows import WindowSet

SEED = 0
FLOORS = 3
Distance = Callable[[Table, Table], float]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpora", type=Path, nargs="+", help="folders that `ganola corpus build` made")
    parser.add_argument("--windows", type=int, default=256, metavar="N", help="of each kind of music")
    parser.add_argument("--held-out", type=int, default=400, metavar="N", help="windows of the tunes held out")
    parser.add_argument("--trials", type=int, default=8)
    chosen = parser.parse_args()
    tables = {}
    for folder in chosen.corpora:
        corpus = open_corpus(folder)
        tables[f"{folder.name}: what leads"] = list(leads(lead_of(corpus).resolutions))
        trial = Trial(load_reference(corpus, "test", SEED))
        found = [trial.run(chosen.windows, chosen.held_out) for _ in range(chosen.trials)]
        tables[f"{folder.name}: d' in {chosen.trials} trials"] = list(summary(found))
    report("what_is_heard", tables, chosen.save)


def leads(resolutions: tuple[Resolution, ...]) -> Iterator[Row]:
    for one in resolutions:
        found = {own.name: f"{own.times:.2f} x, {own.deviations:.1f} sd" for own in one.contrasts}
        yield {"measure": one.measure, **found}


class Trial:
    """All real music of a reference, and what is altered in it."""

    def __init__(self, reference: Reference) -> None:
        self.chance = np.random.default_rng(SEED)
        parts = [reference.training, reference.held_out, *([reference.other] if reference.other else [])]
        before = np.cumsum([0, *(int(part.group.max()) + 1 for part in parts)])
        self.tune = np.concatenate([part.group + first for part, first in zip(parts, before, strict=False)])
        real = WindowSet("real music", np.concatenate([part.cells for part in parts]), self.tune)
        measure, corpus = reference.catalogue.measure, reference.corpus
        grid, tracks = corpus.grid, corpus.tracks
        table = measure(real.cells)
        self.scaler = fit_scaler(table, reference.catalogue)
        altered = {"shuffled bars": shuffle_bars(real, grid, self.chance)} if grid.bars > 1 else {}
        if not all(track.drums for track in tracks):
            for share in (0.02, 0.05):
                music = add_wrong_notes(real, grid, tracks, self.chance, share)
                altered[music.name] = music
        self.tables = {name: self.scaler.transform(measure(music.cells)) for name, music in altered.items()}
        self.noise = self.scaler.transform(measure(noise(real, 1000, self.chance).cells))
        self.real = self.scaler.transform(table)
        least = [feature.least for feature, labels, _ in reference.catalogue.columns() for _ in labels]
        self.least = np.array(least) / self.scaler.spread * self.scaler.weight
        self.share = len(np.unique(reference.held_out.group)) / len(np.unique(self.tune))

    def run(self, windows: int, held_out: int) -> dict[tuple[str, str], float]:
        """Hold out tunes anew; return the logarithm of each measure's number for each kind of music."""
        tunes = self.chance.permutation(np.unique(self.tune))
        first = max(2, round(self.share * len(tunes)))
        half = (len(tunes) - first) // 2
        held = self.real[self._rows(tunes[:first], held_out)]
        one, other = tunes[first : first + half], tunes[first + half :]
        music = {"real": self.real[self._rows(one, windows)]}
        music |= {name: table[self._rows(other, windows)] for name, table in self.tables.items()}
        music["noise"] = self.noise[self.chance.permutation(len(self.noise))[:windows]]
        floors = [self.real[self._rows(tunes[first:], windows)] for _ in range(FLOORS)]
        found: dict[tuple[str, str], float] = {}
        for name, (distance, change) in self._measures().items():
            against = held @ change
            floor = np.mean([distance(own @ change, against) for own in floors])
            found |= {
                (name, kind): float(np.log(distance(own @ change, against) / floor)) for kind, own in music.items()
            }
        return found

    def _rows(self, tunes: np.ndarray, count: int) -> np.ndarray:
        return self.chance.permutation(np.flatnonzero(np.isin(self.tune, tunes)))[:count]

    def _measures(self) -> dict[str, tuple[Distance, Square]]:
        as_it_is, white = np.eye(self.real.shape[1]), fit_whitening(self.real, self.least)
        mean = np.zeros_like(self.real)
        for tune in np.unique(self.tune):
            own = self.tune == tune
            mean[own] = self.real[own].mean(axis=0)
        within = fit_whitening(self.real - mean, self.least)
        return {
            "Frechet distance": (_frechet, as_it_is),
            "Frechet distance, whitened": (_frechet, white),
            "MMD": (_mmd, as_it_is),
            "MMD, whitened": (_mmd, white),
            "energy distance": (_energy, as_it_is),
            "energy distance, whitened within tunes": (_energy, within),
            "energy distance, whitened": (_energy, white),
        }


def _ones(table: Table) -> np.ndarray:
    return np.ones((1, len(table)))


def _frechet(one: Table, other: Table) -> float:
    return float(frechet_distances(one, _ones(one), other, _ones(other))[0])


def _energy(one: Table, other: Table) -> float:
    return float(energy_distances(one, _ones(one), other, _ones(other))[0])


def _mmd(one: Table, other: Table) -> float:
    """The biased one, which is never below zero."""
    width = kernel_width(other)
    kernels = [
        np.exp(squared_distances(*pair) / (-2 * width**2)) for pair in ((one, one), (other, other), (one, other))
    ]
    within, between = kernels[0].mean() + kernels[1].mean(), kernels[2].mean()
    return float(within - 2 * between)


def summary(found: list[dict[tuple[str, str], float]]) -> Iterator[Row]:
    measures, kinds = (list(dict.fromkeys(key[place] for key in found[0])) for place in (0, 1))
    for measure in measures:
        values = {kind: np.array([own[measure, kind] for own in found]) for kind in kinds}
        real = values.pop("real")
        row: Row = {"measure": measure}
        for kind, own in values.items():
            spread = ((own.var(ddof=1) + real.var(ddof=1)) / 2) ** 0.5
            row[kind] = f"{np.exp(own.mean() - real.mean()):.2f} x, d' {(own.mean() - real.mean()) / spread:.1f}"
        yield row


if __name__ == "__main__":
    main()
