"""The state of a training as one safetensors file, written whole; nothing is ever unpickled."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor
from torch.optim import Adam

from ganola.errors import InputError
from ganola.networks.model import read_tensors
from ganola.storage import write_whole
from ganola.training.state import State

FORMAT_VERSION = 7
_HEADER = "ganola-checkpoint"
_FACTS = ("step", "samples", "seconds", "phase", "phase_step", "phase_samples", "phase_seconds", "best")


def save_checkpoint(path: Path, state: State) -> None:
    """Write all of `state` that changes, whole or not at all; nothing says on which device it was."""
    tensors: dict[str, Tensor] = {}
    for name, tensors_of in _parts(state).items():
        tensors |= {f"{name}.{key}": tensor.detach().cpu().contiguous() for key, tensor in tensors_of.items()}
    header = {"format_version": FORMAT_VERSION} | {name: getattr(state, name) for name in _FACTS}
    write_whole(path, save(tensors, metadata={_HEADER: json.dumps(header)}), lasting=True)


def restore_checkpoint(path: Path, state: State) -> None:
    """Bring a fresh `state` to where the checkpoint at `path` was. Raises InputError where it cannot."""
    header, tensors, _ = read_tensors(path, _HEADER)
    if header.get("format_version") != FORMAT_VERSION:
        raise InputError(f"the checkpoint {path} is of another version of ganola", "Train again.")
    try:
        for name, network in _networks(state).items():
            network.load_state_dict(_own(tensors, name))
        for name, optimiser in _optimisers(state).items():
            _restore_adam(optimiser, _own(tensors, name))
        for name in _FACTS:
            setattr(state, name, header[name])
    except (RuntimeError, KeyError, ValueError) as error:
        raise InputError(f"the checkpoint {path} does not fit its recipe", "Train again.") from error


def _networks(state: State) -> dict[str, torch.nn.Module]:
    networks = {"generator": state.networks.generator, "critic": state.networks.critic, "average": state.average}
    if state.networks.encoder is not None:
        networks["encoder"] = state.networks.encoder
    return networks


def _optimisers(state: State) -> dict[str, Adam]:
    optimisers = {"generator-adam": state.generator_optimiser, "critic-adam": state.critic_optimiser}
    before = {"warm-adam": state.warm_optimiser, "prior-adam": state.prior_optimiser}
    return optimisers | {name: optimiser for name, optimiser in before.items() if optimiser is not None}


def _parts(state: State) -> dict[str, dict[str, Tensor]]:
    networks = {name: dict(network.state_dict()) for name, network in _networks(state).items()}
    return networks | {name: _adam_tensors(optimiser) for name, optimiser in _optimisers(state).items()}


def _adam_tensors(optimiser: Adam) -> dict[str, Tensor]:
    moments: dict[int, dict[str, Any]] = optimiser.state_dict()["state"]
    return {
        f"{index}.{name}": torch.as_tensor(value) for index, values in moments.items() for name, value in values.items()
    }


def _restore_adam(optimiser: Adam, tensors: dict[str, Tensor]) -> None:
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        moments.setdefault(int(index), {})[name] = tensor
    whole = optimiser.state_dict()
    optimiser.load_state_dict({"state": moments, "param_groups": whole["param_groups"]})


def _own(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.removeprefix(f"{name}."): tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}
