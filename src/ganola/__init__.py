"""ganola: give it a folder of music and it learns to play in that style."""

import os

__version__ = "0.1.0"

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # each says how OpenMP's threads wait for one another

# Threads that wait spin for a moment, then sleep. Else they spin many times as long, which makes a training
# several times slower beside one busy process; to sleep at once makes it slower on a quiet machine (bench/busy.py).
# torch and scikit-learn read this when they are imported, so it stands before all else; child processes inherit it.
if not any(name in os.environ for name in WAITING):
    os.environ["GOMP_SPINCOUNT"] = "5000"  # turns, some tenths of a millisecond: libgomp, on Linux
    os.environ["KMP_BLOCKTIME"] = "1"  # milliseconds: LLVM's and Intel's OpenMP, on macOS and Windows
