"""All that the template of a report asks for."""

import functools
import math
from dataclasses import dataclass

from markupsafe import Markup

from ganola.judging.bootstrap import RESAMPLES, Estimate
from ganola.judging.lead import APART, CLEARLY
from ganola.judging.real_baseline import FEW_TUNES
from ganola.judging.results import CollectionScores, CopyingResult, Evaluation, Measure, MuseGanTable
from ganola.judging.windows import WindowSet
from ganola.music.roll import OFF
from ganola.rendering.candidate_view import CandidateView
from ganola.rendering.charts.axis import Axis, linear_axis, logarithmic_axis
from ganola.rendering.charts.strips import axis_strip, interval_strip, quantile_strip
from ganola.rendering.form_view import FormView
from ganola.rendering.numbers import between, number, percent, rough, tick
from ganola.rendering.palette import hex_code, track_colour
from ganola.rendering.players import opening_heard, sound_uri
from ganola.rendering.resolution import resolution_sentence
from ganola.rendering.selection import opening, spread
from ganola.rendering.sentences import MANY
from ganola.rendering.templates import page_hues

HEARD, MOST_HEARD = 4, 8  # phrases of each music to play, and of all, for a page has to stay small


@dataclass(frozen=True)
class StripRow:
    """A line of a chart that compares many kinds of music."""

    hue: str
    name: str
    drawing: Markup
    value: str
    interval: str = ""


@dataclass(frozen=True)
class Player:
    """A phrase to hear: its number, counted from 1, and its sound."""

    phrase: int
    sound: str


@dataclass(frozen=True)
class MuseGanLine:
    """The five measures of some music in one of their two ways."""

    name: str
    values: tuple[float | None, ...]


