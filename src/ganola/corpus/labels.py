"""Labels: the folders that pieces lie in, where these sort the music rather than hold a piece each."""

from collections import Counter
from collections.abc import Mapping, Sequence

PIECES_A_LABEL = 2  # at least, on average


def are_classes(labels: Mapping[str, int]) -> bool:
    """Return whether labels, with how many pieces each has, sort pieces: "" is no label."""
    counts = [count for label, count in labels.items() if label]
    return sum(counts) >= PIECES_A_LABEL * len(counts) > 0


def class_labels(labels: Sequence[str]) -> list[str]:
    """Return the label of each piece: none where they do not sort the pieces."""
    return list(labels) if are_classes(Counter(labels)) else [""] * len(labels)
