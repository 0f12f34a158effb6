"""An evaluation as plain numbers, for programs: what `json.dumps` can write, without the cells of music."""

import dataclasses
import math
from typing import Any

import numpy as np
from pydantic import BaseModel

from ganola.judging.windows import WindowSet

_CELLS = ("cells", "training_cells")


def plain_fields(record: Any) -> dict[str, Any]:
    """Return a record's fields by name, in order, and those of records within it; None for what is not a number."""
    names = sorted(field.name for field in dataclasses.fields(record))
    return {name: _plain(getattr(record, name)) for name in names if name not in _CELLS}


def _plain(value: object) -> object:
    if isinstance(value, WindowSet):
        return {"groups": len(np.unique(value.group)), "name": value.name, "windows": len(value)}
    if isinstance(value, BaseModel):
        return _plain(value.model_dump())
    if dataclasses.is_dataclass(value):
        return plain_fields(value)
    if isinstance(value, dict):
        return {str(key): _plain(value[key]) for key in sorted(value)}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
