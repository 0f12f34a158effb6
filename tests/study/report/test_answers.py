import pytest

from ganola.study.design import Axis
from ganola.study.records import BASE, TrialRecord
from ganola.study.report.answers import answer, duration, speed_sentences
from ganola.study.report.comparison import Question
from ganola.study.report.results import StudyResults, read_results
from tests.study.report.studies import (
    BASE_ENDS,
    BASE_KEY,
    CORPORA,
    HINGE_ENDS,
    LOSS,
    RECORDS,
    WIDE_ENDS,
    WIDTH,
    study_of,
    trials_of,
    write_study,
)


@pytest.fixture
def ask(tmp_path):
    """Return what is known of a study of these axes after these trials."""

    def results_of(records: list[TrialRecord], *axes: Axis, design: str = "one-at-a-time") -> StudyResults:
        return read_results(write_study(tmp_path / "study", study_of(*axes, design=design), records))

    return results_of


def sentences(question: Question) -> str:
    return " ".join(answer(question))


def test_a_clear_difference_and_none_are_told_apart(ask):
    loss, width = ask(RECORDS, LOSS, WIDTH).questions
    # The six pairs have ratios of 1.40, 1.42, 1.40 and 1.42, 1.39, 1.41.
    assert sentences(loss).startswith("Hinge is 1.41 times as far from real music as wasserstein (1.39 to 1.42;")
    assert "3 seeds on 2 collections" in sentences(loss)
    assert sentences(width).startswith("Between width 24 and width 16 there is no difference that this budget can show")
    assert "could not have been told from chance" in sentences(width)


def test_the_better_value_comes_first_and_is_said_to_be_nearer(ask):
    trials = trials_of({BASE_KEY: HINGE_ENDS, ("loss", "hinge"): BASE_ENDS})
    (loss,) = ask(trials, LOSS).questions
    assert [value.name for value in loss.values] == ["hinge", "wasserstein"]
    assert sentences(loss).startswith("Hinge comes nearer to real music than wasserstein: 0.71 times as far")


def test_the_value_that_the_base_has_already_shares_its_trials(ask):
    (loss,) = ask(RECORDS, LOSS).questions
    own = next(value for value in loss.values if value.name == "wasserstein")
    assert {trial.id for trial in own.trials} == {BASE}
    assert own.mean_ratio("chorales") == pytest.approx((10 * 11 * 9) ** (1 / 3))


def test_a_question_without_the_bases_value_is_compared_with_the_base(ask):
    axis = Axis(name="rates", bundles={"slow & safe": {"generator.learning_rate": 1e-5}})
    (rates,) = ask(trials_of({BASE_KEY: BASE_ENDS, ("rates", "slow & safe"): HINGE_ENDS}), axis).questions
    assert sentences(rates).startswith("Slow & safe is 1.41 times as far from real music as the base")
    assert rates.heading == "rates"


def test_a_value_whose_trainings_all_failed_is_last_and_said_to_have(ask):
    trials = trials_of({BASE_KEY: BASE_ENDS, ("loss", "hinge"): {corpus: [None] * 3 for corpus in CORPORA}})
    (loss,) = ask(trials, LOSS).questions
    assert [value.name for value in loss.values] == ["wasserstein", "hinge"]
    assert sentences(loss) == (
        "Hinge cannot be compared with wasserstein: all 6 of its trainings left no model to measure."
    )


def test_a_value_with_failures_is_last_however_good_the_rest_was(ask):
    better = {"chorales": [5.0, 5.4, None], "folk": [3.0, 3.3, 2.7]}
    (loss,) = ask(trials_of({BASE_KEY: BASE_ENDS, ("loss", "hinge"): better}), LOSS).questions
    assert [value.name for value in loss.values] == ["wasserstein", "hinge"]
    assert "Hinge comes nearer" in sentences(loss)
    assert "1 of 6 trainings of hinge left no model to measure; the numbers leave them out, and flatter it." in answer(
        loss
    )


def test_one_pair_a_collection_is_no_answer(ask):
    ends = {corpus: [own[0]] for corpus, own in HINGE_ENDS.items()}
    (loss,) = ask(trials_of({BASE_KEY: BASE_ENDS, ("loss", "hinge"): ends}), LOSS).questions
    assert sentences(loss) == (
        "Hinge ended 1.41 times as far as wasserstein, but 1 seed on 2 collections cannot tell that from chance."
    )


def test_what_is_not_trained_yet_is_said(ask):
    results = ask(trials_of({BASE_KEY: BASE_ENDS}), LOSS)
    assert "it has not been trained yet" in sentences(results.questions[0])
    assert len(results.missing) == 6


def test_collections_that_differ_are_named(ask):
    ends = {"chorales": [40.0, 44.1, 36.2], "folk": [5.0, 5.5, 4.5]}
    (loss,) = ask(trials_of({BASE_KEY: BASE_ENDS, ("loss", "hinge"): ends}), LOSS).questions
    assert "But collections differ: 4.01 on chorales and 0.83 on folk." in sentences(loss)


def test_speed_is_how_soon_the_better_one_was_where_the_other_ended(ask):
    (loss,) = ask(RECORDS, LOSS).questions
    (sentence,) = speed_sentences(loss)
    # The medians end at 10 and at 14. The base fell from 40 to 10 between 5,000 and 10,000 samples.
    assert sentence.startswith("Wasserstein needed 8,786 samples (1.5 min of processor time) on chorales and ")
    assert "to come as near to real music as hinge ever came, which took hinge 10,000 samples (1.7 min" in sentence


