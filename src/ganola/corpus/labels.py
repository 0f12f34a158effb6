"""Labels: the folders that pieces lie in, where these sort the music rather than hold a piece each."""

from collections import Counter
from collections.abc import Mapping, Sequence

PIECES_A_LABEL = 2  # at least, on average


def sort_pieces(labels: Mapping[str, int]) -> bool:
    """Return whether labels, with how many pieces each has, sort pieces: "" is no label."""
    counts = [count for label, count in labels.items() if label]
    return sum(counts) >= PIECES_A_LABEL * len(counts) > 0


def labels_of_pieces(labels: Sequence[str]) -> list[str]:
    """Return the label of each piece: none where they do not sort the pieces."""
    return list(labels) if sort_pieces(Counter(labels)) else [""] * len(labels)
