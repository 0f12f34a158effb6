"""The notebooks of the documentation, run cell after cell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Without TensorBoard, as the README installs ganola; and an evaluation's classifier learns, and its latents turn, less.
PRELUDE = """
import sys
from ganola.judging import c2st
from ganola.playing import audition
sys.modules["tensorboard"] = None
c2st.TRAINING_STEPS, audition.ANGLED = 5, 8
"""
NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))


def cells_of(path: Path) -> list[dict[str, object]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs(path: Path, tmp_path: Path) -> None:
    """In a process of its own, without the checks of types that tests have, which would take minutes."""
    script = tmp_path / "cells.py"
    code = ["".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "code"]
    script.write_text("\n\n".join([PRELUDE, *code]), encoding="utf-8")
    temporary = {name: os.fspath(tmp_path) for name in ("TMPDIR", "TEMP", "TMP")}
    ran = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=os.environ | temporary, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert list(tmp_path.rglob("report.html"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_left_out_for_they_would_not_stay_true(path: Path) -> None:
    assert not any(cell.get("outputs") for cell in cells_of(path))


def test_there_are_some() -> None:
    assert NOTEBOOKS
