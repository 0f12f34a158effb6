"""What the keys of ganola 0.1 are called now, so that an old recipe is refused with what to write instead."""

from collections.abc import Mapping

RENAMED_SECTIONS = {"warm_start": "vae", "prior": "flow"}
RENAMED_KEYS = {
    "networks.prior_width": "networks.flow_width",
    "warm_start.kl_rise": "vae.kl_warmup",
    "warm_start.transpose_after": "vae.transpose_after_epochs",
    "prior.anchor": "flow.replay_weight",
    "training.teaches": "training.trains (its prior is now flow, its suited now auto)",
    "training.critic_lead": "training.critic_warmup",
    "training.average_samples": "training.ema_half_life_samples",
    "training.judge_every": "training.validate_every_samples",
}


def find_new_name(key: str) -> str | None:
    """Return what a key of 0.1 is called now, or None where `key` is no such key.

    A key is written as section.name; a section alone is a key too.
    """
    section, _, name = key.partition(".")
    moved = RENAMED_SECTIONS.get(section)
    return RENAMED_KEYS.get(key) or (f"{moved}.{name}" if moved and name else moved)


def list_renamed(tree: Mapping[str, object]) -> dict[str, str]:
    """Return the keys of 0.1 in the tree of a recipe, each with what it is called now."""
    keys = [
        f"{section}.{name}" if name else section
        for section, values in tree.items()
        for name in (values if isinstance(values, Mapping) and values else [""])
    ]
    return {key: new for key in keys if (new := find_new_name(key))}
