import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ganola.errors import InputError, MachineError
from ganola.events import StepLogged
from ganola.judging.real_baseline import DistanceToReal
from ganola.judging.validation import ValidationSet
from ganola.networks.inputs import to_network_input
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.networks.record import ValidationRecord
from ganola.records import read_record, record_text
from ganola.training import loop, sampler
from ganola.training.callbacks import snapshots
from ganola.training.callbacks import validation as validating
from ganola.training.callbacks.validation import ValidationCallback
from ganola.training.logs import LOG, VALIDATION
from ganola.training.loop import train
from ganola.training.run import CHECKPOINT, LAST, RUN, Budget, RunRecord, new_run, open_run
from tests.training.support import Watcher, small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")


def weights_of(run) -> dict[str, torch.Tensor]:
    return load_file(run.folder / CHECKPOINT)


def without_times(path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in ("seconds", "checksum")} for line in lines]


RECIPES = {
    "mlp, softmax": {},
    "mirror, batch norm, sigmoid": {
        "networks": {"architecture": "mirror", "output": "sigmoid", "planes": "sounding", "width": 4}
    },
    "musegan, layer norm": {"networks": {"architecture": "musegan", "critic_normalisation": "layer", "width": 4}},
    "residual, spectral norm, augmentation": {
        "networks": {"architecture": "residual", "critic_normalisation": "spectral", "width": 4},
        "objective": {"augment": "all", "augment_probability": 0.4},
    },
}


@pytest.mark.parametrize("sections", RECIPES.values(), ids=RECIPES.keys())
def test_stopped_at_any_step_and_resumed_is_bit_for_bit_the_uninterrupted_run(tmp_path, corpus, sections) -> None:
    recipe, budget = small_recipe(**sections, training={"validate_every_samples": 20}), Budget(steps=5)
    whole = new_run(tmp_path / "whole", corpus, recipe, budget)
    train(whole, [])
    expected = weights_of(whole)
    for stopped_at in (0, 1, 3):
        folder = tmp_path / f"stopped-{stopped_at}"
        state = train(new_run(folder, corpus, recipe, budget), [], stop_after(stopped_at))
        assert state.step == stopped_at
        train(open_run(folder), [])
        resumed = weights_of(open_run(folder))
        assert resumed.keys() == expected.keys()
        assert all(torch.equal(resumed[name], expected[name]) for name in expected)
        for name in (MODEL_FILE, LAST):
            kept, whole_kept = load_file(folder / name), load_file(whole.folder / name)
            assert all(torch.equal(kept[key], whole_kept[key]) for key in whole_kept)
        assert without_times(folder / VALIDATION) == without_times(whole.folder / VALIDATION)


def test_the_same_seed_gives_the_same_model_and_another_another(tmp_path, corpus) -> None:
    def trained(name: str, seed: int) -> torch.Tensor:
        run = new_run(tmp_path / name, corpus, small_recipe(training={"seed": seed}), Budget(steps=2))
        train(run, [])
        return load_model(run.folder / MODEL_FILE).generator.pitch_head.weight

    one = trained("one", 1)
    assert torch.equal(one, trained("same", 1))
    assert not torch.equal(one, trained("other", 2))


def test_the_budget_in_steps_is_kept_and_can_be_raised(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=3))
    assert train(run, []).step == 3
    assert train(open_run(run.folder), []).step == 3
    assert train(open_run(run.folder, Budget(steps=5)), []).step == 5
    assert open_run(run.folder).budget == Budget(steps=5)


def test_a_budget_in_minutes_ends(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(minutes=0.005))
    state = train(run, [])
    assert state.seconds >= 0.3
    assert state.step > 0


def test_the_log_has_a_line_a_moment_and_none_twice_after_a_resume(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=6))
    watcher = Watcher()
    train(run, [watcher], stop_after(3))
    with (run.folder / LOG).open("a") as file:  # as a run that was killed before its next checkpoint leaves it
        file.write(record_text(StepLogged(4, 40, 1.0, 0.5, 10.0, "adversarial", {}, {})) + "\n" + '{"step": 5, "sam')
    train(open_run(run.folder), [watcher])
    lines = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [event.step for event in watcher.steps] == [1, 2, 3, 4, 5, 6]
    assert {"samples", "seconds", "samples_per_second", "phase"} <= set(lines[0])
    assert {"critic_loss", "generator_loss", "penalty"} <= set(lines[0]["metrics"])
    assert set(lines[0]["gradient_norms"]) == {"critic", "generator"}


def test_snapshots_show_the_same_latents_over_time(tmp_path, corpus, recipe) -> None:
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=20))
    state = train(run, [watcher])
    assert len(watcher.snapshots) == snapshots.SNAPSHOTS + 1
    assert watcher.snapshots[0].samples == 0
    assert watcher.snapshots[-1].samples == state.samples
    shape = (snapshots.PHRASES, 2, 2, corpus.grid.steps, corpus.grid.pitches)
    assert all(event.rolls.shape == shape and event.rolls.dtype == bool for event in watcher.snapshots)


