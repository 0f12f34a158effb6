"""The report of an evaluation: a page for people, and the same findings as plain numbers for programs.

The page is one file that needs nothing else: no network, no scripts, no fonts of its own. Here is what it holds; how it
looks is in its template, `report.html.jinja`; its sentences are in `verdict` and `sentences`, how it writes numbers is
in `numbers`, its sounds are in `players`, and the drawings in `charts`, `pairs` and `picture`.
"""

import base64
import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from ganola.judging.bootstrap import RESAMPLES
from ganola.judging.real_baseline import FEW_TUNES
from ganola.judging.results import (
    CandidateResult,
    CollectionScores,
    CopyingResult,
    CopyPair,
    Evaluation,
    FeatureRow,
    Measure,
    MuseGanTable,
)
from ganola.judging.windows import WindowSet
from ganola.music.grid import Grid
from ganola.music.roll import OFF
from ganola.rendering import charts
from ganola.rendering.numbers import COUNTS, NARROW_SPACE, between, number, percent, rough, short, tick
from ganola.rendering.pairs import pair_pictures
from ganola.rendering.picture import contact_sheet, png_bytes, track_colour
from ganola.rendering.plain import plain_fields
from ganola.rendering.players import opening_heard, sound_uri
from ganola.rendering.sentences import MANY, Finding, clearly_off, copies, findings, furthest_first, usual, verdict
from ganola.rendering.verdict import verdict_sentence
from ganola.wording import counted, escape_controls

SHOWN = 8  # phrases of each music in a picture
HEARD, MOST_HEARD = 4, 8  # phrases of each music to play, and of all, for a page has to stay small
LONGEST = 128  # steps of a phrase in a picture of many; what goes on after its last whole bar is left out
HUES = 7  # colours of candidates, before they begin again


def report_html(evaluation: Evaluation) -> str:
    """A page that shows everything, the same for the same evaluation."""
    return _environment().get_template("report.html.jinja").render(page=_Page(evaluation))


def report_json(evaluation: Evaluation) -> dict[str, Any]:
    """Everything but the cells of music, for json.dumps: keys in order, and None for what is not a number."""
    plain = plain_fields(evaluation)
    for own, judged in zip(plain["judged"], evaluation.results, strict=True):
        own["verdict"] = verdict_sentence(judged, evaluation).replace(NARROW_SPACE, " ")
    return plain


# What the page shows, in its order.


@dataclass(frozen=True)
class _Panel:
    """The drawing of one feature."""

    row: FeatureRow
    drawing: Markup
    broad: bool

    @property
    def apart(self) -> bool:
        """Whether the candidate is further from held-out music than training music is, whichever the tunes."""
        return clearly_off(self.row)


@dataclass(frozen=True)
class _Strip:
    """A line of a chart that compares many kinds of music."""

    hue: str
    name: str
    drawing: Markup
    value: str
    interval: str = ""


@dataclass(frozen=True)
class _PairPicture:
    """A phrase above the training music that it is most like; what both share in colour."""

    pair: CopyPair
    phrase: str
    training: str


@dataclass(frozen=True)
class _Player:
    """A phrase to hear: its number, counted from 1, and its sound."""

    phrase: int
    sound: str


@dataclass(frozen=True)
class _MuseGanLine:
    """The five measures of some music in one of their two ways."""

    name: str
    values: tuple[float | None, ...]


