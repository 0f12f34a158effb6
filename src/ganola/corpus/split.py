"""Training, validation and test: by piece, never by window (N14), families of the same tune on one side."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


class Family(NamedTuple):
    """Pieces that stay together: the label and the key of the one whose name comes first, and their windows.

    Families in order lie label by label, shuffled within each.
    """

    label: str
    key: bytes
    windows: int
    members: list[int]


def split(names: Sequence[str], families: Sequence[int], windows: Sequence[int], labels: Sequence[str]) -> list[str]:
    """For each piece its split, so that the shares of windows come near SHARES, in all and within each label.

    No family is divided, and from three families with windows on, every split gets one. Families are dealt out label
    by label, in an order that depends on names alone, so the result is the same everywhere.
    """
    dealt = _dealt(_gathered(names, families, windows, labels))
    chosen = [""] * len(names)
    for side, own in dealt.items():
        for family in own:
            for piece in family.members:
                chosen[piece] = side
    return chosen


def _gathered(
    names: Sequence[str], families: Sequence[int], windows: Sequence[int], labels: Sequence[str]
) -> list[Family]:
    """The families in order."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for piece in sorted(range(len(names)), key=names.__getitem__):
        members[families[piece]].append(piece)
    gathered = []
    for own in members.values():
        key = hashlib.sha256(names[own[0]].encode()).digest()
        gathered.append(Family(labels[own[0]], key, sum(map(windows.__getitem__, own)), own))
    return sorted(gathered)


def _dealt(families: list[Family]) -> dict[str, list[Family]]:
    """Each family to the side that lags most behind its share of what has been dealt so far.

    The shares thus hold in every stretch of families, and in each label, however small the labels are. A side whose
    room lacks more than half of the family is passed over; if all are, it goes where it overfills the least.
    """
    dealt: dict[str, list[Family]] = {side: [] for side in SHARES}
    total = sum(family.windows for family in families)
    sides, shares = list(dealt.values()), list(enumerate(SHARES.values()))
    lag, room = [0.0] * len(shares), [share * total for _, share in shares]
    for family in families:
        windows = family.windows
        for side, share in shares:
            lag[side] += share * windows
        roomy = [side for side, _ in shares if 2 * room[side] >= windows]
        if roomy:
            chosen = max(roomy, key=lag.__getitem__)
        else:
            chosen, _ = max(shares, key=lambda side: (room[side[0]] - windows) / side[1])
        lag[chosen] -= windows
        room[chosen] -= windows
        sides[chosen].append(family)
    _fill_empty(dealt)
    return dealt


def _fill_empty(dealt: dict[str, list[Family]]) -> None:
    """Give each side without windows the smallest family that another can spare."""
    for own in dealt.values():
        if any(family.windows for family in own):
            continue
        spare = [
            (family.windows, family.key, giver, family)
            for giver in dealt.values()
            if sum(family.windows > 0 for family in giver) > 1
            for family in giver
            if family.windows
        ]
        if spare:
            _, _, giver, family = min(spare, key=lambda candidate: candidate[:2])
            giver.remove(family)
            own.append(family)
