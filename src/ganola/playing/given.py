"""Music of which a part is kept: what a person hands in to have the rest made anew."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8


@dataclass(frozen=True)
class Given:
    """Music of which a part is kept, on a model's grid: the rest is to be made anew."""

    cells: UInt8[np.ndarray, "tracks steps pitches"]  # any number of whole bars, at least the model's phrase length
    kept: Bool[np.ndarray, "tracks steps"]  # which steps of which tracks stay as they are
