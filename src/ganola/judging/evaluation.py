"""The whole judgement of some music: every measure, its floor, its controls, copying and diversity."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Event

import numpy as np
from jaxtyping import Float, Int
from threadpoolctl import threadpool_limits

from ganola import __version__
from ganola.corpus.split import FEWEST_PHRASES
from ganola.errors import InputError
from ganola.judging.baseline import RealBaseline
from ganola.judging.controls import copier, mistuned, noise, shuffled
from ganola.judging.copying import Nearest, nearest, shared_runs, window_at
from ganola.judging.distances import (
    kernel_width,
    neighbourhoods,
    overlaps,
    squared_discrepancies,
    wasserstein_distances,
)
from ganola.judging.diversity import diversity
from ganola.judging.findings import (
    Candidate,
    Copying,
    Evaluation,
    FeatureRow,
    Judged,
    Measure,
    MuseGanTable,
    Pair,
    Standing,
)
from ganola.judging.material import Music
from ganola.judging.musegan import MuseGanRow, musegan_rows
from ganola.judging.originality import originality
from ganola.judging.reference import Reference, section_names, too_few_tunes
from ganola.judging.resampling import (
    DEVIATIONS,
    Values,
    Weights,
    bootstrap_deviations,
    estimate,
    resampled,
)
from ganola.judging.twosample import FOLDS, accuracies, by_features, by_rolls
from ganola.music.roll import OFF
from ganola.randomness import Purpose, stream
from ganola.wording import counted, none_of

FEWEST = 50  # phrases, below which their distance from real music means nothing
FEWEST_TUNES = FOLDS  # that they are of: with fewer, no classifier can be tested on tunes that it does not know
BESIDE_FEW = 400  # windows of real music and controls that are compared where no candidate has enough
MARGIN = 0.001  # of the way from real music to noise, by which a measure has to set apart what is wrong
BINS = 30  # of the histograms that are drawn
PAIRS = 4  # closest pairs of phrase and training music that are shown
COPYING_CONTROLS = 100  # phrases of each control whose copying is measured

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is, of how much
Told = Callable[[int, int], None]  # the same of one thing
Table = Float[np.ndarray, "_ columns"]


@dataclass(frozen=True)
class _Measured:
    """Music with its table of features and its resamples."""

    music: Music
    kind: str
    table: Table  # as measured
    scaled: Table
    weights: Weights


def evaluate(
    reference: Reference,
    candidates: Sequence[Candidate],
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> Evaluation:
    """Judge the candidates. The same seed gives the same judgement, whatever the number of workers.

    Raises InputError where a candidate has no phrases, or none that sounds.
    """
    for candidate in candidates:
        _refuse_silence(candidate)
    # Threads that share small matrices gain nothing, and lose much where cores are busy.
    with threadpool_limits(1, "blas"):
        return _evaluate(reference, candidates, seed, workers, progress)


def judge_by_distance(reference: Reference, music: Sequence[Music], seed: int) -> list[Standing]:
    """Return how far each music is from real music, as `evaluate` has it, and none of the slower measures."""
    with threadpool_limits(1, "blas"):
        judge = _Judge(reference, _compared(music, reference), seed, 1, lambda *_: None, steps=1)
        return [judge.distance(judge.measured(one, "folder", 100 + index)) for index, one in enumerate(music)]


def _evaluate(
    reference: Reference, candidates: Sequence[Candidate], seed: int, workers: int, progress: Progress
) -> Evaluation:
    count = _compared([one.music for one in candidates], reference)
    judge = _Judge(reference, count, seed, workers, progress, steps=2 * len(candidates) + 9 + bool(reference.other))
    controls = _controls(reference, judge.training.music, count, seed)
    measured = [judge.measured(one.music, one.kind, 100 + index) for index, one in enumerate(candidates)]
    real = [judge.training, *([judge.measured(reference.other, "real", 3)] if reference.other else [])]
    others = [judge.measured(music, "control", 10 + index) for index, music in enumerate(controls)]
    with _beside(_Copies(reference, judge.step).found, candidates, controls) as copies:
        standings = [judge.standing(one) for one in [*measured, *real, *others]]
        rows = [judge.rows(one) for one in measured]
    found, first = copies.result(), len(measured)
    real_musegan = [_musegan(reference, one) for one in (reference.held_out, reference.training)]
    standings[:first] = judge.beside_the_best(standings[:first])
    return Evaluation(
        version=__version__,
        corpus=reference.corpus.manifest.source,
        fingerprint=reference.corpus.manifest.fingerprint,
        grid=reference.corpus.grid,
        tracks=reference.corpus.tracks,
        split=reference.split,
        pooled=reference.pooled,
        seed=seed,
        held_out=reference.held_out,
        tunes=len(np.unique(reference.held_out.group)),
        training_windows=len(reference.training),
        compared=count,
        measures=_measures(standings[first], standings[first + len(real) :]),
        judged=tuple(
            Judged(
                candidate=candidate,
                standing=standing,
                features=own,
                musegan=MuseGanTable(_musegan(reference, candidate.music), *real_musegan),
                copying=copied,
                diversity=diversity(candidate.music, reference.training, reference.corpus.tracks),
            )
            for candidate, standing, own, copied in zip(candidates, standings, rows, found.candidates, strict=False)
        ),
        real=tuple(standings[first : first + len(real)]),
        controls=tuple(standings[first + len(real) :]),
        threshold=found.threshold,
        copying=(found.held_out, *found.controls),
        remarks=judge.remarks([one.music for one in candidates]),
        tempo=reference.corpus.manifest.tempo,
    )


@dataclass(frozen=True)
class _Copied:
    threshold: float
    held_out: Copying
    candidates: tuple[Copying, ...]
    controls: tuple[Copying, ...]


@contextmanager
def _beside(
    search: Callable[[Sequence[Candidate], Sequence[Music], Told], _Copied],
    candidates: Sequence[Candidate],
    controls: Sequence[Music],
) -> Iterator[Future[_Copied]]:
    """The search for copies, in a thread of its own beside the block; if that is left early, the search ends too."""
    stopped = Event()

    def going_on(_done: int, _total: int) -> None:
        if stopped.is_set():
            raise InterruptedError

    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(search, candidates, controls, going_on)
        except BaseException:
            stopped.set()
            raise


class _Judge:
    """Measures music against the reference. `count` is how many windows of training music stand beside it."""

    def __init__(
        self, reference: Reference, count: int, seed: int, workers: int, progress: Progress, steps: int
    ) -> None:
        self.reference = reference
        self.seed = seed
        self.workers = workers
        self._progress = progress
        self._done, self._steps = 0, steps
        self.baseline = RealBaseline(reference.held_out, reference.training, reference.catalogue, seed, workers=workers)
        self.count = count
        self._ratios: list[Values | None] = []  # of each standing, in the order in which they were asked for
        table = self.baseline.training_table
        self._chosen = np.sort(stream(seed, Purpose.CONTROLS).permutation(len(table))[:count])
        some = replace(reference.training.some(self._chosen), name="training music")
        self.training = self._resampled(some, "real", table[self._chosen], 1)
        held_out = replace(reference.held_out, name="held-out music")
        self.held_out = self._resampled(held_out, "real", self.baseline.held_out_table, 2)
        self.width = kernel_width(self.held_out.scaled)
        self.step("features")

    @property
    def deviations(self) -> float:
        """How many standard deviations of resamples of held-out tunes an interval reaches to either side."""
        few = self.baseline.cross_validated
        return bootstrap_deviations(self.baseline.held_out_tunes) if few else DEVIATIONS

    def step(self, stage: str) -> None:
        """Tell how far the judging is."""
        self._done += 1
        self._progress(stage, min(self._done, self._steps), self._steps)

    def measured(self, music: Music, kind: str, number: int) -> _Measured:
        """Music with its features; of more than `count` windows, so many from all over it. `number` tells its resamples
        from those of other music."""
        if len(music) > self.count:
            music = music.some(np.arange(self.count) * len(music) // self.count)
        return self._resampled(music, kind, self.reference.catalogue.measure(music.cells, workers=self.workers), number)

    def _resampled(self, music: Music, kind: str, table: Table, number: int) -> _Measured:
        weights = resampled(music.group, stream(self.seed, Purpose.RESAMPLES, number))
        return _Measured(music, kind, table, self.baseline.standard.scaled(table), weights)

    def beside_the_best(self, standings: Sequence[Standing]) -> list[Standing]:
        """The first standings asked for, each compared with the closest of them: they share held-out music, so that
        this is known better than how far either is."""
        known = [ratios for ratios in self._ratios[: len(standings)] if ratios is not None]
        best = min(known, key=lambda ratios: float(ratios[0]), default=None)
        return [
            replace(one, to_best=self.baseline.ratio(ratios / best))
            if ratios is not None and best is not None and ratios is not best
            else one
            for one, ratios in zip(standings, self._ratios, strict=False)
        ]

    def standing(self, one: _Measured) -> Standing:
        """Every measure of some music, where there is enough of it and of what it is held against."""
        standing = self.distance(one)
        if not standing.lacking and self.baseline.held_out_tunes >= FEWEST_TUNES:
            standing = self._other_measures(standing, one)
        self.step(one.music.name)
        return standing

    def distance(self, one: _Measured) -> Standing:
        """The same with distances alone, which are fast."""
        standing = Standing(one.music.name, one.kind, len(one.music), lacking=lacking(one.music, self.reference))
        if standing.lacking:
            self._ratios.append(None)
            return standing
        distances = self.baseline.distances(one.scaled, one.weights)
        ratios = distances / self.baseline.floors(len(one.music), len(np.unique(one.music.group)))
        self._ratios.append(ratios)
        return replace(standing, distance=self.baseline.ratio(distances), ratio=self.baseline.ratio(ratios))

    def _other_measures(self, standing: Standing, one: _Measured) -> Standing:
        held_out, weights, reach = self.held_out, self.held_out.weights, self.deviations
        near = neighbourhoods(one.scaled, one.weights, held_out.scaled, held_out.music.group, weights)
        groups = one.music.group, held_out.music.group
        discrepancies = squared_discrepancies(
            one.scaled, groups[0], one.weights, held_out.scaled, groups[1], weights, self.width
        )
        trees = by_features(held_out.scaled, groups[1], one.scaled, groups[0], self.seed, workers=self.workers)
        corpus = self.reference.corpus
        heard = by_rolls(held_out.music, one.music, corpus.grid, corpus.tracks, self.seed, workers=self.workers)
        return replace(
            standing,
            discrepancy=estimate(1000 * discrepancies, reach),
            density=estimate(near.density, reach),
            coverage=estimate(near.coverage, reach),
            trees=estimate(accuracies(trees, weights, one.weights), reach),
            listener=estimate(accuracies(heard, weights, one.weights), reach),
        )

    def rows(self, one: _Measured) -> tuple[FeatureRow, ...]:
        """Every feature of a candidate beside real music."""
        ways = self._ways(one.scaled, one.weights)
        floors, shared_floor = self._floors_of_features
        reach = self.baseline.deviations
        shared = overlaps(one.scaled, self.held_out.scaled)
        return tuple(
            FeatureRow(
                name=feature.name,
                meaning=feature.meaning,
                unit=feature.unit,
                labels=labels,
                generated=_means(one.table[:, own]),
                held_out=_means(self.held_out.table[:, own]),
                training=_means(self.training.table[:, own]),
                distance=estimate(ways[:, own].mean(axis=1), reach),
                floor=estimate(floors[:, own].mean(axis=1), reach),
                overlap=float(shared[own].mean()),
                overlap_floor=float(shared_floor[own].mean()),
                **_histograms([music.table[:, own] for music in (one, self.held_out, self.training)]),
            )
            for feature, labels, own in self.reference.catalogue.columns()
        )

    @cached_property
    def _floors_of_features(self) -> tuple[Float[np.ndarray, "resamples columns"], Float[np.ndarray, "columns"]]:
        """What stands beside the distances and the overlaps of every candidate: those of training music."""
        shared = overlaps(self.training.scaled, self.held_out.scaled)
        if self.baseline.cross_validated:
            return self._ways(*self.baseline.training_resamples(self._chosen)), shared
        return self._ways(self.training.scaled, self.training.weights), shared

    def _ways(self, table: Table, weights: Weights) -> Float[np.ndarray, "resamples columns"]:
        """Wasserstein distances from held-out music in spreads, without the weights by which columns are joined."""
        ways = wasserstein_distances(table, weights, *self.baseline.held_out_resamples)
        return ways / self.baseline.standard.weight

    def remarks(self, candidates: Sequence[Music]) -> tuple[str, ...]:
        """What a reader has to know of the whole."""
        said: list[str] = []
        if too_few_tunes(self.reference.corpus):
            return ()
        if self.baseline.cross_validated:
            said.append(few_tunes(self.reference, self.baseline))
        if any(len(music) > self.count for music in candidates):
            said.append(
                f"Distances are of {self.count:,} phrases of each, for fewer seem further off: as many as the one with "
                "the fewest has, or as there is training music."
            )
        return tuple(said)


class _Copies:
    """Measures how much of music is copied."""

    def __init__(self, reference: Reference, step: Callable[[str], None]) -> None:
        self._reference = reference
        self._step = step

    def found(self, candidates: Sequence[Candidate], controls: Sequence[Music], going_on: Told) -> _Copied:
        """The copying of candidates, each with its closest pairs, of held-out music and of some of each control."""
        self._names = section_names(self._reference.corpus, "train")
        original = originality(self._reference.corpus, going_on)
        self._original, self._training = original, original.training

        def copying(music: Music, pairs: int = 0) -> Copying:
            return self._copying(music, nearest(music.cells, self._training, going_on), pairs)

        return _Copied(
            threshold=original.threshold,
            held_out=copying(replace(self._reference.held_out, name="held-out music")),
            candidates=tuple(copying(one.music, PAIRS) for one in candidates),
            controls=tuple(copying(one.some(np.arange(len(one))[:COPYING_CONTROLS])) for one in controls),
        )

    def _copying(self, music: Music, near: Nearest, pairs: int) -> Copying:
        runs = shared_runs(music.cells, self._training)
        self._step("copying")
        closest = np.argsort(-near.similarity, kind="stable")[:pairs]
        return Copying(
            name=music.name,
            phrases=len(music),
            similarity=_quantiles(near.similarity),
            runs=_quantiles(runs),
            above=float(self._original.copies(near).mean()),
            pairs=tuple(self._pair(music, near, runs, int(index)) for index in closest),
        )

    def _pair(self, music: Music, near: Nearest, runs: Int[np.ndarray, "phrases"], index: int) -> Pair:
        section, start, semitones = (int(own[index]) for own in (near.section, near.start, near.semitones))
        piece, first_bar = self._names[section]
        return Pair(
            phrase=index + 1,
            similarity=float(near.similarity[index]),
            run=int(runs[index]),
            piece=piece,
            bar=first_bar + start // self._training.grid.steps_per_bar + 1,
            semitones=semitones,
            cells=music.cells[index],
            training_cells=window_at(self._training, section, start, semitones),
        )


def _refuse_silence(candidate: Candidate) -> None:
    if not len(candidate.music):
        raise InputError(f"{candidate.music.name} has no phrases to judge", "Name music of at least one phrase.")
    if not (candidate.music.cells != OFF).any():
        raise InputError(
            f"{candidate.music.name} is silent: {none_of(len(candidate.music), 'phrase')} in it has a note",
            "There is nothing to judge. Train longer, or see the training's curves.",
        )


def lacking(music: Music, reference: Reference) -> str:
    """Return why there is too little music for distances between collections to mean something, or ""."""
    tunes = len(np.unique(music.group))
    if said := too_few_tunes(reference.corpus):
        return said
    if len(reference.training) < FEWEST_PHRASES:
        has = len(reference.training)
        return f"Distances need {FEWEST_PHRASES} phrases of training music, and the corpus has only {has}."
    fewest = min(FEWEST, len(reference.training))
    if len(music) < fewest:
        return f"Distances need {fewest} phrases, and it has only {len(music):,}."
    if tunes < FEWEST_TUNES:
        return f"Distances need phrases of {FEWEST_TUNES} files or tunes, and it has only {tunes}."
    return ""


def few_tunes(reference: Reference, baseline: RealBaseline) -> str:
    """Return in a sentence what it means that few tunes are held out."""
    tunes = baseline.held_out_tunes
    chosen_by = " Validation music, by which the best model was chosen, is part of it." if reference.pooled else ""
    return (
        f"Held-out music is of only {counted(tunes, 'tune')}, so that all numbers are rough; how "
        f"rough, all {baseline.tunes} tunes of the corpus tell.{chosen_by}"
    )


def _compared(candidates: Sequence[Music], reference: Reference) -> int:
    """How many windows of everything are compared: as many as the candidate with the fewest has, where that is enough,
    and no more than there is training music; for the fewer there are, the further off they seem."""
    sizes = [len(one) for one in candidates if len(one) >= FEWEST and len(np.unique(one.group)) >= FEWEST_TUNES]
    return min([*(sizes or [BESIDE_FEW]), len(reference.training)])


def _controls(reference: Reference, some: Music, count: int, seed: int) -> list[Music]:
    """The controls that mean something on this music, from the closest to the furthest: copies, then those with one
    thing wrong, in the very windows of training music that stand beside them, and noise."""
    grid, tracks, training = reference.corpus.grid, reference.corpus.tracks, reference.training
    chance = [stream(seed, Purpose.CONTROLS, number) for number in range(2, 6)]
    wrong = [mistuned(some, grid, tracks, chance[1])] if not all(track.drums for track in tracks) else []
    mixed = [shuffled(some, grid, chance[2])] if grid.bars > 1 else []
    return [copier(training, count, chance[0]), *wrong, *mixed, noise(training, count, chance[3])]


_MEASURES = (
    ("ratio", "distance / floor", "Frechet distance over all features, in multiples of training music's", "1"),
    ("discrepancy", "MMD² x 1000", "maximum mean discrepancy over all features, unbiased", "0"),
    ("density", "density", "how densely the phrases lie where real music lies", "1"),
    ("coverage", "coverage", "share of real windows that have a phrase near them", "near 1"),
    ("trees", "told by features", "right answers of boosted trees that learned to tell it from real music", "0.5"),
    ("listener", "told by rolls", "right answers of a small network that learned the same from rolls", "0.5"),
)
_CLOSER_IS_MORE = ("density", "coverage")


def _measures(training: Standing, controls: Sequence[Standing]) -> tuple[Measure, ...]:
    """Every measure, and whether it tells real music from what has something wrong, noise being the furthest."""

    def trusted(key: str) -> bool:
        values = [getattr(one, key) for one in (training, *controls[1:])]
        if any(value is None for value in values):
            return False
        real, *false, far = (-one.value if key in _CLOSER_IS_MORE else one.value for one in values)
        least = real + MARGIN * (far - real)
        return real < far and all(least < one <= far for one in false)

    return tuple(Measure(key, name, meaning, real, trusted(key)) for key, name, meaning, real in _MEASURES)


def _musegan(reference: Reference, music: Music) -> tuple[MuseGanRow, ...]:
    return musegan_rows(music.cells, reference.corpus.grid, reference.corpus.tracks)


def _means(table: Table) -> tuple[float | None, ...]:
    known = ~np.isnan(table)
    sums = np.where(known, table, 0).sum(axis=0)
    return tuple(float(total / count) if count else None for total, count in zip(sums, known.sum(axis=0), strict=True))


def _histograms(tables: Sequence[Table]) -> dict[str, tuple[float, ...]]:
    """Of a feature of one column, on common edges; of any other, nothing."""
    names = ("generated_shares", "held_out_shares", "training_shares")
    known = [table[~np.isnan(table)] for table in tables]
    if tables[0].shape[1] > 1 or not sum(map(len, known)):
        return dict.fromkeys(("edges", *names), ())
    low, high = (float(bound(np.concatenate(known))) for bound in (np.min, np.max))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    shares = [np.histogram(own, edges)[0] / max(len(own), 1) for own in known]
    return {"edges": tuple(edges.tolist())} | {
        name: tuple(own.tolist()) for name, own in zip(names, shares, strict=True)
    }


def _quantiles(values: np.ndarray) -> tuple[float, ...]:
    return tuple(np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist())
