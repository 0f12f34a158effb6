"""What a training runs on: the device of its tensors, and how many threads of the processor."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from ganola.errors import InputError
from ganola.training.config import Precision

DEVICES = ("cpu", "cuda")
TIMED_ROWS, TIMED_WIDTH, TIMED_PRODUCTS = 1024, 256, 8
WORTH_CASTING = 1.2  # times as fast must bfloat16 be, for values are cast to it and back


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


def fastest_precision(device: torch.device) -> Precision:
    """Return the precision in which a device multiplies fastest.

    Of two processors that have bfloat16, one may multiply it twice as fast as float32, the other half as fast: so on a
    processor both are timed, which takes some milliseconds.
    """
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    if not torch.cpu.get_capabilities().get("avx512_bf16"):
        return "float32"
    of_bfloat16, of_float32 = (_product_seconds(kind) for kind in (torch.bfloat16, torch.float32))
    return "bfloat16" if WORTH_CASTING * of_bfloat16 < of_float32 else "float32"


def _product_seconds(kind: torch.dtype) -> float:
    """Return the least of the seconds that some products of one size took: the others may have been interrupted."""
    values, weights = torch.ones(TIMED_ROWS, TIMED_WIDTH, dtype=kind), torch.ones(TIMED_WIDTH, TIMED_WIDTH, dtype=kind)
    times = [time.perf_counter()]
    for _ in range(TIMED_PRODUCTS):
        values @ weights
        times.append(time.perf_counter())
    return min(after - before for before, after in pairwise(times))


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
    with threadpool_limits(count, user_api="blas"), torch_threads(count):
        yield


@contextmanager
def torch_threads(count: int | None) -> Iterator[None]:
    """Let torch alone compute with `count` threads in the block, which costs nothing; None leaves them as they are."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
