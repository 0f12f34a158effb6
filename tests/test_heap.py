"""Memory that is given back, measured in a process of its own."""

import subprocess
import sys

import pytest

# Blocks of 16 MiB are made and freed, and one small one that outlives each is in between.
PROGRAM = """
import numpy as np
from ganola.heap import return_large_blocks

if {returned}:
    return_large_blocks()
np.zeros(2**24, np.uint8)[:] = 1  # freed: from now on the C library keeps blocks of this size
large, small = [], []
for _ in range(12):
    large.append(np.ones(2**24, np.uint8))
    small.append(np.ones(100_000, np.uint8))
large.clear()
print(int(open("/proc/self/statm").read().split()[1]) * 4096 >> 20)
"""


def resident(*, returned: bool) -> int:
    """Return the MiB that are left."""
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(returned=returned)], capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="it is about glibc")
def test_what_large_blocks_leave_goes_back_to_the_system() -> None:
    assert resident(returned=True) < 100 < resident(returned=False)
