from dataclasses import replace

import pytest

from ganola.judging.bootstrap import Estimate
from ganola.judging.results import CandidateResult
from ganola.rendering.numbers import NARROW_SPACE
from ganola.rendering.sentences import copies, findings, verdict
from tests.rendering.evaluations import BASS, EVALUATION, result


def said(found: CandidateResult) -> dict[str, str]:
    """What is said under each heading."""
    return {
        one.heading: " ".join([str(one.text), *one.items]).replace(NARROW_SPACE, " ")
        for one in findings(found, EVALUATION)
    }


def copying(above: float, phrases: int) -> CandidateResult:
    found = result("it", 2.0)
    return replace(found, copying=replace(found.copying, copied=above, phrases=phrases))


@pytest.mark.parametrize(
    ("low", "value", "high", "words"),
    [
        (0.9, 1.5, 2.5, "No further from held-out music than other real music is"),
        (0.25, 0.5, 0.75, "Closer to held-out music than other real music of this collection is"),
        (1.25, 1.5, 2.0, "1.5 times as far"),
    ],
)
def test_what_is_said_follows_from_the_interval(low: float, value: float, high: float, words: str):
    found = result("it", value)
    found = replace(found, scores=replace(found.scores, ratio=Estimate(value, low, high)))
    assert words in verdict(found, EVALUATION)


def test_the_furthest_features_are_told_in_numbers():
    own = said(result("it", 2.0))["Furthest off"]
    assert "1 of 3 features are clearly further" in own
    assert "semitone clashes: 0.25 a step, real music 0.060 a step" in own
    assert "bass intervals, 1 semitone: 30 %" not in own  # its interval meets the floor's


def test_of_a_feature_of_many_columns_the_one_that_differs_most_is_told():
    apart = replace(BASS, generated=(0.3, 0.1), held_out=(0.25, 0.5), distance=Estimate(2.0, 1.5, 2.5))
    own = said(replace(result("it", 2.0), features=(apart,)))
    assert "bass intervals, 2 semitones: 10 %, real music 50 %" in own["Furthest off"]
    once = replace(apart, generated=(0.75, 0.5))
    own = said(replace(result("it", 2.0), features=(once,)))
    assert "bass intervals, 1 semitone: 75 %, real music 25 %" in own["Furthest off"]


def test_nothing_that_stands_out_is_said_too():
    own = said(replace(result("it", 2.0), features=(BASS,)))
    assert "No feature is clearly further from held-out music than other real music." in own["Furthest off"]


@pytest.mark.parametrize(
    ("above", "opening", "alarm"),
    [
        (0.0, "No sign of it: none of 400 phrases (0 %) is more like", False),
        (0.0075, "No sign of it: 3 of 400 phrases (0.8 %) are more like", False),
        (0.01, "No sign of it: 4 of 400 phrases (1 %) are more like", False),
        (0.0125, "Little, if any: 5 of 400 phrases (1.2 %) are more like", False),
        (0.05, "Little, if any: 20 of 400 phrases (5 %) are more like", False),
        (0.0525, "It copies: 21 of 400 phrases (5.2 %) are more like", True),
    ],
)
def test_copying_is_an_alarm_only_where_it_is_far_above_that_of_held_out_music(above: float, opening: str, alarm: bool):
    found = copying(above, 400)
    assert said(found)["Copying"].startswith(f"{opening} some training music than the threshold, 0.62.")
    assert copies(found) == alarm
    assert [one.bad for one in findings(found, EVALUATION) if one.heading == "Copying"] == [alarm]


def test_what_is_said_of_copies_names_what_held_out_music_has_and_the_way_out():
    own = said(copying(0.2, 10))["Copying"]
    assert "By definition 1 in 100 held-out phrases is above it too, though nobody copied those (here 0 % of 9)." in own
    assert "ganola generate --no-copies" in own


def test_a_collapse_is_named_as_such():
    why = "Different phrases: only 3 of 12."
    sound = result("it", 2.0)
    collapsed = replace(sound, diversity=replace(sound.diversity, why=why))
    assert said(collapsed)["Collapsed"] == why
    assert "No collapse: 75 % of the phrases" in said(sound)["Variety"]


def test_a_candidate_stands_beside_the_closest_one():
    near = result("near", 2.5)
    far = result("far", 40.0)
    beside = replace(far, scores=replace(far.scores, to_best=Estimate(16.0, 12.0, 20.0)))
    assert verdict(beside, EVALUATION).endswith("; 16 times as far as the closest (12 to 20).")
    assert "closest (" not in verdict(near, EVALUATION)


def test_nothing_is_said_of_the_variety_of_a_few_phrases():
    found = result("few", 2.5)
    few = replace(found, diversity=replace(found.diversity, phrases=9))
    assert "Variety" in [one.heading for one in findings(found, EVALUATION)]
    assert not {"Variety", "Collapsed"} & {one.heading for one in findings(few, EVALUATION)}
