"""The whole judgement, on music whose place is known."""

from dataclasses import replace

import numpy as np
import pytest

from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.judging import bootstrap, c2st, real_baseline, reference, validation
from ganola.judging.collection_scorer import CollectionScorer
from ganola.judging.controls import make_controls
from ganola.judging.copying.detector import build_copy_detector
from ganola.judging.energy import EnergyBaseline
from ganola.judging.evaluate import evaluate, score_by_distance
from ganola.judging.lead import ENERGY, FIELDS, Lead
from ganola.judging.measures import measures_of
from ganola.judging.real_baseline import RealBaseline
from ganola.judging.reference import (
    load_reference,
    refuse_other_music,
    sample_windows,
    section_names,
    sections,
)
from ganola.judging.results import Candidate, Evaluation
from ganola.judging.sufficiency import reason_not_scored
from ganola.judging.validation import lead_of, load_validation
from ganola.judging.windows import WindowSet, independent
from tests.judging.support import write_styled_tunes

SEED = 3


@pytest.fixture(scope="module")
def held(styled):
    return load_reference(styled, "test", SEED)


@pytest.fixture(scope="module")
def found(held) -> Evaluation:
    """Real music that nobody has seen posing as generated, and the same phrase over and over."""
    assert held.other is not None
    posing = Candidate("folder", replace(held.other, name="posing as generated"), "validation music")
    stuck = Candidate("folder", independent("stuck", np.repeat(held.training.cells[5:6], 120, axis=0)), "one phrase")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(c2st, "TRAINING_STEPS", 60)  # enough to tell the controls apart
        return evaluate(held, [posing, stuck], SEED)


def test_every_measure_tells_the_controls_apart(found) -> None:
    assert {measure.key: measure.trusted for measure in found.measures} == dict.fromkeys(
        ("ratio", "energy", "mmd", "density", "coverage", "c2st_trees", "c2st_network"), True
    )
    training, other = found.real
    copies, wrong, mixed, noisy = found.controls
    assert training.ratio.low < 1 < training.ratio.high
    for control in (wrong, mixed):
        assert training.ratio.value < control.ratio.value < noisy.ratio.value
    assert other.ratio.low < 1.5
    assert copies.ratio.low < 1.1  # a copier is close: only copying tells on it
    assert noisy.c2st_trees.value > 0.99
    assert noisy.coverage.value == 0


def test_real_music_posing_as_generated_is_found_real_original_and_diverse(found) -> None:
    judged = found.results[0]
    scores = judged.scores
    assert scores.ratio.low < 1 < scores.ratio.high
    assert scores.mmd.low < 0 < scores.mmd.high
    assert scores.c2st_trees.low < 0.55
    assert scores.ratio.value == found.real[1].ratio.value
    assert scores.coverage.value > 0.8
    assert judged.copying.copied < 0.1
    assert judged.diversity.why == ""


def test_one_phrase_over_and_over_is_called_a_collapse_and_a_copy(found) -> None:
    stuck = found.results[1]
    assert "Different phrases: only 1 of 120" in stuck.diversity.why
    assert stuck.copying.copied == 1
    assert stuck.scores.ratio.value > 3
    pair = stuck.copying.pairs[0]
    assert (pair.similarity, pair.semitones) == (1.0, 0)
    assert (pair.cells == pair.training_cells).all()


def test_copies_are_told_from_held_out_music(found) -> None:
    by_name = {copying.name: copying for copying in found.copying}
    assert by_name["copies of training music"].copied == 1
    assert by_name["held-out music"].copied <= 0.02
    assert by_name["noise"].copied == 0


def test_features_stand_beside_their_floor(found, held) -> None:
    rows = {row.name: row for row in found.results[0].features}
    assert list(rows) == [feature.name for feature in held.catalogue.features]
    assert [row.meaning for row in rows.values()] == [feature.meaning for feature in held.catalogue.features]
    length = rows["note length"]
    assert length.generated[0] == pytest.approx(length.held_out[0], rel=0.2)
    assert sum(length.generated_shares) == pytest.approx(1)
    assert sum(rows["pitch classes"].held_out) == pytest.approx(1)
    assert rows["pitch classes"].edges == ()
    assert 0 <= length.overlap <= 1


