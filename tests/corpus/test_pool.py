"""Worker processes: what a deadly item costs, what comes back, and that nothing is left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ganola.corpus import pool
from ganola.corpus.pool import run_jobs
from ganola.errors import InputError, MachineError
from ganola.processes import defer_interrupts
from tests.corpus import tasks
from tests.corpus.tasks import LONG, Job, perform

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def no_process_left():
    yield
    assert multiprocessing.active_children() == []


def job_of(folder: Path, *acts: str, seconds: float = LONG, name: str = "result") -> Job:
    return Job(acts, folder / name, seconds)


def outcomes(job: Job, **settings: int) -> list[str]:
    list(run_jobs(perform, [job], [len(job.acts)], workers=1, **settings))
    return job.outcomes()


@posix
def test_items_that_kill_or_hang_their_reader_are_lost_alone(tmp_path):
    job = job_of(tmp_path, "a", "signal SIGSEGV", "b", "exit 3", "hang", "c", "leave 7", seconds=0.2)
    assert outcomes(job) == [
        "a",
        "its reader was killed (signal 11), which damaged files can do",
        "b",
        "its reader ended (exit status 3), which damaged files can do",
        "reading it took longer than 0.2 seconds",
        "c",
        "its reader ended (exit status 7), which damaged files can do",
    ]


def test_a_script_that_nothing_guards_is_not_run_by_its_workers(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from ganola.corpus.pool import run_jobs\n"
        "from tests.corpus.tasks import Job, perform\n"
        "job = Job(('a', 'b'), Path(__file__).with_suffix('.json'))\n"
        "list(run_jobs(perform, [job], [2], workers=1))\n"
        "print(job.outcomes())\n"
    )
    here = {"PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, script], env=os.environ | here, capture_output=True, text=True, timeout=LONG)
    assert (ran.stdout, ran.stderr) == ("['a', 'b']\n", "")


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_counts_rise_to_the_sum_and_results_do_not_depend_on_the_workers(tmp_path, workers):
    acts = [("a", "b", "c"), ("d",), ("e", "f"), ("g", "h")]
    jobs = [job_of(tmp_path, *some, name=some[0]) for some in acts]
    counts = list(run_jobs(perform, jobs, [len(some) for some in acts], workers))
    assert counts == sorted(counts)
    assert counts[-1] == 8
    assert [tuple(job.outcomes()) for job in jobs] == acts


def test_without_workers_the_counts_are_those_of_the_jobs(tmp_path):
    assert list(run_jobs(perform, [job_of(tmp_path, "a"), job_of(tmp_path, "b", "c")], [1, 2], workers=0)) == [1, 3]


@posix
def test_counts_within_a_job_never_fall_when_it_starts_again(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "REPORT_SECONDS", 0.0)
    counts = []
    # The other job ends while the first one, begun again, stands at its first item.
    jobs = [job_of(tmp_path, "once", "a", "b", "hang", seconds=0.2), job_of(tmp_path, "hang until twice", name="other")]
    for count in run_jobs(perform, jobs, [4, 1], workers=2):
        counts.append(count)
        if (tmp_path / "twice").exists():
            (tmp_path / "go on").touch()
    assert counts == sorted(counts)
    assert 3 in counts
    assert counts[-1] == 5


def test_a_refusal_crosses_intact(tmp_path):
    with pytest.raises(InputError) as raised:
        outcomes(job_of(tmp_path, "refuse"))
    assert (raised.value.problem, raised.value.remedy) == ("a wrong note", "Play another.")


def test_another_exception_brings_its_traceback(tmp_path):
    with pytest.raises(ZeroDivisionError, match="by a rest") as raised:
        outcomes(job_of(tmp_path, "stumble"))
    assert "in _act" in raised.value.__notes__[0]


def test_an_exception_that_cannot_cross_comes_as_text(tmp_path):
    with pytest.raises(RuntimeError, match="UntransportableError: twowords"):
        outcomes(job_of(tmp_path, "garble"))


@pytest.mark.skipif(sys.platform != "linux", reason="no other system limits memory so")
def test_memory_is_limited_beyond_what_was_in_use(tmp_path):
    job = job_of(tmp_path, "allocate 205", "allocate 195", "allocate 205")
    assert outcomes(job, memory=200 * 2**20) == ["no memory", "allocate 195", "no memory"]


@pytest.mark.parametrize(("task", "status"), [(tasks.die_before_the_first, 4), (tasks.die_after_the_last, 5)])
def test_a_death_at_no_item_is_not_tried_again(tmp_path, task, status):
    with pytest.raises(MachineError, match=rf"ended \(exit status {status}\)") as raised:
        list(run_jobs(task, [job_of(tmp_path, "a", "b")], [2], workers=1))
    assert "--workers 1" in raised.value.remedy
    assert len(list(tmp_path.glob("result.*"))) == 1


def test_a_task_that_dies_of_an_item_it_was_told_to_leave_is_stopped(tmp_path):
    with pytest.raises(MachineError, match=r"ended \(exit status 3\)"):
        list(run_jobs(tasks.forget_what_is_skipped, [job_of(tmp_path, "a", "exit 3")], [2], workers=1))


def test_a_failure_ends_the_other_workers(tmp_path):
    jobs = [job_of(tmp_path, "hang"), job_of(tmp_path, "refuse")]
    with pytest.raises(InputError):
        list(run_jobs(perform, jobs, [1, 1], workers=2))
    assert multiprocessing.active_children() == []


def test_closing_ends_the_workers(tmp_path):
    counts = run_jobs(perform, [job_of(tmp_path, "a", name="a"), job_of(tmp_path, "hang")], [1, 1], workers=2)
    assert next(counts) == 1
    counts.close()
    assert multiprocessing.active_children() == []


def test_no_more_workers_than_jobs(tmp_path):
    jobs = [job_of(tmp_path, "a", name="a"), job_of(tmp_path, "hang"), job_of(tmp_path, "hang", name="other")]
    counts = run_jobs(perform, jobs, [1, 1, 1], workers=5)
    next(counts)
    assert len(multiprocessing.active_children()) <= 3
    counts.close()


def test_time_for_which_the_parent_was_stopped_is_held_against_no_item(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(pool, "REPORT_SECONDS", 0.05)
    job = job_of(tmp_path, "a", "hang until awake", seconds=1.0)
    counts = run_jobs(perform, [job], [2], workers=1)
    assert next(counts) == 1
    time.sleep(1.0)
    (tmp_path / "awake").touch()
    assert list(counts)[-1] == 2
    assert job.outcomes() == ["a", "hang until awake"]


@posix
def test_workers_leave_interrupts_to_the_parent(tmp_path, monkeypatch):
    monkeypatch.setenv(tasks.EARLY_INTERRUPT, "1")
    assert outcomes(job_of(tmp_path, "signal SIGINT")) == ["signal SIGINT"]


@posix
def test_an_interrupt_waits_until_a_process_that_starts_can_be_ended():
    """Also one that another thread receives, as that of a progress bar may."""
    started, go = [], threading.Event()

    def receive() -> None:
        go.wait()
        signal.raise_signal(signal.SIGINT)

    def start() -> None:
        other = threading.Thread(target=receive)
        other.start()  # before, for a thread has the blocks of the one that starts it
        with defer_interrupts():
            go.set()
            other.join()
            started.append("a process")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            start()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert started == ["a process"]


@posix
@pytest.mark.parametrize(("stop", "status"), [(signal.SIGINT, 1), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_worker_outlives_its_parent(tmp_path, stop, status):
    command = [sys.executable, "-m", tasks.__name__, str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as parent:
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.02)
        # As a terminal does, Ctrl-C goes to the workers too; a hard kill hits the parent alone.
        os.killpg(parent.pid, stop) if stop == signal.SIGINT else os.kill(parent.pid, stop)
        _, words = parent.communicate(timeout=LONG / 2)  # ends when the last process that holds the stream does
    assert parent.returncode == status
    assert words == ("interrupted\n" if stop == signal.SIGINT else "")
