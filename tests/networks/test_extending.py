"""The examples of docs/extending.md for networks: each works once it is added."""

import sys

import pytest
import torch

from ganola.networks import architectures
from ganola.networks.model import build_networks
from ganola.networks.outputs.registry import DISCRETISERS
from tests.extending import example, run_example
from tests.networks.support import normal, seeded


def test_an_architecture_is_one_file(make_spec, tmp_path, monkeypatch) -> None:
    (tmp_path / "linear.py").write_text(example("An architecture"))
    with pytest.raises(ValueError, match="architecture"):
        make_spec("linear")
    monkeypatch.setattr(architectures, "__path__", [*architectures.__path__, str(tmp_path)])
    spec = make_spec("linear", "straight-through")
    networks = build_networks(spec, seeded())
    rolls = networks.soft_rolls(normal(3, 6))
    networks.critic(rolls).sum().backward()
    assert rolls.shape == (3, 3, 2, spec.grid.steps, spec.grid.pitches)
    assert networks.generator.layer.weight.grad.abs().sum() > 0
    monkeypatch.delitem(sys.modules, "ganola.networks.architectures.linear")


def test_a_discretiser_is_one_entry(make_spec) -> None:
    with pytest.raises(ValueError, match="output"):
        make_spec(output="steep-sigmoid")
    try:
        run_example("A discretiser")
        networks = build_networks(make_spec(output="steep-sigmoid"), seeded())
        logits = networks.generator(normal(2, 6))
        assert torch.equal(networks.soft_rolls(normal(2, 6)), (3 * logits.pitch).sigmoid())
        assert torch.equal(networks.spec.discretiser.hard(logits), logits.pitch > 0)
    finally:
        DISCRETISERS.pop("steep-sigmoid", None)
