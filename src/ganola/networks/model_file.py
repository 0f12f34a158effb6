"""A model's file: its weights and how they came about, as safetensors with a JSON header."""

from collections.abc import Collection, Mapping
from pathlib import Path

from jaxtyping import Shaped
from torch import Tensor, nn

from ganola.checksums import DamagedError
from ganola.networks.initialise import allocate
from ganola.networks.model import Model, Networks, plan_networks
from ganola.networks.record import ModelHeader, ModelRecord
from ganola.networks.tensor_file import Kind, damaged, read_tensors, write_tensors

FORMAT_VERSION = 10
MODEL_FILE = "model.safetensors"  # what it is called in the folder of a run
LARGEST_WEIGHT = 1e6  # far beyond what trainings lead to; such weights play noise
_KIND = Kind("model", "ganola", ModelHeader, FORMAT_VERSION)
_NETWORKS = ("generator", "critic", "encoder")
_ROUNDING = 2.0**-11  # of a number is what float16 changes it by at most, where it holds all of its eleven digits


def save_model(path: Path, networks: Networks, record: ModelRecord, *, half: bool = False) -> None:
    """Write the networks' weights and how they came about to `path`, whole or not at all.

    With `half` they are in float16 (see `halved`), half as large; networks compute in float32 all the same.
    """
    header = ModelHeader(format_version=FORMAT_VERSION, spec=networks.spec, record=record)
    tensors: dict[str, Tensor] = {}
    for name in _NETWORKS:
        network: nn.Module | None = getattr(networks, name)
        if network is None:
            continue
        weights = dict(network.named_parameters())
        for key, tensor in network.state_dict().items():
            whole = tensor.detach().cpu().contiguous()
            tensors[f"{name}.{key}"] = halved(whole, together=key in weights) if half else whole
    write_tensors(path, tensors, _KIND.key, header.as_json())


def halved(tensor: Shaped[Tensor, "*shape"], *, together: bool) -> Shaped[Tensor, "*shape"]:
    """Return a tensor in float16 where that only rounds it, by no more than a 2048th; else as it is.

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
    """Return the model in the file `path`, ready to play.

    Raises InputError where it is none, is cut off or damaged, or is another version's.
    """
    file = read_tensors(path, _KIND)
    spec = file.header.spec
    try:
        refuse_others(file.tensors, _NETWORKS)
        of_generator, of_critic, of_encoder = (tensors_of(name, file.tensors) for name in _NETWORKS)
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
    """Give a network its weights.

    Raises DamagedError where they are another network's, not finite, or larger than LARGEST_WEIGHT.
    """
    _refuse_unlike(network, tensors)
    weights = dict(network.named_parameters())
    for name, tensor in tensors.items():
        most = LARGEST_WEIGHT if name in weights else float("inf")
        refuse_strange_numbers(name, tensor, most)
    network.load_state_dict(tensors)


def load_planned(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Give a network on "meta" its weights (see `plan_networks`).

    It takes memory once the weights are known to fit, no more than they do, whatever a file says of it. Raises
    DamagedError as `load_weights` does.
    """
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
    """Return whether a tensor has the shape and the sort of numbers of another."""
    return given.shape == own.shape and given.is_floating_point() == own.is_floating_point() and not given.is_complex()