class _Page:
    """All that the template asks for."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        order = sorted(evaluation.results, key=lambda one: one.scores.ratio.value if one.scores.ratio else math.inf)
        self.candidates = [_View(judged, index, self) for index, judged in enumerate(order)]
        self.resamples, self.many, self.few_tunes = RESAMPLES, MANY, FEW_TUNES
        self.names = [view.name for view in self.candidates]

    @property
    def collections(self) -> list[tuple[str, str, CollectionScores]]:
        """A hue, a name and the scores of everything: candidates, real music, controls."""
        real = [
            ("real", "training music (the floor)" if index == 0 else f"other held-out music ({one.name})", one)
            for index, one in enumerate(self.evaluation.real)
        ]
        own = [(view.hue, view.name, view.result.scores) for view in self.candidates]
        return [*own, *real, *(("control", one.name, one) for one in self.evaluation.controls)]

    @property
    def measured(self) -> bool:
        """Whether there is enough music for distances between collections."""
        return any(scores.ratio is not None for _, _, scores in self.collections)

    @property
    def lacking(self) -> str:
        """Why nothing was measured."""
        reasons = (view.result.scores.reason_missing for view in self.candidates)
        return " ".join(dict.fromkeys(reason for reason in reasons if reason))

    @property
    def trusted(self) -> list[Measure]:
        """The measures that tell the controls apart on this music."""
        return [one for one in self.evaluation.measures if one.trusted]

    @property
    def untrusted(self) -> list[Measure]:
        """The others."""
        return [one for one in self.evaluation.measures if not one.trusted]

    @property
    def headline(self) -> bool:
        """Whether the one number can be shown."""
        return self.measured and any(one.key == "ratio" for one in self.trusted)

    @property
    def hues(self) -> list[tuple[str, str]]:
        """Colours for the style sheet."""
        return [(f"hue-{index}", _written_colour(index)) for index in range(HUES)]

    @property
    def track_hues(self) -> list[tuple[str, str]]:
        """The name and the colour of each track in pictures."""
        return [(track.name, _written_colour(index)) for index, track in enumerate(self.evaluation.tracks)]

    @property
    def standing_strips(self) -> list[_Strip]:
        """How far everything stands, in multiples of the floor."""
        known = [(hue, name, one.ratio) for hue, name, one in self.collections if one.ratio is not None]
        axis = self._axis_of_standings
        return [
            _Strip(
                hue,
                name,
                charts.interval_strip(axis, ratio, mark=1.0, about=f"{name}: {rough(ratio.value)}, {between(ratio)}"),
                rough(ratio.value),
                between(ratio),
            )
            for hue, name, ratio in known
        ]

    @property
    def standing_axis(self) -> Markup:
        """The numbers under those strips."""
        return charts.axis_strip(self._axis_of_standings, lambda value: f"{value:,.15g}")

    @functools.cached_property
    def _axis_of_standings(self) -> charts.Axis:
        ratios = [one.ratio for _, _, one in self.collections if one.ratio is not None]
        return charts.logarithmic([bound for one in ratios for bound in (one.value, one.low, one.high)])

    @property
    def copied(self) -> list[tuple[str, CopyingResult]]:
        """The copying of everything of which it is known."""
        held_out, *controls = self.evaluation.copying
        own = [(view.hue, view.result.copying) for view in self.candidates]
        return [*own, ("real", held_out), *(("control", one) for one in controls)]

    @property
    def similarity_strips(self) -> list[_Strip]:
        """How like its nearest training music each music is."""
        axis, threshold = charts.linear(0.0, 1.0, most=6), self.evaluation.threshold
        return [
            _Strip(
                hue,
                one.name,
                charts.quantile_strip(axis, one.similarity, mark=threshold, about=_quantiles(one)),
                percent(one.copied),
            )
            for hue, one in self.copied
        ]

    @property
    def run_strips(self) -> list[_Strip]:
        """How many notes in a row each music shares with training music."""
        axis = self._axis_of_runs
        return [
            _Strip(
                hue,
                one.name,
                charts.quantile_strip(axis, one.runs, about=f"{one.name}: half share {number(one.runs[2])} notes"),
                number(one.runs[2]),
            )
            for hue, one in self.copied
        ]

    @property
    def similarity_axis(self) -> Markup:
        """The numbers under the strips of similarity."""
        return charts.axis_strip(charts.linear(0.0, 1.0, most=6), lambda value: f"{value:g}")

    @property
    def run_axis(self) -> Markup:
        """The numbers under the strips of runs."""
        return charts.axis_strip(self._axis_of_runs, tick("notes"))

    @functools.cached_property
    def _axis_of_runs(self) -> charts.Axis:
        return charts.linear(0.0, max((one.runs[4] for _, one in self.copied), default=1.0), most=7, whole=True)

    @property
    def musegan(self) -> list[tuple[str, list[_MuseGanLine]]]:
        """The five measures of everything, as defined and as released."""
        first = self.candidates[0].judged.musegan
        sides = [(view.name, view.result.musegan.generated) for view in self.candidates]
        sides += [("held-out music", first.held_out), ("training music", first.training)]
        return [
            (title, [_MuseGanLine(name, tuple(getattr(row, way) for row in rows)) for name, rows in sides])
            for title, way in (("as the paper defines them", "defined"), ("as its released code computes", "released"))
        ]

    @property
    def musegan_names(self) -> MuseGanTable:
        """Any table, for the names and the meanings of its measures."""
        return self.candidates[0].judged.musegan

    @functools.cached_property
    def heard(self) -> list[tuple[str, str, list[_Player]]]:
        """A hue, a name and some phrases to play of each candidate and of held-out music; nothing without sound."""
        music = [(view.hue, view.name, view.result.candidate.music) for view in self.candidates]
        music.append(("real", "held-out music", self.evaluation.held_out))
        each = max(1, min(HEARD, MOST_HEARD // len(music)))
        players = [(hue, name, self._players(own, each)) for hue, name, own in music]
        return [line for line in players if line[2]]

    def _players(self, music: WindowSet, count: int) -> list[_Player]:
        own = self.evaluation
        sounds = [
            (int(index) + 1, sound_uri(music.cells[index], own.grid, own.tracks, own.tempo))
            for index in spread(len(music), count)
            if (music.cells[index] != OFF).any()
        ]
        return [_Player(phrase, sound) for phrase, sound in sounds if sound is not None]

    @property
    def heard_bars(self) -> int:
        """How many bars of each phrase are played."""
        return opening_heard(self.evaluation.grid, self.evaluation.tempo).bars

    @property
    def critics(self) -> bool:
        """Whether any critic's judgement is shown."""
        own = [view.result.candidate for view in self.candidates]
        return any(one.mean_judgement is not None or one.reliability is not None for one in own)

    @property
    def shown_bars(self) -> int:
        """How many bars of each phrase are in a picture of many."""
        return opening(self.evaluation.grid).bars


