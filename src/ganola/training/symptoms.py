"""What can go wrong with a training: the thresholds at which each problem shows, its words, and what helps."""

from collections.abc import Callable
from dataclasses import dataclass

from ganola.judging.diversity import ALWAYS
from ganola.training.diagnostics import Diagnostics
from ganola.training.recipe import Recipe

# Of the difference between real phrases: generated ones that differ less are nearly the same for every latent.
# Healthy trainings measured 0.5 (the prototype's first minute) to 1; a generator that ignores its latent measures 0.
COLLAPSED_VARIETY = 0.3

# The critic ranks 99 of 100 pairs rightly. By itself that is no problem: a healthy critic often does.
PERFECT_AUC = 0.99
# Healthy games measured a gradient ratio of 1 (the prototype) to 40 (the default), at one moment 0.14.
VANISHED_GRADIENT_RATIO = 0.03
# A loss this flat has over 4 nats of logit on the right side for nearly every roll. Healthy games reached 0.96.
SATURATED = 0.99

# Chance ranks half of the pairs rightly, give or take 0.05 for as many rolls as are judged: 0.6 is within two such
# errors of it.
BLIND_AUC = 0.6
# Multiples of the floor (1: as good as other real music): music so far off can be told from real by a few features
# alone, so a critic that cannot tell them apart is at fault. Nearer than that, it is the aim of the game.
FAR_RATIO = 3.0

# Times the gradient norm of a network's first step. Healthy games stayed within 50 times, but for the prototype: its
# first weights are so small that its generator's gradient grows 500 times and stays there. An explosion has no limit.
EXPLODING_GROWTH = 10_000.0
# Times the best distance from validation music. Healthy games of the recipes strayed to 1.5 times their best; one of a
# few dozen tunes began at 2.3 times the VAE's best and came back. Chorales without `flow.replay_weight` reached 4.
WORSENING = 3.0

# The critic ranks training music above validation music in so many pairs: both are real, so 0.5 is healthy; healthy
# games measured 0.38 to 0.63, those on a few dozen tunes among them.
OVERFITTED_AUC = 0.9
# From here on validation logits are nearer to those of generated music. Healthy games measured -0.15 to 0.15; Karras et
# al. 2020 (arXiv 2006.06676) act at 0.6.
OVERFIT_RATIO = 0.5

_R1 = ("objective.penalty=r1", "objective.penalty_weight=0.2")


@dataclass(frozen=True, slots=True)
class Symptom:
    """A problem: when it shows, how it is said, and which changes of the recipe (key=value) help."""

    name: str
    shows: Callable[[Diagnostics], bool]
    problem: Callable[[Diagnostics], str]
    advice: Callable[[Recipe, Diagnostics], tuple[str, ...]]
    allow_while_improving: bool = False  # whether it is no problem while the music gets better fast


def _is_silent(now: Diagnostics) -> bool:
    return now.silent_share >= ALWAYS


