import json
import os
import shutil
import sys

import pytest

from ganola.checksums import with_checksum, without_checksum
from ganola.corpus.plan import PLAN, load_plan
from ganola.corpus.store import open_corpus
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.inputs import CPU
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.records import read_record, record_text
from ganola.training.budget import Budget
from ganola.training.callbacks import validation as validating
from ganola.training.loop import train
from ganola.training.recipe import load_recipe
from ganola.training.run import (
    CHECKPOINT,
    LAST,
    RECIPE,
    RUN,
    RunRecord,
    corpus_beside,
    new_run,
    open_run,
    resolve_recipe,
)
from tests.training.support import small_recipe, stop_after


@pytest.fixture
def own_corpus(corpus, tmp_path):
    shutil.copytree(corpus.folder, tmp_path / "own.corpus")
    return open_corpus(tmp_path / "own.corpus")


def test_a_model_knows_the_plan_of_its_corpus(corpus, recipe, tmp_path) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    run.keep(run.start())
    model = load_model(run.folder / MODEL_FILE)
    assert model.record.plan == load_plan(corpus.folder / PLAN).plan


def test_another_plan_than_the_corpus_was_built_by_is_refused(own_corpus, recipe, tmp_path) -> None:
    path = own_corpus.folder / PLAN
    path.write_text(path.read_text(encoding="utf-8").replace("bars = 2", "bars = 3"), encoding="utf-8")
    run = new_run(tmp_path / "run", own_corpus, recipe, Budget(steps=1))
    with pytest.raises(InputError, match="not the plan that this corpus was built by"):
        run.save(run.start())


RUN_FILES = {
    "a list": "[1, 2]",
    "a text": '"run"',
    "nothing": "",
    "nested too deep": "[" * 100_000,
    "of before there were checksums": '{"budget": {"steps": 1}, "corpus": "../c", "corpus_fingerprint": "x"}',
}


@pytest.mark.parametrize("text", RUN_FILES.values(), ids=RUN_FILES.keys())
@pytest.mark.parametrize("read", [open_run, lambda folder: corpus_beside(folder / MODEL_FILE)], ids=["run", "corpus"])
def test_a_run_json_that_is_no_record_is_refused_in_one_line(corpus, recipe, tmp_path, text, read) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    (run.folder / RUN).write_text(text)
    with pytest.raises(InputError, match="is damaged") as refused:
        read(run.folder)
    assert "\n" not in refused.value.problem