def test_form_tells_shuffled_bars_and_noise_from_real_music(found) -> None:
    form = found.form
    of_rhythm = next(index for index, one in enumerate(form.columns) if one.name == "rhythm that returns")
    assert form.columns[of_rhythm].trusted
    by_name = {one.name: one.values[of_rhythm] for one in (form.held_out, *form.others)}
    assert by_name["held-out music"].value == by_name["training music"].value == 1  # one rhythm in all bars of a tune
    assert by_name["shuffled bars"].high < 1
    assert by_name["noise"].high < 1
    assert [one.name for one in form.others] == [one.name for one in (*found.real, *found.controls)]
    assert [one.form.name for one in found.results] == ["posing as generated", "stuck"]
    assert found.results[0].form.values[of_rhythm].value == 1


def test_a_judgement_has_no_number_that_is_none(found) -> None:
    from ganola.judging.bootstrap import Estimate

    for scores in [*(one.scores for one in found.results), *found.real, *found.controls]:
        for measure in found.measures:
            value = getattr(scores, measure.key)
            assert isinstance(value, Estimate)
            assert np.isfinite([value.value, value.low, value.high]).all()
            assert value.low <= value.value <= value.high


@pytest.fixture
def quick(monkeypatch) -> None:
    """Rough numbers, where it is not their values that are asked for."""
    monkeypatch.setattr(c2st, "TRAINING_STEPS", 5)
    monkeypatch.setattr(c2st, "TREES", 5)
    for module in (bootstrap, real_baseline):
        monkeypatch.setattr(module, "RESAMPLES", 10)


def test_the_same_seed_gives_the_same_numbers_whatever_the_workers_and_the_company(held, found, quick) -> None:
    together = evaluate(held, [one.candidate for one in found.results], SEED)
    on_its_own = evaluate(held, [found.results[0].candidate], SEED, workers=3)
    assert on_its_own.results[0].scores == together.results[0].scores
    assert on_its_own.results[0].features == together.results[0].features
    assert on_its_own.real == together.real


def test_the_distance_alone_is_that_of_the_whole_judgement(held, found) -> None:
    fast = score_by_distance(held, [one.candidate.music for one in found.results], SEED)
    assert [(one.distance, one.ratio) for one in fast] == [
        (one.scores.distance, one.scores.ratio) for one in found.results
    ]
    assert fast[1].ratio.value > fast[0].ratio.value
    assert fast[0].c2st_trees is None
    few = independent("few", held.training.cells[:7])
    assert score_by_distance(held, [few], SEED)[0].ratio is None


def test_few_phrases_have_no_distances_but_all_the_rest(held, quick) -> None:
    few = Candidate("folder", independent("few", held.training.cells[:7]), "seven windows")
    judged = evaluate(held, [few], SEED).results[0]
    assert judged.scores.phrases == 7
    assert judged.scores.reason_missing == "Distances need 50 phrases, and it has only 7."
    assert judged.scores.ratio is None
    assert judged.scores.c2st_trees is None
    assert judged.copying.copied == 1
    assert judged.features[0].generated[0] is not None


def few_tunes(folder, count: int) -> Corpus:
    """A corpus of so many tunes of 20 bars; they walk alike, but none is another's version."""
    write_styled_tunes(folder / "tunes", count, bars=20)
    source, options = open_source(str(folder / "tunes")), BuildOptions(bars=2, steps_per_quarter=2)
    return build(source, folder / "c", options, fingerprints=False, workers=0)


def others(styled: Corpus) -> Candidate:
    """Music of tunes that are in no corpus of few tunes, each phrase on its own."""
    return Candidate("model", independent("others", sample_windows(styled, "test", 60, SEED).cells), "")


