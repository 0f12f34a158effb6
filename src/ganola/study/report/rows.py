"""The rows of the tables of a question, and what went wrong with its trainings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from markupsafe import Markup

from ganola.rendering.charts.axis import Axis
from ganola.rendering.numbers import number, rough
from ganola.study.records import TestRecord
from ganola.study.report.answers import duration, span
from ganola.study.report.charts import effect_strip
from ganola.study.report.comparison import Speed, Value
from ganola.study.statistics import log_ratio
from ganola.wording import counted


@dataclass(frozen=True)
class EffectRow:
    """A value with its effect over all collections, as a drawing and in numbers."""

    hue: str
    value: Value
    strip: Markup
    times: str
    interval: str


@dataclass(frozen=True)
class CorpusRow:
    """A value on one collection: where its trials ended, its effect there, and how soon it was good beside another."""

    hue: str
    value: Value
    mean: str
    ends: str
    effect: str
    samples: str
    seconds: str


@dataclass(frozen=True)
class TestRow:
    """A value on the test music of one collection, means over its seeds, and what validation music said of it."""

    hue: str
    name: str
    corpus: str
    ratio: float | None
    validation: float | None
    features: float | None
    rolls: float | None
    copied: float | None
    collapsed: str


def effect_row(value: Value, hue: str, axis: Axis) -> EffectRow:
    """Return the row of a value's effect; of the one that others are compared with, 1."""
    if not value.against:
        return EffectRow(hue, value, effect_strip(value, axis), number(1.0), "by definition")
    times, interval = (number(value.effect.times), span(value.effect)) if value.effect else (number(None), "")
    return EffectRow(hue, value, effect_strip(value, axis), times, interval)


def corpus_row(value: Value, hue: str, corpus: str, speed: Speed | None) -> CorpusRow:
    """Return the row of a value on one collection."""
    ends = [rough(trial.ratio.value) if trial.ratio else "none" for trial in value.in_corpus(corpus)]
    effect = value.effects.get(corpus)
    interval = span(effect) if effect else ""
    return CorpusRow(
        hue,
        value,
        rough(value.mean_ratio(corpus)),
        ", ".join(ends),
        "" if effect is None else number(effect.times) + (f" ({interval})" if interval else ""),
        "" if speed is None else f"{round(speed.own.samples):,} / {round(speed.other.samples):,}",
        "" if speed is None else f"{duration(speed.own.processor_seconds)} / {duration(speed.other.processor_seconds)}",
    )


def test_rows(value: Value, hue: str, corpora: Sequence[str]) -> list[TestRow]:
    """Return a row for each collection on whose test music a value was judged."""
    by_corpus = {corpus: [test for test in value.tests if test.corpus == corpus] for corpus in corpora}
    return [
        TestRow(
            hue,
            value.name,
            corpus,
            _geometric_mean([test.ratio.value for test in own if test.ratio is not None]),
            value.mean_ratio(corpus),
            _mean([test.c2st_features for test in own]),
            _mean([test.c2st_rolls for test in own]),
            _mean([test.copied for test in own]),
            _collapsed(own),
        )
        for corpus, own in by_corpus.items()
        if own
    ]


def describe_troubles(value: Value) -> list[str]:
    """Return what was wrong with the trials of a value, and with how many of them."""
    total = len(value.trials)
    early = [trial.failed for trial in value.trials if trial.failed]
    unmeasured = [trial.unmeasured for trial in value.trials if trial.ratio is None and not trial.failed]
    tracks = [track for trial in value.trials for track in trial.dead_tracks]
    return [
        *(f"{_share(early.count(why), total)} ended early: {why}" for why in dict.fromkeys(early)),
        *(f"{_share(unmeasured.count(why), total)} could not be measured: {why}" for why in dict.fromkeys(unmeasured)),
        *_doctor_findings(value),
        *(f"{_share(tracks.count(track), total)}: {track} never plays" for track in dict.fromkeys(tracks)),
    ]


def _doctor_findings(value: Value) -> list[str]:
    found = []
    for name in dict.fromkeys(finding.name for trial in value.trials for finding in trial.findings):
        own = [trial.findings for trial in value.trials if any(one.name == name for one in trial.findings)]
        last = sum(any(one.name == name and one.present for one in findings) for findings in own)
        how_long = "to the end" if last == len(own) else f"in {last} of these to the end" if last else "for a while"
        found.append(f"{_share(len(own), len(value.trials))}: the doctor found {name}, {how_long}")
    return found


def _share(count: int, total: int) -> str:
    return f"{count} of {counted(total, 'training')}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _geometric_mean(values: Sequence[float]) -> float | None:
    return math.exp(fmean(log_ratio(value) for value in values)) if values else None


def _collapsed(tests: Sequence[TestRecord]) -> str:
    reasons = [test.collapsed for test in tests if test.collapsed]
    return f"{len(reasons)} of {len(tests)}: {reasons[0]}" if reasons else ""
