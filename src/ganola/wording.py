"""Words beside numbers and names: one phrase and two phrases, this or that, what somebody may have meant; and what of
a text from a file can be shown."""

import os
from collections.abc import Sequence
from pathlib import Path

# What users read about the phases of a training.
_PHASE_TITLES = {
    "vae": "learning to play",
    "flow": "learning where music lies",
    "critic_warmup": "the game",
    "adversarial": "the game",
}
_CLOSE = 0.6  # of 1, from which a name is like another (the ratio of difflib)
# What makes a terminal or an editor do something, or show letters in another order than they stand in: the controls of
# ASCII and of Latin-1, the ends of lines and paragraphs, and the overrides and isolates of Unicode's bidi algorithm.
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))


def phase_title(name: str) -> str:
    """Return what users read about the phase of this name: its title, or the name where it has none."""
    return _PHASE_TITLES.get(name, name)


def counted(count: int | float, what: str, plural: str | None = None) -> str:
    """Return a number with its noun: 1 phrase, 1,200 phrases. `plural` is for nouns that do not just take an s."""
    written = f"{count:,}" if isinstance(count, int) else f"{count:,g}"
    return f"{written} {what if count == 1 else plural or f'{what}s'}"


def none_of(count: int, what: str) -> str:
    """Return the beginning of a sentence about all of some: none of the 3 files, and no file where there is one."""
    return f"none of the {counted(count, what)}" if count != 1 else f"no {what}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def capitalised(sentence: str) -> str:
    """Return a sentence that begins with a capital letter, and is else as it was."""
    return sentence[:1].upper() + sentence[1:]


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


def printable(text: str) -> str:
    """Return a name that can be shown and stored anywhere: what is no printable sign, or no UTF-8, as an escape."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else _escape(sign) for sign in text)


def printable_path(path: Path | str) -> str:
    """Return a path as such a name, with / between its folders."""
    return printable(str(path).replace(os.sep, "/"))


def escape_controls(text: str) -> str:
    r"""Return a text in which no sign but a new line controls where and how it is shown: such signs as escapes, \x1b.

    Unlike `printable`, it keeps spaces of every width and the signs that some scripts need between their letters.
    """
    return text.translate(_ESCAPES)


def one_line(text: str) -> str:
    r"""Return the same without new lines, which become \n."""
    return escape_controls(text).replace("\n", "\\n")


def _escape(sign: str) -> str:
    if "\udc80" <= sign <= "\udcff":  # a byte of a file's name that is no UTF-8
        return f"\\x{ord(sign) & 0xFF:02x}"
    return ascii(sign)[1:-1]


_ESCAPES = {code: _escape(chr(code)) for code in _CONTROLS if chr(code) != "\n"}
