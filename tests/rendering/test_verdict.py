from dataclasses import replace

import pytest

from ganola.judging.bootstrap import Estimate
from ganola.judging.lead import ENERGY, Lead
from ganola.judging.results import CandidateResult, Evaluation
from ganola.rendering.numbers import NARROW_SPACE
from ganola.rendering.verdict import verdict_sentence
from tests.rendering.evaluations import BASS, CLASHES, EVALUATION, FLOOR, KEYS, result, too_little

AT_CHANCE = Estimate(0.5, 0.4, 0.6)
MANY_TUNES = replace(EVALUATION, tunes=36, real=(replace(FLOOR, c2st_trees=AT_CHANCE, c2st_network=AT_CHANCE),))


def sound(**scores: Estimate | None) -> CandidateResult:
    """Music that neither copies nor collapses, and of which no feature is off, with these measures."""
    found = result("it", 2.0)
    innocent = replace(found.copying, copied=0.0)
    return replace(found, copying=innocent, features=(BASS,), scores=replace(found.scores, **scores))


def said(found: CandidateResult, evaluation: Evaluation = MANY_TUNES) -> str:
    sentence = verdict_sentence(found, evaluation).replace(NARROW_SPACE, " ")
    assert sentence.endswith(".")
    assert ". " not in sentence  # one sentence
    return sentence


def trusting(*keys: str) -> Evaluation:
    measures = tuple(replace(one, trusted=one.key in keys) for one in MANY_TUNES.measures)
    return replace(MANY_TUNES, measures=measures)


def right(value: float, low: float) -> Estimate:
    return Estimate(value, low, 2 * value - low)


@pytest.mark.parametrize(
    ("trees", "network", "words"),
    [
        (right(0.55, 0.5), right(0.48, 0.4), "Cannot be told from real music (a classifier is right 55 % of the time,"),
        (right(0.65, 0.6), right(0.5, 0.4), "Cannot be told from real music (a classifier is right 65 % of the time,"),
        (right(0.65, 0.61), right(0.5, 0.4), "Hard to tell from real music (a classifier is right 65 % of the time,"),
        (right(0.5, 0.4), right(0.74, 0.7), "Hard to tell from real music (a classifier is right 74 % of the time,"),
        (right(0.75, 0.7), right(0.6, 0.5), "Often told from real music (a classifier is right 75 % of the time,"),
        (right(0.6, 0.5), right(0.89, 0.8), "Often told from real music (a classifier is right 89 % of the time,"),
        (right(0.9, 0.8), right(0.6, 0.5), "Easily told from real music (a classifier is right 90 % of the time,"),
    ],
)
def test_the_better_classifier_says_how_well_it_is_told(trees: Estimate, network: Estimate, words: str) -> None:
    assert said(sound(c2st_trees=trees, c2st_network=network)) == f"{words} and guessing is right 50 %)."


def test_a_classifier_that_hears_the_tunes_apart_says_nothing_against_music() -> None:
    """Where training music too is told from held-out music, being told is no fault."""
    real = replace(FLOOR, c2st_trees=right(0.8, 0.7), c2st_network=AT_CHANCE)
    found = sound(c2st_trees=right(0.82, 0.75), c2st_network=AT_CHANCE)
    assert said(found, replace(MANY_TUNES, real=(real,))).startswith("Cannot be told from real music")
    assert said(found).startswith("Often told from real music")


def test_a_classifier_that_cannot_be_trusted_is_not_asked() -> None:
    found = sound(c2st_trees=right(0.95, 0.9), c2st_network=right(0.7, 0.65))
    assert said(found, trusting("c2st_network")).startswith("Hard to tell from real music (a classifier is right 70 %")


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (
            Estimate(1.4, 0.9, 2.2),
            "As close to real music as other real music is (1.4 times as far as other real music).",
        ),
        (Estimate(1.9, 1.2, 3.0), "Close to real music (1.9 times as far as other real music)."),
        (Estimate(2.0, 1.2, 3.0), "Some way from real music (2.0 times as far as other real music)."),
        (Estimate(5.0, 3.0, 8.0), "Far from real music (5.0 times as far as other real music)."),
    ],
)
def test_without_a_classifier_the_distance_is_asked(ratio: Estimate, words: str) -> None:
    assert said(sound(ratio=ratio), trusting("ratio")) == words


