"""What is compared: windows of one collection, and which of them belong together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, UInt8


@dataclass(frozen=True)
class WindowSet:
    """Some windows of one collection, all of one grid.

    Windows of one `group` are not independent of one another: they are of one tune, or of one file. Generated phrases
    are each a group of their own.
    """

    name: str
    cells: UInt8[np.ndarray, "windows tracks steps pitches"]
    group: Int[np.ndarray, "windows"]

    def __len__(self) -> int:
        return len(self.cells)

    def select(self, chosen: Int[np.ndarray, "chosen"]) -> "WindowSet":
        """Return the chosen windows, in that order."""
        return WindowSet(self.name, self.cells[chosen], self.group[chosen])


def independent(name: str, cells: UInt8[np.ndarray, "windows tracks steps pitches"]) -> WindowSet:
    """Return windows that are independent of one another."""
    return WindowSet(name, cells, np.arange(len(cells)))
