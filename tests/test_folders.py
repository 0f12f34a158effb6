"""Folders of one command at a time, and what is unfinished: hidden until it is whole, gone if it fails."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ganola.errors import InputError
from ganola.folders import (
    TakenError,
    Unfinished,
    all_or_none,
    begin_files,
    begin_folder,
    claimed_folder,
    first_free,
    lock_folder,
    refuse_existing,
    remove_folder,
)
from ganola.locking import LOCK
from ganola.storage import write_whole


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def visible(folder: Path) -> list[str]:
    return [name for name in contents(folder) if not name.startswith(".")]


def fail(begin: Callable[[], Unfinished], failure: type[BaseException]) -> None:
    with begin() as unfinished:
        (unfinished.folder / "samples").mkdir()
        (unfinished.folder / "samples" / "song").write_text("half")
        raise failure


def test_a_folder_appears_when_it_is_whole(tmp_path: Path):
    with begin_folder(tmp_path / "runs" / "first") as unfinished:
        (unfinished.folder / "song").write_text("whole")
        assert not (tmp_path / "runs" / "first").exists()
        assert unfinished.finish() == tmp_path / "runs" / "first"
    assert contents(tmp_path) == ["runs", "runs/first", "runs/first/song"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_folder_that_fails_leaves_nothing_nor_the_folders_above_it(tmp_path: Path, failure: type[BaseException]):
    (tmp_path / "mine").write_text("older")
    with pytest.raises(failure):
        fail(lambda: begin_folder(tmp_path / "runs" / "first"), failure)
    assert contents(tmp_path) == ["mine"]


def test_without_a_finish_nothing_is_left(tmp_path: Path):
    with begin_folder(tmp_path / "phrases") as unfinished:
        (unfinished.folder / "song").write_text("whole")
    assert contents(tmp_path) == []


@pytest.mark.parametrize("hidden", [(), (".DS_Store",)])
def test_an_empty_folder_is_filled_at_the_end_and_stays_if_it_fails(tmp_path: Path, hidden: tuple[str, ...]):
    """Nothing is written beside it: that may be forbidden."""
    place = tmp_path / "mine" / "empty"
    place.mkdir(parents=True)
    for name in hidden:
        (place / name).touch()
    with pytest.raises(RuntimeError):
        fail(lambda: begin_folder(place), RuntimeError)
    assert contents(place) == list(hidden)
    with begin_folder(place) as unfinished:
        write_whole(unfinished.folder / "deep" / "song", "whole")
        assert visible(place) == []
        assert contents(place.parent) == ["empty", *(f"empty/{name}" for name in contents(place))]
        unfinished.finish()
    assert contents(place) == [*hidden, "deep", "deep/song"]


def test_what_others_put_beside_a_failed_folder_stays(tmp_path: Path):
    def fail_beside_another() -> None:
        with begin_folder(tmp_path / "runs" / "first"):
            write_whole(tmp_path / "runs" / "second" / "song", "another run's")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_beside_another()
    assert contents(tmp_path) == ["runs", "runs/second", "runs/second/song"]


def test_a_folder_with_something_in_it_is_refused_and_untouched(tmp_path: Path):
    (tmp_path / "song").write_text("mine")
    with pytest.raises(TakenError, match="not empty"):
        begin_folder(tmp_path)
    with pytest.raises(TakenError, match="is a file"):
        begin_folder(tmp_path / "song")
    assert contents(tmp_path) == ["song"]
    assert (tmp_path / "song").read_text() == "mine"


def test_a_folder_that_came_meanwhile_is_not_mixed_with(tmp_path: Path):
    with begin_folder(tmp_path / "phrases") as unfinished:
        (unfinished.folder / "song").write_text("new")
        write_whole(tmp_path / "phrases" / "mine", "older")
        with pytest.raises(TakenError, match="not empty"):
            unfinished.finish()
    assert contents(tmp_path) == ["phrases", "phrases/mine"]


def test_two_at_the_same_folder_are_told_before_they_begin(tmp_path: Path):
    with begin_folder(tmp_path / "phrases") as first:
        with pytest.raises(TakenError, match=f"another ganola is at work in {tmp_path / 'phrases'}") as caught:
            begin_folder(tmp_path / "phrases")
        assert caught.value.exit_status == 2
        (first.folder / "song").write_text("whole")
        first.finish()
    with pytest.raises(TakenError, match="already exists"):
        begin_folder(tmp_path / "phrases")


@pytest.mark.parametrize("gone", ["", "phrases"])
def test_a_folder_that_is_removed_meanwhile_is_not_claimed_to_be_whole(tmp_path: Path, gone: str):
    """Though writing goes on, and makes the folders that it misses."""
    place = tmp_path / "here" / "phrases"
    if gone:
        place.mkdir(parents=True)
    with begin_folder(place) as unfinished:
        write_whole(unfinished.folder / "one", "whole")
        shutil.rmtree(tmp_path / "here")
        write_whole(unfinished.folder / "two", "whole")
        with pytest.raises(InputError, match="was removed"):
            unfinished.finish()
    assert not (place / "two").exists()


def test_what_a_killed_process_left_is_hidden_and_the_next_takes_its_place(tmp_path: Path):
    killed = begin_folder(tmp_path / "phrases-1")
    (killed.folder / "old").write_text("half")
    killed._lock._remove()  # the system gives the lock back
    assert visible(tmp_path) == []
    with first_free(lambda number: begin_folder(tmp_path / f"phrases-{number}")) as unfinished:
        (unfinished.folder / "new").write_text("whole")
        unfinished.finish()
    assert contents(tmp_path) == ["phrases-1", "phrases-1/new"]


def test_files_that_belong_together_appear_together_and_the_first_of_them_last(tmp_path: Path, monkeypatch):
    files = [tmp_path / name for name in ("report.html", "report.json", "report.csv")]
    moved, replace = [], Path.replace
    monkeypatch.setattr(Path, "replace", lambda old, new: moved.append(new.name) or replace(old, new))
    with begin_files(files) as unfinished:
        for file in files:
            (unfinished.folder / file.name).write_text("whole")
        assert visible(tmp_path) == []
        unfinished.finish()
    assert moved == ["report.csv", "report.json", "report.html"]
    assert contents(tmp_path) == sorted(moved)


def test_a_file_that_is_there_bars_the_way_of_all_unless_they_may_be_replaced(tmp_path: Path):
    files = [tmp_path / "report.html", tmp_path / "report.json"]
    files[1].write_text("mine")
    with pytest.raises(TakenError, match=r"report\.json is there already"):
        begin_files(files)
    with begin_files(files, replace=True) as unfinished:
        (unfinished.folder / "report.json").write_text("new")
        unfinished.finish()
    assert files[1].read_text() == "new"


def test_the_first_free_number_is_the_lowest_that_is_not_taken(tmp_path: Path):
    (tmp_path / "run-1").write_text("a file takes a name too")
    write_whole(tmp_path / "run-2" / "song", "whole")
    (tmp_path / "run-3").mkdir()  # nobody's
    write_whole(tmp_path / "run-4" / "song", "whole")

    def begin(number: int) -> Unfinished:
        return begin_folder(tmp_path / f"run-{number}")

    with first_free(begin) as first, first_free(begin) as second:
        assert (first.target.name, second.target.name) == ("run-3", "run-5")


CLAIM = """
import sys
from pathlib import Path
from ganola.folders import claimed_folder, lock_folder, refuse_existing