CHANGES = {
    "a corpus that is a number": {"corpus": 7},
    "a corpus without a name": {"corpus": ""},
    "a corpus whose name cannot be": {"corpus": "a\0b"},
    "no corpus": {"corpus": None},
    "a fingerprint that is a list": {"corpus_fingerprint": []},
    "no budget": {"budget": None},
    "a budget of nothing": {"budget": {"steps": 0}},
    "a budget that is no number": {"budget": {"minutes": float("nan")}},
    "two budgets": {"budget": {"steps": 1, "minutes": 1.0}},
    "something unknown": {"mood": "good"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_run_json_of_wrong_types_is_refused_though_its_checksum_is_right(corpus, recipe, tmp_path, change) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    about = without_checksum(json.loads((run.folder / RUN).read_text()))
    (run.folder / RUN).write_text(json.dumps(with_checksum(about | change)))
    with pytest.raises(InputError, match="is damaged"):
        open_run(run.folder)


def test_a_run_json_whose_number_was_changed_is_refused(corpus, recipe, tmp_path) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    text = (run.folder / RUN).read_text()
    assert '"steps": 1' in text
    (run.folder / RUN).write_text(text.replace('"steps": 1', '"steps": 2'))
    with pytest.raises(InputError, match="its checksum is wrong"):
        open_run(run.folder)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere such names cannot be")
def test_a_corpus_whose_name_is_no_utf_8_is_found_again(corpus, recipe, tmp_path) -> None:
    folder = tmp_path / os.fsdecode(b"m\xe9lodies.corpus")
    shutil.copytree(corpus.folder, folder)
    run = new_run(tmp_path / "run", open_corpus(folder), recipe, Budget(steps=1))
    assert open_run(run.folder).corpus.manifest == corpus.manifest
    assert corpus_beside(run.folder / MODEL_FILE).manifest == corpus.manifest


@pytest.mark.parametrize("text", ["deep = " + "[" * 100_000, "[training\n", "long = " + "9" * 9_999, "\udcff"])
def test_a_recipe_that_is_no_toml_is_refused_in_one_line(corpus, recipe, tmp_path, text) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    (run.folder / RECIPE).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match="recipe") as refused:
        open_run(run.folder)
    assert "\n" not in refused.value.problem


def test_a_run_of_0_1_is_refused_with_what_to_do(corpus, recipe, tmp_path) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    text = (run.folder / RECIPE).read_text().replace("[vae]", "[warm_start]")
    (run.folder / RECIPE).write_text(text)
    with pytest.raises(InputError, match=r"has keys of ganola 0\.1") as refused:
        open_run(run.folder)
    assert refused.value.remedy == "Train again in another folder."


def test_a_run_that_has_lost_its_recipe_says_so(corpus, recipe, tmp_path) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    (run.folder / RECIPE).unlink()
    with pytest.raises(InputError, match=r"there is no recipe .*recipe\.toml"):
        open_run(run.folder)


@pytest.mark.parametrize("judged", [True, False], ids=["the best is kept", "the last is kept"])
def test_twins_are_the_same_file_stopped_or_not(corpus, tmp_path, monkeypatch, judged) -> None:
    if not judged:
        monkeypatch.setattr(validating, "load_validation", lambda _: None)
    recipe = small_recipe(training={"validate_every_samples": 20})
    files = {name: [] for name in (MODEL_FILE, LAST)}
    for name, stops in (("one", []), ("other", []), ("stopped", [3])):
        folder = tmp_path / name / "run"
        run = new_run(folder, corpus, recipe, Budget(steps=5))
        for stop in stops:
            train(run, [], stop_after(stop))
            run = open_run(folder)
        train(run, [])
        for file, contents in files.items():
            contents.append((folder / file).read_bytes())
    for contents in files.values():
        assert contents[0] == contents[1] == contents[2]
    assert len(files[MODEL_FILE][0]) > 1000


def test_a_model_says_nothing_of_when_where_or_how_fast(corpus, recipe, tmp_path) -> None:
    run = new_run(tmp_path / "a place" / "run", corpus, recipe, Budget(steps=2))
    state = train(run, [])
    record = run.record(state).model_dump(mode="json")
    assert record.keys() == {
        "corpus", "corpus_fingerprint", "common_tonic", "tempo", "plan", "recipe", "steps", "samples", "validation",
        "calibration", "from_model",
    }  # fmt: skip
    assert "a place" not in json.dumps(record)


def test_a_new_run_never_touches_a_folder_that_holds_something(tmp_path, corpus, recipe) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        new_run(tmp_path, corpus, recipe, Budget(steps=1))
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_going_on_needs_a_run_and_its_corpus(tmp_path, corpus, recipe) -> None:
    with pytest.raises(InputError, match="not a run"):
        open_run(tmp_path)
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    about = read_record(run.folder / RUN, RunRecord, "")
    (run.folder / RUN).write_text(record_text(about.model_copy(update={"corpus_fingerprint": "another"})))
    with pytest.raises(InputError, match="not the one"):
        open_run(run.folder)


def test_a_run_that_lost_its_checkpoint_is_not_begun_anew(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=2))
    train(run, [])
    (run.folder / CHECKPOINT).unlink()
    model = (run.folder / MODEL_FILE).read_bytes()
    with pytest.raises(InputError, match="lost its checkpoint"):
        open_run(run.folder)
    assert (run.folder / MODEL_FILE).read_bytes() == model


@pytest.mark.parametrize("damage", [b"[1, 2]", b"\xff\xfe", b"{", b"{}"])
def test_a_damaged_run_is_refused_in_words(tmp_path, corpus, recipe, damage) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    (run.folder / "run.json").write_bytes(damage)
    with pytest.raises(InputError, match="is damaged"):
        open_run(run.folder)


def test_a_run_and_its_corpus_can_move_together_even_through_a_link(tmp_path, corpus, recipe) -> None:
    home = tmp_path / "home"
    shutil.copytree(corpus.folder, home / "tiny.corpus")
    (tmp_path / "elsewhere").mkdir()
    (home / "runs").symlink_to(tmp_path / "elsewhere")
    new_run(home / "runs" / "one", open_corpus(home / "tiny.corpus"), recipe, Budget(steps=1))
    assert open_run(home / "runs" / "one").corpus.manifest == corpus.manifest


def test_opening_a_run_changes_nothing_in_it(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    before = (run.folder / "run.json").read_bytes()
    open_run(run.folder, Budget(steps=9))
    assert (run.folder / "run.json").read_bytes() == before


@pytest.mark.parametrize(("monophonic", "temperature", "trains"), [(True, 0.0, "flow"), (False, 0.75, "generator")])
@pytest.mark.parametrize(("bars", "latent"), [(1, 128), (4, 128), (5, 160), (16, 512), (64, 2048)])
def test_what_a_recipe_leaves_to_the_music_is_spelled_out(monophonic, temperature, trains, bars, latent) -> None:
    tracks = (Track(name="a", monophonic=True), Track(name="b", monophonic=monophonic))
    grid = Grid(bars=bars)
    resolved = resolve_recipe(load_recipe("default"), grid, tracks, CPU)
    networks = resolved.networks
    assert (networks.latent, networks.temperature, resolved.training.trains) == (latent, temperature, trains)
    assert resolve_recipe(resolved, grid, tracks, CPU) == resolved


def test_a_latent_that_a_recipe_names_stays_as_it_is_for_any_phrase() -> None:
    recipe = load_recipe("default", ["networks.latent=100"])
    assert resolve_recipe(recipe, Grid(bars=16), (Track(name="a"),), CPU).networks.latent == 100
