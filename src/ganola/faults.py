"""What is wrong with a file of settings, in words: pydantic and tomllib would say it to programmers."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from ganola.wording import did_you_mean, either, printable

# What a value has to be, by the beginning of pydantic's name of the fault.
_WANTED = {
    "greater_than_equal": "{ge:g} or more",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "{le:g} or less",
    "less_than": "less than {lt:g}",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a number",
    "bool": "true or false",
    "string_pattern": "",  # what form it should have, only its own kind can say
    "string_too_short": "longer",
    "string_too_long": "at most {max_length} letters long",
    "string": 'text between "quotation marks"',
    "model": "a table of settings",
    "dict": "a table of settings",
    "tuple": "a list",
    "list": "a list",
    "too_long": "at most {max_length} of them",
    "too_short": "at least {min_length} of them",
}
_LONGEST = 80  # letters of a value that are shown
_OWN = "value_error"  # of a rule of ganola's own, which says itself what is wrong


def one_of(names: Callable[[], Collection[str]]) -> BeforeValidator:
    """Return a validator of a setting that names an entry of a registry; `names` returns those there are.

    What it raises is worded as for a setting with a fixed list of values.
    """

    def check(value: object) -> object:
        if isinstance(value, str) and value in names():
            return value
        expected = ", ".join(f"'{name}'" for name in names())
        raise PydanticCustomError("literal_error", "Input should be one of {expected}", {"expected": expected})

    return BeforeValidator(check)


def number_or(word: str, least: float, most: float, *, whole: bool = False) -> BeforeValidator:
    """Return a validator of a setting that is a number (a whole one) from `least` to `most`, or one word.

    (Of a union, pydantic would say what each of its types misses.)
    """
    kinds, kind = (int, "a whole number") if whole else (int | float, "a number")

    def check(value: object) -> object:
        is_number = isinstance(value, kinds) and not isinstance(value, bool) and least <= value <= most
        if is_number or value == word:
            return value
        expected = f"'{kind} from {least:g} to {most:g}', '{word}'"
        raise PydanticCustomError("literal_error", "Input should be one of {expected}", {"expected": expected})

    return BeforeValidator(check)


def value_fault(problem: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return what is wrong with a value, and what may have been meant, of one of pydantic's `errors()`."""
    kind, context, given = problem["type"], problem.get("ctx", {}), problem["input"]
    place = ".".join(str(part) for part in problem["loc"])
    if kind == _OWN:
        return f"{place}: {context['error']}" if place else str(context["error"]), None
    if kind == "missing":
        return f"{place} is missing", None
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{place} is unknown", None
    choices = re.findall(r"'([^']*)'", context.get("expected", ""))
    if choices:
        return f"{place} is {_shown(given)}, and has to be {either(choices)}", did_you_mean(str(given), choices) or None
    wanted = next((words for beginning, words in _WANTED.items() if kind.startswith(beginning)), "")
    how = f"and has to be {wanted.format(**context)}" if wanted else "which cannot be"
    return f"{place} is {_shown(given)}, {how}", None


def toml_fault(error: Exception) -> str:
    """Return where a text stops being TOML."""
    line = re.search(r"line (\d+)", str(error))
    where = f" in line {line[1]}" if line else " at its end" if "end of document" in str(error) else ""
    return f"is not valid TOML{where}"


def _shown(given: object) -> str:
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, dict):
        return "a table of settings"
    if isinstance(given, list | tuple):
        return f"a list of {len(given)}"
    if isinstance(given, int) and given.bit_length() > _LONGEST:
        return "a number with too many digits"
    text = printable(str(given)[: _LONGEST + 1]) or "empty"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
