"""The tests, each process computing with one thread: several run at once, and small networks gain nothing from more."""

import os

os.environ["OMP_NUM_THREADS"] = (
    "1"  # for xdist's workers and what tests start: a plugin of pytest may have imported numpy
)
