"""When a training is validated, and which model is kept."""

import json

import numpy as np
import pytest
import torch

from ganola.judging import validation as judging
from ganola.judging.copying import detector
from ganola.judging.copying.detector import CopyDetector
from ganola.judging.lead import ENERGY, Contrast, Lead, Resolution
from ganola.judging.real_baseline import DistanceToReal
from ganola.judging.validation import ValidationSet
from ganola.music.roll import OFF
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.networks.record import ValidationRecord
from ganola.training.budget import Budget
from ganola.training.callbacks import validation as validating
from ganola.training.callbacks.validation import ValidationCallback
from ganola.training.logs import VALIDATION
from ganola.training.loop import train
from ganola.training.run import CHECKPOINT, LAST, new_run, open_run
from tests.training.support import Watcher, small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")


def scripted(monkeypatch, ratios: list[float]) -> None:
    """Let judging find these, one after the other."""
    left = iter(ratios)
    monkeypatch.setattr(ValidationSet, "score", lambda *_: DistanceToReal(next(left), 1.0))


def test_the_best_on_validation_is_kept_and_the_last_one_too(tmp_path, corpus, monkeypatch) -> None:
    scripted(monkeypatch, [9.0, 5.0, 3.0, 4.0, 6.0])
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=8))
    state = train(run, [watcher])  # ten samples a step: judged before the first step and after every second one
    assert [(event.step, event.ratio, event.best_ratio) for event in watcher.validated] == [
        (0, 9.0, 9.0),
        (2, 5.0, 5.0),
        (4, 3.0, 3.0),
        (6, 4.0, 3.0),
        (8, 6.0, 3.0),
    ]
    best, last = load_model(run.folder / MODEL_FILE), load_model(run.folder / LAST)
    assert (best.record.steps, last.record.steps) == (4, 8)
    assert best.record.validation == ValidationRecord(distance=3.0, floor=1.0, ratio=3.0)
    assert best.record.calibration is not None
    assert state.best_ratio == 3.0
    assert not torch.equal(best.generator.pitch_head.weight, last.generator.pitch_head.weight)


def test_which_distance_leads_is_logged_and_kept_with_the_model(tmp_path, corpus, monkeypatch) -> None:
    contrasts = (Contrast("5% wrong notes", 1.4, 6.0, 0.05), Contrast("noise", 90.0, 50.0))
    lead = Lead(ENERGY, (Resolution(ENERGY, contrasts),))
    monkeypatch.setattr(judging, "find_lead", lambda *_: lead)
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=2))
    train(run, [watcher])
    last = watcher.validated[-1]
    assert (last.measure, last.tells_wrong_notes) == ("energy", 0.05)
    record = load_model(run.folder / MODEL_FILE).record.validation
    assert record is not None
    assert (record.measure, record.ratio) == ("energy", last.best_ratio)


def test_where_no_distance_tells_noise_the_model_keeps_no_number(tmp_path, corpus, monkeypatch) -> None:
    monkeypatch.setattr(judging, "find_lead", lambda *_: Lead(None))
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=2))
    train(run, [watcher])
    assert watcher.validated[-1].measure == "frechet"  # by which the best is chosen all the same
    assert load_model(run.folder / MODEL_FILE).record.validation is None


def test_going_on_remembers_the_best_so_far(tmp_path, corpus, monkeypatch) -> None:
    recipe = small_recipe(training={"validate_every_samples": 20})
    scripted(monkeypatch, [9.0, 2.0, 7.0])
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=4))
    train(run, [])
    good = (run.folder / MODEL_FILE).read_bytes()
    scripted(monkeypatch, [3.0])
    assert train(open_run(run.folder, Budget(steps=6)), []).best_ratio == 2.0
    assert (run.folder / MODEL_FILE).read_bytes() == good


def test_silence_is_not_judged_and_takes_no_music_s_place(tmp_path, corpus, monkeypatch) -> None:
    sounds = iter([False, True, False, True])
    phrases = ValidationCallback.generate_phrases

    def silenced(callback: ValidationCallback) -> np.ndarray:
        cells = phrases(callback)
        cells[len(cells) // 3 :] = OFF  # but for a few phrases, which make it no music
        return cells

    monkeypatch.setattr(
        ValidationCallback, "generate_phrases", lambda self: phrases(self) if next(sounds) else silenced(self)
    )
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=4))
    scripted(monkeypatch, [9.0])
    train(run, [watcher])  # judged before the first step and after the second and the fourth one
    assert [(event.step, event.ratio) for event in watcher.validated] == [(2, 9.0)]
    assert load_model(run.folder / MODEL_FILE).record.steps == 2


