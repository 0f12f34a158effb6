"""How much of candidates, of held-out music and of controls is copied from training music."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from ganola.judging.copying.detector import CopyDetector, build_copy_detector
from ganola.judging.copying.melodic_runs import longest_shared_runs
from ganola.judging.copying.nearest import Nearest, find_nearest
from ganola.judging.copying.training_index import window_at
from ganola.judging.reference import Reference, section_names
from ganola.judging.results import Candidate, CopyingResult, CopyPair
from ganola.judging.windows import WindowSet

PAIRS = 4  # closest pairs of phrase and training music that are shown
CONTROL_PHRASES = 100  # of each control whose copying is measured


@dataclass(frozen=True)
class CopyingResults:
    """The threshold, and the copying of all music."""

    threshold: float
    held_out: CopyingResult
    candidates: tuple[CopyingResult, ...]
    controls: tuple[CopyingResult, ...]


def measure_copying(
    reference: Reference,
    candidates: Sequence[Candidate],
    controls: Sequence[WindowSet],
    step: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> CopyingResults:
    """Return the copying of candidates, each with its closest pairs, of held-out music and of controls.

    `step` is called once a music, with the name of what is done; `progress` often, and may raise to end it.
    """
    detector = build_copy_detector(reference.corpus, progress)
    names = section_names(reference.corpus, "train")

    def measure(music: WindowSet, pairs: int = 0) -> CopyingResult:
        near = find_nearest(music.cells, detector.training, progress)
        runs = longest_shared_runs(music.cells, detector.training)
        step("copying")
        closest = np.argsort(-near.similarity, kind="stable")[:pairs]
        return CopyingResult(
            name=music.name,
            phrases=len(music),
            similarity=_quantiles(near.similarity),
            runs=_quantiles(runs),
            copied=float(detector.is_too_similar(near).mean()),
            pairs=tuple(_pair(music, near, runs, detector, names, int(index)) for index in closest),
        )

    return CopyingResults(
        threshold=detector.threshold,
        held_out=measure(replace(reference.held_out, name="held-out music")),
        candidates=tuple(measure(one.music, PAIRS) for one in candidates),
        controls=tuple(map(measure, controls)),
    )


def _pair(
    music: WindowSet,
    near: Nearest,
    runs: Int[np.ndarray, "phrases"],
    detector: CopyDetector,
    names: Sequence[tuple[str, int]],
    index: int,
) -> CopyPair:
    training = detector.training
    section, start, semitones = (int(own[index]) for own in (near.section, near.start, near.semitones))
    piece, first_bar = names[section]
    return CopyPair(
        phrase=index + 1,
        similarity=float(near.similarity[index]),
        run=int(runs[index]),
        piece=piece,
        bar=first_bar + start // training.grid.steps_per_bar + 1,
        semitones=semitones,
        cells=music.cells[index],
        training_cells=window_at(training, section, start, semitones),
    )


def _quantiles(values: np.ndarray) -> tuple[float, ...]:
    return tuple(np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist())
