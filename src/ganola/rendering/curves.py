"""The curves of a training, drawn from its log."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, StrMethodFormatter

from ganola.events import StepLogged, Validated
from ganola.judging.closeness import SCALE
from ganola.rendering import palette
from ganola.rendering.palette import hex_code
from ganola.wording import phase_title

_CRITIC, _GENERATOR, _FLOW = (hex_code(colour) for colour in (palette.BLUE, palette.VERMILION, palette.GREEN))
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
    """One drawing: its title, its curves as (name of a metric or a network, label, colour), and its scale."""

    title: str
    curves: tuple[tuple[str, str, str], ...]
    logarithmic: bool = False


_BEFORE_THE_GAME = _Panel(
    "before the game: nats a phrase, and the flow's squared error",
    (
        ("reconstruction_loss", "reconstruction", _GENERATOR),
        ("kl", "KL of latents", _CRITIC),
        ("flow_loss", "flow", _FLOW),
    ),
)
_PANELS = (
    _Panel("losses", (("critic_loss", "critic", _CRITIC), ("generator_loss", "generator", _GENERATOR))),
    _Panel("mean logits of the critic", (("real_logits", "real", _CRITIC), ("fake_logits", "fake", _GENERATOR))),
    _Panel("penalty", (("penalty", "critic", _CRITIC),), logarithmic=True),
)
_NETWORK_COLOURS = {"critic": _CRITIC, "generator": _GENERATOR, "flow": _FLOW}  # others as the generator


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a training: its name, and from when to when it went, in minutes."""

    name: str
    begin: float
    end: float


def phases_of(steps: Sequence[StepLogged]) -> list[Phase]:
    """Return the phases in a log, in order."""
    phases: list[Phase] = []
    end = 0.0
    for step in steps:
        title, begin, end = phase_title(step.phase), end, step.seconds / 60
        if phases and phases[-1].name == title:
            phases[-1] = replace(phases[-1], end=end)
        else:
            phases.append(Phase(title, begin, end))
    return phases


def curves_png(steps: Sequence[StepLogged], validated: Sequence[Validated], *, title: str) -> bytes:
    """Return the figure of `curves_figure` as PNG."""
    buffer = io.BytesIO()
    curves_figure(steps, validated, title=title).savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()


def curves_figure(steps: Sequence[StepLogged], validated: Sequence[Validated], *, title: str) -> Figure:
    """Return a figure of the distance from validation music, losses, logits, penalty and gradients over minutes.

    (Not over samples: a step of a flow shows many, and costs little.) `steps` are the lines of a run's log.jsonl,
    `validated` those of its validation.jsonl. Each curve is smoothed lightly, with the values themselves pale behind
    it. Backgrounds in turn, and names above, tell the phases apart.
    """
    figure = Figure(figsize=(11, 10), dpi=_DOTS_PER_INCH)
    figure.subplots_adjust(**_MARGINS)
    figure.suptitle(title, color=_TEXT, fontsize=14, parse_math=False)
    if steps:
        has_phases_before = any(key in step.metrics for step in steps for key, _, _ in _BEFORE_THE_GAME.curves)
        rows = figure.add_gridspec(3, 2)
        first = figure.add_subplot(rows[0, 0] if has_phases_before else rows[0, :])
        if has_phases_before:
            _draw(figure.add_subplot(rows[0, 1], sharex=first), _BEFORE_THE_GAME, steps)
        _draw_distance(first, validated)
        for place, panel in enumerate((*_PANELS, _gradient_panel(steps))):
            axes = figure.add_subplot(rows[1 + place // 2, place % 2], sharex=first)
            axes.tick_params(labelbottom=place >= len(_PANELS) // 2 + 1)
            _draw(axes, panel, steps)
        first.set_xlim(left=0)  # once all are drawn, for it holds the right end still
        for axes in figure.axes:
            _mark_phases(axes, phases_of(steps))
        figure.supxlabel("minutes of training", color=_TEXT, fontsize=11)
    else:
        figure.text(0.5, 0.5, "nothing was logged", color=_TEXT, fontsize=18, ha="center", va="center")
    return figure


def _gradient_panel(steps: Sequence[StepLogged]) -> _Panel:
    """Return the drawing of the gradient norms of all networks that were trained."""
    networks = dict.fromkeys(network for step in steps for network in step.gradient_norms)
    curves = tuple((network, network, _NETWORK_COLOURS.get(network, _GENERATOR)) for network in networks)
    return _Panel("norm of the gradient", curves, logarithmic=True)


def _draw(axes: Axes, panel: _Panel, steps: Sequence[StepLogged]) -> None:
    known = {
        key: [
            (step.seconds / 60, values[key]) for step in steps if key in (values := step.metrics | step.gradient_norms)
        ]
        for key, _, _ in panel.curves
    }
    if panel.logarithmic and all(value > 0 for own in known.values() for _, value in own):
        _scale_by_factors(axes)
    for key, label, colour in panel.curves:
        if not known[key]:  # of a phase that this training has not, or has not come to
            continue
        minutes, values = np.array(known[key], dtype=np.float64).T
        marker = "o" if len(values) <= _FEW_LINES else ""
        axes.plot(minutes, values, color=colour, alpha=0.3, linewidth=0.8)
        axes.plot(minutes, smoothed(values), color=colour, linewidth=1.6, marker=marker, markersize=4, label=label)
    _dress(axes, panel)


def _mark_phases(axes: Axes, phases: Sequence[Phase]) -> None:
    """Grounds of the phases, where there are several; their names along the upper edge, below the title."""
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


def _draw_distance(axes: Axes, validated: Sequence[Validated]) -> None:
    """Draw distance / floor at each validation, and the best, which is the model that is kept."""
    _dress(axes, _Panel(f"how far from real music: {SCALE}", ()))
    if not validated:
        axes.text(0.5, 0.5, "no validation music", color=_TEXT, ha="center", va="center", transform=axes.transAxes)
        return
    minutes = np.array([event.seconds for event in validated]) / 60
    ratio = np.array([event.ratio for event in validated])
    _scale_by_factors(axes)
    axes.plot(minutes, ratio, color=_GENERATOR, linewidth=1.6, marker="o", markersize=3)
    axes.axhline(1, color=_FRAME, linewidth=1, linestyle="--")
    learned = [index for index, event in enumerate(validated) if event.step]
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
    """A logarithmic scale, its numbers written out: 100, not a power of 10."""
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
    """Each value's mean with its neighbours on both sides, as many of them as there are near the ends."""
    reach = len(values) // (2 * _NEIGHBOURHOODS)
    window = np.ones(2 * reach + 1)
    total = np.convolve(values, window, mode="same")
    return total / np.convolve(np.ones_like(values), window, mode="same")
