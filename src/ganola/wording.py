"""Words beside numbers and names: one phrase and two phrases, this or that, and what somebody may have meant."""

from collections.abc import Sequence

# What musicians are told that a training does in each of its phases.
PHASES = {
    "warm start": "learning to play",
    "prior": "learning where music lies",
    "critic's lead": "the game",
    "game": "the game",
}
_CLOSE = 0.6  # of 1, from which a name is like another (the ratio of difflib)


def counted(count: int | float, what: str, plural: str | None = None) -> str:
    """Return a number with its noun: 1 phrase, 1,200 phrases. `plural` is for nouns that do not just take an s."""
    written = f"{count:,}" if isinstance(count, int) else f"{count:,g}"
    return f"{written} {what if count == 1 else plural or f'{what}s'}"


def none_of(count: int, what: str) -> str:
    """Return the beginning of a sentence about all of some: none of the 3 files, and no file where there is one."""
    return f"none of the {counted(count, what)}" if count != 1 else f"no {what}"


def either(names: Sequence[str]) -> str:
    """Return the names as a choice: this, that or another."""
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def nearest(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that is most like `name`, where one is like it at all."""
    from difflib import get_close_matches  # loads slowly, and most commands are written well

    lowered = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), list(lowered), n=1, cutoff=_CLOSE)
    return lowered[close[0]] if close else None


def did_you_mean(name: str, known: Sequence[str], otherwise: str = "") -> str:
    """Return the question whether the nearest known name was meant, or `otherwise` where none is near."""
    near = nearest(name, known)
    return f"Did you mean {near}?" if near else otherwise
