"""What is more than a piece of music can be, and how a file without music is refused."""

from ganola.errors import GanolaError, InputError

MAX_QUARTERS = 20_000  # quarter notes: more than two hours at 150 a minute
MAX_NOTES = 200_000  # ten times a long symphony movement


def refusal(problem: str) -> InputError:
    """Return the error for a file that cannot be read as music; `problem` does not name the file."""
    return InputError(problem, "Name another file, or repair it in a music program.")


def refuse_excess(quarters: float, notes: int) -> None:
    """Raise InputError for a piece that is longer, in quarter notes, or has more notes than music does."""
    if notes > MAX_NOTES:
        raise refusal(f"it has {notes:,} notes, more than the {MAX_NOTES:,} that ganola reads")
    if quarters > MAX_QUARTERS:
        raise refusal(f"it lasts {quarters:,.0f} beats, more than the {MAX_QUARTERS:,} that ganola reads")


def first_line(error: Exception) -> str:
    """Return what went wrong, in a line, for the brackets of a reason."""
    if isinstance(error, GanolaError):
        return error.problem
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
