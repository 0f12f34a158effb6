import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.balance import cap_largest_tune, thin_largest_tune


def test_the_largest_counts_no_more_than_all_the_others():
    assert cap_largest_tune([10, 3, 4]) == [7, 3, 4]
    assert cap_largest_tune([7, 3, 4]) == [7, 3, 4]
    assert cap_largest_tune([6, 3, 4]) == [6, 3, 4]


def test_a_tune_without_others_keeps_its_size():
    assert cap_largest_tune([10]) == [10]
    assert cap_largest_tune([0, 10, 0]) == [0, 10, 0]
    assert cap_largest_tune([]) == []


def test_windows_of_the_largest_tune_that_stay_are_spread_over_it():
    tune = np.array([1, 1, 0, 1, 1, 1, 2, 1])
    # Six windows of tune 1, two of others: of places 0, 1, 3, 4, 5 and 7 the first and the fourth stay.
    assert thin_largest_tune(np.arange(8), tune).tolist() == [0, 2, 4, 6]


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(0, 1000))
def test_nothing_changes_where_no_tune_is_that_large(tunes: list[int], seed: int):
    tune = np.array(tunes, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(len(tune))
    kept = thin_largest_tune(order, tune)
    sizes = np.bincount(tune, minlength=1)
    if 2 * sizes.max() <= len(tune):
        assert kept.tolist() == order.tolist()
    else:
        others = len(tune) - int(sizes.max())
        assert len(kept) == (2 * others if others else len(tune))
        assert [place for place in order.tolist() if place in set(kept.tolist())] == kept.tolist()
