"""Checks shapes and types of ganola's functions and records as the tests run, each call once.

jaxtyping's own decorator has the arguments checked before a call and again with its result, and prepares for shapes
where there are none: that took a third of the time of the tests.
"""

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial, wraps
from typing import Any, get_args

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, TypeCheckError

CHECK = beartype(conf=BeartypeConf(violation_type=TypeCheckError))
jaxtyped = jaxtyping.jaxtyped


def install_checks() -> None:
    """Have all functions and records of ganola that are imported from now on checked as they are used."""
    jaxtyping.jaxtyped = lambda typechecker: partial(_check, typechecker=typechecker)  # the hook finds it by its name
    jaxtyping.install_import_hook("ganola", "beartype.beartype")


def _check(thing: Any, typechecker: Callable[..., Any]) -> Any:
    """Return a function that is checked, or a class: of a record, its `__init__` is."""
    if inspect.isclass(thing):
        if is_dataclass(thing) and "__init__" in vars(thing):
            thing.__init__ = _check(thing.__init__, typechecker)
        return thing
    hints = thing.__annotations__.values()
    if inspect.isgeneratorfunction(thing) or any(isinstance(hint, str) for hint in hints):
        return jaxtyped(thing, typechecker=typechecker)  # it knows about those
    return _check_axes(CHECK(thing)) if any(map(_has_shape, hints)) else CHECK(thing)


def _check_axes(checked: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(checked)
    def check_axes(*arguments: Any, **named: Any) -> Any:
        with jaxtyped("context"):  # in which an axis has one length
            return checked(*arguments, **named)

    return check_axes


def _has_shape(hint: Any) -> bool:
    return (isinstance(hint, type) and issubclass(hint, AbstractArray)) or any(map(_has_shape, get_args(hint)))