class ReportPage:
    """All that the template asks for."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        order = sorted(
            evaluation.results, key=lambda one: own.value if (own := evaluation.number(one.scores)) else math.inf
        )
        self.candidates = [CandidateView(result, index, evaluation) for index, result in enumerate(order)]
        self.resamples, self.many, self.few_tunes = RESAMPLES, MANY, FEW_TUNES
        self.apart, self.clearly = APART, CLEARLY
        self.names = [view.name for view in self.candidates]
        self.form = FormView(evaluation, [(view.hue, view.result.form) for view in self.candidates])

    @property
    def collections(self) -> list[tuple[str, str, CollectionScores]]:
        """Return a hue, a name and the scores of everything: candidates, real music, controls."""
        real = [
            ("real", "training music (the floor)" if index == 0 else f"other held-out music ({one.name})", one)
            for index, one in enumerate(self.evaluation.real)
        ]
        own = [(view.hue, view.name, view.result.scores) for view in self.candidates]
        return [*own, *real, *(("control", one.name, one) for one in self.evaluation.controls)]

    @property
    def measured(self) -> bool:
        """Return whether there is enough music for distances between collections."""
        return any(scores.ratio is not None for _, _, scores in self.collections)

    @property
    def reason_missing(self) -> str:
        """Return why nothing was measured."""
        reasons = (view.result.scores.reason_missing for view in self.candidates)
        return " ".join(dict.fromkeys(reason for reason in reasons if reason))

    @property
    def trusted(self) -> list[Measure]:
        """Return the measures that tell the controls apart on this music."""
        return [one for one in self.evaluation.measures if one.trusted]

    @property
    def untrusted(self) -> list[Measure]:
        """Return the others."""
        return [one for one in self.evaluation.measures if not one.trusted]

    @property
    def headline(self) -> bool:
        """Return whether the one number can be shown."""
        return self.measured and self.evaluation.number_known

    @property
    def resolution(self) -> str:
        """Return which distance the one number is, and what it tells from real music here."""
        return resolution_sentence(self.evaluation)

    @property
    def hues(self) -> list[tuple[str, str]]:
        """Return colours for the style sheet."""
        return page_hues()

    @property
    def track_hues(self) -> list[tuple[str, str]]:
        """Return the name and the colour of each track in pictures."""
        return [(track.name, hex_code(track_colour(index))) for index, track in enumerate(self.evaluation.tracks)]

    @property
    def standing_strips(self) -> list[StripRow]:
        """Return how far everything stands, in multiples of the floor."""
        axis = self._axis_of_standings
        return [
            StripRow(
                hue,
                name,
                interval_strip(axis, ratio, mark=1.0, about=f"{name}: {rough(ratio.value)}, {between(ratio)}"),
                rough(ratio.value),
                between(ratio),
            )
            for hue, name, ratio in self._standings
        ]

    @property
    def _standings(self) -> list[tuple[str, str, Estimate]]:
        """Return a hue, a name and the one number of everything that has one."""
        numbers = [(hue, name, self.evaluation.number(one)) for hue, name, one in self.collections]
        return [(hue, name, found) for hue, name, found in numbers if found is not None]

    @property
    def standing_axis(self) -> Markup:
        """Return the numbers under those strips."""
        return axis_strip(self._axis_of_standings, lambda value: f"{value:,.15g}")

    @functools.cached_property
    def _axis_of_standings(self) -> Axis:
        return logarithmic_axis([bound for _, _, one in self._standings for bound in (one.value, one.low, one.high)])

    @property
    def copied(self) -> list[tuple[str, CopyingResult]]:
        """Return the copying of everything of which it is known."""
        held_out, *controls = self.evaluation.copying
        own = [(view.hue, view.result.copying) for view in self.candidates]
        return [*own, ("real", held_out), *(("control", one) for one in controls)]

    @property
    def similarity_strips(self) -> list[StripRow]:
        """Return how like its nearest training music each music is."""
        axis, threshold = linear_axis(0.0, 1.0, most=6), self.evaluation.threshold
        return [
            StripRow(
                hue,
                one.name,
                quantile_strip(axis, one.similarity, mark=threshold, about=_quantiles(one)),
                percent(one.copied),
            )
            for hue, one in self.copied
        ]

    @property
    def run_strips(self) -> list[StripRow]:
        """Return how many notes in a row each music shares with training music."""
        axis = self._axis_of_runs
        return [
            StripRow(
                hue,
                one.name,
                quantile_strip(axis, one.runs, about=f"{one.name}: half share {number(one.runs[2])} notes"),
                number(one.runs[2]),
            )
            for hue, one in self.copied
        ]

    @property
    def similarity_axis(self) -> Markup:
        """Return the numbers under the strips of similarity."""
        return axis_strip(linear_axis(0.0, 1.0, most=6), lambda value: f"{value:g}")

    @property
    def run_axis(self) -> Markup:
        """Return the numbers under the strips of runs."""
        return axis_strip(self._axis_of_runs, tick("notes"))

    @functools.cached_property
    def _axis_of_runs(self) -> Axis:
        return linear_axis(0.0, max((one.runs[4] for _, one in self.copied), default=1.0), most=7, whole=True)

    @property
    def musegan(self) -> list[tuple[str, list[MuseGanLine]]]:
        """Return the five measures of everything, as defined and as released."""
        first = self.candidates[0].result.musegan
        sides = [(view.name, view.result.musegan.generated) for view in self.candidates]
        sides += [("held-out music", first.held_out), ("training music", first.training)]
        return [
            (title, [MuseGanLine(name, tuple(getattr(row, way) for row in rows)) for name, rows in sides])
            for title, way in (("as the paper defines them", "defined"), ("as its released code computes", "released"))
        ]

    @property
    def musegan_names(self) -> MuseGanTable:
        """Return any table, for the names and the meanings of its measures."""
        return self.candidates[0].result.musegan

    @functools.cached_property
    def heard(self) -> list[tuple[str, str, list[Player]]]:
        """Return a hue, a name and some phrases to play of each candidate and held-out music; none without sound."""
        music = [(view.hue, view.name, view.result.candidate.music) for view in self.candidates]
        music.append(("real", "held-out music", self.evaluation.held_out))
        each = max(1, min(HEARD, MOST_HEARD // len(music)))
        players = [(hue, name, self._players(own, each)) for hue, name, own in music]
        return [line for line in players if line[2]]

    def _players(self, music: WindowSet, count: int) -> list[Player]:
        own = self.evaluation
        sounds = [
            (int(index) + 1, sound_uri(music.cells[index], own.grid, own.tracks, own.tempo))
            for index in spread(len(music), count)
            if (music.cells[index] != OFF).any()
        ]
        return [Player(phrase, sound) for phrase, sound in sounds if sound is not None]

    @property
    def heard_bars(self) -> int:
        """Return how many bars of each phrase are played."""
        return opening_heard(self.evaluation.grid, self.evaluation.tempo).bars

    @property
    def critics(self) -> bool:
        """Return whether any critic's judgement is shown."""
        own = [view.result.candidate for view in self.candidates]
        return any(one.mean_judgement is not None or one.reliability is not None for one in own)

    @property
    def shown_bars(self) -> int:
        """Return how many bars of each phrase are in a picture of many."""
        return opening(self.evaluation.grid).bars


def _quantiles(one: CopyingResult) -> str:
    least, lower, middle, upper, most = (number(value) for value in one.similarity)
    return f"{one.name}: similarity from {least} to {most}, the middle half from {lower} to {upper}, median {middle}"
