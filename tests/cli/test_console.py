"""Whatever the output can show, no command ends in a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = "from ganola.cli.main import main; main()"
PROGRAM = "from ganola.cli.console import say, warn, write_in_any_encoding; write_in_any_encoding(); "


def run(code: str, *words: str | bytes, encoding: str | None = None, **environment: str) -> subprocess.CompletedProcess:
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONIOENCODING", "PYTHONUTF8")}
    own |= environment | ({"PYTHONIOENCODING": encoding} if encoding else {})
    return subprocess.run([sys.executable, "-c", code, *words], env=own, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "3 × Dvořák… – 5 − 2 \u202f%"),  # noqa: RUF001
        ("ascii", "3 x Dvorak... - 5 - 2  %"),
        ("latin-1", "3 × Dvorák... - 5 - 2  %"),  # noqa: RUF001
        ("cp1252", "3 × Dvorák… – 5 - 2  %"),  # noqa: RUF001
    ],
)
def test_signs_that_an_output_cannot_show_become_plainer_ones(encoding: str, shown: str) -> None:
    code = PROGRAM + r"say('3 \u00d7 Dvo\u0159\u00e1k\u2026 \u2013 5 \u2212 2 \u202f%')"
    done = run(code, encoding=encoding)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding).rstrip("\n") == shown


def test_a_sign_that_is_like_none_is_shown_by_its_number() -> None:
    assert run(PROGRAM + r"say('\u97f3')", encoding="ascii").stdout == b"\\u97f3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_a_name_that_is_no_utf_8_can_be_in_a_message(tmp_path: Path, encoding: str) -> None:
    done = run(MAIN, "info", b"caf\xe9.safetensors", encoding=encoding)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"ganola: there is no file caf\\xe9.safetensors")


def test_the_c_locale_shows_help() -> None:
    done = run(MAIN, "train", "--help", LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0
    assert b"Example: ganola train" in done.stdout


@pytest.mark.parametrize("words", [("--help",), ("info", "chorales")], ids=" ".join)
def test_a_pipe_that_closes_ends_a_command_quietly(words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([sys.executable, "-c", MAIN, *words], stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 1


def test_json_keeps_a_name_that_is_no_utf_8(tmp_path: Path) -> None:
    from ganola.storage import write_json

    name = os.fsdecode(b"caf\xe9 \xc3\xa9")
    write_json(tmp_path / "about.json", {"corpus": name})
    text = (tmp_path / "about.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"corpus": name}
    assert "é" in text


EVIL = r"\x1b]0;owned\x07\x9b2J\u202e\r\n"  # as Python writes it


@pytest.mark.parametrize(
    "call",
    [
        f"say('{EVIL}')",
        f"warn('{EVIL}')",
        f"fail(InputError('{EVIL}', '{EVIL}'))",
        f"interrupted('{EVIL}')",
        f"show('{EVIL}')",
        f"show(Text('{EVIL}', style='bold'))",
        f"rows = make_table('{EVIL}', title='{EVIL}'); rows.add_row('{EVIL}', Text('{EVIL}')); show(rows)",
    ],
)
def test_no_text_controls_the_terminal(call: str) -> None:
    code = "from ganola.cli.console import *; from ganola.errors import InputError; from rich.text import Text; " + call
    done = run(code, encoding="utf-8", COLUMNS="300", NO_COLOR="1", TERM="dumb")
    printed = done.stdout + done.stderr
    assert b"Traceback" not in printed
    assert rb"\x1b]0;owned" in printed  # rich leaves a bell out, where it has folded the text
    assert not [byte for byte in b"\x1b\x07\r" if byte in printed]
    assert "\x9b" not in printed.decode()
    assert "\u202e" not in printed.decode()


@pytest.mark.parametrize("call", ["say", "warn", "interrupted", "fail"])
def test_a_message_is_one_line_whatever_names_are_in_it(call: str) -> None:
    text = r"'a\nganola: forged'"
    message = f"InputError({text}, 'mend it')" if call == "fail" else text
    done = run(f"from ganola.cli.console import *; from ganola.errors import InputError; {call}({message})")
    assert rb"a\nganola: forged" in done.stdout + done.stderr
    assert b"\nganola: forged" not in (done.stdout + done.stderr).replace(rb"\nganola", b"")


def test_colours_are_still_shown_on_a_terminal() -> None:
    done = run("from ganola.cli.console import *; warn('careful')", FORCE_COLOR="1", TERM="xterm", NO_COLOR="")
    assert b"\x1b[33mcareful" in done.stderr


COUNTING = f"from ganola.cli.console import counting\nwith counting('files', if_stopped='') as go: go('{EVIL}', 1, 2)"


def test_no_stage_controls_the_terminal_that_shows_its_progress() -> None:
    done = run(COUNTING, encoding="utf-8", COLUMNS="300", FORCE_COLOR="1", TERM="xterm", NO_COLOR="")
    assert rb"\x1b]0;own" in done.stderr
    assert b"\x1b]0;owned" not in done.stderr
    assert "\x9b" not in done.stderr.decode()


def test_progress_leaves_nothing_where_nobody_sees_it_move() -> None:
    done = run(COUNTING)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
