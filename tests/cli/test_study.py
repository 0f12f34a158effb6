"""`ganola study` as it is called; what it does is tested in tests/study."""

import pytest

from ganola.cli.study import scope_lines
from ganola.study.scope import Scope

WRONG = """
corpora = ["nowhere"]
recipe = "prototype"
seeds = 1
[budget]
samples = 10
[[axes]]
name = "loss"
key = "objective.los"
values = ["hinge"]
"""


@pytest.mark.parametrize("words", [("study",), ("study", "run")], ids=" ".join)
def test_all_faults_of_a_study_are_printed_a_line_each(ganola, tmp_path, words) -> None:
    (tmp_path / "study.toml").write_text(WRONG)
    said = ganola(*words, tmp_path / "study.toml", "--out", tmp_path / "out")
    assert said.status == 2
    problem, *faults, remedy = said.err.splitlines()
    assert problem.endswith("cannot be done as it is: 2 faults")
    assert [fault.partition(":")[0].strip() for fault in faults] == ["corpora", "axis loss, value hinge"]
    assert remedy.strip() == "Correct them and try again."
    assert not (tmp_path / "out").exists()


def test_options_may_come_first_and_words_that_are_no_study_are_said(ganola, tmp_path) -> None:
    said = ganola("study", "--out", tmp_path / "out", "quik")
    assert said.status == 2
    assert "there is no study quik" in said.err
    assert "Did you mean quick?" in said.err


def test_a_folder_without_a_study_has_no_report(ganola, tmp_path) -> None:
    said = ganola("study", "report", tmp_path)
    assert said.status == 2
    assert "there is no study" in said.err


def test_its_help_names_both_commands(ganola) -> None:
    said = ganola("study", "--help")
    assert said.status == 0
    assert "report" in said.out
    assert "STUDY.toml --out" in " ".join(said.out.split())
    assert "Example: ganola study quick" in ganola("study", "run", "--help").out


def test_how_much_a_study_is_in_words() -> None:
    seconds = {"a": 90.0, "b": 60.0}
    assert scope_lines(Scope(12, 1, 3, 2, 2, workers=2, seconds=seconds, size=2 * 10**9))[:3] == [
        "12 trainings: 3 recipes on 2 corpora with 2 seeds.",
        "1 of them is done already.",
        "By a few steps of each, the rest takes about 1:30 by the clock, 2 at a time, and 2.0 GB of disk; judging "
        "comes on top.",
    ]
    assert len(scope_lines(Scope(12, 12, 3, 2, 2, workers=2, seconds={}, size=0))) == 3
