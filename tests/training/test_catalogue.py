"""Every entry of the catalogue trains, on every kind of track, and with every other entry at least once in pairs."""

from itertools import combinations, product

import numpy as np
import pytest
import torch

from ganola.corpus.store import Corpus
from ganola.corpus.windows import windows_of
from ganola.networks.config import ModelSpec
from ganola.networks.inputs import to_network_input
from ganola.networks.outputs.registry import DISCRETISERS
from ganola.networks.spectral import stored_weight
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.augmentation import AUGMENTATIONS
from ganola.objectives.penalties import PENALTIES
from ganola.randomness import Purpose, latents, stream
from ganola.training.build import build_state
from ganola.training.phases.adversarial import adversarial_step
from ganola.training.recipe import Recipe, parse_recipe
from ganola.training.state import State
from tests.corpora import band_corpus

BATCH, STEPS = 4, 3
FADED = 1e-11  # a gradient so small that Adam's step is lost in a weight's rounding; with He's rule there is none
BANDS = {
    "monophonic": ("line",),
    "polyphonic": ("chords",),
    "drums": ("drums",),
    "mix": ("line", "chords", "drums"),
}
EVERY = {  # all of these with each other
    "band": tuple(BANDS),
    "architecture": ("dcgan", "mlp", "mirror", "musegan", "residual", "timeline"),
    "output": tuple(DISCRETISERS),
}
PAIRED = {  # each of these with each of all others
    "planes": ("sounding", "onset-sustain"),
    "loss": tuple(OBJECTIVES),
    "penalty": (*PENALTIES, "none"),
    "augment": tuple(AUGMENTATIONS),
    "generator_normalisation": ("none", "batch", "layer"),
    "critic_normalisation": ("none", "batch", "layer", "spectral"),
    "initialisation": ("he", "normal-0.02", "normal-1"),
}

Choice = dict[str, str]
Pair = frozenset[tuple[str, str]]


def possible(choice: Choice) -> bool:
    """Batch normalisation in a critic under a penalty is refused."""
    return choice.get("critic_normalisation") != "batch" or choice.get("penalty", "none") == "none"


def pairs_of(choice: Choice) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(choice.items(), 2)}


def all_pairs() -> set[Pair]:
    every = {name: values for factors in (EVERY, PAIRED) for name, values in factors.items()}
    return {
        frozenset([(one, first), (other, second)])
        for one, other in combinations(every, 2)
        for first, second in product(every[one], every[other])
        if possible({one: first, other: second})
    }


def catalogue() -> list[Choice]:
    """The product of EVERY, each laid out with what of PAIRED meets the most that it has not met yet."""
    missing, chosen, randomness = all_pairs(), [], np.random.default_rng(0)
    for values in product(*EVERY.values()):
        choice: Choice = dict(zip(EVERY, values, strict=True))
        for name in sorted(PAIRED, key=lambda name: (name != "critic_normalisation", name != "penalty")):
            candidates = [choice | {name: value} for value in PAIRED[name] if possible(choice | {name: value})]
            new = [len(pairs_of(candidate) & missing) for candidate in candidates]
            best = [candidate for candidate, count in zip(candidates, new, strict=True) if count == max(new)]
            choice = best[randomness.integers(len(best))]
        missing -= pairs_of(choice)
        chosen.append(choice)
    return chosen


CATALOGUE = catalogue()


@pytest.fixture(scope="session")
def bands(tmp_path_factory) -> dict[str, Corpus]:
    return {name: band_corpus(tmp_path_factory.mktemp(name), parts) for name, parts in BANDS.items()}


def recipe_of(choice: Choice) -> Recipe:
    networks = ("architecture", "output", "planes", "generator_normalisation", "critic_normalisation", "initialisation")
    objective = {name: choice[name] for name in ("loss", "penalty", "augment")}
    return parse_recipe(
        {
            "networks": {"width": 4, "latent": 5} | {name: choice[name] for name in networks},
            "objective": objective | {"augment_probability": 0.4, "penalty_weight": 1.0},
            "training": {"batch": BATCH, "seed": 1},
        },
        "catalogue",
    )


