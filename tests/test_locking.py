"""The lock on a folder: one process holds it, and no end of a process leaves it behind."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ganola.locking import LOCK, FolderLock

HOLD = """
import sys, time
from pathlib import Path
from ganola.locking import FolderLock
print(FolderLock(Path(sys.argv[1])).acquire(), flush=True)
time.sleep(60)
"""


def test_one_holds_it_and_the_next_takes_it_when_it_is_given_back(tmp_path: Path):
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_gives_it_back(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        mine = FolderLock(tmp_path)
        assert not mine.acquire()
        holder.kill()
        holder.wait()
        assert mine.acquire()
    mine.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_whose_file_is_removed_is_no_longer_held(tmp_path: Path):
    lock = FolderLock(tmp_path)
    assert lock.acquire()
    assert lock.is_held()
    (tmp_path / LOCK).unlink()
    assert not lock.is_held()
    other = FolderLock(tmp_path)
    assert other.acquire()
    lock.release()  # takes away nothing of the other's
    assert other.is_held()
    other.release()


def test_a_folder_that_is_missing_is_not_made(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        FolderLock(tmp_path / "gone").acquire()


def test_of_many_at_once_one_holds_it_at_a_time(tmp_path: Path):
    """While it is taken and given back all the time, so that its file comes and goes."""
    inside, most, taken = [0], [0], [0]

    def take() -> None:
        for _ in range(200):
            lock = FolderLock(tmp_path)
            if lock.acquire():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                taken[0] += 1
                inside[0] -= 1
                lock.release()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert taken[0] > 4
    assert list(tmp_path.iterdir()) == []