class _View:
    """One candidate, as the page shows it."""

    def __init__(self, judged: CandidateResult, index: int, page: _Page) -> None:
        self.judged = judged
        self.index = index
        self.hue = f"hue-{index % HUES}"
        self.name = judged.candidate.music.name
        self._page = page
        self._evaluation = page.evaluation

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return verdict_sentence(self.judged, self._evaluation)

    @property
    def verdict(self) -> str:
        """What the one number means."""
        return verdict(self.judged, self._evaluation)

    @property
    def findings(self) -> list[Finding]:
        """What there is to know, in plain language."""
        return findings(self.judged, self._evaluation)

    @property
    def copies(self) -> bool:
        """Whether many of its phrases are nearly training music, and should not be."""
        return copies(self.judged)

    @property
    def usual(self) -> float:
        """How alike the nearest other phrase is, the median."""
        return usual(self.judged.diversity.nearest)

    @property
    def usual_of_real(self) -> float:
        """The same of training music."""
        return usual(self.judged.diversity.nearest_real)

    @property
    def rows(self) -> list[FeatureRow]:
        """Every feature, the furthest first."""
        return furthest_first(self.judged.features)

    @property
    def panels(self) -> list[_Panel]:
        """A drawing of every feature, the furthest first."""
        return [
            _Panel(row, _drawing(row, self.name), charts.is_broad(row.labels) and not charts.lies(row.labels))
            for row in self.rows
        ]

    @property
    def sheet(self) -> str:
        """Some of its phrases above some of held-out music."""
        grid = self._evaluation.grid
        shown = opening(grid)
        rows = [
            (label, [cells[:, : shown.steps] for cells in evenly(music, SHOWN).cells])
            for label, music in (
                (self.name, self.judged.candidate.music),
                ("held-out music", self._evaluation.held_out),
            )
        ]
        return data_uri(contact_sheet(rows, shown, self._evaluation.tracks))

    @property
    def pairs(self) -> list[_PairPicture]:
        """The phrases that are most like training music."""
        grid = self._evaluation.grid
        return [_PairPicture(pair, *map(data_uri, pair_pictures(pair, grid))) for pair in self.judged.copying.pairs]

    @property
    def nearest(self) -> Markup:
        """How like each phrase the nearest other is, beside training music."""
        found = self.judged.diversity
        edges = np.linspace(0, 1, 31)
        shares = [np.histogram(own, edges)[0] / max(len(own), 1) for own in (found.nearest, found.nearest_real)]
        about = f"how like the nearest other phrase the phrases of {self.name} and training music are"
        return charts.histogram(
            edges.tolist(), shares[0].tolist(), shares[1].tolist(), (), about=about, write=tick("share")
        )

    @property
    def sensitivity(self) -> Markup | None:
        """How far the music changes with its latent."""
        points = self.judged.candidate.sensitivity
        if not points:
            return None
        across = charts.linear(0.0, max(degrees for degrees, _ in points))
        about = f"how the music of {self.name} changes with its latent: " + ", ".join(
            f"{change:.2f} at {degrees:g} degrees" for degrees, change in points
        )
        return charts.curve(points, about=about, across=across, write=lambda value: f"{value:g}°")

    @property
    def reliability(self) -> Markup | None:
        """How far its critic's J can be relied on."""
        found = self.judged.candidate.reliability
        return (
            None if found is None else charts.reliability_curve(found, about=f"how often J of {self.name} comes true")
        )


