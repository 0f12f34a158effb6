"""The report of an evaluation: a page for people, and the same findings as plain numbers for programs.

The page is one file that needs nothing else: no network, no scripts, no fonts of its own. Here is what it says; how it
looks is in its template, `report.html.jinja`, and the drawings are in `charts` and `picture`.
"""

import base64
import dataclasses
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image
from pydantic import BaseModel

from ganola.judging.evaluation import FEWEST
from ganola.judging.findings import Copying, Evaluation, FeatureRow, Judged, Measure, MuseGanTable, Pair, Standing
from ganola.judging.material import Music
from ganola.judging.resampling import RESAMPLES, Estimate
from ganola.music.grid import Grid
from ganola.music.roll import OFF, begins
from ganola.rendering import charts
from ganola.rendering.picture import CellSize, contact_sheet, paint, png_bytes, track_colour

SHOWN = 8  # phrases of each music in a picture
LONGEST = 128  # steps of a phrase in a picture of many; what goes on after its last whole bar is left out
FURTHEST = 4  # features that are named first
MANY = 0.05  # a share of phrases above the threshold that is called copying: five times that of held-out music
HUES = 7  # colours of candidates, before they begin again

_PAIR_WIDTH = 448  # pixels of a picture of a pair, at least
_UNSHARED = (186, 191, 199)
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_NOTHING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"

# How a number of a feature is written; units that the feature's name says already are left out.
_IN_UNITS = {"beats": "{} beats", "semitones": "{} semitones", "bits": "{} bits", "a step": "{} a step"}
# What the label of one of several columns means, by the feature's name.
_COLUMNS = {
    "note lengths": "{} beats",
    "where notes begin in a bar": "beat {}",
    "melodic intervals": "{} semitones",
    "bass intervals": "{} semitones",
    "vertical intervals": "{} semitones",
}
# What a measure can be at all: an interval, being of a normal distribution, may reach beyond.
_POSSIBLE = {
    "distance": (0.0, math.inf),
    "ratio": (0.0, math.inf),
    "density": (0.0, math.inf),
    "coverage": (0.0, 1.0),
    "trees": (0.0, 1.0),
    "listener": (0.0, 1.0),
}


def report_html(evaluation: Evaluation) -> str:
    """A page that shows everything, the same for the same evaluation."""
    return _environment().get_template("report.html.jinja").render(page=_Page(evaluation))


def report_json(evaluation: Evaluation) -> dict[str, Any]:
    """Everything but the cells of music, for json.dumps: keys in order, and None for what is not a number."""
    return _fields(evaluation)


def _fields(record: Any) -> dict[str, Any]:
    names = sorted(field.name for field in dataclasses.fields(record))
    return {name: _plain(getattr(record, name)) for name in names if name not in ("cells", "training_cells")}


def _plain(value: object) -> object:
    if isinstance(value, Music):
        return {"groups": len(np.unique(value.group)), "name": value.name, "windows": len(value)}
    if isinstance(value, BaseModel):
        return _plain(value.model_dump())
    if dataclasses.is_dataclass(value):
        return _fields(value)
    if isinstance(value, dict):
        return {str(key): _plain(value[key]) for key in sorted(value)}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


# Numbers as they are written.


def number(value: float | None) -> str:
    """Three digits or so: 1,234 and 15.1 and 0.25 and 0.012."""
    if value is None or math.isnan(value):
        return _NOTHING
    size = abs(value)
    return _written(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3)


def rough(value: float | None) -> str:
    """Two digits or so, for what is not known better: 268 and 15 and 3.2 and 0.57."""
    if value is None or math.isnan(value):
        return _NOTHING
    return _written(value, 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.995 else 2)


def percent(share: float | None) -> str:
    """A share of 1 in per cent; a digit more near none and near all."""
    if share is None or math.isnan(share):
        return _NOTHING
    text = f"{100 * share:.{0 if 0.0995 <= share <= 0.9 else 1}f}".removesuffix(".0")
    return f"{text}{_NARROW_SPACE}%".replace("-", _MINUS)


