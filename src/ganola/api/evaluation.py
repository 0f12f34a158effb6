"""What an evaluation found."""

from dataclasses import dataclass, field
from pathlib import Path

from ganola.api.saving import Location
from ganola.app.report import begin_report, write_report
from ganola.judging.bootstrap import Estimate
from ganola.judging.results import Evaluation, FeatureRow
from ganola.rendering.verdict import verdict_sentence


@dataclass(frozen=True)
class EvaluationResult:
    """How far some music is from real music; `evaluation` holds all that was found."""

    evaluation: Evaluation = field(repr=False)

    @property
    def ratio(self) -> Estimate | None:
        """Return the distance from real music in multiples of the real baseline; None where there is too little music.

        It has `value`, `low` and `high`; 1 is as close as other real music.
        """
        return self.evaluation.results[0].scores.ratio

    @property
    def features(self) -> dict[str, FeatureRow]:
        """Return each musical feature by its name: its means in this music, held-out and training music, and more."""
        return {row.name: row for row in self.evaluation.results[0].features}

    @property
    def verdict(self) -> str:
        """Return what is to be thought of it, in one sentence."""
        return verdict_sentence(self.evaluation.results[0], self.evaluation)

    def save(self, page: Location) -> Path:
        """Write the report to `page`, a web page, and its numbers as JSON and CSV beside it; replace what is there."""
        with begin_report(Path(page), replace=True) as unfinished:
            write_report(self.evaluation, unfinished)
            return unfinished.finish()
