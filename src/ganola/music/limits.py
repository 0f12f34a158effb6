"""What is more than a piece of music can be, and how a file without music is refused."""

from itertools import islice
from typing import Annotated

from pydantic import Field

from ganola.errors import GanolaError, InputError

LONGEST_BEATS = 20_000  # more than two hours at 150 beats a minute
SLOWEST, FASTEST, UNSTATED_TEMPO = 5.0, 2_000.0, 120.0  # quarter notes a minute
Tempo = Annotated[float, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False)]  # of a record that is read
LONGEST_NAME = 80
MOST_NOTES = 200_000  # ten times a long symphony movement


def refusal(problem: str) -> InputError:
    """An error for a file that cannot be read as music; `problem` does not name the file."""
    return InputError(problem, "Leave it out, or repair it in a music program.")


def refuse_excess(beats: float, notes: int) -> None:
    """Raise InputError for a piece that is longer or fuller than music is."""
    if notes > MOST_NOTES:
        raise refusal(f"it has {notes:,} notes, more than the {MOST_NOTES:,} that ganola reads")
    if beats > LONGEST_BEATS:
        raise refusal(f"it lasts {beats:,.0f} beats, more than the {LONGEST_BEATS:,} that ganola reads")


def sensible_tempo(quarters_a_minute: float | None) -> float:
    """The tempo that a file states, or, where it states none or one that nobody plays, the usual one."""
    if quarters_a_minute is None or not SLOWEST <= quarters_a_minute <= FASTEST:
        return UNSTATED_TEMPO
    return float(quarters_a_minute)


def clean_name(name: str) -> str:
    """Return the name of a track without what cannot be printed, and no longer than names are."""
    if name.isprintable() and len(name) <= LONGEST_NAME:
        return name.strip()
    printable = (" " if character.isspace() else character for character in name)
    return "".join(islice(filter(str.isprintable, printable), LONGEST_NAME)).strip()


def first_line(error: Exception) -> str:
    """What went wrong, in a line, for the brackets of a reason."""
    if isinstance(error, GanolaError):
        return error.problem
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