def measured(value: float | None, unit: str) -> str:
    """A value of a feature in its unit."""
    if unit == "share" or value is None:
        return percent(value)
    return _IN_UNITS.get(unit, "{}").format(number(value))


def short(value: float | None, unit: str) -> str:
    """The same without the name of the unit."""
    return percent(value) if unit == "share" else number(value)


def between(estimate: Estimate, key: str = "distance") -> str:
    """The interval of a measure, as far as that can be; nothing where there is none."""
    if estimate.low == estimate.high:
        return ""
    low, high = _POSSIBLE.get(key, (-math.inf, math.inf))
    return f"{rough(max(estimate.low, low))} to {rough(min(estimate.high, high))}"


def _written(value: float, decimals: int) -> str:
    if value and round(abs(value), decimals) == 0:
        return f"<{10.0**-decimals:g}" if value > 0 else "0"
    return f"{value:,.{decimals}f}".replace("-", _MINUS) if value else "0"


def _tick(unit: str) -> charts.Write:
    if unit == "share":
        return lambda value: f"{100 * value:.3g}{_NARROW_SPACE}%"
    return lambda value: f"{value:.4g}"


# What the page shows, in its order.


@dataclass(frozen=True)
class _Finding:
    """A line of plain language under a heading of few words; `items` are its list."""

    heading: str
    text: str
    items: tuple[str, ...] = ()
    bad: bool = False


@dataclass(frozen=True)
class _Panel:
    """The drawing of one feature."""

    row: FeatureRow
    drawing: Markup
    broad: bool

    @property
    def apart(self) -> bool:
        """Whether the candidate is further from held-out music than training music is, whichever the tunes."""
        return _apart(self.row)


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

    pair: Pair
    phrase: str
    training: str


@dataclass(frozen=True)
class _MuseGanLine:
    """The five measures of some music in one of their two ways."""

    name: str
    values: tuple[float | None, ...]


class _Page:
    """All that the template asks for."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        order = sorted(evaluation.judged, key=lambda one: one.standing.ratio.value if one.standing.ratio else math.inf)
        self.candidates = [_View(judged, index, self) for index, judged in enumerate(order)]
        self.fewest, self.resamples = FEWEST, RESAMPLES
        self.names = [view.name for view in self.candidates]

    @property
    def standings(self) -> list[tuple[str, str, Standing]]:
        """A hue, a name and the standing of everything: candidates, real music, controls."""
        real = [
            ("real", "training music (the floor)" if index == 0 else f"other held-out music ({one.name})", one)
            for index, one in enumerate(self.evaluation.real)
        ]
        own = [(view.hue, view.name, view.judged.standing) for view in self.candidates]
        return [*own, *real, *(("control", one.name, one) for one in self.evaluation.controls)]

    @property
    def measured(self) -> bool:
        """Whether there is enough music for distances between collections."""
        return any(standing.ratio is not None for _, _, standing in self.standings)

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

    def trusts(self, key: str) -> bool:
        """Whether a measure tells the controls apart on this music."""
        return any(one.key == key for one in self.trusted)

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
        known = [(hue, name, one.ratio) for hue, name, one in self.standings if one.ratio is not None]
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
        ratios = [one.ratio for _, _, one in self.standings if one.ratio is not None]
        return charts.logarithmic([bound for one in ratios for bound in (one.value, one.low, one.high)])

    @property
    def copied(self) -> list[tuple[str, Copying]]:
        """The copying of everything of which it is known."""
        held_out, *controls = self.evaluation.copying
        own = [(view.hue, view.judged.copying) for view in self.candidates]
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
                percent(one.above),
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
                charts.quantile_strip(axis, one.runs, about=f"{one.name}: half share {one.runs[2]:g} notes"),
                f"{one.runs[2]:g}",
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
        return charts.axis_strip(self._axis_of_runs, lambda value: f"{value:g}")

    @functools.cached_property
    def _axis_of_runs(self) -> charts.Axis:
        return charts.linear(0.0, max((one.runs[4] for _, one in self.copied), default=1.0), most=7)

    @property
    def musegan(self) -> list[tuple[str, list[_MuseGanLine]]]:
        """The five measures of everything, as defined and as released."""
        first = self.candidates[0].judged.musegan
        sides = [(view.name, view.judged.musegan.generated) for view in self.candidates]
        sides += [("held-out music", first.held_out), ("training music", first.training)]
        return [
            (title, [_MuseGanLine(name, tuple(getattr(row, way) for row in rows)) for name, rows in sides])
            for title, way in (("as the paper defines them", "defined"), ("as its released code computes", "released"))
        ]

    @property
    def musegan_names(self) -> MuseGanTable:
        """Any table, for the names and the meanings of its measures."""
        return self.candidates[0].judged.musegan

    @property
    def critics(self) -> bool:
        """Whether any critic's judgement is shown."""
        own = [view.judged.candidate for view in self.candidates]
        return any(one.judged is not None or one.reliability is not None for one in own)

    @property
    def shown_bars(self) -> int:
        """How many bars of each phrase are in a picture of many."""
        return opening(self.evaluation.grid).bars


