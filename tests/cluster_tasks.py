"""What the workers of a cluster do in tests: they find these functions here, by their names."""

import os
import signal
import sys
import time
from pathlib import Path

from ganola.errors import InputError

LONG = 120.0


def act(order: str) -> str:
    """Do what is ordered, in the folder where the worker was sent, and return the order. Each attempt leaves a mark."""
    attempt = len(list(Path.cwd().glob(f"{order}.*"))) + 1
    Path(f"{order}.{attempt}").write_text(str(os.getpid()))
    print("a line of a worker")  # noqa: T201 - to see that nobody is shown it
    match order:
        case "die once" if attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "refuse":
            raise InputError("a wrong note", "Play another.")
        case "miss":
            Path("nowhere.mid").read_bytes()
        case "stumble":
            raise ZeroDivisionError("by a rest")
        case "wait":
            time.sleep(LONG)
    return order


def main() -> None:
    """Two workers of a cluster that wait, for a test that stops their program."""
    from ganola.cluster import connect

    try:
        with connect("local", cores=2) as cluster:
            list(cluster.run(act, ["wait", "wait"]))
    except KeyboardInterrupt:
        sys.exit("interrupted")


if __name__ == "__main__":
    from tests import cluster_tasks  # workers find its functions there

    cluster_tasks.main()
