"""Settings whose value is the name of an entry in a registry: an entry that is added there can be chosen at once."""

from collections.abc import Collection

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


def one_of(registry: Collection[str], *others: str) -> BeforeValidator:
    """Return the annotation of a text that must name an entry of `registry`, or be one of `others`.

    Use it as `Annotated[str, one_of(REGISTRY)]`. The registry is read when a value is checked, not when the field is
    declared. A value that is refused reads to users like a wrong choice among literals.
    """

    def check(value: object) -> object:
        names = (*registry, *others)
        if value in names:
            return value
        expected = ", ".join(f"'{name}'" for name in names)
        raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})

    return BeforeValidator(check)
