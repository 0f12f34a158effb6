"""A step on another device than the processor, without one: on torch's `meta`, whose tensors have no numbers, so that
whatever asks for a number fails; and what is sent there has to be sent without waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ganola.errors import InputError, MachineError
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec
from ganola.networks.inputs import CPU, to_network_input
from ganola.training import device, optimisation, sampler
from ganola.training.budget import Budget
from ganola.training.build import build_state
from ganola.training.callbacks import log
from ganola.training.device import limit_threads, select_device
from ganola.training.loop import train
from ganola.training.optimisation import NotFiniteError, raise_if_not_finite
from ganola.training.phases.adversarial import adversarial_step
from ganola.training.phases.flow import encode, flow_step
from ganola.training.phases.vae import vae_step
from ganola.training.run import CHECKPOINT, new_run, open_run
from ganola.training.state import begin_phase
from tests.training.members import Descent
from tests.training.support import MLP, copies, flow_recipe, same, small_recipe, state_and_rolls, stop_after

META = torch.device("meta")
SENT = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class NoMixing(TorchDispatchMode):
    """Refuses operations on tensors of two devices, and copies between them for whose end the processor waits."""

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        named = named or {}
        result = function(*arguments, **named)
        met = [leaf for leaf in tree_leaves((arguments, named, result)) if isinstance(leaf, torch.Tensor)]
        if len({tensor.device.type for tensor in met}) > 1:
            assert function in SENT, f"{function} mixes devices"
            assert named.get("non_blocking") or arguments[-1] is True, f"{function} waits"
        return result


class NoLists(TorchFunctionMode):
    """Refuses lists and arrays that become tensors of a device, as an index or by `torch.tensor`: they are sent there,
    and the processor waits, before any operation is to be seen."""

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        named = named or {}
        if function in (torch.Tensor.__getitem__, torch.Tensor.__setitem__) and arguments[0].device == META:
            index = arguments[1] if isinstance(arguments[1], tuple) else (arguments[1],)
            assert not any(isinstance(place, list | np.ndarray) for place in index), f"{index} waits"
        assert function not in (torch.tensor, torch.as_tensor) or named.get("device") != META, f"{function} waits"
        return function(*arguments, **named)


@contextmanager
def no_waiting() -> Iterator[None]:
    """Within, what makes a processor wait for a graphics card fails."""
    with NoMixing(), NoLists():
        yield


def one_of_each() -> tuple[Track, ...]:
    return (
        Track(name="Lead", monophonic=True),
        Track(name="Drums", drums=True, monophonic=False),
        Track(name="Bass", monophonic=True),
    )


RECIPES = {
    "with a flow": (False, {}),
    "with a flow, tracks of all kinds": (True, {}),
    "spectral norm, augmentation": (
        True,
        {
            "networks": {"critic_normalisation": "spectral"},
            "objective": {"augment": "all", "augment_probability": 0.9, "loss": "relativistic", "penalty": "r1"},
        },
    ),
    "one plane, batch norm": (True, {"networks": {"planes": "sounding", "generator_normalisation": "batch"}}),
    "mlp, straight-through, no penalty": (
        False,
        {"networks": {"architecture": "mlp", "output": "straight-through"}, "objective": {"penalty": "none"}},
    ),
    "mirror, sigmoid": (True, {"networks": {"architecture": "mirror", "output": "sigmoid", "width": 4}}),
    "timeline": (True, {"networks": {"architecture": "timeline", "generator_normalisation": "batch", "width": 4}}),
    "musegan": (True, {"networks": {"architecture": "musegan", "generator_normalisation": "batch", "width": 4}}),
}


@pytest.mark.parametrize(("mixed", "sections"), RECIPES.values(), ids=RECIPES.keys())
def test_no_step_waits_for_its_device_or_makes_a_tensor_elsewhere(corpus, monkeypatch, mixed, sections) -> None:
    monkeypatch.setattr(optimisation, "Adam", Descent)
    recipe = flow_recipe(**sections)
    tracks = one_of_each() if mixed else corpus.tracks
    grid = corpus.grid.model_copy(update={"steps_per_quarter": 1})  # few steps, for each operation is looked at
    trained = build_state(recipe, ModelSpec(grid=grid, tracks=tracks, networks=recipe.networks), META)
    planes = np.zeros((5, len(tracks), 2, grid.steps, grid.pitches), dtype=bool)
    with no_waiting():
        rolls = to_network_input(planes, trained.networks.spec.planes, META)
        measured = [vae_step(trained, rolls[:4], 0.5)]
        begin_phase(trained, "flow")
        encode(trained, [rolls, rolls])
        measured.append(flow_step(trained, np.arange(7), 0.5))
        begin_phase(trained, "adversarial")
        measured += [adversarial_step(trained, [rolls, rolls]) for _ in range(2)]
    given = [value for one in measured for value in (*one.metrics.values(), *one.gradient_norms.values())]
    assert {value.device for value in given} == {META}
    assert {tensor.device for tensor in [*trained.ema.state_dict().values(), *trained.not_finite.values()]} == {META}
    assert trained.step == 4


def test_the_watch_sees_waiting() -> None:
    values = torch.empty(3, 4, device=META)
    with no_waiting():
        with pytest.raises(AssertionError, match="mixes devices"):
            values[:, torch.arange(2)]
        with pytest.raises(AssertionError, match="waits"):
            values[:, [0, 2]]
        with pytest.raises(AssertionError, match="waits"):
            torch.tensor([0, 2], device=META)
        with pytest.raises(AssertionError, match="waits"):
            torch.zeros(3).to(META)
        torch.zeros(3).to(META, non_blocking=True)
        with pytest.raises(RuntimeError):
            values.sum().item()


@pytest.fixture
def _as_if_waiting(monkeypatch) -> None:
    """The processor treated as a device that one has to wait for."""
    monkeypatch.setattr(optimisation, "is_asynchronous", lambda _: True)


@pytest.mark.usefixtures("_as_if_waiting")
def test_where_one_would_wait_nothing_more_is_learnt_and_it_is_said_when_asked(corpus, recipe) -> None:
    trained, rolls = state_and_rolls(corpus, recipe)
    adversarial_step(trained, [rolls, rolls])
    raise_if_not_finite(trained)
    critic, generator = copies(trained.networks.critic), copies(trained.networks.generator)
    moments = [
        value.clone()
        for value in trained.optimisers["critic"].state[next(iter(trained.networks.critic.parameters()))].values()
    ]
    adversarial_step(trained, [rolls * float("inf"), rolls])
    adversarial_step(trained, [rolls, rolls])  # finite again, and yet not taken
    assert same(trained.networks.critic, critic)
    assert same(trained.networks.generator, generator)
    after = trained.optimisers["critic"].state[next(iter(trained.networks.critic.parameters()))].values()
    assert all(torch.equal(one, other) for one, other in zip(moments, after, strict=True))
    with pytest.raises(NotFiniteError, match="critic"):
        raise_if_not_finite(trained)


@pytest.mark.usefixtures("_as_if_waiting")
def test_where_one_would_wait_a_healthy_training_is_bit_for_bit_the_same(tmp_path, corpus, monkeypatch) -> None:
    run = new_run(tmp_path / "waiting", corpus, flow_recipe(networks=MLP), Budget(steps=5))
    train(run, [])
    monkeypatch.undo()
    plain = new_run(tmp_path / "plain", corpus, flow_recipe(networks=MLP), Budget(steps=5))
    train(plain, [])
    one, other = (load_file(made.folder / CHECKPOINT) for made in (run, plain))
    assert all(torch.equal(one[name], other[name]) for name in other)


@pytest.mark.usefixtures("_as_if_waiting")
@pytest.mark.parametrize("seconds", [0.0, 1e9], ids=["logged at each step", "logged at the end only"])
def test_where_one_would_wait_nothing_is_kept_of_what_is_no_longer_finite(
    tmp_path, corpus, monkeypatch, seconds
) -> None:
    monkeypatch.setattr(log, "SECONDS_BETWEEN_LINES", seconds)
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=6))
    train(run, [], stop_after(2))
    kept = {path: path.read_bytes() for path in run.folder.rglob("*.safetensors")}
    monkeypatch.setattr(sampler, "to_network_input", lambda *given: to_network_input(*given) * float("nan"))
    with pytest.raises(MachineError, match="no longer finite"):
        train(open_run(run.folder), [])
    assert {path: path.read_bytes() for path in run.folder.rglob("*.safetensors")} == kept


@pytest.mark.filterwarnings("ignore:.*is a no-op")
def test_a_checkpoint_is_taken_up_on_another_device(tmp_path, corpus, monkeypatch) -> None:
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=2))
    train(run, [])
    monkeypatch.setattr(optimisation, "Adam", Descent)
    taken_up = open_run(run.folder, device=META).start()
    assert (taken_up.step, taken_up.device) == (2, META)
    moments = [
        taken_up.optimisers["critic"].state[weight]["exp_avg"] for weight in taken_up.networks.critic.parameters()
    ]
    weights = [*taken_up.ema.state_dict().values(), *taken_up.networks.critic.parameters()]
    assert {tensor.device for tensor in moments + weights} == {META}


def test_without_a_graphics_card_it_says_so_and_what_to_do(monkeypatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None, raising=False)
    with pytest.raises(InputError, match="can use none") as refused:
        select_device("cuda")
    assert "Leave --device out" in refused.value.remedy
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="finds none on this machine") as refused:
        select_device("cuda")
    assert "nvidia-smi" in refused.value.remedy
    with pytest.raises(InputError, match="no device tpu"):
        select_device("tpu")
    assert select_device("cpu") == CPU


def test_with_one_it_is_used_and_16_bits_where_it_has_them(monkeypatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert select_device("cuda") == torch.device("cuda")
    asked = []
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **given: asked.append(given) or len(asked) == 1)
    assert [device.fastest_precision(torch.device("cuda")) for _ in range(2)] == ["bfloat16", "float32"]
    assert asked[0] == {"including_emulation": False}


@pytest.mark.parametrize(
    ("of_bfloat16", "fastest"), [(0.5, "bfloat16"), (0.9, "float32"), (2.0, "float32")], ids=["half", "hardly", "twice"]
)
def test_on_a_processor_the_products_that_take_less_time(monkeypatch, of_bfloat16, fastest) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    seconds = {torch.bfloat16: of_bfloat16, torch.float32: 1.0}
    monkeypatch.setattr(device, "_product_seconds", seconds.__getitem__)
    assert device.fastest_precision(CPU) == fastest


def test_a_processor_without_bfloat16_is_not_timed(monkeypatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": False})
    monkeypatch.setattr(device, "_product_seconds", None)
    assert device.fastest_precision(CPU) == "float32"


def test_threads_are_as_many_as_asked_for_and_afterwards_as_before() -> None:
    from threadpoolctl import threadpool_info

    def blas() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    before = torch.get_num_threads(), blas()
    with limit_threads(3):
        assert torch.get_num_threads() == 3
        assert set(blas()) == {3}
    with limit_threads(None):
        assert (torch.get_num_threads(), blas()) == before
    assert (torch.get_num_threads(), blas()) == before