def test_where_no_measure_can_be_trusted_there_is_no_verdict() -> None:
    blind = replace(trusting("density"), lead=Lead(None))
    assert said(sound(), blind) == "No verdict: on this music no measure can tell real music even from noise."


def test_the_distance_that_leads_is_asked() -> None:
    found, leads = sound(ratio=Estimate(1.4, 0.9, 2.2), energy=Estimate(5.0, 3.0, 8.0)), Lead(ENERGY)
    assert said(found, replace(trusting("density"), lead=leads)).startswith("Far from real music (5.0 times")


def test_the_features_that_are_clearly_off_are_named_the_furthest_first() -> None:
    leaps = replace(CLASHES, name="leaps", distance=Estimate(5.0, 4.0, 6.0))
    scale = replace(CLASHES, name="in one scale", distance=Estimate(4.0, 3.0, 5.0))
    found = replace(sound(), features=(BASS, CLASHES, leaps, scale))
    assert said(found).endswith("; it clearly differs in leaps and how much stays in one scale.")
    assert said(replace(sound(), features=(BASS, CLASHES))).endswith("; it clearly differs in semitone clashes.")
    assert "differs" not in said(sound())


def test_few_tunes_make_it_rough() -> None:
    assert said(sound(), replace(MANY_TUNES, tunes=5)).endswith(", as far as 5 held-out tunes can say.")
    assert said(sound(), replace(MANY_TUNES, tunes=1)).endswith(", as far as 1 held-out tune can say.")
    assert "held-out tune" not in said(sound(), replace(MANY_TUNES, tunes=15))


def test_too_little_music_has_no_verdict() -> None:
    found = sound()
    few = replace(found, scores=too_little(found.scores, 30))
    assert said(few) == "Too little music for a verdict: distances need 50 phrases, and it has only 30."
    small = replace(few.scores, reason_missing="The corpus has only 5 tunes. How far music is can be told from 12 on.")
    assert said(replace(few, scores=small)) == "Too little music for a verdict: the corpus has only 5 tunes."


def test_copies_go_before_every_number() -> None:
    found = sound()
    copied = replace(found, copying=replace(found.copying, copied=0.25))
    words = "It copies: 25 % of its phrases are nearly training music, so that it says little how close "
    words += "to real music it is."
    assert said(copied) == words
    assert said(replace(copied, scores=too_little(copied.scores, 12))) == words


def test_music_of_the_corpus_itself_is_not_judged() -> None:
    found = sound()
    own = replace(found.candidate, files=4, files_of_corpus=3)
    own_copied = replace(found, candidate=own, copying=replace(found.copying, copied=1.0))
    assert said(own_copied) == "This is music of the corpus itself, which is no test of whether music is like it."
    half = replace(found, candidate=replace(own, files_of_corpus=2))
    assert said(half) == said(found)


def test_one_phrase_alone_is_no_copying() -> None:
    found = sound()
    once = replace(found, copying=replace(found.copying, copied=1 / 12))
    assert "copies" not in said(once)


def test_a_collapse_goes_before_copies() -> None:
    found = sound()
    why = "Different phrases: only 3 of 12. Tracks silent in nearly all phrases: Bass."
    collapsed = replace(found, diversity=replace(found.diversity, why=why), copying=replace(found.copying, copied=0.25))
    assert said(collapsed) == "It has collapsed, so that no other number counts: different phrases: only 3 of 12."
    few = replace(collapsed, diversity=replace(collapsed.diversity, phrases=9))
    assert "collapsed" not in said(few)


def test_what_was_never_measured_is_not_asked() -> None:
    nothing = sound(**dict.fromkeys(KEYS))
    assert said(nothing).startswith("No verdict")
