"""Trainings in processes of their own, that die, are lost or have to stop; what they do is no training here."""

from contextlib import closing
from pathlib import Path

import pytest

from ganola.errors import InputError, MachineError
from ganola.study.design import expand
from ganola.study.executors import LocalExecutor
from ganola.study.trial import Trial
from tests.study.support import die_always, die_once, refuse, small_study, wait_to_be_stopped


def trials(folder: Path) -> list[Trial]:
    """Three trainings, with seeds 0, 1 and 2."""
    study = small_study(seeds=3, design="product")
    cells = [cell for cell in expand(study) if cell.id.value.endswith("minimax")]
    return [Trial(folder, cell, folder / "tiny.corpus", study.budget, 1) for cell in cells]


def test_a_training_whose_process_is_killed_is_tried_again_and_each_has_one_record(tmp_path) -> None:
    begun: list[int] = []
    executor = LocalExecutor(2, die_once)
    records = list(executor.run(trials(tmp_path), lambda trial: begun.append(trial.cell.seed)))
    assert sorted(record.seed for record in records) == begun == [0, 1, 2]


def test_one_that_is_killed_each_time_is_lost_and_the_others_are_done(tmp_path) -> None:
    records = LocalExecutor(2, die_always).run(trials(tmp_path), lambda _: None)
    assert {next(records).seed, next(records).seed} == {0, 2}
    with pytest.raises(MachineError, match="1 training was lost") as raised:
        next(records)
    assert raised.value.details == ("tiny-product-loss-minimax-seed1: its process was killed (signal 9)",)


def test_what_ends_one_ends_all_and_is_said(tmp_path) -> None:
    records = LocalExecutor(1, refuse).run(trials(tmp_path), lambda _: None)
    assert next(records).seed == 0
    with pytest.raises(InputError, match="seed 1 is refused"):
        next(records)


def test_what_runs_is_asked_to_stop_and_does(tmp_path) -> None:
    with closing(LocalExecutor(2, wait_to_be_stopped).run(trials(tmp_path)[:2], lambda _: None)) as records:
        assert next(records).seed == 0
        assert not (tmp_path / "stopped").exists()
    assert (tmp_path / "stopped").exists()
