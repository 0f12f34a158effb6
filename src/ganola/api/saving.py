"""Music saved to a file whose ending says its format."""

from os import PathLike
from pathlib import Path

from ganola.errors import InputError
from ganola.playing.export import Rendition, export
from ganola.playing.formats import FORMATS
from ganola.storage import write_whole
from ganola.wording import did_you_mean

Location = str | PathLike[str]


def save_rendition(rendition: Rendition, path: Location) -> Path:
    """Write music to `path`, whole or not at all, and return the path. Raises InputError for an unknown ending."""
    to = Path(path)
    name = to.suffix.lower().removeprefix(".")
    if name not in FORMATS:
        choices = f"End it in one of: {', '.join(FORMATS)}."
        raise InputError(f"{to} does not say its format", did_you_mean(name, list(FORMATS), choices))
    write_whole(to, export(rendition, name))
    return to
