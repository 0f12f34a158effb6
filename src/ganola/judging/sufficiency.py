"""Whether there is enough music for an evaluation, and what to say where there is not."""

import numpy as np

from ganola.corpus.split import FEWEST_PHRASES
from ganola.errors import InputError
from ganola.judging.c2st import FOLDS
from ganola.judging.real_baseline import RealBaseline
from ganola.judging.reference import Reference, too_few_tunes
from ganola.judging.windows import WindowSet
from ganola.music.roll import OFF
from ganola.wording import counted, none_of

MIN_PHRASES = 50  # below which their distance from real music means nothing
MIN_TUNES = FOLDS  # that they are of: with fewer, no classifier can be tested on tunes that it does not know


def refuse_silence(music: WindowSet) -> None:
    """Raise InputError where music has no phrases, or none that sounds."""
    if not len(music):
        raise InputError(f"{music.name} has no phrases to judge", "Name music of at least one phrase.")
    if not (music.cells != OFF).any():
        raise InputError(
            f"{music.name} is silent: {none_of(len(music), 'phrase')} in it has a note",
            "There is nothing to judge. Train longer, or see the training's curves.",
        )


def is_enough(music: WindowSet) -> bool:
    """Return whether music has MIN_PHRASES phrases of MIN_TUNES tunes."""
    return len(music) >= MIN_PHRASES and len(np.unique(music.group)) >= MIN_TUNES


def reason_not_scored(music: WindowSet, reference: Reference) -> str:
    """Return why there is too little music for distances between collections to mean something, or ""."""
    tunes = len(np.unique(music.group))
    if reason := too_few_tunes(reference.corpus):
        return reason
    if len(reference.training) < FEWEST_PHRASES:
        has = len(reference.training)
        return f"Distances need {FEWEST_PHRASES} phrases of training music, and the corpus has only {has}."
    fewest = min(MIN_PHRASES, len(reference.training))
    if len(music) < fewest:
        return f"Distances need {fewest} phrases, and it has only {len(music):,}."
    if tunes < MIN_TUNES:
        return f"Distances need phrases of {MIN_TUNES} files or tunes, and it has only {tunes}."
    return ""


def few_tunes_remark(reference: Reference, baseline: RealBaseline) -> str:
    """Return in a sentence what it means that few tunes are held out."""
    tunes = baseline.held_out_tunes
    chosen_by = " Validation music, by which the best model was chosen, is part of it." if reference.pooled else ""
    return (
        f"Held-out music is of only {counted(tunes, 'tune')}, so that all numbers are rough; how "
        f"rough, all {baseline.tunes} tunes of the corpus tell.{chosen_by}"
    )
