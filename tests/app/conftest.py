from collections.abc import Iterator

import pytest

from ganola.corpus.store import Corpus
from tests.corpora import tiny_corpus
from tests.models import few_phrases


@pytest.fixture(autouse=True, scope="module")
def _few_phrases() -> Iterator[None]:
    with few_phrases():
        yield


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A small corpus in which every split has pieces; not to be changed."""
    return tiny_corpus(tmp_path_factory.mktemp("corpus"))
