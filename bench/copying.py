"""How fast phrases are compared with training music: a corpus's held-out windows with all places of its pieces."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common import Row, measured, options, report
from ganola.corpus.store import Corpus, open_corpus
from ganola.corpus.windows import windows_of
from ganola.judging.analysis import Cells
from ganola.judging.copying.melodic_runs import longest_shared_runs
from ganola.judging.copying.nearest import find_nearest
from ganola.judging.copying.training_index import TrainingIndex, build_index
from ganola.music.roll import from_planes


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", type=Path, help="a folder that `ganola corpus build` made")
    parser.add_argument("--phrases", type=int, default=1000, metavar="N", help="held-out windows, evenly chosen")
    chosen = parser.parse_args()
    corpus = open_corpus(chosen.corpus)
    pieces = list(sections(corpus))
    with measured() as indexing:
        training = build_index(pieces, corpus.grid, corpus.tracks)
    phrases = held_out(corpus, chosen.phrases)
    shape = f"{corpus.folder.name}: {len(corpus.tracks)} tracks, {corpus.grid}"
    against: Row = {
        "sections": len(pieces),
        "notes": len(training.notes),
        "places": int(training.whole.sum()),
        "seconds to index": indexing.seconds.wall,
    }
    tables = {f"Training music, {shape}": [against], "Held-out phrases against it": compared(phrases, training)}
    report("copying", tables, chosen.save)


def sections(corpus: Corpus) -> Iterator[np.ndarray]:
    """The cells of each section of the training pieces."""
    for piece in corpus.of_split("train"):
        ends = np.cumsum(piece.segments) * corpus.grid.steps_per_bar
        yield from np.split(corpus.piece_cells(piece), ends[:-1], axis=1)


def held_out(corpus: Corpus, count: int) -> Cells:
    windows = windows_of(corpus, "test")
    count = min(count, len(windows))
    return from_planes(windows.rolls(np.arange(count) * len(windows) // count))


def compared(phrases: Cells, training: TrainingIndex) -> list[Row]:
    with measured() as comparing:
        found = find_nearest(phrases, training)
    with measured() as running:
        runs = longest_shared_runs(phrases, training)
    return [
        row("likeness of the nearest", len(phrases), comparing.seconds.wall, found.similarity),
        row("notes of the longest run", len(phrases), running.seconds.wall, runs),
    ]


def row(what: str, phrases: int, seconds: float, values: np.ndarray) -> Row:
    """Phrases a second, and how the values of the phrases are spread."""
    shares = {f"{percent} %": float(np.percentile(values, percent)) for percent in (0, 25, 50, 75, 99, 100)}
    return {"measured": what, "phrases": phrases, "phrases a second": phrases / seconds, **shares}


if __name__ == "__main__":
    main()
