"""A checkpoint is what a training was, or is refused in words."""

import json
import math

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save, save_file

from ganola.checksums import blank_checksum, fill_checksum
from ganola.errors import InputError
from ganola.training.budget import Budget
from ganola.training.build import build_state
from ganola.training.checkpoint import restore_checkpoint, save_checkpoint
from ganola.training.loop import train
from ganola.training.run import CHECKPOINT, RECIPE, new_run, open_run
from tests.models import leave_out, rewrite
from tests.training.support import small_recipe

KEY = "ganola-checkpoint"


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    """A run after two steps."""
    run = new_run(tmp_path_factory.mktemp("trained") / "run", corpus, small_recipe(), Budget(steps=2))
    train(run, [])
    return run


@pytest.fixture
def checkpoint(trained, tmp_path):
    """A copy of its checkpoint."""
    path = tmp_path / "state.safetensors"
    path.write_bytes((trained.folder / CHECKPOINT).read_bytes())
    return path


def restore(path, run):
    state = build_state(run.recipe, run.spec)
    restore_checkpoint(path, state)
    return state


def test_a_state_comes_back_and_is_saved_as_the_same_file(trained, checkpoint, tmp_path) -> None:
    state = restore(checkpoint, trained)
    assert (state.step, state.samples, state.phase) == (2, 20, "adversarial")
    save_checkpoint(tmp_path / "again.safetensors", state)
    assert (tmp_path / "again.safetensors").read_bytes() == checkpoint.read_bytes()


def test_every_changed_byte_is_noticed(trained, checkpoint) -> None:
    whole = checkpoint.read_bytes()
    header_end = 8 + int.from_bytes(whole[:8], "little")
    state = build_state(trained.recipe, trained.spec)
    for at in (*range(0, header_end, 7), *map(int, np.random.default_rng(0).integers(header_end, len(whole), 100))):
        checkpoint.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        with pytest.raises(InputError):
            restore_checkpoint(checkpoint, state)


HEADERS = {
    "steps backwards": {"step": -1},
    "steps in words": {"step": "two"},
    "no samples": {"samples": None},
    "seconds that are no number": {"seconds": math.nan},
    "seconds without end": {"seconds": math.inf},
    "seconds backwards": {"seconds": -1.0},
    "a phase that is none": {"phase": "encore"},
    "a phase that its recipe has not": {"phase": "vae"},
    "a phase that is a list": {"phase": []},
    "a phase that began later": {"phase_start_step": 3},
    "a best that is no number": {"best_ratio": math.nan},
    "a best in words": {"best_ratio": "good"},
    "no recipe": {"recipe": None},
    "a recipe of something else": {"recipe": {"oven": 180}},
    "something unknown": {"tempo": 120},
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_of_wrong_types_or_out_of_bounds_is_refused_in_one_line(trained, checkpoint, change) -> None:
    rewrite(checkpoint, lambda header: header.update(change), key=KEY)
    with pytest.raises(InputError, match="is cut off or damaged") as refused:
        restore(checkpoint, trained)
    assert "\n" not in refused.value.problem


def test_a_header_that_lacks_something_is_refused(trained, checkpoint) -> None:
    rewrite(checkpoint, lambda header: header.pop("best_ratio"), key=KEY)
    with pytest.raises(InputError, match="best_ratio is missing"):
        restore(checkpoint, trained)


@pytest.mark.parametrize("text", ["[]", "7", "{", "[" * 100_000])
def test_a_header_that_is_no_record_is_refused(trained, checkpoint, text) -> None:
    data = save(load_file(checkpoint), metadata={KEY: text} | blank_checksum())
    checkpoint.write_bytes(fill_checksum(data))
    with pytest.raises(InputError, match="is cut off or damaged"):
        restore(checkpoint, trained)


def test_one_from_before_there_were_checksums_is_of_another_version(trained, checkpoint) -> None:
    save_file(load_file(checkpoint), checkpoint, metadata={KEY: json.dumps({"format_version": 8})})
    with pytest.raises(InputError, match=r"another version of ganola \(its format is 8, this version reads 11\)"):
        restore(checkpoint, trained)


def test_a_model_is_no_checkpoint(trained) -> None:
    with pytest.raises(InputError, match="is not a checkpoint that ganola made"):
        restore(trained.folder / "model.safetensors", trained)


def first(held, beginning: str) -> str:
    return next(name for name in held if name.startswith(beginning) and held[name].is_floating_point())


TENSORS = {
    "a weight that is no number": lambda held: held[first(held, "generator.")].view(-1)[0].fill_(math.nan),
    "a moment that is infinite": lambda held: held["critic-adam.0.exp_avg"].fill_(math.inf),
    "a moment of another shape": lambda held: held.update({"critic-adam.0.exp_avg": torch.zeros(2)}),
    "a moment of whole numbers": lambda held: held.update({"critic-adam.0.step": torch.tensor(2)}),
    "a moment of no weight": lambda held: held.update({"critic-adam.99.step": torch.tensor(2.0)}),
    "a moment without a number": lambda held: held.update({"critic-adam.x.step": torch.tensor(2.0)}),
    "a moment that Adam does not know": lambda held: held.update({"critic-adam.0.third": torch.tensor(2.0)}),
    "half of the moments": lambda held: held.pop("critic-adam.0.exp_avg_sq"),
    "no critic": lambda held: leave_out(held, "critic."),
    "a player that is none": lambda held: held.update({"listener.weight": torch.zeros(3)}),
    "an optimiser that its recipe has not": lambda held: held.update({"vae-adam.0.step": torch.tensor(2.0)}),
}


@pytest.mark.parametrize("change", TENSORS.values(), ids=TENSORS.keys())
def test_numbers_that_no_training_comes_to_are_refused_though_the_checksum_is_right(
    trained, checkpoint, change
) -> None:
    rewrite(checkpoint, tensors=change, key=KEY)
    with pytest.raises(InputError, match="is cut off or damaged"):
        restore(checkpoint, trained)


def test_a_recipe_that_was_changed_is_not_gone_on_with_and_what_it_was_is_said(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=1))
    train(run, [])
    text = (run.folder / RECIPE).read_text()
    (run.folder / RECIPE).write_text(text.replace("critic_steps = 2", "critic_steps = 3"))
    with pytest.raises(InputError, match=r"training\.critic_steps is 3, and was 2 when .* was saved") as refused:
        train(open_run(run.folder, Budget(steps=2)), [])
    assert refused.value.remedy.startswith("Put it back in recipe.toml, to 2")
    (run.folder / RECIPE).write_text("# mine\n" + text)
    assert train(open_run(run.folder, Budget(steps=2)), []).step == 2
