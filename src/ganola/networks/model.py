"""A model: generator, critic and their spec, built, and kept as one safetensors file with a JSON header."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn

from ganola.checksums import DamagedError
from ganola.networks.blocks import allocate, built, planned
from ganola.networks.choices import ModelSpec
from ganola.networks.critics import critic_of
from ganola.networks.discretise import Discretiser
from ganola.networks.encoder import Encoder
from ganola.networks.generators import GENERATORS, Generator
from ganola.networks.record import ModelHeader, ModelRecord
from ganola.networks.tensor_file import Kind, damaged, read_tensors, write_tensors

FORMAT_VERSION = 7
MODEL_FILE = "model.safetensors"  # what it is called in the folder of a run
LARGEST_WEIGHT = 1e6  # far beyond what trainings lead to; such weights play noise
_KIND = Kind("model", "ganola", ModelHeader, FORMAT_VERSION)
_PLAYERS = ("generator", "critic", "encoder")
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
    record: ModelRecord
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


def plan_networks(spec: ModelSpec, *, encoder: bool = False) -> Networks:
    """Networks that take no memory until they are given their weights (see `load_planned`)."""
    return Networks(
        spec=spec,
        generator=planned(GENERATORS[spec.networks.architecture], spec),
        critic=planned(critic_of, spec),
        encoder=planned(Encoder, spec) if encoder else None,
    )


def save_model(path: Path, networks: Networks, record: ModelRecord, *, half: bool = False) -> None:
    """Write the networks' weights and how they came about to `path`, whole or not at all.

    With `half` they are in float16 (see `halved`), half as large; networks compute in float32 all the same.
    """
    header = ModelHeader(format_version=FORMAT_VERSION, spec=networks.spec, record=record)
    tensors: dict[str, Tensor] = {}
    for player in _PLAYERS:
        network: nn.Module | None = getattr(networks, player)
        if network is None:
            continue
        weights = dict(network.named_parameters())
        for name, tensor in network.state_dict().items():
            whole = tensor.detach().cpu().contiguous()
            tensors[f"{player}.{name}"] = halved(whole, together=name in weights) if half else whole
    write_tensors(path, tensors, _KIND.key, header.as_json())


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
    """The model in the file `path`, ready to play. Raises InputError where it is none, is cut off or damaged, or is
    another version's."""
    file = read_tensors(path, _KIND)
    spec = file.header.spec
    try:
        refuse_others(file.tensors, _PLAYERS)
        of_generator, of_critic, of_encoder = (tensors_of(player, file.tensors) for player in _PLAYERS)
        networks = plan_networks(spec, encoder=bool(of_encoder))
        load_planned(networks.generator, of_generator)
        if of_critic:
            load_planned(networks.critic, of_critic)
        if networks.encoder is not None:
            load_planned(networks.encoder, of_encoder)
    except DamagedError as error:
        raise damaged(path, error) from error
    return Model(
        spec=spec,
        generator=networks.generator.eval(),
        critic=networks.critic.eval() if of_critic else None,
        encoder=networks.encoder.eval() if networks.encoder is not None else None,
        record=file.header.record,
        digest=file.digest,
    )


def load_weights(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a network its weights. Raises DamagedError where they are another's, or such as no training leads to."""
    _refuse_unlike(network, tensors)
    weights = dict(network.named_parameters())
    for name, tensor in tensors.items():
        most = LARGEST_WEIGHT if name in weights else float("inf")
        refuse_strange_numbers(name, tensor, most)
    network.load_state_dict(tensors)


def load_planned(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """The same for a network that is only planned: it takes memory once the weights are known to fit, no more than they
    do, whatever a file says of it."""
    _refuse_unlike(network, tensors)
    allocate(network)
    load_weights(network, tensors)


def _refuse_unlike(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    own = network.state_dict()
    if tensors.keys() != own.keys() or not all(_alike(tensors[name], tensor) for name, tensor in own.items()):
        raise DamagedError("its parts do not fit together")


def refuse_strange_numbers(name: str, tensor: Tensor, most: float = float("inf")) -> None:
    """Raise DamagedError where a number of the tensor called `name` is not finite, or beyond `most`."""
    if tensor.is_floating_point() and not (tensor.isfinite() & (tensor.abs() <= most)).all():
        raise DamagedError(f"numbers of {name} are not finite, or far too large")


def refuse_others(tensors: Mapping[str, Tensor], owners: Collection[str]) -> None:
    """Raise DamagedError for a tensor that is none of these owners'."""
    if any(name.partition(".")[0] not in owners for name in tensors):
        raise DamagedError("its parts do not fit together")


def tensors_of(owner: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of one owner, by their names in it."""
    prefix = f"{owner}."
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _alike(given: Tensor, own: Tensor) -> bool:
    """Whether a tensor has the shape and the sort of numbers of another."""
    return given.shape == own.shape and given.is_floating_point() == own.is_floating_point() and not given.is_complex()
