"""ganola: give it a folder of music and it learns to play in that style."""

import os

__version__ = "0.1.0"

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # each says how OpenMP's threads wait for one another

# To sleep, not to spin: beside one busy process threads that spin make a training many times slower (bench/busy.py).
# torch and scikit-learn read this when they are imported, so it stands before all else; child processes inherit it.
if not any(name in os.environ for name in WAITING):
    os.environ["OMP_WAIT_POLICY"] = "passive"
