"""A track: one row of a score, played by one instrument."""

from pydantic import BaseModel, ConfigDict, Field


class Track(BaseModel):
    """Who plays: a name, a General MIDI program (0 to 127), drums or not, one note at a time or many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    program: int = Field(0, ge=0, le=127)
    drums: bool = False
    one_note: bool = False