def _written_colour(index: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*track_colour(index))


def _quantiles(one: CopyingResult) -> str:
    least, lower, middle, upper, most = (number(value) for value in one.similarity)
    return f"{one.name}: similarity from {least} to {most}, the middle half from {lower} to {upper}, median {middle}"


def _drawing(row: FeatureRow, name: str) -> Markup:
    write, about = tick(row.unit), f"{row.name} of {name}, held-out and training music"
    if len(row.labels) == 1:
        if not row.edges:
            return Markup()
        shares = row.generated_shares, row.held_out_shares, row.training_shares
        return charts.histogram(row.edges, *shares, about=about, write=write, whole=row.unit in COUNTS)
    values = row.generated, row.held_out, row.training
    if row.unit != "share" or charts.lies(row.labels):
        from_zero = row.unit == "share"
        whole = row.unit in COUNTS
        return charts.lying(row.labels, *values, about=about, write=write, from_zero=from_zero, whole=whole)
    return charts.upright(row.labels, *values, about=about, write=write)


# Pictures.


def evenly(music: WindowSet, count: int) -> WindowSet:
    """At most so many windows, evenly chosen."""
    return music.select(spread(len(music), count))


def spread(total: int, count: int) -> Int[np.ndarray, "chosen"]:
    """At most so many places among `total`, evenly chosen."""
    count = min(count, total)
    return np.arange(count) * total // max(count, 1)


def opening(grid: Grid) -> Grid:
    """The grid of the first bars of a phrase, as many as are no longer than `LONGEST` steps, and one at least."""
    return grid.model_copy(update={"bars": min(grid.bars, max(LONGEST // grid.steps_per_bar, 1))})


def data_uri(image: Image.Image) -> str:
    """A picture as part of the page."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(image)).decode()


@functools.cache
def _harmless(value: object) -> object:
    """What an expression of the template writes, without control characters, which HTML has no place for."""
    return type(value)(escape_controls(value)) if isinstance(value, str) else value


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ganola", "rendering"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters.update(
        {"number": number, "rough": rough, "percent": percent, "short": short, "between": between, "counted": counted}
    )
    return environment
