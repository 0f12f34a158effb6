"""Charts of a report as inline SVG: strings, sized by their page and coloured by its style sheet.

Positions along a width are per cent of it, so that a chart fits a phone as well as paper while its letters keep their
size. Classes say what a mark stands for: `generated`, `held-out`, `training`.
"""

from collections.abc import Callable

from markupsafe import Markup, escape

from ganola.rendering.charts.axis import Axis

BELOW = 18  # pixels of the numbers under a chart

Write = Callable[[float], str]


def tick_lines(axis: Axis, mark: float | None = None, *, down: str = "100%") -> list[str]:
    """Return lines at the axis's numbers, so far down, and one at `mark`."""
    places = [("tick", axis.place(tick)) for tick in axis.ticks]
    places += [] if mark is None else [("mark", axis.place(mark))]
    return [f'<line class="{kind}" x1="{num(x)}%" x2="{num(x)}%" y1="0" y2="{down}"/>' for kind, x in places]


def axis_numbers(axis: Axis, down: int, write: Write, *, inward: bool = True) -> list[str]:
    """Return the axis's numbers; those at its ends within it, where they may not lie beyond."""
    numbers = []
    for tick in axis.ticks:
        place = axis.place(tick)
        anchor = "start" if inward and place < 4 else "end" if inward and place > 96 else "middle"
        numbers.append(
            f'<text class="scale" x="{num(place)}%" y="{down}" text-anchor="{anchor}">{escape(write(tick))}</text>'
        )
    return numbers


def base_line(down: int) -> str:
    return f'<line class="base" x1="0" x2="100%" y1="{down}" y2="{down}"/>'


def svg(height: int, about: str, *parts: str) -> Markup:
    role = f'role="img" aria-label="{escape(about)}"' if about else 'aria-hidden="true"'
    inside = f'<svg class="chart" width="100%" height="{height}" {role}>{"".join(parts)}</svg>'
    return Markup(inside)  # noqa: S704 - whatever words came from elsewhere have been escaped


def num(value: float) -> str:
    """Return a place in the drawing, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
