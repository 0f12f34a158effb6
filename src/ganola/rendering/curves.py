"""The curves of a training, drawn from its log."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, StrMethodFormatter

from ganola.judging.closeness import SCALE
from ganola.rendering import palette
from ganola.rendering.palette import hex_code
from ganola.wording import PHASES

_CRITIC, _GENERATOR, _PRIOR = (hex_code(colour) for colour in (palette.BLUE, palette.VERMILION, palette.GREEN))
_TEXT, _FAINT = hex_code(palette.TEXT), hex_code(palette.FAINT_TEXT)
_FRAME, _LINES = hex_code(palette.FRAME), hex_code(palette.GRID)
_DOTS_PER_INCH = 100
# Fixed, for matplotlib's own layouts take as long as the drawing.
_MARGINS = {"left": 0.07, "right": 0.98, "bottom": 0.07, "top": 0.91, "wspace": 0.18, "hspace": 0.26}
_TITLE_PAD = 15  # points between a drawing and its title, in which the names of phases are
_FEW_LINES = 20  # up to so many, each is shown as a dot
_PHASES = (hex_code(palette.PAPER), hex_code(palette.SHADE_OF_PHASES))  # grounds of phases, in turn
_NARROWEST = 0.06  # of the whole, a phase whose name is written
_NEIGHBOURHOODS = 40  # into so many a curve falls, each of which smoothing turns into one value


@dataclass(frozen=True, slots=True)
class _Panel:
    """One drawing: its title, its curves as (key of the log, label, colour), and its scale."""

    title: str
    curves: tuple[tuple[str, str, str], ...]
    logarithmic: bool = False


_WARM_START = _Panel(
    "before the game: nats a phrase, and the flow's squared error",
    (
        ("reconstruction", "reconstruction", _GENERATOR),
        ("divergence", "divergence of latents", _CRITIC),
        ("prior_error", "error of the prior's flow", _PRIOR),
    ),
)
_PANELS = (
    _Panel("losses", (("critic_loss", "critic", _CRITIC), ("generator_loss", "generator", _GENERATOR))),
    _Panel("mean judgement by the critic", (("real", "real", _CRITIC), ("fake", "fake", _GENERATOR))),
    _Panel("penalty", (("penalty", "critic", _CRITIC),), logarithmic=True),
    _Panel(
        "norm of the gradient",
        (("critic_gradient", "critic", _CRITIC), ("generator_gradient", "generator", _GENERATOR)),
        logarithmic=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a training: its name, and from when to when it went, in minutes."""

    name: str
    begin: float
    end: float


def phases_of(lines: Sequence[dict[str, Any]]) -> list[Phase]:
    """Return the phases that a log tells of, in order, by what their steps measured."""
    phases: list[Phase] = []
    end = 0.0
    for line in lines:
        name, begin, end = _phase_name(line), end, line["seconds"] / 60
        if phases and phases[-1].name == name:
            phases[-1] = replace(phases[-1], end=end)
        else:
            phases.append(Phase(name, begin, end))
    return phases


def _phase_name(line: dict[str, Any]) -> str:
    if line.get("reconstruction") is not None:
        return PHASES["warm start"]
    return PHASES["prior" if line.get("critic_loss") is None else "game"]


def curves_png(lines: list[dict[str, Any]], judged: list[dict[str, Any]], *, title: str) -> bytes:
    """Return the figure of `curves_figure` as PNG."""
    buffer = io.BytesIO()
    curves_figure(lines, judged, title=title).savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()


