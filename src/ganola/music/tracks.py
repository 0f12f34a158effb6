"""A track: one row of a score, played by one instrument."""

from itertools import islice
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_TRACKS = 255  # of a corpus, whose notes store theirs in a byte, and so of a model
MAX_NAME_LENGTH = 80
UNNAMED_DRUM = 38  # the acoustic snare drum of General MIDI, for strokes that name no drum


def clean_name(name: str) -> str:
    """Return the name of a track without what cannot be printed, and no longer than names are."""
    if name.isprintable() and len(name) <= MAX_NAME_LENGTH:
        return name.strip()
    printable = (" " if character.isspace() else character for character in name)
    return "".join(islice(filter(str.isprintable, printable), MAX_NAME_LENGTH)).strip()


TrackName = Annotated[str, AfterValidator(clean_name)]  # wherever it came from


class Track(BaseModel):
    """Who plays: a name, a General MIDI program (0 to 127), drums or not, monophonic or polyphonic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: TrackName
    program: int = Field(0, ge=0, le=127)
    drums: bool = False
    monophonic: bool = False


Tracks = Annotated[tuple[Track, ...], Field(min_length=1, max_length=MAX_TRACKS)]


def unnamed_strokes(count: int) -> tuple[str, ...]:
    """Return the remark, if any, on so many strokes that name no drum."""
    if not count:
        return ()
    strokes = "1 stroke that names no drum is" if count == 1 else f"{count:,} strokes that name no drum are"
    return (f"{strokes} taken for a snare drum",)