def test_no_speed_is_told_of_a_value_that_mostly_failed(ask):
    ends = {"chorales": [14.0, None, None], "folk": HINGE_ENDS["folk"]}
    (loss,) = ask(trials_of({BASE_KEY: BASE_ENDS, ("loss", "hinge"): ends}), LOSS).questions
    (only,) = speed_sentences(loss)
    assert " on folk to come as near" in only
    assert "chorales" not in only


def test_each_rung_of_a_ladder_is_compared_with_the_one_below(ask):
    rungs = [LOSS.model_copy(update={"values": ("hinge",)}), WIDTH.model_copy(update={"values": (24,)})]
    trials = trials_of({BASE_KEY: HINGE_ENDS, ("loss", "hinge"): BASE_ENDS, ("width", "24"): WIDE_ENDS})
    (ladder,) = ask(trials, *rungs, design="ladder").questions
    assert [(value.name, value.against) for value in ladder.values] == [
        ("the base", ""),
        ("loss hinge", "the base"),
        ("width 24", "loss hinge"),
    ]
    assert ladder.comparisons == 3
    together, clear, unclear = answer(ladder)
    assert "he whole ladder" in together
    assert ladder.together is not None
    assert ladder.together.effect is not None
    steps = [value.effect.times for value in ladder.compared if value.effect is not None]
    assert ladder.together.effect.times == pytest.approx(steps[0] * steps[1])
    assert clear.startswith("Loss hinge comes nearer to real music than the base")
    assert unclear.startswith("Between width 24 and loss hinge there is no difference")


def test_combinations_are_compared_with_the_best_and_corrected_for_all_pairs(ask):
    names = [f"loss={loss}, width={width}" for loss in LOSS.values for width in WIDTH.values]
    factors = dict(zip(names, (1.0, 0.5, 2.0, 1.5), strict=True))
    trials = trials_of(
        {
            ("product", name): {corpus: [factor * own for own in ends] for corpus, ends in BASE_ENDS.items()}
            for name, factor in factors.items()
        }
    )
    (question,) = ask(trials, LOSS, WIDTH, design="product").questions
    assert [value.name for value in question.values] == [names[1], names[0], names[3], names[2]]
    assert {value.against for value in question.compared} == {names[1]}
    assert question.comparisons == 6


def test_many_values_are_told_together(ask):
    axis = Axis(name="width", key="networks.width", values=(16, 8, 12, 20, 24, 28, 32, 36))
    factors = {"8": 2.0, "12": 1.5, "20": 0.5, "24": 1.0, "28": None, "32": 3.0, "36": 4.0}
    ends = {
        ("width", name): {
            corpus: [None if factor is None else factor * one * (1 + 0.3 * (seed - 1)) for seed, one in enumerate(own)]
            for corpus, own in BASE_ENDS.items()
        }
        if factor in (1.0, None)
        else {corpus: [factor * one for one in own] for corpus, own in BASE_ENDS.items()}
        for name, factor in factors.items()
    }
    (width,) = ask(trials_of({BASE_KEY: BASE_ENDS} | ends), axis).questions
    best, nearer, farther, same, rest = answer(width)
    assert best == "Width 20 ended nearest to real music."
    assert nearer.startswith("Clearly nearer to real music than width 16: width 20 (0.50 times")
    assert farther.startswith("Clearly farther from real music than width 16: width 12 (1.50 times")
    assert same.startswith("No difference from width 16 that this budget can show: width 24 (")
    assert rest == "Too few trainings with a model to compare with width 16: width 28."


def test_what_one_question_shows_may_be_chance_among_many(ask):
    """A p-value of 0.02 is enough for the only comparison of a question, and too much for one of three."""
    ends = {"chorales": [12.0, 16.5, 10.0], "folk": [7.5, 9.2, 5.5]}
    steps = Axis(name="steps", key="training.critic_steps", values=(3,))
    trials = trials_of(
        {BASE_KEY: BASE_ENDS, ("loss", "hinge"): ends, ("steps", "3"): WIDE_ENDS, ("width", "24"): WIDE_ENDS}
    )
    alone, _, _ = ask(trials, LOSS, WIDTH, steps).questions
    (value,) = alone.compared
    assert value.effect is not None
    assert 0.05 / 3 < value.effect.p_value < 0.05
    assert value.effect.clear
    assert value.holds_in_study is False
    assert "One such difference may be chance, among all comparisons of this study." in sentences(alone)


def test_values_that_share_a_name_are_told_apart(ask):
    starts = Axis(name="warm start", bundles={"none": {"vae.share": 0.0}, "long": {"vae.share": 0.5}})
    norms = Axis(name="norm", key="networks.generator_normalisation", values=("batch", "none"))
    one, other = ask([], starts, norms).questions
    assert [value.name for value in one.values] == ["warm start none", "long"]
    assert [value.name for value in other.values] == ["batch", "norm none"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.42, "0.4 s"), (40.4, "40 s"), (88.0, "1.5 min"), (1500.0, "25 min"), (9000.0, "2.5 h")]
)
def test_times_as_people_say_them(seconds, words):
    assert duration(seconds) == words
