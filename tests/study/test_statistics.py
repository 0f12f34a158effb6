import math

import numpy as np
import pytest

from ganola.study.statistics import (
    Effect,
    adjust_p_values,
    estimate_effect,
    find_crossing,
    find_median_crossing,
    find_median_end,
)


def test_an_effect_is_the_geometric_mean_of_pairs_with_students_interval():
    differences = [math.log(2.0), math.log(3.0), math.log(4.5)]
    effect = estimate_effect({"chorales": differences})
    assert effect is not None
    assert effect.times == pytest.approx(3.0)  # the cube root of 27
    # The differences are log 3 and log 1.5 to either side of it; t of 2 degrees of freedom leaves 5 % beyond 4.3027.
    reach = 4.30265 * math.log(1.5) / math.sqrt(3)
    assert math.log(effect.high) == pytest.approx(math.log(3) + reach, rel=1e-4)
    assert math.log(effect.low) == pytest.approx(math.log(3) - reach, rel=1e-4)
    assert effect.clear
    assert effect.reach == pytest.approx(math.exp(reach), rel=1e-4)
    assert (effect.pairs, effect.collections) == (3, 1)


def test_the_interval_leaves_1_out_where_the_p_value_is_below_the_level():
    differences = {"chorales": [0.3, 0.5, 0.2, 0.35]}
    effect = estimate_effect(differences)
    assert effect is not None
    comparisons = math.floor(0.05 / effect.p_value)
    assert estimate_effect(differences, comparisons).clear
    assert not estimate_effect(differences, comparisons + 1).clear


def test_collections_count_alike_and_the_more_variable_one_decides_the_degrees_of_freedom():
    quiet, loud = [0.9, 1.0, 1.1], [-1.0, 0.0, 1.0, 0.0]
    effect = estimate_effect({"chorales": quiet, "folk": loud})
    assert effect is not None
    assert math.log(effect.times) == pytest.approx(0.5)
    # Variances of the two means, by hand: 0.01 / 3 and (2/3) / 4; a quarter of each is in that of their mean.
    shares = 0.01 / 3 / 4, 2 / 3 / 4 / 4
    freedom = sum(shares) ** 2 / (shares[0] ** 2 / 2 + shares[1] ** 2 / 3)
    assert 3 < freedom < 3.2
    half = math.log(effect.high / effect.low) / 2
    assert 3.1 < half / math.sqrt(sum(shares)) < 3.18243  # t of 3 degrees of freedom, and of a little more
    assert not effect.clear


def test_where_one_collection_has_a_single_pair_there_is_no_interval():
    effect = estimate_effect({"chorales": [0.1, 0.3], "folk": [5.0], "songs": []})
    assert effect is not None
    assert effect.times == pytest.approx(math.exp(2.6))
    assert (effect.low, effect.high, effect.p_value, effect.pairs, effect.collections) == (None, None, None, 3, 2)


def test_single_pairs_say_nothing_of_chance():
    assert estimate_effect({"chorales": [0.0], "folk": [1.0]}) == Effect(math.exp(0.5), None, None, None, 2, 2)
    assert estimate_effect({"chorales": []}) is None


def test_a_change_that_changes_nothing_is_exactly_1():
    effect = estimate_effect({"chorales": [0.0, 0.0, 0.0]})
    assert effect is not None
    assert (effect.times, effect.low, effect.high, effect.p_value) == (1, 1, 1, 1)
    assert not effect.clear


@pytest.mark.parametrize(("loudness", "least"), [((1.0, 1.0), 0.95), ((1.0, 3.0), 0.93)])
def test_all_intervals_of_a_question_hold_together_as_often_as_they_say(loudness, least):
    """Three values beside one base, whose trials they share; 3 seeds on 2 collections, and no difference at all."""
    random, held, studies = np.random.default_rng(19), 0, 500
    for _ in range(studies):
        logs = random.normal(size=(4, 2, 3)) * np.array(loudness)[:, None]
        effects = [
            estimate_effect({"chorales": (own - logs[0])[0].tolist(), "folk": (own - logs[0])[1].tolist()}, 3)
            for own in logs[1:]
        ]
        held += not any(effect.clear for effect in effects)
    assert least <= held / studies <= 0.995


def test_holms_method_by_hand():
    # In order: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.5; none below the one before it.
    assert adjust_p_values([0.5, 0.02, 0.01, 0.03]) == pytest.approx([0.5, 0.06, 0.04, 0.06])
    assert adjust_p_values([0.9, 0.8]) == pytest.approx([1.0, 1.0])
    assert adjust_p_values([]) == []


def test_a_curve_reaches_a_target_on_the_straight_line_of_logarithms():
    curve = [(1000.0, 64.0), (2000.0, 16.0), (3000.0, 4.0), (4000.0, 8.0)]
    assert find_crossing(curve, 8.0) == pytest.approx(2500)
    assert find_crossing(curve, 16.0) == 2000
    assert find_crossing(curve, 100.0) == 1000
    assert find_crossing(curve, 3.0) is None


def test_the_median_training_counts_and_one_that_failed_is_later_than_all():
    fast, slow = [(1.0, 9.0), (2.0, 3.0), (3.0, 5.0)], [(1.0, 9.0), (2.0, 8.0), (4.0, 6.0)]
    assert find_median_end([fast, slow, []]) == 6.0
    assert find_median_end([[], slow, []]) == math.inf
    assert find_median_crossing([fast, slow, []], 6.0) == 4.0
    assert find_median_crossing([fast, slow, []], 4.0) is None
