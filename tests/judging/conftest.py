"""The music that most tests of judging compare with."""

import pytest

from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.store import Corpus
from tests.judging.support import write_styled_tunes


@pytest.fixture(scope="session")
def styled(tmp_path_factory) -> Corpus:
    """200 tunes of seven bars, phrases of two: 120 windows to be held out for testing, and as many for validation."""
    folder = tmp_path_factory.mktemp("styled")
    write_styled_tunes(folder / "tunes", 200)
    options = BuildOptions(bars=2, steps_per_quarter=2)
    return build(open_source(str(folder / "tunes")), folder / "styled.corpus", options, workers=0)