def test_a_corpus_of_four_tunes_says_why_it_allows_no_number(styled, tmp_path, quick) -> None:
    held = load_reference(few_tunes(tmp_path, 4), "test", SEED)
    assert len(np.unique(held.held_out.group)) == 1  # the one for choosing: there is no test
    result = evaluate(held, [others(styled)], SEED)
    scores = result.results[0].scores
    assert scores.ratio is None
    assert scores.reason_missing == (
        "The corpus has only 4 tunes. How far music is from real music can be told from 5 on."
    )
    assert not any(measure.trusted for measure in result.measures)
    assert result.remarks == ()


def test_a_corpus_of_five_tunes_allows_a_number_with_an_interval_of_all_its_tunes(styled, tmp_path, quick) -> None:
    held = load_reference(few_tunes(tmp_path, 5), "test", SEED)
    assert held.pooled
    assert held.other is None
    assert len(np.unique(held.held_out.group)) == 2
    result = evaluate(held, [others(styled)], SEED)
    scores = result.results[0].scores
    assert scores.ratio.low < 1 < scores.ratio.high
    assert scores.ratio.high / scores.ratio.low > 2  # honest: two tunes are few
    assert scores.c2st_trees is scores.density is None  # which would need tunes to learn from
    assert result.results[0].features[0].distance.low < result.results[0].features[0].distance.high
    assert result.controls[-1].ratio.value > 5 * scores.ratio.value
    assert {measure.key for measure in result.measures if measure.trusted} == {"ratio"}
    assert result.remarks[0] == (
        "Held-out music is of only 2 tunes, so that all numbers are rough; how rough, all 5 tunes of the corpus tell. "
        "Validation music, by which the best model was chosen, is part of it."
    )


def test_a_corpus_without_held_out_music_is_refused_with_the_reason(tmp_path) -> None:
    with pytest.raises(InputError, match="its 2 tunes are all for training") as refused:
        load_reference(few_tunes(tmp_path, 2), "test", SEED)
    assert "at least 5 tunes" in refused.value.remedy


def test_silence_and_nothing_are_refused_in_words(held) -> None:
    silent = Candidate("model", independent("mute", np.zeros_like(held.training.cells[:60])), "")
    with pytest.raises(InputError, match="mute is silent"):
        evaluate(held, [silent], SEED)
    with pytest.raises(InputError, match="no phrases"):
        evaluate(held, [Candidate("folder", independent("empty", held.training.cells[:0]), "")], SEED)


def test_music_that_is_partly_silent_is_judged_without_a_word_of_nan(held, quick) -> None:
    cells = held.training.cells[:80].copy()
    cells[:30] = 0
    cells[30:60, 0] = 0
    judged = evaluate(held, [Candidate("model", independent("gaps", cells), "")], SEED).results[0]
    assert np.isfinite(judged.scores.ratio.value)
    rests = next(row for row in judged.features if row.name == "rests")
    assert rests.generated[0] > rests.held_out[0]


def nudged(value):
    """Further by rounding alone."""
    return replace(value, value=value.value + 1e-9)


def test_a_measure_that_does_not_rank_the_controls_is_not_trusted(found) -> None:
    controls = list(found.controls)
    swapped = [controls[0], replace(controls[1], c2st_trees=found.real[0].c2st_trees), *controls[2:]]
    told = {measure.key: measure.trusted for measure in measures_of(found.real[0], swapped)}
    hardly = [controls[0], replace(controls[1], c2st_trees=nudged(found.real[0].c2st_trees)), *controls[2:]]
    assert not {one.key: one.trusted for one in measures_of(found.real[0], hardly)}["c2st_trees"]
    assert not told["c2st_trees"]
    assert told["ratio"]


def test_progress_reaches_its_end(held, quick) -> None:
    seen: list[tuple[int, int]] = []
    few = Candidate("folder", independent("few", held.training.cells[:3]), "")
    evaluate(held, [few], SEED, progress=lambda _, done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1]


