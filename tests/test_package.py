"""What importing ganola does, in processes of their own: OpenMP's threads are to sleep soon while they wait."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganola import WAITING
from ganola.corpus.pool import run_jobs
from tests.corpus.tasks import Job, perform

PRINT = f"import json, os; print(json.dumps({{name: os.environ.get(name) for name in {WAITING!r}}}))"
SOON_ASLEEP = {"OMP_WAIT_POLICY": None, "GOMP_SPINCOUNT": "5000", "KMP_BLOCKTIME": "1"}


def told(code: str, **own: str) -> dict[str, str | None]:
    """What is said of waiting in a process that runs `code`, and whose person said `own`."""
    environment = {name: value for name, value in os.environ.items() if name not in WAITING} | own
    words = [sys.executable, "-c", f"{code}\n{PRINT}"]
    return json.loads(subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout)


def test_threads_that_wait_soon_sleep() -> None:
    assert told("import ganola") == SOON_ASLEEP


def test_whatever_room_is_imported_first() -> None:
    """And torch, which reads it, comes later."""
    code = "import sys\nimport builtins\nreal = builtins.__import__\n"
    code += (
        "def watch(name, *rest):\n"
        "    if name == 'torch' and 'torch' not in sys.modules:\n"
        "        assert os.environ['GOMP_SPINCOUNT'] == '5000'\n"
        "        print('torch comes', file=sys.stderr)\n"
        "    return real(name, *rest)\n"
        "import os\n"
        "builtins.__import__ = watch\n"
        "from ganola.networks.model_file import load_model\n"
    )
    assert told(code) == SOON_ASLEEP


@pytest.mark.parametrize("name", WAITING)
def test_what_a_person_says_stays(name: str) -> None:
    assert told("import ganola", **{name: "3"}) == dict.fromkeys(WAITING) | {name: "3"}


def test_workers_have_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WAITING:
        monkeypatch.delenv(name, raising=False)
    job = Job(("environment GOMP_SPINCOUNT",), tmp_path / "result")
    list(run_jobs(perform, [job], [1], workers=1))
    assert job.outcomes() == ["5000"]
