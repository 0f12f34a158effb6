"""Tempos, in quarter notes a minute."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

SLOWEST, FASTEST, UNSTATED_TEMPO = 5.0, 2_000.0, 120.0
Tempo = Annotated[float, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False)]  # of a record that is read


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `tick` on, so many quarter notes last a minute."""

    tick: int
    quarters_a_minute: float


def sensible_tempo(quarters_a_minute: float | None) -> float:
    """Return the tempo that a file states, or, where it states none or one that nobody plays, the usual one."""
    if quarters_a_minute is None or not SLOWEST <= quarters_a_minute <= FASTEST:
        return UNSTATED_TEMPO
    return float(quarters_a_minute)