def _at_least(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit


def _below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _is_critic_ahead(now: Diagnostics) -> bool:
    """Return whether the critic leaves the generator nothing to learn from. In its own warm-up it is to be ahead."""
    won = _below(now.gradient_ratio, VANISHED_GRADIENT_RATIO) or _at_least(now.loss_saturation, SATURATED)
    return not now.generator_frozen and _at_least(now.critic_auc, PERFECT_AUC) and won


def _describe_critic_ahead(now: Diagnostics) -> str:
    vanished = _below(now.gradient_ratio, VANISHED_GRADIENT_RATIO)
    nothing = "the generator gets no gradient" if vanished else "its loss is saturated"
    return (
        f"The critic is too far ahead: it judges real music above generated in {_percent(now.critic_auc)} of pairs, "
        f"so far that {nothing}"
    )


def _against_collapse(recipe: Recipe, now: Diagnostics) -> tuple[str, ...]:
    """Against a generator that ignores its latents: in an autoencoder the KL is what silences them."""
    if kl_weight := getattr(getattr(recipe, now.trains), "kl_weight", 0.0):
        return (f"{now.trains}.kl_weight={_rounded(kl_weight / 3)}",)
    return _add_penalty(recipe) or _learn_from_real_music(recipe, now)


def _learn_from_real_music(recipe: Recipe, now: Diagnostics) -> tuple[str, ...]:
    """Let the generator reconstruct real music first; where it did, take smaller steps after that."""
    return ("vae.share=0.5",) if not recipe.vae.share else _slow_generator(recipe, now)


def _slow_generator(recipe: Recipe, now: Diagnostics) -> tuple[str, ...]:
    return (_divide_learning_rate(recipe, now.trains, 3),)


def _slow_critic(recipe: Recipe, _: Diagnostics) -> tuple[str, ...]:
    """Add a penalty where there is none, else take smaller steps. Minimax saturates (Goodfellow et al. 2014)."""
    if recipe.objective.loss == "minimax":
        return ("objective.loss=non-saturating", *_add_penalty(recipe))
    return _add_penalty(recipe) or (_divide_learning_rate(recipe, "critic", 3),)


def _speed_up_critic(recipe: Recipe, _: Diagnostics) -> tuple[str, ...]:
    return (f"training.critic_steps={recipe.training.critic_steps + 2}",)


def _calm_gradients(recipe: Recipe, now: Diagnostics) -> tuple[str, ...]:
    """Let the network whose gradient grows take smaller steps; above all Wasserstein's critic needs a penalty."""
    penalty = _add_penalty(recipe) if now.trains == "generator" else ()
    return (*penalty, _divide_learning_rate(recipe, now.growing_network or now.trains, 10))


def _regularise_critic(recipe: Recipe, _: Diagnostics) -> tuple[str, ...]:
    """R1 keeps a critic flat around training music; where it is there already, three times as much of it."""
    if recipe.objective.penalty in ("r1", "r1-r2", "finite-difference") and recipe.objective.penalty_weight:
        return (f"objective.penalty_weight={_rounded(3 * recipe.objective.penalty_weight)}",)
    return _add_penalty(recipe) or (_divide_learning_rate(recipe, "critic", 3),)


def _add_penalty(recipe: Recipe) -> tuple[str, ...]:
    """Return the penalty that suits the loss, or nothing where there is one. None goes with batch normalisation."""
    if recipe.objective.penalty != "none" and recipe.objective.penalty_weight:
        return ()
    wasserstein = recipe.objective.loss == "wasserstein"
    penalty = ("objective.penalty=gradient", "objective.penalty_weight=10") if wasserstein else _R1
    batch = recipe.networks.critic_normalisation == "batch"
    return (*penalty, *(("networks.critic_normalisation=none",) if batch else ()))


def _divide_learning_rate(recipe: Recipe, section: str, by: int) -> str:
    return f"{section}.learning_rate={_rounded(getattr(recipe, section).learning_rate / by)}"


def _rounded(value: float) -> str:
    return f"{value:.1g}"


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0):.0f} %"


SYMPTOMS = (
    Symptom(
        "silence",
        shows=_is_silent,
        problem=lambda now: f"The generator is silent: {_percent(now.silent_share)} of its phrases have no note",
        advice=_learn_from_real_music,
        allow_while_improving=True,
    ),
    Symptom(
        "dead tracks",
        shows=lambda now: bool(now.dead_tracks) and not _is_silent(now),
        problem=lambda now: f"Tracks never play, though those of real music do: {', '.join(now.dead_tracks)}",
        advice=_learn_from_real_music,
        allow_while_improving=True,
    ),
    Symptom(
        "collapse",
        shows=lambda now: _below(now.variety, COLLAPSED_VARIETY) and not _is_silent(now),
        problem=lambda now: (
            "The generator plays nearly the same for every latent: its phrases differ "
            f"{_percent(now.variety)} as much as real ones"
        ),
        advice=_against_collapse,
        allow_while_improving=True,
    ),
    Symptom("critic ahead", shows=_is_critic_ahead, problem=_describe_critic_ahead, advice=_slow_critic),
    Symptom(
        "critic blind",
        shows=lambda now: _below(now.critic_auc, BLIND_AUC) and _at_least(now.ratio, FAR_RATIO),
        problem=lambda now: (
            f"The critic is blind: it judges real music above generated in {_percent(now.critic_auc)} of pairs, chance "
            f"being 50 %, though the music is {now.ratio:,.0f} times as far from validation music as training music is"
        ),
        advice=_speed_up_critic,
    ),
    Symptom(
        "exploding gradients",
        shows=lambda now: _at_least(now.gradient_growth, EXPLODING_GROWTH),
        problem=lambda now: (
            f"Gradients grow without bound: the {now.growing_network}'s is {now.gradient_growth:,.0f} times its first"
        ),
        advice=_calm_gradients,
    ),
    Symptom(
        "worsening",
        shows=lambda now: _at_least(now.ratio, WORSENING * (now.best_ratio or 0)),
        problem=lambda now: (
            f"The music has got worse and stays so: {now.ratio:,.1f} times as far from validation music as training "
            f"music is, at best {now.best_ratio:,.1f}, which is kept to be played"
        ),
        advice=_slow_generator,
    ),
    Symptom(
        "overfitted critic",
        shows=lambda now: (
            _at_least(now.critic_auc, OVERFITTED_AUC)
            and _at_least(now.train_vs_validation_auc, OVERFITTED_AUC)
            and _at_least(now.overfit_ratio, OVERFIT_RATIO)
        ),
        problem=lambda now: (
            f"The critic knows its training music by heart: it judges it above validation music in "
            f"{_percent(now.train_vs_validation_auc)} of pairs, and validation music {_percent(now.overfit_ratio)} of "
            "the way down to generated"
        ),
        advice=_regularise_critic,
    ),
)
