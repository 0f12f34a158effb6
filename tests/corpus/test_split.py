from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.split import SHARES, split


def collection(count: int = 500, labels: int = 1) -> tuple[list[str], list[int], list[int], list[str]]:
    """Names, families, windows and labels of synthetic pieces; each seventh is another version of the one before it."""
    random = np.random.default_rng(3)
    names = [f"piece {index:03d}" for index in range(count)]
    families = [index - 1 if index % 7 == 6 else index for index in range(count)]
    own = random.integers(0, labels, count)
    return names, families, random.integers(1, 60, count).tolist(), [f"label {own[family]}" for family in families]


def shares(sides: list[str], windows: list[int]) -> list[float]:
    filled: Counter[str] = Counter()
    for side, size in zip(sides, windows, strict=True):
        filled[side] += size
    return [filled[side] / sum(windows) for side in SHARES]


def dealt(windows: list[int], name: str = "piece") -> list[str]:
    """The splits of families of one piece each, with so many windows."""
    count = len(windows)
    return split([f"{name} {index}" for index in range(count)], list(range(count)), windows, [""] * count)


@pytest.mark.parametrize("labels", [1, 5, 60, 500])
def test_shares_come_near_what_was_asked_however_many_labels_there_are(labels: int):
    names, families, windows, own = collection(labels=labels)
    assert shares(split(names, families, windows, own), windows) == pytest.approx(list(SHARES.values()), abs=0.006)


def test_shares_come_near_within_each_label():
    names, families, windows, labels = collection(labels=5)
    sides = split(names, families, windows, labels)
    for label in set(labels):
        chosen = [index for index, own in enumerate(labels) if own == label]
        found = shares([sides[index] for index in chosen], [windows[index] for index in chosen])
        assert found == pytest.approx(list(SHARES.values()), abs=0.03)


def test_pieces_with_no_label_in_common_leave_none_of_the_splits_short():
    sides = split([f"piece {index}" for index in range(50)], list(range(50)), [7] * 50, list(map(str, range(50))))
    assert [sides.count(side) for side in SHARES] == [40, 5, 5]


def test_a_family_counts_under_the_label_of_the_piece_whose_name_comes_first():
    names = [f"{kind} {index}" for index in range(20) for kind in ("b", "a")]
    families = [index - index % 2 for index in range(40)]
    of_a, of_b = ["dance"] * 20, [f"song {index}" for index in range(20)]
    labels = [label for both in zip(of_b, of_a, strict=True) for label in both]
    assert split(names, families, [3] * 40, labels) == split(names, families, [3] * 40, ["dance"] * 40)


def test_no_family_is_divided():
    names, families, windows, labels = collection(labels=5)
    sides = split(names, families, windows, labels)
    assert all(sides[piece] == sides[family] for piece, family in enumerate(families))


def test_the_order_of_the_pieces_does_not_matter():
    names, families, windows, labels = collection(labels=5)
    sides = dict(zip(names, split(names, families, windows, labels), strict=True))
    order = np.random.default_rng(4).permutation(len(names)).tolist()
    first: dict[int, int] = {}
    for place, piece in enumerate(order):
        first.setdefault(families[piece], place)
    shuffled = split(
        [names[piece] for piece in order],
        [first[families[piece]] for piece in order],
        [windows[piece] for piece in order],
        [labels[piece] for piece in order],
    )
    assert [sides[names[piece]] for piece in order] == shuffled


def test_other_names_are_dealt_out_otherwise():
    names, families, windows, labels = collection()
    renamed = [name.replace("piece", "song") for name in names]
    assert split(names, families, windows, labels) != split(renamed, families, windows, labels)


def test_one_piece_is_for_training():
    assert dealt([3]) == ["train"]


def test_ten_equal_pieces_are_eight_one_and_one():
    sides = dealt([5] * 10)
    assert [sides.count(side) for side in SHARES] == [8, 1, 1]


@given(st.lists(st.integers(1, 5000), min_size=5, max_size=12), st.text(max_size=3))
def test_five_families_fill_three_splits(windows: list[int], name: str):
    assert set(dealt(windows, name)) == set(SHARES)


@given(st.lists(st.integers(1, 5000), min_size=3, max_size=4), st.text(max_size=3))
def test_of_three_or_four_families_some_are_for_choosing_and_none_for_measuring(windows: list[int], name: str):
    assert set(dealt(windows, name)) == {"train", "validation"}


@pytest.mark.parametrize("count", [3, 4])
def test_of_three_or_four_equal_pieces_one_is_for_choosing(count: int):
    assert sorted(dealt([7] * count)) == ["train"] * (count - 1) + ["validation"]


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=2), st.text(max_size=3))
def test_one_or_two_families_are_all_for_training(windows: list[int], name: str):
    assert set(dealt(windows, name)) == {"train"}


def test_five_equal_pieces_are_three_one_and_one():
    sides = dealt([7] * 5)
    assert [sides.count(side) for side in SHARES] == [3, 1, 1]


def test_the_rest_of_a_collection_that_is_nearly_one_piece_is_for_training_too():
    """One of twenty makes 93% of the windows; by its size alone, all the others would be held out."""
    sides = dealt([3000] + [12] * 19)
    assert sides[0] == "train"
    held_out = [side for side in sides if side != "train"]
    # It counts 228 of 456, of which a tenth for each of the two is 46: some four pieces each.
    assert 6 <= len(held_out) <= 8


@given(st.integers(0, 1000))
def test_only_families_with_windows_fill_a_split(name: int):
    windows = [0, 0, 0, 5, 4, 3, 6, 2]
    sides = dealt(windows, str(name))
    assert {side for side, size in zip(sides, windows, strict=True) if size} == set(SHARES)


@given(st.integers(0, 1000))
def test_a_family_that_would_overfill_a_split_is_for_training(name: int):
    assert dealt([1000, 400, 20, 20, 20, 20, 20], str(name))[1] == "train"


def test_small_labels_are_not_dealt_out_by_their_names():
    sides = split(
        [f"piece {index}" for index in range(50)], list(range(50)), [7] * 50, [f"{at:02d}" for at in range(50)]
    )
    assert [sides[begin : begin + 10].count("train") for begin in range(0, 50, 10)] == [8] * 5


@given(st.integers(0, 1000), st.integers(0, 9))
def test_a_family_larger_than_the_rest_is_for_training(name: int, place: int):
    windows = [10] * 10
    windows[place] = 300
    assert dealt(windows, str(name))[place] == "train"


def test_the_smallest_families_are_those_that_fill_a_split():
    assert shares(dealt([1000, 900, 2, 1]), [1000, 900, 2, 1])[0] > 0.99


def test_pieces_without_windows_can_be_split():
    assert set(dealt([0, 0])) <= set(SHARES)


def test_nothing_can_be_split():
    assert split([], [], [], []) == []
