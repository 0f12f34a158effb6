"""What a figure of matplotlib shows, as data."""

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch


def drawings(figure: Figure) -> list[dict[str, object]]:
    """Each drawing of a figure: its bars and shades, its lines, its ticks and its words."""
    return [drawing(axes) for axes in figure.axes]


def drawing(axes: Axes) -> dict[str, object]:
    legend = axes.get_legend()
    return {
        "title": axes.get_title(loc="left"),
        "bars": [(colour_of(bar), *extent(bar)) for bar in axes.patches],
        "lines": [(to_hex(line.get_color()), line.get_xydata().round(6).tolist()) for line in axes.lines],
        "ticks": [[label.get_text() for label in ticks] for ticks in (axes.get_xticklabels(), axes.get_yticklabels())],
        "words": [text.get_text() for text in axes.texts],
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
    }


def bars(axes: Axes, colour: str) -> list[tuple[float, float, float, float]]:
    """Left, bottom, width and height of each bar of a colour."""
    return [extent(bar) for bar in axes.patches if colour_of(bar) == colour]


def colours(axes: Axes) -> set[str]:
    """The colours of curves."""
    return {to_hex(line.get_color()) for line in axes.lines if len(line.get_xdata()) and line.get_linestyle() == "-"}


def colour_of(bar: Patch) -> str:
    return to_hex(bar.get_facecolor())


def extent(bar: Patch) -> tuple[float, float, float, float]:
    box = bar.get_path().get_extents(bar.get_patch_transform())
    return tuple(round(float(value), 6) for value in (*box.min, *box.size))  # type: ignore[return-value]
