"""The whole evaluation of some music: every measure, its floor, its controls, copying and diversity."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from threading import Event

import numpy as np
from threadpoolctl import threadpool_limits

from ganola import __version__
from ganola.judging.collection_scorer import CollectionScorer
from ganola.judging.controls import make_controls
from ganola.judging.copying.measure import CONTROL_PHRASES, CopyingResults, measure_copying
from ganola.judging.diversity import measure_diversity
from ganola.judging.feature_comparison import FeatureComparison
from ganola.judging.features.catalogue import FEATURES_VERSION
from ganola.judging.form import FormComparison
from ganola.judging.measures import measures_of
from ganola.judging.musegan import MuseGanRow, musegan_rows
from ganola.judging.reference import Reference, too_few_tunes
from ganola.judging.results import (
    Candidate,
    CandidateResult,
    CollectionScores,
    Evaluation,
    FeatureRow,
    Form,
    FormScores,
    MuseGanTable,
)
from ganola.judging.sufficiency import few_tunes_remark, is_enough, refuse_silence
from ganola.judging.validation import lead_of
from ganola.judging.windows import WindowSet

COUNT_OF_FEW = 400  # windows of real music and controls that are compared where no candidate has enough

Progress = Callable[[str, int, int], None]  # what is done, how much of it is done, of how much


def evaluate(
    reference: Reference,
    candidates: Sequence[Candidate],
    seed: int,
    *,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> Evaluation:
    """Compare the candidates with real music. The same seed gives the same results, whatever the number of workers.

    Raises InputError where a candidate has no phrases, or none that sounds.
    """
    for candidate in candidates:
        refuse_silence(candidate.music)
    # Threads that share small matrices gain nothing, and lose much where cores are busy.
    with threadpool_limits(1, "blas"):
        return _evaluate(reference, candidates, seed, workers, progress)


def score_by_distance(reference: Reference, music: Sequence[WindowSet], seed: int) -> list[CollectionScores]:
    """Return how far each music is from real music, as `evaluate` has it, without the slower measures."""
    with threadpool_limits(1, "blas"):
        scorer = CollectionScorer(reference, _compared_count(music, reference), seed, 1)
        return [scorer.score_distance(scorer.collect(one, "folder", 100 + index)) for index, one in enumerate(music)]


class _Steps:
    """Counts the steps of an evaluation for who waits."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __call__(self, stage: str) -> None:
        self._done += 1
        self._progress(stage, min(self._done, self._total), self._total)


def _evaluate(
    reference: Reference, candidates: Sequence[Candidate], seed: int, workers: int, progress: Progress
) -> Evaluation:
    music = [one.music for one in candidates]
    step = _Steps(progress, 2 * len(candidates) + 9 + bool(reference.other))
    scorer = CollectionScorer(reference, _compared_count(music, reference), seed, workers, lead_of(reference.corpus))
    step("features")
    corpus, compared = reference.corpus, scorer.training.music

    def controls() -> Iterator[WindowSet]:
        """Yield the controls anew, one at a time: together they would take much memory."""
        return make_controls(reference.training, compared, corpus.grid, corpus.tracks, seed)

    samples = [one.select(np.arange(min(len(one), CONTROL_PHRASES))) for one in controls()]
    collections = [scorer.collect(one.music, one.kind, 100 + index) for index, one in enumerate(candidates)]
    real = [scorer.training, *([scorer.collect(reference.other, "real", 3)] if reference.other else [])]
    others = (scorer.collect(control, "control", 10 + index) for index, control in enumerate(controls()))

    def search(going_on: Callable[[int, int], None]) -> CopyingResults:
        return measure_copying(reference, candidates, samples, step, going_on)

    scores, forms, form = [], [], FormComparison(scorer)
    with _in_background(search) as copying:
        for one in chain(collections, real, others):
            scores.append(scorer.score(one))
            forms.append(form.scores(one))
            step(one.music.name)
        comparison = FeatureComparison(scorer)
        rows = [comparison.rows(one) for one in collections]
    copied, first, second = copying.result(), len(collections), len(collections) + len(real)
    scores[:first] = scorer.compare_to_best(scores[:first])
    results = _results(reference, candidates, scores[:first], rows, forms[:first], copied)
    return _evaluation(scorer, results, scores[first:second], scores[second:], copied, form.beside(forms[first:]))