def own_weights(state: State) -> dict[str, torch.nn.Parameter]:
    players = {"generator": state.networks.generator, "critic": state.networks.critic}
    return {
        f"{player}.{name}": parameter
        for player, network in players.items()
        for name, parameter in network.named_parameters()
    }


def test_every_pair_of_entries_is_in_the_catalogue() -> None:
    assert all_pairs() - set().union(*map(pairs_of, CATALOGUE)) == set()
    assert len(CATALOGUE) == 4 * 6 * 6


def test_the_bands_have_the_tracks_they_are_named_for(bands) -> None:
    kinds = {name: [(track.monophonic, track.drums) for track in corpus.tracks] for name, corpus in bands.items()}
    assert kinds["monophonic"] == [(True, False)]
    assert kinds["polyphonic"] == [(False, False)]
    assert kinds["drums"] == [(False, True)]
    assert sorted(kinds["mix"]) == [(False, False), (False, True), (True, False)]


@pytest.mark.parametrize("choice", CATALOGUE, ids=["-".join(choice.values()) for choice in CATALOGUE])
def test_it_trains_three_steps_and_plays(bands, choice) -> None:
    corpus, recipe = bands[choice["band"]], recipe_of(choice)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=recipe.networks)
    state, windows = build_state(recipe, spec), windows_of(corpus, "train")
    if choice["initialisation"] == "he":
        calm(state.networks.critic)
    steepest = dict.fromkeys(own_weights(state), 0.0)
    before = {name: parameter.detach().clone() for name, parameter in own_weights(state).items()}
    for step in range(STEPS):
        chosen = np.arange(step * BATCH, (step + 1) * BATCH) % len(windows)
        record = adversarial_step(state, [to_network_input(windows.rolls(chosen), spec.planes)])
        assert np.isfinite([record.metrics[name] for name in ("critic_loss", "generator_loss", "penalty")]).all()
        for name, parameter in own_weights(state).items():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            steepest[name] = max(steepest[name], parameter.grad.abs().max().item())
    for name, parameter in own_weights(state).items():
        faded = choice["initialisation"] != "he" and steepest[name] < FADED
        assert not torch.equal(parameter, before[name]) or faded or a_constant(choice, name, parameter), name
    r = latents(6, spec.latent, stream(0, Purpose.SNAPSHOTS))
    with torch.no_grad():
        seen, played = state.ema_networks.soft_rolls(r), state.ema.rolls(r)
    check_seen(choice, seen)
    check_played(spec, played)


@torch.no_grad()
def calm(critic: torch.nn.Module) -> None:
    """Make a critic unsure: of the opinions of an untrained one some are so firm that losses are flat there."""
    last = [layer for layer in critic.modules() if isinstance(layer, torch.nn.Linear)][-1]
    stored_weight(last)[0].mul_(0.01)


def a_constant(choice: Choice, name: str, parameter: torch.nn.Parameter) -> bool:
    """Whether this is the constant that a critic adds to each D, and only differences of D count (to hinge, as long as
    nothing is judged beyond its margin)."""
    return (
        choice["loss"] in ("wasserstein", "relativistic", "hinge")
        and name.startswith("critic")
        and parameter.shape == (1,)
    )


def check_seen(choice: Choice, seen: torch.Tensor) -> None:
    assert ((seen >= 0) & (seen <= 1)).all()
    if DISCRETISERS[choice["output"]].is_binary:
        assert ((seen == 0) | (seen == 1)).all()


def check_played(spec: ModelSpec, played: torch.Tensor) -> None:
    assert played.dtype == torch.bool
    assert played.shape == (6, len(spec.tracks), spec.planes, spec.grid.steps, spec.grid.pitches)
    if spec.networks.output not in ("softmax", "gumbel-softmax"):
        return
    sounds = played.any(dim=2)
    for index, track in enumerate(spec.tracks):
        if track.monophonic:
            assert (sounds[:, index].sum(dim=2) <= 1).all()
    if spec.planes == 2:
        onset, sustain = played.unbind(dim=2)
        assert not (onset & sustain).any()
        assert not sustain[:, :, 0].any()
        assert not (sustain[:, :, 1:] & ~sounds[:, :, :-1]).any()  # nothing is held that did not sound