def test_watching_does_not_change_the_training(tmp_path, corpus, recipe) -> None:
    watched = new_run(tmp_path / "watched", corpus, recipe, Budget(steps=3))
    alone = new_run(tmp_path / "alone", corpus, recipe, Budget(steps=3))
    train(watched, [Watcher()])
    train(alone, [])
    one, other = weights_of(watched), weights_of(alone)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_gradient_that_explodes_ends_with_the_last_good_model_kept(tmp_path, corpus, monkeypatch) -> None:
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=50))
    train(run, [], stop_after(2))
    good = (run.folder / MODEL_FILE).read_bytes()
    real = to_network_input

    def spoilt(*given):
        return real(*given) * float("nan")

    monkeypatch.setattr(sampler, "to_network_input", spoilt)
    with pytest.raises(MachineError, match="after 20 samples"):
        train(open_run(run.folder), [])
    assert (run.folder / MODEL_FILE).read_bytes() == good


def test_a_new_run_never_touches_a_folder_that_holds_something(tmp_path, corpus, recipe) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        new_run(tmp_path, corpus, recipe, Budget(steps=1))
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_going_on_needs_a_run_and_its_corpus(tmp_path, corpus, recipe) -> None:
    with pytest.raises(InputError, match="not a run"):
        open_run(tmp_path)
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    about = read_record(run.folder / RUN, RunRecord, "")
    (run.folder / RUN).write_text(record_text(about.model_copy(update={"corpus_fingerprint": "another"})))
    with pytest.raises(InputError, match="not the one"):
        open_run(run.folder)


def test_a_checkpoint_cut_off_is_refused_in_words(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=2))
    train(run, [])
    whole = (run.folder / CHECKPOINT).read_bytes()
    (run.folder / CHECKPOINT).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off or damaged"):
        train(open_run(run.folder), [])


def test_one_plane_is_what_sounds() -> None:
    planes = np.zeros((1, 1, 2, 3, 2), dtype=bool)
    planes[0, 0, 0, 0, 1] = planes[0, 0, 1, 1, 1] = True
    assert to_network_input(planes, 1)[0, 0, 0].tolist() == [[0, 1], [0, 1], [0, 0]]
    assert to_network_input(planes, 2)[0, 0, 1].tolist() == [[0, 0], [0, 1], [0, 0]]


def test_a_run_that_lost_its_checkpoint_is_not_begun_anew(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=2))
    train(run, [])
    (run.folder / CHECKPOINT).unlink()
    model = (run.folder / MODEL_FILE).read_bytes()
    with pytest.raises(InputError, match="lost its checkpoint"):
        open_run(run.folder)
    assert (run.folder / MODEL_FILE).read_bytes() == model


@pytest.mark.parametrize("damage", [b"[1, 2]", b"\xff\xfe", b"{", b"{}"])
def test_a_damaged_run_is_refused_in_words(tmp_path, corpus, recipe, damage) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    (run.folder / "run.json").write_bytes(damage)
    with pytest.raises(InputError, match="is damaged"):
        open_run(run.folder)


def test_a_run_and_its_corpus_can_move_together_even_through_a_link(tmp_path, corpus, recipe) -> None:
    import shutil

    from ganola.corpus.store import open_corpus

    home = tmp_path / "home"
    shutil.copytree(corpus.folder, home / "tiny.corpus")
    (tmp_path / "elsewhere").mkdir()
    (home / "runs").symlink_to(tmp_path / "elsewhere")
    new_run(home / "runs" / "one", open_corpus(home / "tiny.corpus"), recipe, Budget(steps=1))
    assert open_run(home / "runs" / "one").corpus.manifest == corpus.manifest


def test_opening_a_run_changes_nothing_in_it(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    before = (run.folder / "run.json").read_bytes()
    open_run(run.folder, Budget(steps=9))
    assert (run.folder / "run.json").read_bytes() == before


def scripted(monkeypatch, ratios: list[float]) -> None:
    """Let judging find these, one after the other."""
    left = iter(ratios)
    monkeypatch.setattr(ValidationSet, "verdict", lambda *_: DistanceToReal(next(left), 1.0))


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
    monkeypatch.setattr(
        ValidationCallback, "generate_phrases", lambda *of: phrases(*of) if next(sounds) else 0 * phrases(*of)
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


def test_where_no_number_says_how_far_it_is_none_is_in_the_model(tmp_path, corpus, monkeypatch) -> None:
    monkeypatch.setattr(validating, "too_few_tunes", lambda _: "too few")
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=2))
    train(run, [])
    record = load_model(run.folder / MODEL_FILE).record
    assert record.validation is None
    assert record.calibration is not None


def test_logged_steps_say_how_often_it_was_validated_and_what_that_took(tmp_path, corpus, monkeypatch) -> None:
    """On a clock that only judging moves, by two seconds each time."""
    clock = [50.0]
    monkeypatch.setattr(loop.time, "monotonic", lambda: clock[0])
    validate = ValidationCallback.validate

    def slow(*given):
        clock[0] += 2
        return validate(*given)

    monkeypatch.setattr(ValidationCallback, "validate", slow)
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=8))
    train(run, [watcher], stop_after(5))
    train(open_run(run.folder), [watcher])
    assert [(event.validations, event.overhead_seconds) for event in watcher.steps] == [
        (1, 2.0), (1, 2.0), (2, 4.0), (2, 4.0), (3, 6.0),
        (0, 0.0), (1, 2.0), (1, 2.0),
    ]  # fmt: skip


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