def _results(
    reference: Reference,
    candidates: Sequence[Candidate],
    scores: Sequence[CollectionScores],
    rows: Sequence[tuple[FeatureRow, ...]],
    forms: Sequence[FormScores],
    copied: CopyingResults,
) -> tuple[CandidateResult, ...]:
    real_musegan = [_musegan(reference, one) for one in (reference.held_out, reference.training)]
    return tuple(
        CandidateResult(
            candidate=candidate,
            scores=own_scores,
            features=features,
            form=form,
            musegan=MuseGanTable(_musegan(reference, candidate.music), *real_musegan),
            copying=own_copying,
            diversity=measure_diversity(candidate.music, reference.training, reference.corpus.tracks),
        )
        for candidate, own_scores, features, form, own_copying in zip(
            candidates, scores, rows, forms, copied.candidates, strict=True
        )
    )


def _evaluation(
    scorer: CollectionScorer,
    results: tuple[CandidateResult, ...],
    real: Sequence[CollectionScores],
    controls: Sequence[CollectionScores],
    copied: CopyingResults,
    form: Form,
) -> Evaluation:
    reference = scorer.reference
    corpus, manifest = reference.corpus, reference.corpus.manifest
    return Evaluation(
        version=__version__,
        features_version=FEATURES_VERSION,
        corpus=manifest.source,
        fingerprint=manifest.fingerprint,
        grid=corpus.grid,
        tracks=corpus.tracks,
        split=reference.split,
        pooled=reference.pooled,
        seed=scorer.seed,
        held_out=reference.held_out,
        tunes=len(np.unique(reference.held_out.group)),
        training_windows=len(reference.training),
        compared=scorer.count,
        measures=measures_of(real[0], controls, scorer.lead),
        lead=scorer.lead,
        results=results,
        real=tuple(real),
        controls=tuple(controls),
        threshold=copied.threshold,
        copying=(copied.held_out, *copied.controls),
        form=form,
        remarks=_remarks(scorer, [one.candidate.music for one in results]),
        tempo=manifest.tempo,
    )


@contextmanager
def _in_background(
    search: Callable[[Callable[[int, int], None]], CopyingResults],
) -> Iterator[Future[CopyingResults]]:
    """Run the search in a thread of its own beside the block; if the block is left early, the search ends too."""
    stopped = Event()

    def going_on(_done: int, _total: int) -> None:
        if stopped.is_set():
            raise InterruptedError

    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(search, going_on)
        except BaseException:
            stopped.set()
            raise


def _compared_count(candidates: Sequence[WindowSet], reference: Reference) -> int:
    """Return how many windows of each music are compared, for the fewer there are, the greater the distance.

    As many as the candidate with the fewest has, of those that have enough, and no more than there is training music.
    """
    sizes = [len(one) for one in candidates if is_enough(one)]
    return min([*(sizes or [COUNT_OF_FEW]), len(reference.training)])


def _remarks(scorer: CollectionScorer, candidates: Sequence[WindowSet]) -> tuple[str, ...]:
    """Return what a reader has to know of the whole evaluation."""
    if too_few_tunes(scorer.reference.corpus):
        return ()
    remarks = []
    if scorer.baseline.cross_validated:
        remarks.append(few_tunes_remark(scorer.reference, scorer.baseline))
    if any(len(music) > scorer.count for music in candidates):
        remarks.append(
            f"Distances are of {scorer.count:,} phrases of each, for fewer seem further off: as many as the one with "
            "the fewest has, or as there is training music."
        )
    return tuple(remarks)


def _musegan(reference: Reference, music: WindowSet) -> tuple[MuseGanRow, ...]:
    return musegan_rows(music.cells, reference.corpus.grid, reference.corpus.tracks)
