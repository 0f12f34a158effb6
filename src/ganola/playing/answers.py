"""Answers of a model to a person's music: the whole piece, kept where it was kept, and how it is made again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ganola import __version__
from ganola.errors import InputError
from ganola.judging.copying.detector import CopyDetector
from ganola.music.io.provenance import REVISION
from ganola.networks.model import Model
from ganola.playing.attributes import More, more_in_words
from ganola.playing.export import Rendition
from ganola.playing.infill import Answer, Progress, infill
from ganola.playing.revision import RevisedScore, Revision, merge, to_given
from ganola.playing.revision_record import record_revision
from ganola.wording import counted

MORE_TRIES = 4  # answers made for each that is asked for, where some are copies
_TITLES = {"infill": "made anew in part", "continue": "continued"}


@dataclass(frozen=True)
class Question:
    """What a model is asked: the verb, of which music, how many answers of which seed, and more of which attributes.

    `source` is what the music is called, `digest` says which file it was; "" where it was none.
    """

    verb: str  # "infill" or "continue"
    source: str
    seed: int
    count: int
    digest: str = ""
    more: More = field(default_factory=dict)

    def title(self, number: int) -> str:
        """Return what an answer is called."""
        return ", ".join(
            [f"{self.source}, {_TITLES[self.verb]}", f"seed {self.seed}", f"answer {number}", *more_in_words(self.more)]
        )

    def stem(self, number: int) -> str:
        """Return what the files of an answer are called, without their endings."""
        return f"{self.source}-{self.verb}-seed{self.seed}{'-more' if self.more else ''}-{number:03d}"


@dataclass(frozen=True)
class Answers:
    """Answers, of how many candidates, and how many were left out as copies of training music."""

    found: tuple[Answer, ...]
    candidates: int
    copies: int = 0


def find_answers(
    model: Model,
    revision: Revision,
    question: Question,
    *,
    detector: CopyDetector | None = None,
    progress: Progress = lambda *_: None,
) -> Answers:
    """Return the answers of a model to a question about a revision.

    With a `detector`, answers are left out that hold copies of training music; where too few are left, more are made.
    Raises InputError where all are copies.
    """
    given, count = to_given(revision, model.spec), question.count
    if detector is None:
        made = infill(model, given, count, question.seed, more=question.more, progress=progress)
        return Answers(tuple(made), count)
    for candidates in (count, MORE_TRIES * count):
        made = infill(model, given, candidates, question.seed, more=question.more, progress=progress)
        found = [answer for answer in made if not _is_copy(answer, revision, detector, model.spec.grid.steps)]
        if len(found) >= count:
            break
    if not found:
        raise InputError(
            f"each of {counted(len(made), 'answer')} holds a copy of training music",
            "Try another --seed, or train on more music.",
        )
    return Answers(tuple(found[:count]), candidates, len(made) - len(found))


def render_answer(
    model: Model, revision: Revision, answer: Answer, question: Question, candidates: int | None = None
) -> Rendition:
    """Return an answer as it is exported, with what says how to make it again."""
    revised = merge(revision, answer.cells, model.spec)
    about = {
        "version": __version__,
        "model": model.digest,
        "verb": question.verb,
        "source": question.source,
        "source_digest": question.digest,
        "seed": question.seed,
        "count": candidates or question.count,
        "answer": answer.number,
        **({"more": dict(question.more)} if question.more else {}),
        "transposed": -revision.semitones if model.record.common_tonic else None,
        REVISION: record_revision(revision, revised).model_dump(mode="json", exclude_defaults=True),
    }
    return rendition_of(model, revision, answer, revised, about, question.title(answer.number))


def rendition_of(
    model: Model, revision: Revision, answer: Answer, revised: RevisedScore, about: Mapping[str, Any], title: str
) -> Rendition:
    """Return an answer as it is exported under this title, with `about` as what its files say of it.

    A picture of it shows the bars that are in the model's metre, without a pickup, and what is new more strongly.
    """
    timeline, grid = revision.timeline, model.spec.grid
    first = timeline.steps_per_bar if timeline.first_step else 0
    lowest = int(np.clip(grid.lowest - revision.semitones, 0, 128 - grid.pitches))
    return Rendition(
        score=revised.score,
        cells=answer.cells[:, first : timeline.steps],
        grid=grid.model_copy(update={"lowest": lowest}),
        tracks=model.spec.tracks,
        key=revision.key,
        title=title,
        about=dict(about),
        keep_ticks=True,
        kept=~revision.made[:, first : timeline.steps],
    )


def _is_copy(answer: Answer, revision: Revision, detector: CopyDetector, phrase: int) -> bool:
    """Return whether a phrase of an answer in which something is new is a copy."""
    starts = [min(at, answer.cells.shape[1] - phrase) for at in range(0, answer.cells.shape[1], phrase)]
    heard = [answer.cells[:, at : at + phrase] for at in starts if revision.made[:, at : at + phrase].any()]
    return bool(detector.is_copy(np.stack(heard)).any())