def test_the_reference_is_of_tunes_that_training_never_saw(held, styled) -> None:
    assert len(held.held_out) == sum(piece.windows for piece in styled.of_split("test"))
    assert len(held.training) == sum(piece.windows for piece in styled.of_split("train"))
    assert len(np.unique(held.held_out.group)) == len({piece.family for piece in styled.of_split("test")})
    assert held.other is not None
    fewer = sample_windows(styled, "train", 10, SEED)
    assert len(fewer) == 10
    assert (sample_windows(styled, "train", 10, SEED).cells == fewer.cells).all()


def test_sections_are_whole_pieces_where_the_metre_never_changes(styled) -> None:
    found = list(sections(styled, "test"))
    assert [one.shape[1] for one in found] == [
        piece.bars * styled.grid.steps_per_bar for piece in styled.of_split("test")
    ]
    assert section_names(styled, "test") == [(piece.name, 0) for piece in styled.of_split("test")]


def test_another_grid_and_other_tracks_are_refused(styled) -> None:
    refuse_other_music(styled, styled.grid, styled.tracks, "it")
    for grid, tracks in (
        (styled.grid.model_copy(update={"bars": 4}), styled.tracks),
        (styled.grid, styled.tracks[:1]),
    ):
        with pytest.raises(InputError, match="not the grid and tracks"):
            refuse_other_music(styled, grid, tracks, "it")


def test_a_copy_detector_lets_held_out_music_through_and_no_copies(styled, held) -> None:
    detector = build_copy_detector(styled)
    assert detector.is_copy(held.training.cells[:20]).all()
    assert detector.is_copy(held.held_out.cells).mean() <= 0.02


def test_the_short_form_says_about_what_the_long_one_says(styled, held) -> None:
    short = load_validation(styled)
    assert short is not None
    real = short.score(held.held_out.cells)  # test music, which is real
    assert real.ratio < 3
    noise = (np.random.default_rng(0).random(held.training.cells.shape) < 0.03).astype(np.uint8)
    assert short.score(noise).ratio > 30
    assert short.score(np.zeros_like(held.training.cells)).ratio > real.ratio


def test_a_training_and_an_evaluation_have_the_same_distance_as_their_number(styled, found) -> None:
    short = load_validation(styled)
    assert short is not None
    assert short.lead == found.lead == lead_of(styled)
    assert short.measure == found.lead.measure
    for one in found.results:
        assert found.number(one.scores) == getattr(one.scores, FIELDS[short.measure])
    told = {one.key: one.tells for one in found.measures}
    assert "noise" in told["mmd"]
    assert "noise" in told["energy"]


def test_where_the_energy_distance_leads_it_judges_the_short_form(styled, held, monkeypatch) -> None:
    monkeypatch.setattr(validation, "find_lead", lambda *_: Lead(ENERGY))
    short = load_validation(styled)
    assert short is not None
    cells = held.held_out.cells[: short.phrases]
    table = short.baseline.scaler.transform(short.baseline.catalogue.measure(cells))
    energy = EnergyBaseline(short.baseline)
    expected = energy.distance(table) / energy.floor(short.phrases, short.phrases)
    assert short.score(cells).ratio == pytest.approx(expected)
    assert short.estimate(cells).value == pytest.approx(expected)
    assert short.score(cells).ratio != pytest.approx(short.baseline.distance(table) / short.floor, rel=1e-3)


def test_windows_are_the_same_however_many_are_read_at_once(styled, monkeypatch) -> None:
    whole = sample_windows(styled, "train", 50, SEED)
    monkeypatch.setattr(reference, "WINDOWS_AT_ONCE", 7)
    assert np.array_equal(sample_windows(styled, "train", 50, SEED).cells, whole.cells)


def test_the_short_form_and_the_long_one_are_one_estimator(styled, tmp_path) -> None:
    """On validation music of few tunes, both say the same number, and the short one's interval holds it."""
    corpus = few_tunes(tmp_path, 8)
    short = load_validation(corpus, phrases=50)
    assert short is not None
    cells = sample_windows(styled, "test", 50, SEED).cells
    ratio = short.estimate(cells)
    assert ratio.value == pytest.approx(short.score(cells).ratio)
    assert ratio.low < ratio.value < ratio.high
    long = RealBaseline(short.music, short.baseline.training, short.baseline.catalogue, SEED)
    table = long.scaler.transform(long.catalogue.measure(cells))
    assert long.distance(table) / long.floor(50, 50) == pytest.approx(ratio.value, rel=0.1)


