"""One candidate, as the page of a report shows it."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from ganola.judging.results import CandidateResult, CopyPair, Evaluation, FeatureRow
from ganola.rendering.charts.axis import linear_axis
from ganola.rendering.charts.bars import hbars, histogram, vbars
from ganola.rendering.charts.labels import is_broad, needs_horizontal
from ganola.rendering.charts.plots import curve, reliability_curve
from ganola.rendering.form_view import form_finding
from ganola.rendering.numbers import COUNTS, tick
from ganola.rendering.pairs import pair_pictures
from ganola.rendering.picture import contact_sheet, data_uri
from ganola.rendering.selection import evenly, opening
from ganola.rendering.sentences import Finding, clearly_off, copies, findings, furthest_first, usual, verdict
from ganola.rendering.templates import HUES
from ganola.rendering.verdict import verdict_sentence

SHOWN = 8  # phrases of each music in a picture


@dataclass(frozen=True)
class FeaturePanel:
    """The drawing of one feature."""

    row: FeatureRow
    drawing: Markup
    broad: bool

    @property
    def apart(self) -> bool:
        """Return whether the candidate is further from held-out music than training music is, whichever the tunes."""
        return clearly_off(self.row)


@dataclass(frozen=True)
class PairPictures:
    """A phrase above the training music that it is most like; what both share in colour."""

    pair: CopyPair
    phrase: str
    training: str


class CandidateView:
    """One candidate, as the page shows it."""

    def __init__(self, result: CandidateResult, index: int, evaluation: Evaluation) -> None:
        self.result = result
        self.index = index
        self.hue = f"hue-{index % HUES}"
        self.name = result.candidate.music.name
        self._evaluation = evaluation

    @property
    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        return verdict_sentence(self.result, self._evaluation)

    @property
    def verdict(self) -> str:
        """Return what the one number means."""
        return verdict(self.result, self._evaluation)

    @property
    def findings(self) -> list[Finding]:
        """Return what there is to know, in plain language."""
        form = form_finding(self.result, self._evaluation)
        return [*findings(self.result, self._evaluation), *([form] if form else [])]

    @property
    def copies(self) -> bool:
        """Return whether many of its phrases are nearly training music, and should not be."""
        return copies(self.result)

    @property
    def usual(self) -> float:
        """Return how alike the nearest other phrase is, the median."""
        return usual(self.result.diversity.nearest)

    @property
    def usual_of_real(self) -> float:
        """Return the same of training music."""
        return usual(self.result.diversity.nearest_real)

    @property
    def rows(self) -> list[FeatureRow]:
        """Return every feature, the furthest first."""
        return furthest_first(self.result.features)

    @property
    def panels(self) -> list[FeaturePanel]:
        """Return a drawing of every feature, the furthest first."""
        return [
            FeaturePanel(row, _drawing(row, self.name), is_broad(row.labels) and not needs_horizontal(row.labels))
            for row in self.rows
        ]

    @property
    def sheet(self) -> str:
        """Return some of its phrases above some of held-out music."""
        grid = self._evaluation.grid
        shown = opening(grid)
        rows = [
            (label, [cells[:, : shown.steps] for cells in evenly(music, SHOWN).cells])
            for label, music in (
                (self.name, self.result.candidate.music),
                ("held-out music", self._evaluation.held_out),
            )
        ]
        return data_uri(contact_sheet(rows, shown, self._evaluation.tracks))

    @property
    def pairs(self) -> list[PairPictures]:
        """Return the phrases that are most like training music."""
        grid = self._evaluation.grid
        return [PairPictures(pair, *map(data_uri, pair_pictures(pair, grid))) for pair in self.result.copying.pairs]

    @property
    def nearest(self) -> Markup:
        """Return how like each phrase the nearest other is, beside training music."""
        found = self.result.diversity
        edges = np.linspace(0, 1, 31)
        shares = [np.histogram(own, edges)[0] / max(len(own), 1) for own in (found.nearest, found.nearest_real)]
        about = f"how like the nearest other phrase the phrases of {self.name} and training music are"
        return histogram(edges.tolist(), shares[0].tolist(), shares[1].tolist(), (), about=about, write=tick("share"))

    @property
    def sensitivity(self) -> Markup | None:
        """Return how far the music changes with its latent."""
        points = self.result.candidate.sensitivity
        if not points:
            return None
        across = linear_axis(0.0, max(degrees for degrees, _ in points))
        about = f"how the music of {self.name} changes with its latent: " + ", ".join(
            f"{change:.2f} at {degrees:g} degrees" for degrees, change in points
        )
        return curve(points, about=about, across=across, write=lambda value: f"{value:g}°")

    @property
    def reliability(self) -> Markup | None:
        """Return how far its critic's J can be relied on."""
        found = self.result.candidate.reliability
        return None if found is None else reliability_curve(found, about=f"how often J of {self.name} comes true")


def _drawing(row: FeatureRow, name: str) -> Markup:
    write, about = tick(row.unit), f"{row.name} of {name}, held-out and training music"
    if len(row.labels) == 1:
        if not row.edges:
            return Markup()
        shares = row.generated_shares, row.held_out_shares, row.training_shares
        return histogram(row.edges, *shares, about=about, write=write, whole=row.unit in COUNTS)
    values = row.generated, row.held_out, row.training
    if row.unit != "share" or needs_horizontal(row.labels):
        from_zero = row.unit == "share"
        whole = row.unit in COUNTS
        return hbars(row.labels, *values, about=about, write=write, from_zero=from_zero, whole=whole)
    return vbars(row.labels, *values, about=about, write=write)
