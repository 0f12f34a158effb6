"""All that the template of a study's page asks for."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from ganola import __version__
from ganola.rendering.templates import HUES, page_environment, page_hues
from ganola.study.records import RESULTS, STUDY
from ganola.study.report.answers import answer, duration, speed_sentences
from ganola.study.report.charts import Chart, curve_charts, effect_axis, effect_numbers
from ganola.study.report.comparison import Question, Value
from ganola.study.report.phrases import PhraseBook, Sample, add_sounds, sheet
from ganola.study.report.results import StudyResults
from ganola.study.report.rows import CorpusRow, EffectRow, TestRow, corpus_row, describe_troubles, effect_row, test_rows

_DESIGNS = {
    "one-at-a-time": "One change at a time: each value alone is laid over the base.",
    "product": "All combinations of the values; each is compared with the best of them.",
    "ladder": "A ladder: each rung keeps the changes of those before it, and is compared with the one before.",
}


def study_html(results: StudyResults) -> str:
    """Return the page of a study, which needs nothing else."""
    environment = page_environment("ganola.study.report")
    return environment.get_template("page.html.jinja").render(page=StudyPage(results))


@dataclass(frozen=True)
class Trouble:
    """What went wrong with the trainings of one value."""

    hue: str
    name: str
    what: list[str]


class QuestionView:
    """A question, as the page shows it; `samples` are those of each collection."""

    def __init__(self, question: Question, corpora: Sequence[str], place: int) -> None:
        self.question, self.corpora, self.place = question, corpora, place
        self.hues = [(value, f"hue-{index % HUES}") for index, value in enumerate(question.values)]
        self.samples: dict[str, list[Sample]] = {}

    @functools.cached_property
    def answer(self) -> list[str]:
        """Return its answer, in sentences."""
        return answer(self.question)

    @functools.cached_property
    def speed(self) -> list[str]:
        """Return how soon its values are good, in sentences."""
        return speed_sentences(self.question)

    @property
    def rows(self) -> list[EffectRow]:
        """Return its values with their effects over all collections."""
        axis = effect_axis(self.question)
        rows = [effect_row(value, hue, axis) for value, hue in self.hues]
        together = self.question.together
        return [*rows, effect_row(together, "real", axis)] if together else rows

    @property
    def axis(self) -> Markup:
        """Return the numbers below the strips of effects."""
        return effect_numbers(effect_axis(self.question))

    def on_corpus(self, corpus: str) -> list[CorpusRow]:
        """Return its values on one collection."""
        speeds = self.question.speeds
        return [corpus_row(value, hue, corpus, speeds.get((value.name, corpus))) for value, hue in self.hues]

    def charts(self, corpus: str) -> list[Chart]:
        """Return its curves on one collection."""
        return curve_charts(self.hues, corpus)

    def sheet(self, corpus: str) -> str | None:
        """Return a picture of phrases on one collection."""
        return sheet(self.samples[corpus])

    @property
    def tests(self) -> list[TestRow]:
        """Return its values on test music, as far as they were judged."""
        return [row for value, hue in self.hues for row in test_rows(value, hue, self.corpora)]

    @property
    def troubles(self) -> list[Trouble]:
        """Return what was wrong with trainings, by value."""
        found = [Trouble(hue, value.name, describe_troubles(value)) for value, hue in self.hues]
        return [one for one in found if one.what]


class StudyPage:
    """All that the template asks for."""

    def __init__(self, results: StudyResults) -> None:
        self.results, self.study = results, results.study
        self.version, self.study_file, self.records_file = __version__, STUDY, RESULTS
        self.questions = [QuestionView(one, results.corpora, place) for place, one in enumerate(results.questions)]
        self._fill_samples(PhraseBook(results.folder))

    def _fill_samples(self, book: PhraseBook) -> None:
        places = [(view, corpus) for view in self.questions for corpus in self.results.corpora]
        groups = [[_sample(book, value, hue, corpus) for value, hue in view.hues] for view, corpus in places]
        for (view, corpus), samples in zip(places, add_sounds(groups), strict=True):
            view.samples[corpus] = samples

    @property
    def hues(self) -> list[tuple[str, str]]:
        """Return colours for the style sheet."""
        return page_hues()

    @property
    def recipe(self) -> str:
        """Return the name of the base, which lies beside the page."""
        return Path(self.study.recipe).name

    @property
    def design(self) -> str:
        """Return what the design of the study means."""
        return _DESIGNS[self.study.design]

    @property
    def comparisons(self) -> int:
        """Return how many comparisons the whole study makes."""
        return sum(len(view.question.compared) + (view.question.together is not None) for view in self.questions)

    @property
    def budget(self) -> str:
        """Return the budget of each training, in words."""
        return self.study.budget.words

    @property
    def processor_time(self) -> str:
        """Return how much processor time all trainings took."""
        return duration(sum((trial.processor_seconds for trial in self.results.trials), 0.0))

    @property
    def missing(self) -> list[tuple[str, int]]:
        """Return how many trials are missing, by value."""
        names = [cell.id.words for cell in self.results.missing]
        return [(name, names.count(name)) for name in dict.fromkeys(names)]

    @property
    def failed(self) -> list[tuple[str, str, int, str]]:
        """Return value, collection, seed and reason of each trial that ended early or has no result."""
        return [
            (trial.id.words, trial.corpus, trial.seed, trial.failed or trial.unmeasured)
            for trial in self.results.failed
        ]


def _sample(book: PhraseBook, value: Value, hue: str, corpus: str) -> Sample:
    trial = value.middle_trial(corpus)
    return Sample(value.name, hue, trial, None if trial is None else book.phrases_of(trial))
