"""Training, validation and test: by piece, never by window (N14), families of the same tune on one side."""

import hashlib
from collections import defaultdict

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def split(names: list[str], families: list[int], windows: list[int]) -> list[str]:
    """For each piece its split, so that the shares of windows come near SHARES and no family is divided.

    The order in which families are dealt out depends on their names alone, so the result is the same everywhere.
    """
    members: defaultdict[int, list[int]] = defaultdict(list)
    for piece, family in enumerate(families):
        members[family].append(piece)
    total = max(1, sum(windows))
    filled = dict.fromkeys(SHARES, 0)
    chosen = [""] * len(names)
    for family in sorted(members, key=lambda family: _shuffle_key(names[family])):
        size = sum(windows[piece] for piece in members[family])
        emptiest = min(SHARES, key=lambda side: (filled[side] + size) / (total * SHARES[side]))
        filled[emptiest] += size
        for piece in members[family]:
            chosen[piece] = emptiest
    return chosen


def _shuffle_key(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
