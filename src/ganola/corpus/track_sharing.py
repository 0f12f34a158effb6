"""Which instruments can share a track of a corpus: those that hardly ever play in the same piece."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

MAX_IN_COMMON = 0.05  # of the pieces of the rarer one, at most, may two have in common

Instrumentations = Mapping[frozenset[str], int]  # pieces in which just these play


def group_instruments(
    kinds: Sequence[str], instrumentations: Instrumentations, *, drums: Collection[str], register: Mapping[str, float]
) -> list[tuple[str, ...]]:
    """Return `kinds` in groups, no two of which could still share a track; nearest in `register` come together first.

    `drums` of them share tracks with one another only. A group is in the order of `kinds`, and the groups are in the
    order of their first ones.
    """
    groups: list[tuple[str, ...]] = [(kind,) for kind in kinds]

    def may_share(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
        return (first[0] in drums) == (second[0] in drums) and _rarely_together(first, second, instrumentations)

    def distance(pair: tuple[tuple[str, ...], tuple[str, ...]]) -> float:
        one, other = (sum(register[kind] for kind in group) / len(group) for group in pair)
        return abs(one - other)

    while pairs := [pair for pair in combinations(groups, 2) if may_share(*pair)]:
        first, second = min(pairs, key=distance)
        groups.remove(second)
        groups[groups.index(first)] = tuple(kind for kind in kinds if kind in first + second)
    return groups


def count_pieces_with(group: Sequence[str], instrumentations: Instrumentations) -> int:
    """Return in how many pieces at least one of `group` plays."""
    return sum(pieces for playing, pieces in instrumentations.items() if not playing.isdisjoint(group))


def _rarely_together(first: tuple[str, ...], second: tuple[str, ...], instrumentations: Instrumentations) -> bool:
    alone = (count_pieces_with(first, instrumentations), count_pieces_with(second, instrumentations))
    return sum(alone) - count_pieces_with(first + second, instrumentations) <= MAX_IN_COMMON * min(alone)
