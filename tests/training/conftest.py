import pytest
import torch

from ganola.corpus.store import Corpus
from ganola.training.recipe import Recipe, parse_recipe
from tests.corpora import tiny_corpus

torch.set_num_threads(1)  # networks this small gain nothing from more, and lose where cores are busy


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Corpus:
    return tiny_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def recipe() -> Recipe:
    return small_recipe()


def small_recipe(**sections: dict[str, object]) -> Recipe:
    tree: dict[str, dict[str, object]] = {
        "networks": {"architecture": "mlp", "width": 16, "latent": 6, "output": "softmax"},
        "training": {"batch": 5, "critic_steps": 2, "average_samples": 40.0},
    }
    for section, choices in sections.items():
        tree[section] = tree.get(section, {}) | choices
    return parse_recipe(tree, "small")
