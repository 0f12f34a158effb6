"""From the rolls of music to what the networks get."""

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

CPU = torch.device("cpu")


def to_network_input(
    rolls: Bool[np.ndarray, "batch tracks 2 steps pitches"], planes: int, device: torch.device = CPU
) -> Float[Tensor, "batch tracks planes steps pitches"]:
    """Return rolls of onset and sustain as the networks get them: on `planes` planes (one: what sounds), on a device.

    The copy to a graphics card is of bytes, and asynchronous.
    """
    shown = torch.from_numpy(rolls if planes == 2 else rolls.any(axis=2, keepdims=True))
    if device.type == "cuda":
        shown = shown.pin_memory()
    return shown.to(device, non_blocking=True).to(torch.float32)
