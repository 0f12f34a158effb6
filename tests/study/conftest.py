from collections.abc import Iterator

import pytest
import torch

from ganola.corpus.store import Corpus
from tests.corpora import tiny_corpus
from tests.models import few_phrases

torch.set_num_threads(1)  # networks this small gain nothing from more, and lose where cores are busy


@pytest.fixture(autouse=True, scope="module")
def _few_phrases() -> Iterator[None]:
    with few_phrases():
        yield


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Corpus:
    return tiny_corpus(tmp_path_factory.mktemp("corpus"))
