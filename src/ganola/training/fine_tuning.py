"""Fine-tuning: a training that begins with the weights of a model instead of new ones, and learns other music."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.judging.reference import refuse_other_music
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Model
from ganola.networks.record import ModelId
from ganola.training.phases.registry import PHASES, build_phases
from ganola.training.recipe import Recipe, apply_changes, parse_recipe, read_tree, toml_value
from ganola.training.state import State

_OF_THE_RUN = {"precision": "fastest", "seed": 0}  # what a model's recipe says of its own machine and its own run


@dataclass(frozen=True)
class Pretrained:
    """A model whose weights a training begins with; its `name`, and how a command names it (`given`)."""

    model: Model
    name: str
    given: str

    @property
    def id(self) -> ModelId:
        """Return which model it is, for the record."""
        return ModelId(name=self.name, digest=self.model.digest)


def fine_tuning_recipe(pretrained: Pretrained, recipe: str | None = None, changes: Sequence[str] = ()) -> Recipe:
    """Return a preset or the recipe in a TOML file, by default the model's own, with the model's networks.

    The model's own is made gentler, as each phase says (`Phase.fine_tuning_limits`). `changes`, each key=value, are
    laid over it. Raises InputError where one of them asks for other networks than the model's, and as `load_recipe`
    does.
    """
    networks = pretrained.model.spec.networks.model_dump(mode="json")
    tree = read_tree(recipe) if recipe else _gentle_recipe(pretrained)
    tree["networks"] = dict(networks)
    apply_changes(tree, changes)
    _refuse_other_networks(tree["networks"], networks, pretrained.given)
    given = pretrained.given
    about = f"{recipe} with the networks of {given}" if recipe else f"of {given}"
    return parse_recipe(tree, about)


def refuse_other_shape(corpus: Corpus, pretrained: Pretrained) -> None:
    """Raise InputError where a corpus has another grid or other tracks than the model plays."""
    spec, given = pretrained.model.spec, pretrained.given
    remedy = f"Build a corpus that fits, and train on that: ganola corpus build MUSIC --plan {given} --out OTHER.corpus"
    refuse_other_music(corpus, spec.grid, spec.tracks, given, remedy)


def load_pretrained(state: State, model: Model) -> None:
    """Give a new state the weights of a model: to the generator and its moving average, the critic and the encoder.

    What the model lacks keeps its new weights. A flow that was trained keeps its guide: a new one would be a copy of a
    good flow, and guidance leads away from what is bad (Karras et al. 2024, arXiv 2406.02507, section 3).
    """
    prior = model.generator.get_submodule("prior")
    state.keeps_guide = isinstance(prior, LatentFlow) and prior.is_standardised
    _copy_weights(model.generator, state.networks.generator)
    _copy_weights(model.generator, state.ema)
    _copy_weights(model.critic, state.networks.critic)
    _copy_weights(model.encoder, state.networks.encoder)


def fine_tuning_notices(pretrained: Pretrained, recipe: Recipe, corpus: Corpus) -> Iterator[str]:
    """Yield what a person should know who goes on with this model, each in a sentence."""
    model, given = pretrained.model, pretrained.given
    if model.critic is None:
        yield f"{given} was kept without its critic: a new one learns from nothing."
    if model.encoder is None and any(phase.needs_encoder for phase in build_phases(recipe)):
        yield f"{given} has no encoder: a new one learns from nothing."
    if model.record.common_tonic != corpus.manifest.common_tonic:
        keys = {True: "transposed to C", False: "in its own keys"}
        yield (
            f"{given} learned music {keys[model.record.common_tonic]}, and {corpus.folder} is "
            f"{keys[corpus.manifest.common_tonic]}: it has to learn that anew."
        )


def _gentle_recipe(pretrained: Pretrained) -> dict[str, Any]:
    tree = parse_recipe(pretrained.model.record.recipe, f"of {pretrained.given}").model_dump(mode="json")
    tree["training"] |= _OF_THE_RUN
    for phase in PHASES:
        for key, highest in phase.fine_tuning_limits.items():
            tree[phase.trains][key] = min(tree[phase.trains][key], highest)
    return tree


def _copy_weights(source: nn.Module | None, target: nn.Module | None) -> None:
    if source is not None and target is not None:
        target.load_state_dict(source.state_dict())


def _refuse_other_networks(asked: Mapping[str, object], own: Mapping[str, object], name: str) -> None:
    for key, value in asked.items():
        if value != own[key]:
            raise InputError(
                f"networks.{key} is {toml_value(own[key])} in {name}, and a training that begins with its weights "
                f"cannot change it to {toml_value(value)}",
                f"Leave networks.{key} out.",
            )
