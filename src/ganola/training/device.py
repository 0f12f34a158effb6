"""What a training runs on: the device of its tensors, and how many threads of the processor."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from ganola.errors import InputError

DEVICES = ("cpu", "cuda")


def select_device(name: str) -> torch.device:
    """Return the device of this name. Raises InputError where there is none, or this machine lacks it."""
    if name not in DEVICES:
        raise InputError(f"there is no device {name}", f"Give one of: {', '.join(DEVICES)}.")
    if name == "cuda" and torch.version.cuda is None and torch.version.hip is None:
        raise InputError(
            f"--device cuda needs a graphics card, and the torch installed here ({torch.__version__}) can use none",
            "Leave --device out, or install a build of torch for CUDA (https://pytorch.org/get-started).",
        )
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "--device cuda needs a graphics card, and torch finds none on this machine",
            "Leave --device out; or see that nvidia-smi lists a card, that its driver is as new as "
            f"torch {torch.__version__} asks for, and that CUDA_VISIBLE_DEVICES does not hide it.",
        )
    return torch.device(name)


def has_bfloat16(device: torch.device) -> bool:
    """Return whether a device multiplies bfloat16 faster than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """Copy a tensor of the processor to a device, without waiting until it is there."""
    return (values.pin_memory() if device.type == "cuda" else values).to(device, non_blocking=True)


def is_asynchronous(device: torch.device) -> bool:
    """Return whether reading a number from a device waits for all the work that it was given before."""
    return device.type != "cpu"


@contextmanager
def limit_threads(count: int | None) -> Iterator[None]:
    """Let torch and numpy compute with `count` threads in the block; None is as many as they choose."""
    if count is None:
        yield
        return
    before = torch.get_num_threads()
    with threadpool_limits(count, user_api="blas"):
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)
