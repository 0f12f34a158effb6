"""What the measures of form say of a corpus: held-out and training music, shuffled bars, noise, and models if named."""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

from pathlib import Path

import numpy as np

from common import Row, options, report
from ganola.corpus.store import open_corpus
from ganola.judging.bootstrap import Estimate
from ganola.judging.collection_scorer import CollectionScorer
from ganola.judging.controls import make_controls
from ganola.judging.form import WITHOUT_FORM, FormComparison
from ganola.judging.reference import load_reference
from ganola.judging.results import Form, FormScores
from ganola.judging.windows import WindowSet, independent
from ganola.networks.model_file import load_model
from ganola.playing.generate import generate

PHRASES, SEED = 400, 0


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--model", action="append", default=[], type=Path, help="a model.safetensors of that grid")
    chosen = parser.parse_args()
    tables = {folder.name: rows(folder, chosen.model) for folder in chosen.corpora}
    report("form", tables, chosen.save)


def rows(folder: Path, models: list[Path]) -> list[Row]:
    """A row a measure, a column for each music."""
    corpus = open_corpus(folder)
    reference = load_reference(corpus, "test", SEED)
    scorer = CollectionScorer(reference, min(PHRASES, len(reference.training)), SEED, 1)
    made = make_controls(reference.training, scorer.training.music, corpus.grid, corpus.tracks, SEED)
    controls = [scorer.collect(one, "control", index) for index, one in enumerate(made) if one.name in WITHOUT_FORM]
    comparison = FormComparison(scorer)
    own = [comparison.scores(scorer.collect(played(path), "model", 100)) for path in models]
    form = comparison.beside([comparison.scores(one) for one in (scorer.training, *controls)])
    return [
        {
            "measure": f"{column.name} {column.label}",
            "trusted": "yes" if column.trusted else "no",
            **{one.name: percent(one.values[index]) for one in music(form, own)},
        }
        for index, column in enumerate(form.columns)
    ]


def music(form: Form, own: list[FormScores]) -> list[FormScores]:
    return [form.held_out, *form.others, *own]


def played(path: Path) -> WindowSet:
    phrases = generate(load_model(path), PHRASES, SEED)
    return independent(f"{path.parent.name}/{path.stem}", np.stack([phrase.cells for phrase in phrases]))


def percent(found: Estimate | None) -> str:
    if found is None:
        return "-"
    value, low, high = (100 * min(max(share, 0.0), 1.0) for share in (found.value, found.low, found.high))
    return f"{value:.0f} ({low:.0f} to {high:.0f})"


if __name__ == "__main__":
    main()
