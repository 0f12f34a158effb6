from collections.abc import Iterator

import pytest

from ganola.corpus.store import Corpus
from tests.corpora import tiny_corpus
from tests.models import rough_validation


@pytest.fixture(autouse=True, scope="module")
def _rough_validation() -> Iterator[None]:
    with rough_validation():
        yield


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A small corpus in which every split has pieces; not to be changed."""
    return tiny_corpus(tmp_path_factory.mktemp("corpus"))
