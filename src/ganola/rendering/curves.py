"""The curves of a training, drawn from its log."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_CRITIC, _GENERATOR = "#0072B2", "#D55E00"
_TEXT, _FRAME, _LINES = "#3A414C", "#969EAA", "#E2E6EC"
_FEW_LINES = 20  # up to so many, each is shown as a dot
_SMOOTHED_OVER = 40  # of that fraction of the lines is each smoothed value the mean


@dataclass(frozen=True, slots=True)
class _Panel:
    """One drawing: its title, its curves as (key of the log, label, colour), and whether its scale is a logarithm's."""

    title: str
    curves: tuple[tuple[str, str, str], ...]
    logarithmic: bool = False


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


def curves_png(lines: list[dict[str, Any]], *, title: str) -> bytes:
    """A PNG of losses, judgements, penalty and gradients over the samples seen; `lines` are those of log.jsonl.

    Each curve is smoothed lightly, with the values themselves pale behind it.
    """
    figure = Figure(figsize=(11, 7), dpi=100, layout="constrained")
    figure.suptitle(title, color=_TEXT, fontsize=14)
    if lines:
        for axes, panel in zip(figure.subplots(2, 2, sharex=True).flat, _PANELS, strict=True):
            _draw(axes, panel, lines)
        figure.supxlabel("samples seen (thousands)", color=_TEXT, fontsize=11)
    else:
        figure.text(0.5, 0.5, "nothing was logged", color=_TEXT, fontsize=18, ha="center", va="center")
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def _draw(axes: Axes, panel: _Panel, lines: list[dict[str, Any]]) -> None:
    seen = np.array([line["samples"] for line in lines]) / 1000
    drawn = {key: np.array([line[key] for line in lines], dtype=np.float64) for key, _, _ in panel.curves}
    if panel.logarithmic and all((values > 0).all() for values in drawn.values()):
        axes.set_yscale("log")
    marker = "o" if len(lines) <= _FEW_LINES else ""
    for key, label, colour in panel.curves:
        axes.plot(seen, drawn[key], color=colour, alpha=0.3, linewidth=0.8, marker=marker, markersize=3)
        axes.plot(seen, smoothed(drawn[key]), color=colour, linewidth=1.6, label=label)
    _dress(axes, panel)


def _dress(axes: Axes, panel: _Panel) -> None:
    axes.set_title(panel.title, color=_TEXT, fontsize=11, loc="left")
    axes.grid(color=_LINES, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_TEXT, labelsize=9, which="both")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FRAME)
    if len(panel.curves) > 1:
        axes.legend(frameon=False, labelcolor=_TEXT, fontsize=9)


def smoothed(values: Float[np.ndarray, "lines"]) -> Float[np.ndarray, "lines"]:
    """Each value's mean with its neighbours on both sides; fewer of them, as many on each side, near the ends."""
    reach = np.minimum(len(values) // (2 * _SMOOTHED_OVER), np.arange(len(values)))
    reach = np.minimum(reach, reach[::-1])
    total = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    return (total[place + reach + 1] - total[place - reach]) / (2 * reach + 1)