def test_little_training_music_is_not_laid_at_the_door_of_the_phrases(held) -> None:
    small = replace(held, training=held.training.select(np.arange(9)))
    music = independent("many", np.repeat(held.held_out.cells[:30], 10, axis=0))
    assert score_by_distance(small, [music], SEED)[0].reason_missing == (
        "Distances need 10 phrases of training music, and the corpus has only 9."
    )
    enough = replace(held, training=held.training.select(np.arange(50)))
    assert score_by_distance(enough, [music], SEED)[0].reason_missing == ""


def test_phrases_of_one_file_are_too_little_however_many_they_are(held, quick) -> None:
    music = WindowSet("one tune", held.held_out.cells, np.zeros(len(held.held_out), dtype=np.int64))
    assert reason_not_scored(held.held_out, held) == ""
    judged = evaluate(held, [Candidate("folder", music, "")], SEED).results[0]
    assert judged.scores.ratio is None
    assert judged.scores.reason_missing == "Distances need phrases of 3 files or tunes, and it has only 1."
    assert judged.copying.copied < 0.1


def test_candidates_are_compared_at_the_size_of_the_smallest_and_with_the_closest(held, quick) -> None:
    cells = held.training.cells
    noisy = (np.random.default_rng(1).random(cells.shape) < 0.02).astype(np.uint8)
    candidates = [
        Candidate("model", independent("far", noisy[:200]), ""),
        Candidate("model", independent("near", cells[:90]), ""),
        Candidate("folder", independent("few", cells[:7]), ""),
    ]
    result = evaluate(held, candidates, SEED)
    far, near, few = (one.scores for one in result.results)
    assert result.compared == 90
    assert "90 phrases of each" in result.remarks[-1]
    assert near.to_best is few.to_best is None
    assert far.to_best.value == pytest.approx(far.ratio.value / near.ratio.value)
    assert far.to_best.low > 1
    assert few.ratio is None


def test_the_floor_of_a_few_long_files_is_that_of_a_few_tunes(held) -> None:
    """Ten tunes of training music posing as files: real, but further off than phrases of all tunes would be."""
    ratios = []
    for seed in range(4):
        tunes = np.random.default_rng(seed).permutation(np.unique(held.training.group))[:10]
        music = held.training.select(np.flatnonzero(np.isin(held.training.group, tunes)))
        scorer = CollectionScorer(held, len(music), SEED, 1)
        distance = scorer.baseline.distance(scorer.collect(music, "folder", 100).scaled)
        by_tune = distance / scorer.baseline.floor(len(music), 10)
        by_window = distance / scorer.baseline.floor(len(music), len(music))
        assert by_tune < by_window
        ratios.append(by_tune)
    assert np.mean(ratios) == pytest.approx(1, abs=0.5)


def test_more_phrases_than_training_windows_are_no_closer_for_it(held, quick) -> None:
    small = replace(held, training=held.training.select(np.arange(80)))
    music = independent("many", np.tile(held.held_out.cells, (3, 1, 1, 1)))
    result = evaluate(small, [Candidate("model", music, "")], SEED)
    assert result.compared == 80


def test_drums_alone_have_no_wrong_notes_and_one_bar_no_order(held) -> None:
    drums = tuple(track.model_copy(update={"drums": True, "monophonic": False}) for track in held.corpus.tracks)
    names = [music.name for music in make_controls(held.training, held.training, held.corpus.grid, drums, SEED)]
    assert names == ["copies of training music", "shuffled bars", "noise"]
    grid = held.corpus.grid.model_copy(update={"bars": 1})
    bars = replace(held.training, cells=held.training.cells[:, :, : grid.steps])
    names = [music.name for music in make_controls(bars, bars, grid, held.corpus.tracks, SEED)]
    assert names == ["copies of training music", "5% wrong notes", "noise"]
