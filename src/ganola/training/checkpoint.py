"""The state of a training as one safetensors file, written whole; nothing is ever unpickled."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor
from torch.optim import Adam

from ganola.checksums import DamagedError
from ganola.errors import InputError
from ganola.networks.model_file import load_weights, refuse_others, refuse_strange_numbers, tensors_of
from ganola.networks.tensor_file import Kind, damaged, read_tensors, write_tensors
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import Recipe, first_difference
from ganola.training.state import State

FORMAT_VERSION = 11
_FIELDS = (
    "step", "samples", "seconds", "processor_seconds", "phase",
    "phase_start_step", "phase_start_samples", "phase_start_seconds", "phase_start_processor_seconds",
    "best_ratio", "best_copied", "since_best", "returns", "keeps_guide",
)  # fmt: skip
_ADAM_KEYS = {"step", "exp_avg", "exp_avg_sq"}  # that Adam keeps of each weight


class CheckpointHeader(BaseModel):
    """What a checkpoint says beside its tensors: how far the training is (see `State`), and its recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format_version: int
    recipe: Recipe
    phase: str
    step: int = Field(ge=0)
    samples: int = Field(ge=0)
    seconds: float = Field(ge=0)
    processor_seconds: float = Field(0.0, ge=0)
    phase_start_step: int = Field(ge=0)
    phase_start_samples: int = Field(ge=0)
    phase_start_seconds: float = Field(ge=0)
    phase_start_processor_seconds: float = Field(0.0, ge=0)
    best_ratio: float | None = Field(ge=0)
    best_copied: float = Field(0.0, ge=0, le=1)
    since_best: int = Field(0, ge=0)
    returns: int = Field(0, ge=0)
    keeps_guide: bool = False

    @model_validator(mode="after")
    def _refuse_impossible_counts(self) -> "CheckpointHeader":
        if self.phase not in [phase.name for phase in build_phases(self.recipe)]:
            raise ValueError(f"its recipe has no phase {self.phase}")
        counts = ("step", "samples", "seconds", "processor_seconds")
        if any(getattr(self, f"phase_start_{count}") > getattr(self, count) for count in counts):
            raise ValueError("its phase began after it was saved")
        return self


_KIND = Kind("checkpoint", "ganola-checkpoint", CheckpointHeader, FORMAT_VERSION)


def save_checkpoint(path: Path, state: State) -> None:
    """Write all of `state` that changes, whole or not at all; nothing says on which device it was."""
    tensors: dict[str, Tensor] = {}
    for name, own in _tensors(state).items():
        tensors |= {f"{name}.{key}": tensor.detach().cpu().contiguous() for key, tensor in own.items()}
    header = {"format_version": FORMAT_VERSION, "recipe": state.recipe.model_dump(mode="json")}
    write_tensors(path, tensors, _KIND.key, header | {name: getattr(state, name) for name in _FIELDS})


def restore_checkpoint(path: Path, state: State) -> None:
    """Bring a new `state` to where the checkpoint at `path` was.

    Raises InputError where the file is damaged, of another version, or of another recipe than that of `state`.
    """
    file = read_tensors(path, _KIND)
    changed = first_difference(file.header.recipe, state.recipe)
    if changed:
        raise InputError(
            f"the recipe of this run has changed: {changed.key} is {changed.now}, and was {changed.before} when {path} "
            "was saved",
            f"Put it back in recipe.toml, to {changed.before}; or train in a new folder.",
        )
    try:
        networks, optimisers = _networks(state), _optimisers(state)
        refuse_others(file.tensors, {*networks, *optimisers})
        for name, network in networks.items():
            load_weights(network, tensors_of(name, file.tensors))
        for name, optimiser in optimisers.items():
            _restore_adam(optimiser, tensors_of(name, file.tensors))
    except DamagedError as error:
        raise damaged(path, error) from error
    for name in _FIELDS:
        setattr(state, name, getattr(file.header, name))


def _networks(state: State) -> dict[str, torch.nn.Module]:
    networks = {"generator": state.networks.generator, "critic": state.networks.critic, "ema": state.ema}
    if state.networks.encoder is not None:
        networks["encoder"] = state.networks.encoder
    return networks


def _optimisers(state: State) -> dict[str, Adam]:
    return {f"{name}-adam": optimiser for name, optimiser in state.optimisers.items()}


def _tensors(state: State) -> dict[str, dict[str, Tensor]]:
    networks = {name: dict(network.state_dict()) for name, network in _networks(state).items()}
    return networks | {name: _adam_tensors(optimiser) for name, optimiser in _optimisers(state).items()}


def _adam_tensors(optimiser: Adam) -> dict[str, Tensor]:
    moments: dict[int, dict[str, Any]] = optimiser.state_dict()["state"]
    return {
        f"{index}.{name}": torch.as_tensor(value) for index, values in moments.items() for name, value in values.items()
    }


def _restore_adam(optimiser: Adam, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimiser its moments. Raises DamagedError where they are those of other weights."""
    whole = optimiser.state_dict()
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        known = index.isdecimal() and int(index) < len(weights) and name in _ADAM_KEYS and tensor.is_floating_point()
        if not known or tensor.shape != (() if name == "step" else weights[int(index)].shape):
            raise DamagedError("its parts do not fit together")
        refuse_strange_numbers(key, tensor)
        moments.setdefault(int(index), {})[name] = tensor
    if any(own.keys() != _ADAM_KEYS for own in moments.values()):
        raise DamagedError("its parts do not fit together")
    optimiser.load_state_dict({"state": moments, "param_groups": whole["param_groups"]})
