"""What is judged: windows of one collection, and which of them belong together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, UInt8


@dataclass(frozen=True)
class Music:
    """Some windows of one collection, all of one grid.

    `group` tells which windows are not independent of one another: those of one tune, or of one file. Generated
    phrases are each a group of their own.
    """

    name: str
    cells: UInt8[np.ndarray, "windows tracks steps pitches"]
    group: Int[np.ndarray, "windows"]

    def __len__(self) -> int:
        return len(self.cells)

    def some(self, chosen: Int[np.ndarray, "chosen"]) -> "Music":
        """The chosen windows, in that order."""
        return Music(self.name, self.cells[chosen], self.group[chosen])


def alone(name: str, cells: UInt8[np.ndarray, "windows tracks steps pitches"]) -> Music:
    """Windows that are independent of one another."""
    return Music(name, cells, np.arange(len(cells)))
