import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ganola.errors import InputError, MachineError
from ganola.networks.inputs import to_network_input
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.training import sampler
from ganola.training.budget import Budget
from ganola.training.logs import VALIDATION
from ganola.training.loop import train
from ganola.training.run import CHECKPOINT, LAST, new_run, open_run
from tests.training.support import Watcher, small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")

MEASURED = ("seconds", "processor_seconds", "checksum")  # in each line, and never the same twice


def weights_of(run) -> dict[str, torch.Tensor]:
    return load_file(run.folder / CHECKPOINT)


def without_times(path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in MEASURED} for line in lines]


RECIPES = {
    "mlp, softmax": {},
    "mirror, batch norm, sigmoid": {
        "networks": {"architecture": "mirror", "output": "sigmoid", "planes": "sounding", "width": 4}
    },
    "mlp, slope annealing": {"networks": {"output": "slope-annealing"}},
    "musegan, layer norm": {"networks": {"architecture": "musegan", "critic_normalisation": "layer", "width": 4}},
    "timeline, batch norm": {"networks": {"architecture": "timeline", "generator_normalisation": "batch", "width": 4}},
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