def begin():
    with claimed_folder(lambda number: Path(sys.argv[1]) / f"run-{number}") as folder, lock_folder(folder):
        refuse_existing(folder)
        (folder / "recipe").write_text(sys.argv[2])
        (folder / "budget").write_text(sys.argv[2])
    return folder.name

input()  # all of them begin at once
print(*(begin() for _ in range(20)))
"""


def test_six_processes_that_begin_at_once_each_get_folders_of_their_own(tmp_path: Path):
    words = [sys.executable, "-c", CLAIM, str(tmp_path)]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([*words, str(own)], **streams) for own in range(6)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    claimed = [process.communicate()[0].split() for process in processes]
    assert sorted(name for own in claimed for name in own) == sorted(f"run-{number}" for number in range(1, 121))
    for own, names in enumerate(claimed):
        files = [path for name in names for path in (tmp_path / name).iterdir()]
        assert [path.read_text() for path in files] == [str(own)] * 40


def test_another_error_than_a_taken_name_ends_the_search(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError):
        first_free(lambda number: begin_folder(tmp_path / "file" / f"run-{number}"))


def test_a_claimed_folder_is_there_at_once_and_goes_if_it_stays_empty(tmp_path: Path):
    (tmp_path / "runs" / "run-1").mkdir(parents=True)
    (tmp_path / "runs" / "run-2").write_text("a file takes a name too")

    def name(number: int) -> Path:
        return tmp_path / "runs" / f"run-{number}"

    with claimed_folder(name) as first, claimed_folder(name) as second:
        assert (first.is_dir(), first.name, second.is_dir(), second.name) == (True, "run-3", True, "run-4")
        (second / "song").write_text("whole")
    assert contents(tmp_path / "runs") == ["run-1", "run-2", "run-4", "run-4/song"]
    with claimed_folder(lambda number: tmp_path / "new" / str(number)) as folder:
        assert folder == tmp_path / "new" / "1"
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(InputError, match="cannot be used"),
        claimed_folder(lambda number: tmp_path / "file" / f"run-{number}"),
    ):
        pytest.fail("the block must not run")


def test_a_locked_folder_keeps_others_out_and_is_left_as_it_was(tmp_path: Path):
    (tmp_path / "song").write_text("mine")
    with lock_folder(tmp_path), pytest.raises(TakenError, match="another ganola is at work"), lock_folder(tmp_path):
        pytest.fail("the block must not run")
    assert contents(tmp_path) == ["song"]


def test_a_locked_folder_is_made_and_goes_if_nothing_is_put_in_it(tmp_path: Path):
    with lock_folder(tmp_path / "runs" / "first"):
        assert (tmp_path / "runs" / "first").is_dir()
        refuse_existing(tmp_path / "runs" / "first")  # the lock does not count
    assert contents(tmp_path) == []
    with lock_folder(tmp_path / "runs" / "first"):
        (tmp_path / "runs" / "first" / "song").write_text("whole")
    assert contents(tmp_path) == ["runs", "runs/first", "runs/first/song"]


def test_a_locked_folder_that_is_removed_is_told(tmp_path: Path):
    def lock_and_remove() -> None:
        with lock_folder(tmp_path / "run"):
            shutil.rmtree(tmp_path / "run")
            write_whole(tmp_path / "run" / "song", "whole")

    with pytest.raises(InputError, match="was removed"):
        lock_and_remove()
    assert contents(tmp_path) == ["run", "run/song"]


def test_what_killed_processes_had_begun_to_write_goes_with_the_next_lock(tmp_path: Path):
    for name in (".log.7.partial", "checkpoint/.state.7.partial", "other/.state.8.partial", f"other/{LOCK}"):
        write_whole(tmp_path / name, "half")
    with lock_folder(tmp_path):
        pass
    assert [path.name for path in tmp_path.rglob(".*")] == [".state.8.partial", LOCK]  # the other folder is at work


def test_a_folder_that_another_is_at_work_in_is_not_removed(tmp_path: Path):
    write_whole(tmp_path / "run" / "song", "whole")
    with lock_folder(tmp_path / "run"):
        remove_folder(tmp_path / "run")
    assert contents(tmp_path) == ["run", "run/song"]
    remove_folder(tmp_path / "run")
    assert contents(tmp_path) == []


def test_files_of_one_thing_are_written_all_or_none(tmp_path: Path):
    paths = [tmp_path / "song.mid", tmp_path / "song.wav"]

    def write(failure: type[BaseException] | None) -> None:
        with all_or_none(paths):
            paths[0].write_text("whole")
            if failure:
                raise failure
            paths[1].write_text("whole")

    with pytest.raises(KeyboardInterrupt):
        write(KeyboardInterrupt)
    assert contents(tmp_path) == []
    write(None)
    assert contents(tmp_path) == ["song.mid", "song.wav"]
