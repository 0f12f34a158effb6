"""The grid of a piano roll, and the legend of its axes.

Every roll in ganola is an array with these axes, in this order, some of the leading ones left out:

    batch    phrases
    tracks   instruments or voices
    planes   onset and sustain, or the one plane of what sounds (see `roll`)
    steps    time, `steps_per_beat` a beat; a beat is a quarter note
    pitches  MIDI pitches, the lowest first
"""

import math

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ganola.wording import counted

MOST_STEPS, MOST_CELLS = 2**14, 2**22  # of a phrase; 64 bars of 4/4 in 48ths have 12,288 steps


class Grid(BaseModel):
    """How many pitches by how many steps a phrase has (the n and b of the notes, N1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lowest: int = Field(36, ge=0, le=127, description="the MIDI pitch of the first row")
    pitches: int = Field(48, ge=1, le=128, description="rows")
    steps_per_beat: int = Field(4, ge=1, le=48, description="steps in a quarter note")
    metre: str = Field("4/4", pattern=r"^[1-9][0-9]?/(1|2|4|8|16|32)$", description="the time signature of a bar")
    bars: int = Field(4, ge=1, le=64, description="bars in a phrase")

    @model_validator(mode="after")
    def _within_midi(self) -> "Grid":
        if self.highest > 127:
            raise ValueError(f"{self.pitches} pitches from {self.lowest} on go beyond MIDI's highest, 127")
        return self

    @model_validator(mode="after")
    def _whole_bars(self) -> "Grid":
        if 4 * self.steps_per_beat * self.numerator % self.denominator:
            raise ValueError(
                f"a bar of {self.metre} has no whole number of steps, {self.steps_per_beat} a quarter note"
            )
        return self

    @property
    def numerator(self) -> int:
        """The upper number of the time signature."""
        return int(self.metre.partition("/")[0])

    @property
    def denominator(self) -> int:
        """The lower number of the time signature."""
        return int(self.metre.partition("/")[2])

    @property
    def steps_per_bar(self) -> int:
        """Steps in a bar."""
        return 4 * self.steps_per_beat * self.numerator // self.denominator

    @property
    def pulses_per_bar(self) -> int:
        """The beats that a listener counts in a bar: 4 in 4/4, 2 in 6/8; always a divisor of its steps."""
        pulses = self.numerator // 3 if compound(self.numerator, self.denominator) else self.numerator
        return math.gcd(pulses, self.steps_per_bar)

    @property
    def steps_per_pulse(self) -> int:
        """Steps in a beat that a listener counts: in 6/8 three eighth notes, where `steps_per_beat` is two."""
        return self.steps_per_bar // self.pulses_per_bar

    @property
    def beats(self) -> int:
        """Beats that a listener counts in a phrase."""
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
            f"{counted(self.bars, 'bar')} of {self.metre}, {counted(self.steps_per_beat, 'step')} a quarter note, "
            f"pitches {self.lowest} to {self.highest}"
        )


def refuse_large_phrases(grid: Grid, tracks: int) -> None:
    """Raise ValueError where a phrase of so many tracks is larger than a small computer can learn from, or play."""
    cells = tracks * grid.steps * grid.pitches
    if grid.steps > MOST_STEPS or cells > MOST_CELLS:
        raise ValueError(
            f"a phrase of {counted(tracks, 'track')}, {counted(grid.steps, 'step')} and "
            f"{counted(grid.pitches, 'pitch', 'pitches')} is too large: at most {MOST_STEPS:,} steps, and "
            f"{MOST_CELLS:,} cells (tracks by steps by pitches)"
        )


def compound(numerator: int, denominator: int) -> bool:
    """Whether beats divide into three: 6/8, 9/8, 12/8, and 3/8, which is counted in ones."""
    return denominator >= 8 and numerator % 3 == 0