class _View:
    """One candidate, as the page shows it."""

    def __init__(self, judged: Judged, index: int, page: _Page) -> None:
        self.judged = judged
        self.index = index
        self.hue = f"hue-{index % HUES}"
        self.name = judged.candidate.music.name
        self._page = page
        self._evaluation = page.evaluation

    @property
    def verdict(self) -> str:
        """What the one number means."""
        standing = self.judged.standing
        if standing.ratio is None:
            short_of = standing.phrases if standing.phrases < FEWEST else len(self._evaluation.held_out)
            whose = self.name if standing.phrases < FEWEST else "held-out music"
            return f"A distance needs {FEWEST} phrases, and {whose} has only {short_of:,}, so there is none."
        ratio, around = standing.ratio, _around(standing.ratio, self._evaluation)
        if ratio.low <= 1 <= ratio.high:
            return f"No further from held-out music than other real music is, as far as so many tunes can tell{around}."
        if ratio.high < 1:
            return f"Closer to held-out music than other real music of this collection is{around}."
        return f"{rough(ratio.value)} times as far from held-out music as other real music is{around}."

    @property
    def copies(self) -> bool:
        """Whether many of its phrases are nearly training music."""
        return self.judged.copying.above > MANY

    @property
    def usual(self) -> float:
        """How alike the nearest other phrase is, the median."""
        return float(np.median(self.judged.diversity.nearest))

    @property
    def usual_of_real(self) -> float:
        """The same of training music."""
        return float(np.median(self.judged.diversity.nearest_real))

    @property
    def findings(self) -> list[_Finding]:
        """What there is to know, in plain language."""
        found = [self._furthest(), self._told(), self._copied(), self._variety()]
        judgement = self.judged.candidate.judged
        if judgement is not None:
            found.append(
                _Finding(
                    "Its own critic",
                    f"It gives these phrases J = {judgement:.2f} on average. J is how probably, in its opinion, a "
                    "phrase is real, where real and generated ones are equally frequent.",
                )
            )
        found += [_Finding("Remark", remark) for remark in self.judged.candidate.remarks]
        return [one for one in found if one is not None]

    def _furthest(self) -> _Finding:
        apart = [row for row in self.rows if _apart(row)]
        if not apart:
            return _Finding("Furthest off", "No feature is clearly further from held-out music than other real music.")
        return _Finding(
            "Furthest off",
            f"{len(apart)} of {len(self.rows)} features are clearly further from held-out music than other real "
            f"music is{', above all' if len(apart) > FURTHEST else ''}:",
            tuple(_plainly(row) for row in apart[:FURTHEST]),
        )

    def _told(self) -> _Finding | None:
        standing, floor = self.judged.standing, self._evaluation.real[0]
        ways = [
            (f"{percent(own.value)} of the time {how}", own, real)
            for key, how in (("trees", "from its features"), ("listener", "from the roll itself"))
            if self._page.trusts(key)
            and (own := getattr(standing, key)) is not None
            and (real := getattr(floor, key)) is not None
        ]
        if not ways:
            return None
        guesses = " and ".join(percent(real.value) for _, _, real in ways)
        text = (
            f"A classifier that has never heard these tunes is right {' and '.join(way for way, _, _ in ways)}. "
            f"Guessing is right 50{_NARROW_SPACE}% of the time; on training music beside held-out music it is "
            f"right {guesses}."
        )
        return _Finding("Told from real", text, bad=all(own.low > 0.5 for _, own, _ in ways))

    def _copied(self) -> _Finding:
        copying, threshold = self.judged.copying, self._evaluation.threshold
        held_out = self._evaluation.copying[0]
        count = round(copying.above * copying.phrases)
        text = Markup(
            "{} {} of {} phrases ({}) {} more like some training music than the threshold, {}, which 1 in 100 "
            "held-out phrases exceeds ({} of these {}). <code>ganola generate --no-copies</code> rejects such phrases."
        ).format(
            "It copies:" if self.copies else "No sign of it:",
            f"{count:,}" if count else "none",
            f"{copying.phrases:,}",
            percent(copying.above),
            "are" if count > 1 else "is",
            number(threshold),
            percent(held_out.above),
            f"{held_out.phrases:,}",
        )
        return _Finding("Copying", text, bad=self.copies)

    def _variety(self) -> _Finding:
        found = self.judged.diversity
        if found.collapsed:
            return _Finding("Collapsed", found.why, bad=True)
        return _Finding(
            "Variety",
            f"No collapse: {percent(found.distinct)} of the phrases are unlike every earlier one, and usually the "
            f"nearest other phrase is {percent(self.usual)} alike (of training music, the nearest of another tune is "
            f"{percent(self.usual_of_real)}).",
        )

    @property
    def rows(self) -> list[FeatureRow]:
        """Every feature, the furthest first."""
        return sorted(self.judged.features, key=lambda row: -row.distance.value)

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
        return [_PairPicture(pair, *pair_pictures(pair, grid)) for pair in self.judged.copying.pairs]

    @property
    def nearest(self) -> Markup:
        """How like each phrase the nearest other is, beside training music."""
        found = self.judged.diversity
        edges = np.linspace(0, 1, 31)
        shares = [np.histogram(own, edges)[0] / max(len(own), 1) for own in (found.nearest, found.nearest_real)]
        about = f"how like the nearest other phrase the phrases of {self.name} and training music are"
        return charts.histogram(
            edges.tolist(), shares[0].tolist(), shares[1].tolist(), (), about=about, write=_tick("share")
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


def _apart(row: FeatureRow) -> bool:
    return row.distance.low > row.floor.high


def _plainly(row: FeatureRow) -> str:
    """A feature's mean beside that of held-out music; of several columns, those that differ most."""
    differences = [
        abs(one - other) if one is not None and other is not None else -1.0
        for one, other in zip(row.generated, row.held_out, strict=True)
    ]
    index = differences.index(max(differences))
    label = row.labels[index]
    of_label = f", {_in_words(row.name, label)}" if label else ""
    own, real = (measured(values[index], row.unit) for values in (row.generated, row.held_out))
    return f"{row.name}{of_label}: {own}, real music {real}"


def _in_words(name: str, label: str) -> str:
    words = _COLUMNS.get(name, "{}").format(label)
    return words.removesuffix("s") if label.endswith(("+1", "-1")) or label.split()[-1:] == ["1"] else words


def _around(ratio: Estimate, evaluation: Evaluation) -> str:
    """Between which controls a candidate lies."""
    known = [(one.ratio.value, one.name) for one in evaluation.controls if one.ratio is not None]
    below = max((one for one in known if one[0] <= ratio.value), default=None)
    above = min((one for one in known if one[0] > ratio.value), default=None)
    sides = [
        f"{side} {one[1]} ({rough(one[0])})" for side, one in (("further than", below), ("closer than", above)) if one
    ]
    return f": {', '.join(sides)}" if sides else ""


def _quantiles(one: Copying) -> str:
    least, lower, middle, upper, most = (number(value) for value in one.similarity)
    return f"{one.name}: similarity from {least} to {most}, the middle half from {lower} to {upper}, median {middle}"


def _drawing(row: FeatureRow, name: str) -> Markup:
    write, about = _tick(row.unit), f"{row.name} of {name}, held-out and training music"
    if len(row.labels) == 1:
        if not row.edges:
            return Markup()
        shares = row.generated_shares, row.held_out_shares, row.training_shares
        return charts.histogram(row.edges, *shares, about=about, write=write)
    values = row.generated, row.held_out, row.training
    if row.unit != "share" or charts.lies(row.labels):
        from_zero = row.unit == "share"
        return charts.lying(row.labels, *values, about=about, write=write, from_zero=from_zero)
    return charts.upright(row.labels, *values, about=about, write=write)


# Pictures.


def evenly(music: Music, count: int) -> Music:
    """At most so many windows, evenly chosen."""
    count = min(count, len(music))
    return music.some(np.arange(count) * len(music) // max(count, 1))


def opening(grid: Grid) -> Grid:
    """The grid of the first bars of a phrase, as many as are no longer than `LONGEST` steps, and one at least."""
    return grid.model_copy(update={"bars": min(grid.bars, max(LONGEST // grid.steps_per_bar, 1))})


def data_uri(image: Image.Image) -> str:
    """A picture as part of the page."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(image)).decode()


def pair_pictures(pair: Pair, grid: Grid) -> tuple[str, str]:
    """The phrase and the training music; notes that begin in both have their colours, others are grey."""
    low, high = _sounding_range((pair.cells, pair.training_cells))
    shown = grid.model_copy(update={"lowest": grid.lowest + low, "pitches": high - low})
    sides = [cells[:, :, low:high] for cells in (pair.cells, pair.training_cells)]
    shared = begins(sides[0]) & begins(sides[1])
    size = CellSize(max(_PAIR_WIDTH // grid.steps, 3), 6)
    one, other = (
        data_uri(Image.fromarray(paint(cells, shown, size, _coloured(cells, notes_from(cells, shared)))))
        for cells in sides
    )
    return one, other


def _sounding_range(sides: Sequence[UInt8[np.ndarray, "tracks steps pitches"]]) -> tuple[int, int]:
    """The rows from the lowest that sounds to the highest, and a little around them; all where none does."""
    rows = np.flatnonzero(np.any([(cells != OFF).any(axis=(0, 1)) for cells in sides], axis=0))
    pitches = sides[0].shape[2]
    return (max(int(rows[0]) - 2, 0), min(int(rows[-1]) + 3, pitches)) if len(rows) else (0, pitches)


def notes_from(
    cells: UInt8[np.ndarray, "tracks steps pitches"], begun: Bool[np.ndarray, "tracks steps pitches"]
) -> Bool[np.ndarray, "tracks steps pitches"]:
    """The cells of the notes that begin where `begun` says so."""
    struck, sounds = begins(cells), cells != OFF
    belongs = np.zeros_like(begun)
    before = np.zeros_like(begun[:, 0])
    for step in range(cells.shape[1]):
        before = np.where(struck[:, step], begun[:, step], before & sounds[:, step])
        belongs[:, step] = before
    return belongs


def _coloured(
    cells: UInt8[np.ndarray, "tracks steps pitches"], shared: Bool[np.ndarray, "tracks steps pitches"]
) -> UInt8[np.ndarray, "tracks steps pitches 3"]:
    own = np.array([track_colour(index) for index in range(len(cells))], dtype=np.uint8).reshape(-1, 1, 1, 3)
    return np.where(shared[..., None], own, np.array(_UNSHARED, dtype=np.uint8))


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ganola", "rendering"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {"number": number, "rough": rough, "percent": percent}
    environment.filters.update({"short": short, "between": between})
    environment.filters.update(filters)
    return environment
