"""What is printed of an evaluation: the verdict on each candidate, and its one number."""

from typing import TYPE_CHECKING

from ganola.cli.console import say

if TYPE_CHECKING:
    from ganola.judging.results import Evaluation


def print_verdict(evaluation: "Evaluation") -> None:
    """Print the verdict on each candidate, and its one number."""
    from ganola.rendering.resolution import resolution_sentence
    from ganola.rendering.verdict import verdict_sentence

    for judged in evaluation.results:
        say(f"{judged.candidate.music.name}: {verdict_sentence(judged, evaluation)}")
    for remark in evaluation.remarks:
        say(remark)
    for judged in evaluation.results:
        found, name = evaluation.number(judged.scores), judged.candidate.music.name
        if found is None:
            say(f"{name}: no distance from real music. {judged.scores.reason_missing}".rstrip())
            continue
        say(
            f"{name}: {found.value:,.1f} times as far from held-out music as training music is "
            f"({found.low:,.1f} to {found.high:,.1f}; 1 is real)"
        )
    if resolution := resolution_sentence(evaluation):
        say(resolution)
