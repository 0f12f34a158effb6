"""A model: generator, critic and their spec, built, and kept as one safetensors file with a JSON header."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from ganola.errors import InputError
from ganola.networks.blocks import built
from ganola.networks.choices import ModelSpec
from ganola.networks.critics import critic_of
from ganola.networks.discretise import Discretiser
from ganola.networks.encoder import Encoder
from ganola.networks.generators import GENERATORS, Generator
from ganola.storage import machine_error, write_whole

FORMAT_VERSION = 6
MODEL_FILE = "model.safetensors"  # what it is called in the folder of a run
_HEADER = "ganola"
_ROUNDING = 2.0**-11  # of a number is what float16 changes it by at most, where it holds all of its eleven digits


@dataclass(frozen=True)
class Networks:
    """The two players of a game, for one spec, and perhaps an encoder."""

    spec: ModelSpec
    generator: Generator
    critic: nn.Module
    encoder: nn.Module | None = None  # left by a warm start

    def soft_rolls(self, r: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch tracks planes steps pitches"]:
        """The rolls that training shows the critic for this r."""
        return Discretiser(self.spec)(self.generator(r))


@dataclass(frozen=True)
class Model:
    """A trained model as it comes from its file; `record` says how it was trained, `digest` which file it is.

    One that was kept without its critic plays all the same, and judges nothing.
    """

    spec: ModelSpec
    generator: nn.Module
    critic: nn.Module | None
    record: dict[str, Any]
    digest: str
    encoder: nn.Module | None = None  # left by a warm start

    @torch.inference_mode()
    def rolls(self, latent: Float[Tensor, "batch latent"]) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        """The rolls that these latents play."""
        return Discretiser(self.spec).hard(self.generator(latent))


def build_networks(
    spec: ModelSpec, randomness: np.random.Generator | None = None, *, encoder: bool = False
) -> Networks:
    """Untrained networks, their weights drawn from `randomness`; without it, they have yet to be given some."""
    name, kind = spec.networks.architecture, spec.networks.initialisation
    return Networks(
        spec=spec,
        generator=built(GENERATORS[name], spec, kind=kind, randomness=randomness),
        critic=built(critic_of, spec, kind=kind, randomness=randomness),
        encoder=built(Encoder, spec, kind="he", randomness=randomness) if encoder else None,
    )


def save_model(path: Path, networks: Networks, record: dict[str, Any], *, half: bool = False) -> None:
    """Write the networks' weights and how they came about to `path`, whole or not at all.

    With `half` they are in float16 (see `halved`), half as large; networks compute in float32 all the same.
    """
    header = {
        "format_version": FORMAT_VERSION,
        "spec": networks.spec.model_dump(mode="json"),
        "record": record,
    }
    players = {"generator": networks.generator, "critic": networks.critic, "encoder": networks.encoder}
    tensors: dict[str, Tensor] = {}
    for player, network in players.items():
        if network is None:
            continue
        weights = dict(network.named_parameters())
        for name, tensor in network.state_dict().items():
            whole = tensor.detach().cpu().contiguous()
            tensors[f"{player}.{name}"] = halved(whole, together=name in weights) if half else whole
    write_whole(path, save(tensors, metadata={_HEADER: json.dumps(header, sort_keys=True)}), lasting=True)


def halved(tensor: Shaped[Tensor, "*shape"], *, together: bool) -> Shaped[Tensor, "*shape"]:
    """The same in float16 where that only rounds it, by no more than a 2048th; else as it is.

    Float16 has no numbers beyond 65504, and few digits left below 0.00006. Of numbers that act `together`, as a layer's
    weights do, what is lost may be so much of all their squares; of others, such as variances, so much of each.
    """
    if not tensor.is_floating_point():
        return tensor
    half, exact = tensor.half(), tensor.double()
    lost, most = (half.double() - exact).abs(), _ROUNDING * exact.abs()
    only_rounded = lost.norm() <= most.norm() if together else (lost <= most).all()
    return half if half.isfinite().all() and only_rounded else tensor


def load_model(path: Path) -> Model:
    """The model in the file `path`, ready to play. Raises InputError where it is none, is cut off, or is another
    version's."""
    header, tensors, digest = read_tensors(path, _HEADER)
    if header.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"{path} is a model of another version of ganola (format {header.get('format_version')}, "
            f"this one reads {FORMAT_VERSION})",
            "Use the ganola that made it, or train again.",
        )
    try:
        spec, record = ModelSpec.model_validate(header["spec"]), dict(header["record"])
        of_encoder = _weights_of("encoder", tensors)
        networks = build_networks(spec, encoder=bool(of_encoder))
        networks.generator.load_state_dict(_weights_of("generator", tensors))
        of_critic = _weights_of("critic", tensors)
        if of_critic:
            networks.critic.load_state_dict(of_critic)
        if networks.encoder is not None:
            networks.encoder.load_state_dict(of_encoder)
    except (KeyError, TypeError, ValidationError, RuntimeError) as error:
        raise InputError(
            f"{path} is damaged: its parts do not fit together", "Train again, or copy it anew."
        ) from error
    return Model(
        spec=spec,
        generator=networks.generator.eval(),
        critic=networks.critic.eval() if of_critic else None,
        encoder=networks.encoder.eval() if networks.encoder is not None else None,
        record=record,
        digest=digest,
    )


def _weights_of(player: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    prefix = f"{player}."
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def read_tensors(path: Path, key: str) -> tuple[dict[str, Any], dict[str, Tensor], str]:
    """The JSON header under `key`, the tensors and the hash of a safetensors file. Raises InputError for another."""
    try:
        data = path.read_bytes()
        tensors = load(data)
        metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]).get("__metadata__", {})
        header: dict[str, Any] = json.loads(metadata[key])
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}", "Check the name; ganola train makes one.") from error
    except (SafetensorError, ValueError) as error:
        raise InputError(
            f"{path} is cut off or damaged, or not a ganola file", "Copy it anew, or train again."
        ) from error
    except KeyError as error:
        raise InputError(f"{path} was not made by ganola", "Name a model.safetensors that ganola trained.") from error
    except OSError as error:
        raise machine_error(error, path) from error
    return header, tensors, hashlib.sha256(data).hexdigest()[:12]
