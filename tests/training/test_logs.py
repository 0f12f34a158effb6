"""Logs lose their damaged lines and nothing else, and no training is the worse for it."""

import json
import os

import pytest
import torch
from safetensors.torch import load_file

from ganola.errors import InputError
from ganola.events import StepLogged, Validated
from ganola.records import record_text
from ganola.training.budget import Budget
from ganola.training.logs import (
    DOCTOR,
    LOG,
    VALIDATION,
    DoctorLine,
    JsonlLog,
    damaged_lines,
    read_lines,
    seconds_at,
)
from ganola.training.loop import train
from ganola.training.run import CHECKPOINT, LAST, new_run, open_run
from tests.training.support import small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")


def line(step: int) -> StepLogged:
    metrics = {"critic_loss": 1 / 3, "generator_loss": float("inf")}
    return StepLogged(step, 10 * step, 0.5 * step, 0.1 * step, 20.0, "adversarial", metrics, {"critic": 2.0})


def test_lines_come_back_as_they_were_up_to_the_step_asked_for(tmp_path) -> None:
    log = JsonlLog(tmp_path / LOG, StepLogged, 0)
    for step in (1, 2, 3):
        log.add(line(step))
    log.close()
    again = JsonlLog(tmp_path / LOG, StepLogged, 2)
    again.close()
    assert again.kept == [line(1), line(2)]
    assert read_lines(tmp_path / LOG, StepLogged) == ([line(1), line(2)], 0)


DAMAGE = {
    "a value changed": lambda text: text.replace('"samples": 20', '"samples": 21'),
    "a value of another type": lambda text: text.replace('"samples": 20', '"samples": []'),
    "no record": lambda text: text + "7\n",
    "no JSON": lambda text: text + "\0\n",
    "nested too deep": lambda text: text + "[" * 100_000 + "\n",
    "of before there were checksums": lambda text: text + '{"step": 2}\n',
    "no UTF-8": lambda text: text + "\udcff\n",
    "of another log": lambda text: text + record_text(DoctorLine(2, 20)) + "\n",
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_line_is_left_out_and_counted(tmp_path, change) -> None:
    text = "".join(record_text(line(step)) + "\n" for step in (1, 2, 3))
    (tmp_path / LOG).write_bytes(change(text).encode(errors="surrogateescape"))
    found, damaged = read_lines(tmp_path / LOG, StepLogged)
    assert damaged == 1
    assert found == [one for one in (line(1), line(2), line(3)) if one in found]
    assert len(found) >= 2
    assert damaged_lines(tmp_path) == {LOG: 1}


def test_of_no_log_there_are_no_lines(tmp_path) -> None:
    assert read_lines(tmp_path / LOG, StepLogged) == ([], 0)
    assert damaged_lines(tmp_path) == {}


def put_folder(path) -> None:
    path.mkdir()


@pytest.mark.parametrize("put", [put_folder, *([os.mkfifo] if hasattr(os, "mkfifo") else [])])
def test_a_log_that_is_no_file_is_refused_in_words(tmp_path, put) -> None:
    put(tmp_path / VALIDATION)
    with pytest.raises(InputError, match=r"validation\.jsonl (is no file|cannot be used)") as refused:
        read_lines(tmp_path / VALIDATION, Validated)
    assert "Move it away" in refused.value.remedy


def test_the_seconds_of_a_step_are_those_that_its_logs_tell(tmp_path) -> None:
    (tmp_path / LOG).write_text(record_text(line(4)) + "\n")
    (tmp_path / VALIDATION).write_text(record_text(Validated(3, 30, 1.25, 2.0, 1.0, 2.0, 2.0, 1)) + "\n")
    assert [seconds_at(tmp_path, step) for step in (3, 4, 5)] == [1.25, 2.0, None]


def test_a_training_goes_on_bit_for_bit_whatever_became_of_its_logs(tmp_path, corpus) -> None:
    recipe = small_recipe(training={"validate_every_samples": 20})
    whole = new_run(tmp_path / "whole", corpus, recipe, Budget(steps=6))
    train(whole, [])
    run = new_run(tmp_path / "stopped", corpus, recipe, Budget(steps=6))
    train(run, [], stop_after(4))
    for name in (LOG, VALIDATION, DOCTOR):
        lines = (run.folder / name).read_bytes().splitlines(keepends=True)
        lines[1] = lines[1].replace(b'"step": ', b'"step": 1')
        (run.folder / name).write_bytes(b"\xff[[\n" + b"".join(lines))
    assert damaged_lines(run.folder) == {LOG: 2, VALIDATION: 2, DOCTOR: 2}
    train(open_run(run.folder), [])
    assert damaged_lines(run.folder) == {}
    assert [one.step for one in read_lines(run.folder / LOG, StepLogged)[0]] == [1, 3, 4, 5, 6]
    one, other = (load_file(folder / CHECKPOINT) for folder in (whole.folder, run.folder))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert (run.folder / LAST).read_bytes() == (whole.folder / LAST).read_bytes()


def test_logs_are_json_a_line_that_any_program_can_read(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, small_recipe(), Budget(steps=2))
    train(run, [])
    for name in (LOG, VALIDATION, DOCTOR):
        lines = [json.loads(text) for text in (run.folder / name).read_text().splitlines()]
        assert lines
        assert all(isinstance(one["step"], int) for one in lines)
