"""What is printed of an evaluation: the verdict on each candidate, and its one number."""

from typing import TYPE_CHECKING

from ganola.cli.console import say

if TYPE_CHECKING:
    from ganola.judging.results import Evaluation


def print_verdict(evaluation: "Evaluation") -> None:
    """Print the verdict on each candidate, and its one number."""
    from ganola.rendering.verdict import verdict_sentence

    for judged in evaluation.results:
        say(f"{judged.candidate.music.name}: {verdict_sentence(judged, evaluation)}")
    trusted = next(measure.trusted for measure in evaluation.measures if measure.key == "ratio")
    for remark in evaluation.remarks:
        say(remark)
    for judged in evaluation.results:
        ratio, name = judged.scores.ratio, judged.candidate.music.name
        if ratio is None:
            say(f"{name}: no distance from real music. {judged.scores.reason_missing}")
            continue
        if not trusted:
            say(f"{name}: no distance from real music: on this corpus it does not tell the controls apart")
            continue
        say(
            f"{name}: {ratio.value:,.1f} times as far from held-out music as training music is "
            f"({ratio.low:,.1f} to {ratio.high:,.1f}; 1 is real)"
        )