def test_while_the_critic_warms_up_nothing_is_validated_anew(tmp_path, corpus) -> None:
    recipe = small_recipe(training={"critic_warmup": 0.6, "validate_every_samples": 10})
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=5))
    train(run, [])
    lines = (run.folder / VALIDATION).read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [0, 4, 5]


@pytest.mark.parametrize("judged", [True, False])
def test_before_it_has_learned_anything_and_was_judged_no_model_is_kept(tmp_path, corpus, monkeypatch, judged) -> None:
    if not judged:
        monkeypatch.setattr(validating, "load_validation", lambda _: None)
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=8))
    for checks, step in ((0, 0), (1, 1)):
        assert train(open_run(run.folder), [], stop_after(checks)).step == step
        assert (run.folder / CHECKPOINT).exists()
        assert not (run.folder / MODEL_FILE).exists()
    assert train(open_run(run.folder), [], stop_after(1)).step == 2
    assert load_model(run.folder / MODEL_FILE).record.steps == 2


def test_what_has_not_learned_anything_is_never_the_best(tmp_path, corpus, monkeypatch) -> None:
    scripted(monkeypatch, [1.0, 7.0, 9.0])
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=4))
    assert train(run, [watcher]).best_ratio == 7.0
    assert [(event.step, event.best_ratio) for event in watcher.validated] == [(0, 1.0), (2, 7.0), (4, 7.0)]
    assert load_model(run.folder / MODEL_FILE).record.steps == 2


def scripted_copies(monkeypatch, shares: list[float]) -> None:
    """Let so many phrases be copies, one validation after the other in which they are counted."""
    left = iter(shares)
    monkeypatch.setattr(CopyDetector, "is_copy", lambda _, cells: np.arange(len(cells)) < next(left) * len(cells))


def test_of_two_models_the_nearer_is_kept_unless_it_copies_more_than_real_music(tmp_path, corpus, monkeypatch) -> None:
    """Distances times how often more than 2 % are copies: 6, 4 * 3.1, 5, 4, and 4.5, of which no copies are counted."""
    scripted(monkeypatch, [9.0, 6.0, 4.0, 5.0, 4.0, 4.5])
    scripted_copies(monkeypatch, [0.0, 0.0625, 0.0, 0.0])
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 10}), Budget(steps=5))
    state = train(run, [watcher])
    assert [(event.best_ratio, event.copied) for event in watcher.validated] == [
        (9.0, None),
        (6.0, 0.0),
        (6.0, 0.0625),
        (5.0, 0.0),
        (4.0, 0.0),
        (4.0, None),
    ]
    assert (state.best_ratio, state.best_copied) == (4.0, 0.0)
    assert load_model(run.folder / MODEL_FILE).record.steps == 4


def test_a_training_that_stops_in_between_knows_how_much_its_best_copies(tmp_path, corpus, monkeypatch) -> None:
    scripted(monkeypatch, [9.0, 4.0, 5.0])
    scripted_copies(monkeypatch, [0.25, 0.0])
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 10}), Budget(steps=2))
    assert train(run, [], stop_after(1)).best_copied == 0.25
    assert train(open_run(run.folder), []).best_ratio == 5.0


def test_copies_are_counted_by_validation_music_for_test_music_chooses_nothing(tmp_path, corpus, monkeypatch) -> None:
    asked = []

    def calibrate(of, held_out):
        asked.append(held_out.name)
        return detector.calibrate_copy_detector(of, held_out)

    monkeypatch.setattr(validating, "calibrate_copy_detector", calibrate)
    train(new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=2)), [])
    assert asked == ["validation"]


def test_where_no_number_says_how_far_it_is_none_is_in_the_model(tmp_path, corpus, monkeypatch) -> None:
    monkeypatch.setattr(validating, "too_few_tunes", lambda _: "too few")
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=2))
    train(run, [])
    record = load_model(run.folder / MODEL_FILE).record
    assert record.validation is None
    assert record.calibration is not None


def test_a_budget_that_ends_between_two_judgements_is_judged_at_its_end(tmp_path, corpus) -> None:
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=3))
    train(run, [watcher])
    assert [event.step for event in watcher.validated] == [0, 2, 3]


def test_without_validation_music_the_last_is_the_one_that_is_played(tmp_path, corpus, monkeypatch) -> None:
    monkeypatch.setattr(validating, "load_validation", lambda _: None)
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=3))
    assert train(run, [watcher]).best_ratio is None
    assert watcher.validated == []
    assert load_model(run.folder / MODEL_FILE).record.steps == 3
    assert load_model(run.folder / MODEL_FILE).record.calibration is None
