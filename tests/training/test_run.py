import shutil

import pytest

from ganola.corpus.plan import PLAN, load_plan
from ganola.corpus.store import open_corpus
from ganola.errors import InputError
from ganola.networks.model import MODEL_FILE, load_model
from ganola.training.run import Budget, new_run


@pytest.fixture
def own_corpus(corpus, tmp_path):
    shutil.copytree(corpus.folder, tmp_path / "own.corpus")
    return open_corpus(tmp_path / "own.corpus")


def test_a_model_knows_the_plan_of_its_corpus(corpus, recipe, tmp_path) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    run.save(run.start())
    model = load_model(run.folder / MODEL_FILE)
    assert model.record.plan == load_plan(corpus.folder / PLAN).plan


def test_another_plan_than_the_corpus_was_built_by_is_refused(own_corpus, recipe, tmp_path) -> None:
    path = own_corpus.folder / PLAN
    path.write_text(path.read_text(encoding="utf-8").replace("bars = 2", "bars = 3"), encoding="utf-8")
    run = new_run(tmp_path / "run", own_corpus, recipe, Budget(steps=1))
    with pytest.raises(InputError, match="not the plan that this corpus was built by"):
        run.save(run.start())
