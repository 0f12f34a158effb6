"""What is handed on from one stage of a build to the next: a JSON header and columns of numbers, as one file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from ganola.storage import write_whole

ENDING = ".safetensors"

_HEADER = "header"

Columns = dict[str, NDArray[Any]]


def save_columns(path: Path, header: Mapping[str, Any], columns: Columns, *, lasting: bool = False) -> None:
    """Write a header and columns, the same bytes each time; for `lasting` see `write_whole`."""
    write_whole(path, save(columns, {_HEADER: json.dumps(header)}), lasting=lasting)


def load_columns(path: Path, *names: str) -> tuple[dict[str, Any], Columns]:
    """Return the header, and those of the named columns that there are; the others are not read."""
    with safe_open(path, framework="np") as file:
        header: dict[str, Any] = json.loads(file.metadata()[_HEADER])
        present = set(file.keys())
        return header, {name: np.asarray(file.get_tensor(name)) for name in names if name in present}