def curves_figure(lines: list[dict[str, Any]], judged: list[dict[str, Any]], *, title: str) -> Figure:
    """Return a figure of the distance from validation music, losses, D, penalty and gradients over minutes of training.

    (Not over samples: a step of a flow shows many, and costs little.)

    `lines` are those of a run's log.jsonl, `judged` those of its judged.jsonl. Each curve is smoothed lightly, the
    values themselves pale behind it. Grounds in turn, and names above, tell the phases apart.
    """
    figure = Figure(figsize=(11, 10), dpi=_DOTS_PER_INCH)
    figure.subplots_adjust(**_MARGINS)
    figure.suptitle(title, color=_TEXT, fontsize=14, parse_math=False)
    if lines:
        warmed = any(line.get("reconstruction") is not None for line in lines)
        rows = figure.add_gridspec(3, 2)
        first = figure.add_subplot(rows[0, 0] if warmed else rows[0, :])
        if warmed:
            _draw(figure.add_subplot(rows[0, 1], sharex=first), _WARM_START, lines)
        _draw_distance(first, judged)
        for place, panel in enumerate(_PANELS):
            axes = figure.add_subplot(rows[1 + place // 2, place % 2], sharex=first)
            axes.tick_params(labelbottom=place >= len(_PANELS) // 2)
            _draw(axes, panel, lines)
        first.set_xlim(left=0)  # once all are drawn, for it holds the right end still
        for axes in figure.axes:
            _mark_phases(axes, phases_of(lines))
        figure.supxlabel("minutes of training", color=_TEXT, fontsize=11)
    else:
        figure.text(0.5, 0.5, "nothing was logged", color=_TEXT, fontsize=18, ha="center", va="center")
    return figure


def _draw(axes: Axes, panel: _Panel, lines: list[dict[str, Any]]) -> None:
    known = {key: [line for line in lines if line.get(key) is not None] for key, _, _ in panel.curves}
    drawn = {key: np.array([line[key] for line in own], dtype=np.float64) for key, own in known.items()}
    if panel.logarithmic and all((values > 0).all() for values in drawn.values()):
        _scale_by_factors(axes)
    for key, label, colour in panel.curves:
        own, values = known[key], drawn[key]
        if not own:  # of a warm start that this is not, or of a game that has not begun
            continue
        minutes = np.array([line["seconds"] for line in own]) / 60
        marker = "o" if len(own) <= _FEW_LINES else ""
        axes.plot(minutes, values, color=colour, alpha=0.3, linewidth=0.8)
        axes.plot(minutes, smoothed(values), color=colour, linewidth=1.6, marker=marker, markersize=4, label=label)
    _dress(axes, panel)


def _mark_phases(axes: Axes, phases: Sequence[Phase]) -> None:
    """Shade the phases, where there are several, and write their names along the upper edge, below the title."""
    if len(phases) < 2:
        return
    whole = axes.get_xlim()[1]
    for index, phase in enumerate(phases):
        axes.axvspan(phase.begin, phase.end, color=_PHASES[(index + 1) % 2], linewidth=0, zorder=-1)
        if index:
            axes.axvline(phase.begin, color=_FRAME, linewidth=0.8, linestyle=":", zorder=0)
        if phase.end - phase.begin >= _NARROWEST * whole:
            middle = (phase.begin + phase.end) / 2
            axes.text(
                middle, 1.01, phase.name, transform=axes.get_xaxis_transform(),
                color=_FAINT, fontsize=8, ha="center", va="bottom",
            )  # fmt: skip


def _draw_distance(axes: Axes, judged: list[dict[str, Any]]) -> None:
    """Draw distance / floor at each validation, and mark the best, which is the model that is kept."""
    _dress(axes, _Panel(f"how far from real music: {SCALE}", ()))
    if not judged:
        axes.text(0.5, 0.5, "no validation music", color=_TEXT, ha="center", va="center", transform=axes.transAxes)
        return
    minutes = np.array([line["seconds"] for line in judged]) / 60
    ratio = np.array([line["ratio"] for line in judged])
    _scale_by_factors(axes)
    axes.plot(minutes, ratio, color=_GENERATOR, linewidth=1.6, marker="o", markersize=3)
    axes.axhline(1, color=_FRAME, linewidth=1, linestyle="--")
    learned = [index for index, line in enumerate(judged) if line["step"]]
    if not learned:
        return
    best = min(learned, key=ratio.__getitem__)
    axes.annotate(
        f"kept: {ratio[best]:,.1f}",
        (minutes[best], ratio[best]),
        textcoords="offset points",
        xytext=(0, 9),
        ha="right" if best > len(ratio) // 2 else "left",
        color=_TEXT,
        fontsize=10,
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1},
    )


def _scale_by_factors(axes: Axes) -> None:
    """Return a logarithmic scale, its numbers written out: 100, not a power of 10."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(1, 0.4)))


def _dress(axes: Axes, panel: _Panel) -> None:
    axes.set_title(panel.title, color=_TEXT, fontsize=11, loc="left", pad=_TITLE_PAD)
    axes.grid(color=_LINES, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_TEXT, labelsize=9, which="both")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FRAME)
    if len(axes.get_legend_handles_labels()[0]) > 1:
        axes.legend(frameon=False, labelcolor=_TEXT, fontsize=9)


def smoothed(values: Float[np.ndarray, "lines"]) -> Float[np.ndarray, "lines"]:
    """Return each value's mean with its neighbours on both sides, as many of them as there are near the ends."""
    reach = len(values) // (2 * _NEIGHBOURHOODS)
    window = np.ones(2 * reach + 1)
    total = np.convolve(values, window, mode="same")
    return total / np.convolve(np.ones_like(values), window, mode="same")
