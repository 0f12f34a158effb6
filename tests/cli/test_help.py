import re
import subprocess
import sys

import pytest

from ganola import __version__

COMMANDS = [
    ("corpus", "build"),
    ("corpus", "show"),
    ("corpus", "export"),
    ("train",),
    ("generate",),
    ("infill",),
    ("continue",),
    ("replay",),
    ("vary",),
    ("interpolate",),
    ("attributes",),
    ("judge",),
    ("info",),
    ("demo",),
    ("study", "report"),
]


def test_the_version(ganola) -> None:
    said = ganola("--version")
    assert (said.status, said.out) == (0, f"ganola {__version__}\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_commands_help_has_an_example(ganola, command) -> None:
    said = ganola(*command, "--help")
    assert said.status == 0
    assert re.search(rf"Example: ganola {' '.join(command)}", said.out)


def test_help_answers_without_torch_or_music21() -> None:
    code = (
        "import sys\n"
        "from ganola.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('torch', 'music21', 'numpy', 'matplotlib') if name in sys.modules])\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
