"""The grid of a piano roll, and the legend of its axes.

Every roll in ganola is an array with these axes, in this order, some of the leading ones left out:

    batch    phrases
    tracks   instruments or voices
    planes   onset and sustain, or the one plane of what sounds (see `roll`)
    steps    time, `steps_per_quarter` of them a quarter note
    pitches  MIDI pitches, the lowest first
"""

import math

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ganola.music.metre import COMMON_TIME, TimeSignature
from ganola.wording import counted

MAX_NUMERATOR, DENOMINATORS = 99, (1, 2, 4, 8, 16, 32)  # of a time signature
MAX_PIECE_BARS = 256  # of music that is made of phrases: more than ten minutes of 4/4 at 90 quarter notes a minute
MAX_STEPS, MAX_CELLS = 2**14, 2**22  # of a phrase; 64 bars of 4/4 in 48ths have 12,288 steps


class Grid(BaseModel):
    """How many pitches by how many steps a phrase has (the n and b of the notes, N1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lowest: int = Field(36, ge=0, le=127, description="the MIDI pitch of the first row")
    pitches: int = Field(48, ge=1, le=128, description="rows")
    steps_per_quarter: int = Field(4, ge=1, le=48, description="steps in a quarter note")
    metre: TimeSignature = Field(COMMON_TIME, description="the time signature of a bar")
    bars: int = Field(4, ge=1, le=64, description="bars in a phrase")

    @model_validator(mode="after")
    def _within_midi(self) -> "Grid":
        if self.highest > 127:
            raise ValueError(f"{self.pitches} pitches from {self.lowest} on go beyond MIDI's highest, 127")
        return self

    @field_validator("metre")
    @classmethod
    def _of_known_notes(cls, metre: TimeSignature) -> TimeSignature:
        if metre.numerator > MAX_NUMERATOR or metre.denominator not in DENOMINATORS:
            raise ValueError(f"a bar of {metre} is none that a roll can have")
        return metre

    @model_validator(mode="after")
    def _whole_bars(self) -> "Grid":
        if not self.metre.is_whole(self.steps_per_quarter):
            raise ValueError(
                f"a bar of {self.metre} has no whole number of steps, {self.steps_per_quarter} a quarter note"
            )
        return self

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return self.metre.bar_ticks(self.steps_per_quarter)

    @property
    def pulses_per_bar(self) -> int:
        """Pulses in a bar: 4 in 4/4, 2 in 6/8; fewer where they would not divide its steps."""
        return math.gcd(self.metre.pulses, self.steps_per_bar)

    @property
    def steps_per_pulse(self) -> int:
        """Steps in a pulse: in 6/8 three eighth notes, where `steps_per_quarter` is two eighth notes."""
        return self.steps_per_bar // self.pulses_per_bar

    @property
    def pulses(self) -> int:
        """Pulses in a phrase."""
        return self.pulses_per_bar * self.bars

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
            f"{counted(self.bars, 'bar')} of {self.metre}, {counted(self.steps_per_quarter, 'step')} a quarter note, "
            f"pitches {self.lowest} to {self.highest}"
        )


def refuse_large_phrases(grid: Grid, tracks: int) -> None:
    """Raise ValueError where a phrase of so many tracks is larger than a small computer can learn from, or play."""
    cells = tracks * grid.steps * grid.pitches
    if grid.steps > MAX_STEPS or cells > MAX_CELLS:
        raise ValueError(
            f"a phrase of {counted(tracks, 'track')}, {counted(grid.steps, 'step')} and "
            f"{counted(grid.pitches, 'pitch', 'pitches')} is too large: at most {MAX_STEPS:,} steps, and "
            f"{MAX_CELLS:,} cells (tracks by steps by pitches)"
        )
