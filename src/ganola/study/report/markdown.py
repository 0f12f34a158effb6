"""A study as Markdown: its answers and tables, for where a page cannot be opened, in a repository for instance."""

import re
from collections.abc import Iterable, Sequence

from ganola import __version__
from ganola.rendering.numbers import number, percent, rough
from ganola.study.report.answers import answer, span, speed_sentences
from ganola.study.report.comparison import Question, Value
from ganola.study.report.results import StudyResults
from ganola.study.report.rows import TestRow, describe_troubles, test_rows
from ganola.wording import counted

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def study_markdown(results: StudyResults) -> str:
    """Return the answers of a study, each with the numbers behind it."""
    study, corpora = results.study, results.corpora
    where = f"on {_escape(', '.join(corpora))}, with {counted(len(results.seeds), 'seed')}"
    done = f"{len(results.trials):,} of {counted(len(results.cells), 'training')}"
    parts = [
        f"# {_escape(study.title or 'A study')}",
        f"{done}, {study.budget.words} each, {where}. Numbers are distance / floor on validation music: 1 is real.",
        *([f"**Not finished**: {counted(len(results.missing), 'training')} to come."] if results.missing else []),
        *(part for question in results.questions for part in _question_parts(question, corpora)),
        f"<!-- Written by ganola {__version__}: ganola study report. -->",
    ]
    return "\n\n".join(parts) + "\n"


def _question_parts(question: Question, corpora: Sequence[str]) -> Iterable[str]:
    yield f"## {_escape(question.heading)}"
    yield "\n".join(f"- {_escape(sentence)}" for sentence in [*answer(question), *speed_sentences(question)])
    heading = ["value", *corpora, "times as far", "what went wrong"]
    yield _table(heading, [_value_cells(value, corpora) for value in question.values])
    tests = [row for value in question.values for row in test_rows(value, "", corpora)]
    if tests:
        yield "On test music (told of 100: how often a classifier is right, by features and by rolls; 50 is chance):"
        heading = ["value", "collection", "distance / floor", "told, features", "told, rolls", "copies", "collapsed"]
        yield _table(heading, [_test_cells(row) for row in tests])
    yield from (f"**What is published:** {_escape(one)}" for one in question.literature)


def _value_cells(value: Value, corpora: Sequence[str]) -> list[str]:
    effect = value.effect
    times = "1" if not value.against else number(None)
    if value.against and effect is not None:
        times = f"{number(effect.times)} ({span(effect)})" if span(effect) else number(effect.times)
    wrong = "; ".join(describe_troubles(value))
    return [value.name, *(rough(value.mean_ratio(corpus)) for corpus in corpora), times, wrong]


def _test_cells(row: TestRow) -> list[str]:
    told = (number(None) if share is None else f"{100 * share:.0f}" for share in (row.features, row.rolls))
    copied = number(None) if row.copied is None else percent(row.copied)
    return [row.name, row.corpus, rough(row.ratio), *told, copied, row.collapsed]


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(_escape(cell) for cell in line)} |" for line in lines)


def _escape(text: str) -> str:
    """Return a text on one line in which no sign means anything in Markdown."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split())).replace("$", "&#36;")  # else it may begin a formula
