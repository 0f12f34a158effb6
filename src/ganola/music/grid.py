"""The grid of a piano roll, and the legend of its axes.

Every roll in ganola is an array with these axes, in this order, some of the leading ones left out:

    batch    phrases
    tracks   instruments or voices
    planes   onset and sustain, or the one plane of what sounds (see `roll`)
    steps    time, `steps_per_beat` a beat; a beat is a quarter note
    pitches  MIDI pitches, the lowest first
"""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Grid(BaseModel):
    """How many pitches by how many steps a phrase has (the n and b of the notes, N1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lowest: int = Field(36, ge=0, le=127, description="the MIDI pitch of the first row")
    pitches: int = Field(48, ge=1, le=128, description="rows")
    steps_per_beat: int = Field(4, ge=1, le=48, description="steps in a quarter note")
    beats_per_bar: int = Field(4, ge=1, le=32, description="quarter notes in a bar")
    bars: int = Field(4, ge=1, le=64, description="bars in a phrase")

    @model_validator(mode="after")
    def _within_midi(self) -> "Grid":
        if self.highest > 127:
            raise ValueError(f"{self.pitches} pitches from {self.lowest} on go beyond MIDI's highest, 127")
        return self

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return self.steps_per_beat * self.beats_per_bar

    @property
    def steps(self) -> int:
        """Steps in a phrase (b)."""
        return self.steps_per_bar * self.bars

    @property
    def highest(self) -> int:
        """The MIDI pitch of the last row."""
        return self.lowest + self.pitches - 1

    def __str__(self) -> str:
        return (
            f"{self.bars} bars of {self.beats_per_bar}/4, {self.steps_per_beat} steps a beat, "
            f"pitches {self.lowest} to {self.highest}"
        )
