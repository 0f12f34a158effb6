"""Time signatures: how long a bar is, how many pulses it has, and how those divide."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from pydantic_core import core_schema

_WRITTEN = re.compile(r"([1-9][0-9]{0,4})/([1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True, order=True)
class TimeSignature:
    """A time signature, such as 6/8: `numerator` notes a bar, of which `denominator` make a whole note.

    In pydantic models, and so in files, it is its text.
    """

    numerator: int
    denominator: int

    @staticmethod
    @lru_cache(maxsize=256)
    def parse(text: str) -> "TimeSignature":
        """Return the time signature that a text such as 6/8 names. Raise ValueError where it names none."""
        found = _WRITTEN.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no time signature; write it as 4/4, 3/4, 6/8 ...")
        return TimeSignature(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @property
    def quarters(self) -> Fraction:
        """The length of a bar in quarter notes."""
        return Fraction(4 * self.numerator, self.denominator)

    @property
    def is_compound(self) -> bool:
        """Whether pulses divide into three: 6/8, 9/8, 12/8, and 3/8, which has one pulse."""
        return self.denominator >= 8 and self.numerator % 3 == 0

    @property
    def pulses(self) -> int:
        """The pulses that a listener counts in a bar: 4 in 4/4, 2 in 6/8."""
        return self.numerator // 3 if self.is_compound else self.numerator

    @property
    def pulse_quarters(self) -> Fraction:
        """The length of a pulse in quarter notes: 1 in 4/4, 3/2 in 6/8."""
        return self.quarters / self.pulses

    def bar_ticks(self, ticks_per_quarter: int) -> int:
        """Return the length of a bar in ticks, rounded down, but at least one."""
        return max(1, 4 * self.numerator * ticks_per_quarter // self.denominator)

    def is_whole(self, ticks_per_quarter: int) -> bool:
        """Return whether a bar is a whole number of ticks."""
        return 4 * self.numerator * ticks_per_quarter % self.denominator == 0

    def divides(self, larger: "TimeSignature") -> bool:
        """Return whether whole bars of this make a bar of `larger`, with pulses of the same kind.

        2/4 and 2/2 divide 4/4, 3/8 divides 6/8; 6/8 does not divide 3/4, whose pulses are quarter notes.
        """
        if self.is_compound != larger.is_compound:
            return False
        return (larger.numerator * self.denominator) % (self.numerator * larger.denominator) == 0

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema(when_used="always")
        )

    @staticmethod
    def _validate(value: Any) -> "TimeSignature":
        if isinstance(value, TimeSignature):
            return value
        if not isinstance(value, str):
            raise ValueError("a time signature is text, such as 4/4")
        return TimeSignature.parse(value)


COMMON_TIME = TimeSignature(4, 4)


@dataclass(frozen=True, slots=True)
class MetreChange:
    """From `tick` on, bars have this time signature."""

    tick: int
    signature: TimeSignature

    def __str__(self) -> str:
        return str(self.signature)
