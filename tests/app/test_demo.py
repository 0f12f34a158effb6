import pytest

from ganola.app.demo import open_or_create_demo_run
from ganola.errors import InputError
from ganola.training.recipe import preset_names
from tests.corpora import tiny_corpus


@pytest.mark.parametrize("recipe", preset_names())
def test_a_second_demo_goes_on_with_the_run_of_the_first(tmp_path, recipe) -> None:
    corpus, folder = tiny_corpus(tmp_path / "corpus"), tmp_path / "run"
    first = open_or_create_demo_run(folder, corpus, recipe, minutes=1.0)
    first.write_record()
    again = open_or_create_demo_run(folder, corpus, recipe, minutes=2.0)
    assert again.recipe == first.recipe
    assert again.budget.minutes == 2


def test_a_demo_of_another_recipe_is_refused_and_says_what_to_move(tmp_path) -> None:
    corpus, folder = tiny_corpus(tmp_path / "corpus"), tmp_path / "run"
    open_or_create_demo_run(folder, corpus, "default", minutes=1.0).write_record()
    with pytest.raises(InputError, match="another recipe than prototype"):
        open_or_create_demo_run(folder, corpus, "prototype", minutes=1.0)
