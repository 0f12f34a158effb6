"""A track: one row of a score, played by one instrument."""

from pydantic import BaseModel, ConfigDict, Field

UNNAMED_DRUM = 38  # the acoustic snare drum of General MIDI, for strokes that name no drum


class Track(BaseModel):
    """Who plays: a name, a General MIDI program (0 to 127), drums or not, one note at a time or many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    program: int = Field(0, ge=0, le=127)
    drums: bool = False
    one_note: bool = False


def unnamed_strokes(count: int) -> tuple[str, ...]:
    """Return the remark, if any, on so many strokes that name no drum."""
    if not count:
        return ()
    strokes = "1 stroke that names no drum is" if count == 1 else f"{count:,} strokes that name no drum are"
    return (f"{strokes} taken for a snare drum",)
