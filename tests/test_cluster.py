"""Work on a real cluster of Ray, of two workers: what comes back, what a dead worker costs, and that nothing stays."""

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from ganola import cluster as module
from ganola.cluster import Cluster, LostTaskError, connect
from ganola.errors import GanolaError, InputError, MachineError
from tests.cluster_tasks import LONG, act


def attempts(order: str) -> int:
    return len(list(Path.cwd().glob(f"{order}.*")))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_result_comes_once_though_a_worker_is_killed_in_the_middle(cluster: Cluster, here: Path, capfd) -> None:
    orders = ["a", "b", "die once", "c", "d", "e"]
    begun: list[str] = []
    came = list(cluster.run(act, orders, on_begin=begun.append))
    assert begun == orders
    assert sorted(came, key=lambda one: one[0]) == list(enumerate(orders))
    assert [attempts(order) for order in orders] == [1, 1, 2, 1, 1, 1]
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_done_comes_in_words_and_stops_nothing_else(cluster: Cluster, here: Path) -> None:
    came = dict(cluster.run(act, ["refuse", "die", "miss", "a"], retries=1))
    assert came.pop(3) == "a"
    words = {index: (type(error), error.problem) for index, error in came.items() if isinstance(error, GanolaError)}
    assert words == {
        0: (InputError, "a wrong note"),
        1: (LostTaskError, "the worker of a task died 2 times (WorkerCrashedError)"),
        2: (InputError, "nowhere.mid cannot be used: No such file or directory"),
    }
    assert attempts("die") == 2


def test_any_other_exception_is_raised(cluster: Cluster, here: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="by a rest"):
        list(cluster.run(act, ["stumble"]))


@pytest.mark.parametrize(("needs", "words"), [({"cores": 3}, "3 cores"), ({"gpus": 1}, "1 core and 1 graphics card")])
def test_what_no_machine_has_is_refused_rather_than_awaited(
    cluster: Cluster, needs: dict[str, int], words: str
) -> None:
    with pytest.raises(InputError, match=f"no machine of the cluster has {words} .they have 2 cores and 0 cards"):
        next(cluster.run(act, ["a"], **needs))


@pytest.mark.parametrize(
    ("machines", "needs", "room"),
    [
        ([(8, 2), (5, 0)], {}, 13),
        ([(8, 2), (5, 0)], {"cores": 3}, 3),
        ([(8, 2), (5, 0)], {"cores": 3, "gpus": 1}, 2),
        ([(8, 4), (8, 1)], {"cores": 4, "gpus": 2}, 2),
        ([(1, 3)], {"cores": 2, "gpus": 1}, 0),
    ],
)
def test_room_is_for_tasks_that_lie_on_one_machine_each(
    machines: list[tuple[int, int]], needs: dict[str, int], room: int
) -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": float(cores), "GPU": float(cards)}} for cores, cards in machines]
    gone = {"Alive": False, "Resources": {"CPU": 99.0, "GPU": 99.0}}
    assert Cluster(SimpleNamespace(nodes=lambda: [*nodes, gone])).room(**needs) == room


def test_a_program_that_is_connected_stays_so(cluster: Cluster, here: Path) -> None:
    with connect("auto") as again:
        assert again.room() == 2
    with pytest.raises(InputError, match="connected to a Ray cluster already"), connect("local"):
        pass
    assert list(cluster.run(act, ["a"])) == [(0, "a")]


def test_a_machine_that_has_not_the_same_files_or_ganola_is_refused(here: Path, monkeypatch) -> None:
    (here / "tunes.zip").touch()
    call = module._Call(act, here, (here / "tunes.zip",), module.__version__)
    assert module._call(call, "a") == "a"
    (here / "tunes.zip").unlink()
    refusal = module._call(call, "a")
    assert isinstance(refusal, MachineError)
    assert refusal.problem.startswith(f"{here / 'tunes.zip'} is not there on ")
    monkeypatch.setattr(module, "__version__", "0.0.1")
    other = module._call(call, "a")
    assert isinstance(other, MachineError)
    assert "has ganola 0.0.1, and this is" in other.problem


def test_where_ray_is_not_installed_it_says_how_to(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match="not installed") as error, connect("auto"):
        pass
    assert error.value.remedy == "In the folder of ganola: pip install '.[cluster]'"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("here", "here is no address"),
        (":6379", ":6379 is no address"),
        ("127.0.0.1:70000", "no Ray cluster answers at 127.0.0.1:70000"),
        ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1"),
    ],
)
def test_an_address_where_nothing_answers_is_refused_at_once(address: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        module._refuse_if_nothing_answers(address)


@pytest.mark.skipif(find_spec("ray") is None, reason="the extra cluster is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_ctrl_c_ends_the_cluster_too_without_a_word_of_it(here: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    command = [sys.executable, "-m", "tests.cluster_tasks"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=here, env=environment, start_new_session=True, **pipes) as program:
        while attempts("wait") < 2:
            time.sleep(0.05)
            assert program.poll() is None
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to all at once
        words = program.communicate(timeout=LONG / 2)
    assert (program.returncode, *words) == (1, "", "interrupted\n")
    workers = [Path("/proc", path.read_text()) for path in here.glob("wait.*")]
    while any(map(Path.exists, workers)):  # they find out that their cluster is gone; a test that waits for ever fails
        time.sleep(0.05)
