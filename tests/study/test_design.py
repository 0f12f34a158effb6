"""What is trained for a study, worked out by hand."""

import pytest
from pydantic import ValidationError

from ganola.study.design import Study, corpus_name, expand, find_stand_ins, folder_name, list_settings, list_values
from ganola.study.records import BASE, CellId
from tests.study.support import LOSS, ROOM, small_study


def named(study: Study) -> list[tuple[str, str]]:
    return [(setting.id.question, setting.id.value) for setting in list_settings(study)]


def test_one_at_a_time_is_the_base_and_each_other_value_alone() -> None:
    study = small_study(axes=[LOSS, ROOM])
    assert named(study) == [("base", "base"), ("loss", "minimax"), ("room", "wide"), ("room", "long")]
    minimax, wide = list_settings(study)[1:3]
    assert (minimax.recipe.objective.loss, minimax.recipe.networks.width) == ("minimax", 8)
    assert (wide.recipe.objective.loss, wide.recipe.networks.width) == ("wasserstein", 9)


def test_a_value_that_the_base_has_already_is_the_bases_training() -> None:
    trials = find_stand_ins(list_settings(small_study(axes=[LOSS, ROOM])))
    assert trials[CellId("loss", "wasserstein")] == trials[CellId("room", "same")] == trials[BASE] == BASE
    assert trials[CellId("loss", "minimax")] == CellId("loss", "minimax")
    assert len(trials) == 6


def test_a_product_is_every_combination() -> None:
    study = small_study(axes=[LOSS, ROOM], design="product")
    assert [(cell.question, cell.value) for cell, _ in list_values(study)] == [
        ("product", f"loss={loss}, room={room}")
        for loss in ("wasserstein", "minimax")
        for room in ("wide", "long", "same")
    ]
    last = list_settings(study)[-2]
    assert (last.recipe.objective.loss, last.recipe.networks.latent, last.recipe.networks.width) == ("minimax", 7, 8)


def test_each_rung_of_a_ladder_keeps_those_below() -> None:
    rungs = [
        LOSS | {"values": ["minimax"]},
        {"name": "width", "key": "networks.width", "values": [9]},
        {"name": "loss again", "key": "objective.loss", "values": ["hinge"]},
    ]
    settings = list_settings(small_study(axes=rungs, design="ladder"))
    found = [(one.id.question, one.recipe.objective.loss, one.recipe.networks.width) for one in settings]
    assert found == [
        ("base", "wasserstein", 8), ("loss", "minimax", 8), ("width", "minimax", 9), ("loss again", "hinge", 9),
    ]  # fmt: skip


def test_all_of_one_seed_come_first_and_each_has_its_folder() -> None:
    cells = expand(small_study(corpora=["a/tiny.corpus", "songs.zip"], seeds=[3, 1]))
    assert [(cell.seed, cell.corpus, cell.id.value) for cell in cells] == [
        (seed, corpus, value) for seed in (3, 1) for corpus in ("tiny", "songs") for value in ("base", "minimax")
    ]
    assert cells[1].name == "tiny-loss-minimax-seed3"
    assert {cell.recipe.training.seed for cell in cells if cell.name.endswith("seed1")} == {1}
    assert len({cell.name for cell in cells}) == len(cells)


def test_a_folders_name_is_short_and_plain() -> None:
    assert folder_name("my music", CellId("a/b", "x: y"), 0) == "my-music-a-b-x-y-seed0"
    long, other = (folder_name("c", CellId("product", "v" * 90 + end), 0) for end in ("a", "b"))
    assert len(long) < 110
    assert long != other


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"seeds": 0}, "from 1 to 1000"),
        ({"seeds": [1, 1]}, "different whole numbers"),
        ({"budget": {"steps": 1, "samples": 2}}, "one of the four"),
        ({"axes": [LOSS | {"bundles": {"a": {}}}]}, "one of the two"),
        ({"axes": [LOSS | {"values": []}]}, "needs a key and its values"),
        ({"axes": [{"name": "nothing"}]}, "one of the two|needs"),
        ({"axes": [LOSS | {"values": ["hinge", "hinge"]}]}, "two of its values are equal"),
        ({"axes": [LOSS | {"values": [["hinge"]]}]}, "a number, a text, true or false"),
        ({"axes": [LOSS | {"name": "base"}]}, "means something else"),
    ],
)
def test_what_cannot_be_is_refused(changes, fault) -> None:
    with pytest.raises(ValidationError, match=fault):
        small_study(**changes)


def test_numbers_and_truths_keep_their_kind() -> None:
    (axis,) = small_study(axes=[LOSS | {"key": "networks.width", "values": [1, 1.5, True, "one"]}]).axes
    assert [change for (change,) in axis.choices.values()] == [
        "networks.width=1", "networks.width=1.5", "networks.width=true", 'networks.width="one"',
    ]  # fmt: skip


def test_a_corpus_has_the_name_of_its_folder_however_its_path_is_written(tmp_path, monkeypatch) -> None:
    (tmp_path / "songs" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "songs")
    assert [corpus_name(given) for given in (".", "inner/..", "../songs.corpus", "chorales")] == [
        "songs", "songs", "songs", "chorales",
    ]  # fmt: skip
