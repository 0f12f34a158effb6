"""Pages from templates: one style, one way to write numbers, and nothing in them that comes from elsewhere as HTML."""

import functools

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from ganola.rendering.numbers import between, number, percent, rough, share_between, short
from ganola.rendering.palette import hex_code, track_colour
from ganola.wording import counted, escape_controls

HUES = 7  # colours of what a page compares, before they begin again


@functools.cache
def page_environment(*packages: str) -> Environment:
    """Return what renders the templates in these packages, and those of this one, which they include.

    A page has the attribute `hues` (see `page_hues`) for the style sheet.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name, "") for name in (*packages, "ganola.rendering")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    filters = (number, rough, percent, short, between, share_between, counted)
    environment.filters.update({one.__name__: one for one in filters})
    return environment


def page_hues() -> list[tuple[str, str]]:
    """Return the classes and colours of what a page compares, for the style sheet."""
    return [(f"hue-{index}", hex_code(track_colour(index))) for index in range(HUES)]


def _harmless(value: object) -> object:
    """Return what an expression of a template writes, without control characters, which HTML has no place for."""
    return type(value)(escape_controls(value)) if isinstance(value, str) else value
