import re
import tomllib
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from ganola.faults import toml_fault, value_fault


class _Inner(BaseModel, extra="forbid"):
    count: int = Field(3, ge=1, le=9)


class _Settings(BaseModel, extra="forbid", allow_inf_nan=False):
    share: float = Field(0.5, gt=0, lt=1)
    loss: Literal["hinge", "minimax"] = "hinge"
    loud: bool = True
    name: str = Field("x", pattern="^[a-z]+$")
    inner: _Inner = _Inner()
    names: tuple[str, ...] = Field((), max_length=2)

    @model_validator(mode="after")
    def _refuse_silence(self) -> "_Settings":
        if self.name == "silence":
            raise ValueError("silence cannot be learned")
        return self


@pytest.mark.parametrize(
    ("given", "fault", "meant"),
    [
        ({"inner": {"count": 0}}, "inner.count is 0, and has to be 1 or more", None),
        ({"inner": {"count": 10}}, "inner.count is 10, and has to be 9 or less", None),
        ({"inner": {"count": 2.5}}, "inner.count is 2.5, and has to be a whole number", None),
        ({"inner": {"count": "many"}}, "inner.count is many, and has to be a whole number", None),
        ({"inner": {"count": ""}}, "inner.count is empty, and has to be a whole number", None),
        ({"inner": {"counts": 2}}, "inner.counts is unknown", None),
        ({"inner": 7}, "inner is 7, and has to be a table of settings", None),
        ({"share": 0}, "share is 0, and has to be more than 0", None),
        ({"share": 1.0}, "share is 1.0, and has to be less than 1", None),
        ({"share": "a lot"}, "share is a lot, and has to be a number", None),
        ({"share": float("nan")}, "share is nan, and has to be a number", None),
        ({"share": {}}, "share is a table of settings, and has to be a number", None),
        ({"loss": "hing"}, "loss is hing, and has to be hinge or minimax", "Did you mean hinge?"),
        ({"loss": "x"}, "loss is x, and has to be hinge or minimax", None),
        ({"loud": "perhaps"}, "loud is perhaps, and has to be true or false", None),
        ({"name": True}, 'name is true, and has to be text between "quotation marks"', None),
        ({"name": "4"}, "name is 4, which cannot be", None),
        ({"name": "silence"}, "silence cannot be learned", None),
        ({"names": ["a", "b", "c"]}, "names is a list of 3, and has to be at most 2 of them", None),
        ({"names": 3}, "names is 3, and has to be a list", None),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(given: dict[str, Any], fault: str, meant: str | None) -> None:
    with pytest.raises(ValidationError) as caught:
        _Settings.model_validate(given)
    assert value_fault(caught.value.errors()[0]) == (fault, meant)


@pytest.mark.parametrize(("text", "place"), [("a = 1\nb == 2\n", "in line 2"), ("a = 1\nb = '''", "at its end")])
def test_where_toml_breaks_off_is_said(text: str, place: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert re.fullmatch(f"is not valid TOML {place}", toml_fault(caught.value))
