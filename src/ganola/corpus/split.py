"""Training, validation and test: by piece, never by window (N14), families of the same tune on one side.

How many tunes there are decides what can be done with them. With FEWEST_TO_MEASURE every split gets one. Fewer say
nothing of how far music is from real music, so none is kept for the test; one is for choosing the best model by. Of one
or two, all are to learn from.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ganola.corpus.balance import cap_largest_tune

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
FEWEST_TO_MEASURE = 5  # tunes with windows, with fewer of which there is no test
FEWEST_TO_CHOOSE = 3  # with fewer of which there is no validation either
FEWEST_PHRASES = 10  # of training music, with fewer of which nothing can be measured by it


class Family(NamedTuple):
    """Pieces that stay together: the label and the key of the one whose name comes first, and their windows.

    Families in order lie label by label, shuffled within each.
    """

    label: str
    key: bytes
    windows: int
    members: list[int]


def split(names: Sequence[str], families: Sequence[int], windows: Sequence[int], labels: Sequence[str]) -> list[str]:
    """Return the split of each piece, so that the shares of windows come near SHARES, in all and within each label.

    No family is divided, and one that is larger than all the others together counts as much as these. From
    FEWEST_TO_MEASURE families with windows on, every split gets one. Families come label by label, in an order
    that depends on names alone, so the result is the same everywhere.
    """
    ordered = _gather_families(names, families, windows, labels)
    assigned = _assign_splits(ordered, _shares(sum(family.windows > 0 for family in ordered)))
    chosen = [""] * len(names)
    for side, own in assigned.items():
        for family in own:
            for piece in family.members:
                chosen[piece] = side
    return chosen


def _gather_families(
    names: Sequence[str], families: Sequence[int], windows: Sequence[int], labels: Sequence[str]
) -> list[Family]:
    """Return the families in order."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for piece in sorted(range(len(names)), key=names.__getitem__):
        members[families[piece]].append(piece)
    ordered = []
    for own in members.values():
        key = hashlib.sha256(names[own[0]].encode()).digest()
        ordered.append(Family(labels[own[0]], key, sum(map(windows.__getitem__, own)), own))
    sizes = cap_largest_tune([family.windows for family in ordered])
    return sorted(family._replace(windows=size) for family, size in zip(ordered, sizes, strict=True))


def _shares(families: int) -> dict[str, float]:
    """Return the splits that so many families with windows can fill, each with its share."""
    if families >= FEWEST_TO_MEASURE:
        return SHARES
    return {"train": 0.9, "validation": 0.1} if families >= FEWEST_TO_CHOOSE else {"train": 1.0}


def _assign_splits(families: list[Family], splits: dict[str, float]) -> dict[str, list[Family]]:
    """Give each family to the split that lags most behind its share of what has been assigned so far.

    The shares thus hold in every stretch of families, and in each label, however small the labels are. A side whose
    room lacks more than half of the family is passed over; if all are, it goes where it overfills the least.
    """
    assigned: dict[str, list[Family]] = {side: [] for side in splits}
    total = sum(family.windows for family in families)
    sides, shares = list(assigned.values()), list(enumerate(splits.values()))
    lag, room = [0.0] * len(shares), [share * total for _, share in shares]
    for family in families:
        windows = family.windows
        for side, share in shares:
            lag[side] += share * windows
        with_room = [side for side, _ in shares if 2 * room[side] >= windows]
        if with_room:
            chosen = max(with_room, key=lag.__getitem__)
        else:
            chosen, _ = max(shares, key=lambda side: (room[side[0]] - windows) / side[1])
        lag[chosen] -= windows
        room[chosen] -= windows
        sides[chosen].append(family)
    _fill_empty(assigned)
    return assigned


def _fill_empty(assigned: dict[str, list[Family]]) -> None:
    """Give each side without windows the smallest family that another can spare."""
    for own in assigned.values():
        if any(family.windows for family in own):
            continue
        spare = [
            (family.windows, family.key, giver, family)
            for giver in assigned.values()
            if sum(family.windows > 0 for family in giver) > 1
            for family in giver
            if family.windows
        ]
        if spare:
            _, _, giver, family = min(spare, key=lambda candidate: candidate[:2])
            giver.remove(family)
            own.append(family)
