"""Answers of a model to a person's own music."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from ganola.api.saving import Location, save_rendition
from ganola.app.infill import read_for_model
from ganola.app.projects import file_stem
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.networks.model import Model
from ganola.playing.answers import Question, find_answers, render_answer
from ganola.playing.attributes import More
from ganola.playing.infill import Answer
from ganola.playing.own_music import OwnMusic, read_own_music
from ganola.playing.revision import RevisedScore, Revision, merge


@dataclass(frozen=True, eq=False)
class MusicAnswer:
    """A piece of which a part is new. What was kept is as it came in, its times in the ticks of the piece."""

    answer: Answer = field(repr=False)
    revision: Revision = field(repr=False)
    model: Model = field(repr=False)
    question: Question

    @property
    def number(self) -> int:
        """Return the number of the answer, which with the seed makes it again."""
        return self.answer.number

    @property
    def score(self) -> Score:
        """Return the whole piece."""
        return self._revised.score

    @property
    def notes(self) -> Notes:
        """Return the notes of the whole piece, in order."""
        return self.score.notes

    @property
    def new(self) -> Bool[np.ndarray, "notes"]:
        """Return which of `notes` are new."""
        return self._revised.new

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return who plays: `notes.track` is an index of these."""
        return self.score.tracks

    def save(self, path: Location) -> Path:
        """Write the piece to `path`, whose ending says the format, one of mid, wav, png and musicxml; return the path.

        Raises InputError for another ending, and as `ganola.playing.export.export` does.
        """
        return save_rendition(render_answer(self.model, self.revision, self.answer, self.question), path)

    @cached_property
    def _revised(self) -> RevisedScore:
        return merge(self.revision, self.answer.cells, self.model.spec)


def answer_music(
    model: Model,
    music: Location | Score,
    verb: str,
    begin: Callable[[OwnMusic], Revision],
    count: int,
    seed: int,
    more: More,
) -> list[MusicAnswer]:
    """Return a model's answers to a file or a score. Raises InputError where it cannot be given that music."""
    if isinstance(music, Score):
        own, source = read_own_music(music, model), "score"
    else:
        own, source = read_for_model(Path(music), model), file_stem(Path(music))
    revision = begin(own)
    question = Question(verb, source, seed, count, more=more)
    found: Sequence[Answer] = find_answers(model, revision, question).found
    return [MusicAnswer(answer, revision, model, question) for answer in found]
