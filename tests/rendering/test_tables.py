import csv
import io
import re
from dataclasses import replace

from ganola.judging.results import Evaluation
from ganola.rendering.tables import report_csv, report_latex
from tests.rendering.evaluations import EVALUATION, result, too_little


def rows(evaluation: Evaluation) -> dict[str, dict[str, str]]:
    """The rows of the CSV by name."""
    return {row["name"]: row for row in csv.DictReader(io.StringIO(report_csv(evaluation)))}


def test_csv_has_a_row_for_each_candidate_and_each_control() -> None:
    found = rows(EVALUATION)
    names = ["far", "near", "held-out music", "training music", "validation", "5% wrong notes", "noise"]
    assert list(found) == names
    assert [row["kind"] for row in found.values()] == ["model", "model", *["real"] * 3, "control", "control"]
    assert (found["near"]["distance_over_floor"], found["near"]["distance_over_floor_low"]) == ("2.5", "1.25")
    assert (found["noise"]["distance_over_floor"], found["noise"]["distance_over_floor_high"]) == ("400.0", "800.0")
    assert (found["near"]["classifier_accuracy_features"], found["near"]["classifier_accuracy_features_high"]) == (
        "0.9",
        "1.0",
    )  # not 1.02
    assert float(found["near"]["copied_share"]) == 2 / 12
    assert [row["collapsed"] for row in found.values()] == ["no", "no", "", "", "", "", ""]


def test_csv_has_what_returns_in_all_music_as_far_as_it_can_be_trusted() -> None:
    found = rows(EVALUATION)
    assert [row["bars_that_return_in_any_key"] for row in found.values()] == [
        *["0.125"] * 2, "0.4", "0.45", "", "0.1", "0.05"
    ]  # fmt: skip
    assert found["training music"]["bars_that_return_in_rhythm_high"] == "1.0"  # not 1.05
    assert {row["rhythm_that_returns_after_1_bar"] for row in found.values()} == {""}
    held_out = found["held-out music"]
    assert (held_out["phrases"], held_out["distance_over_floor"], held_out["copied_share"]) == ("9", "", "0.0")


def test_csv_leaves_empty_what_is_not_known_or_not_to_be_trusted() -> None:
    few = result("few", 2.0)
    few = replace(few, scores=too_little(few.scores, 30))
    trusted = tuple(replace(one, trusted=one.key == "coverage") for one in EVALUATION.measures)
    found = rows(replace(EVALUATION, results=(few, result("it", 3.0)), measures=trusted))
    assert (found["few"]["phrases"], found["few"]["coverage"]) == ("30", "")
    assert found["it"]["coverage"] == "0.9"
    assert {
        found["it"][name] for name in ("distance_over_floor", "distance", "density", "classifier_accuracy_rolls_low")
    } == {""}


def test_csv_keeps_any_name() -> None:
    name = 'a, "b"\n; é'
    found = result("it", 2.0)
    assert name in rows(replace(EVALUATION, results=(replace(found, scores=replace(found.scores, name=name)),)))


def test_csv_has_no_formulas() -> None:
    found = result("it", 2.0)
    named = replace(found, scores=replace(found.scores, name='=HYPERLINK("//x")'))
    assert """'=HYPERLINK("//x")""" in rows(replace(EVALUATION, results=(named,)))


def cells(latex: str) -> list[list[str]]:
    """The cells of the rows between the rules of the table."""
    return [line.removesuffix(r" \\").split(" & ") for line in latex.splitlines() if line.endswith(r" \\")]


def test_latex_has_the_trusted_measures_with_their_intervals() -> None:
    trusted = tuple(replace(one, trusted=one.key in ("ratio", "c2st_trees")) for one in EVALUATION.measures)
    latex = report_latex(replace(EVALUATION, measures=trusted))
    table = cells(latex)
    assert table[0] == ["", "the ratio", "the trees"]
    assert table[1] == ["far", "40 (20 to 80)", "0.90 (0.80 to 1.0)"]
    assert table[3] == ["training music", "1.0", "0.50 (0.40 to 0.60)"]
    assert table[5][0] == r"5\% wrong notes"
    assert latex.count(r"\midrule") == 3  # below the heading, the candidates and real music
    assert re.search(r"\\begin{tabular}{lrr}\n\\toprule", latex)


def test_latex_prints_names_as_they_are() -> None:
    found = result("it", 2.0)
    named = replace(found, scores=replace(found.scores, name=r"a_b & c\d {50%} #1 ~x^2 $"))
    latex = report_latex(replace(EVALUATION, results=(named,), corpus="bach_&_sons"))
    escaped = r"a\_b \& c\textbackslash{}d \{50\%\} \#1 \textasciitilde{}x\textasciicircum{}2 \$"
    assert cells(latex)[1][0] == escaped
    assert r"bach\_\&\_sons" in latex


def test_latex_has_no_control_characters_and_one_line_a_row() -> None:
    found = result("it", 2.0)
    named = replace(found, scores=replace(found.scores, name="a\x1b[2J\x9b\u202e\nb"))
    latex = report_latex(replace(EVALUATION, results=(named,), corpus="c\x07\n\\input{d}"))
    assert cells(latex)[1][0] == r"a\textbackslash{}x1b[2J\textbackslash{}x9b\textbackslash{}u202e b"
    assert r"c\textbackslash{}x07 \textbackslash{}input\{d\}" in latex


def test_latex_has_a_dash_for_what_is_not_known() -> None:
    few = result("few", 2.0)
    latex = report_latex(replace(EVALUATION, results=(replace(few, scores=too_little(few.scores, 30)),)))
    assert cells(latex)[1] == ["few", *["--"] * 6]


def test_both_are_the_same_for_the_same_evaluation() -> None:
    assert report_csv(EVALUATION) == report_csv(EVALUATION)
    assert report_latex(EVALUATION) == report_latex(EVALUATION)
