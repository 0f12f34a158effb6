"""How fast music is judged: windows a second through all features, and a whole evaluation, stage by stage."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from common import Row, measured, options, report, spread, timed
from ganola.corpus.store import open_corpus
from ganola.judging.analysis import Cells, analyse, in_chunks
from ganola.judging.bootstrap import bootstrap_weights
from ganola.judging.c2st import c2st_network, c2st_trees
from ganola.judging.distances import fit_scaler, frechet_distances
from ganola.judging.evaluate import evaluate
from ganola.judging.features.catalogue import FEATURES, Catalogue
from ganola.judging.reference import Reference, load_reference
from ganola.judging.results import Candidate
from ganola.judging.validation import PHRASES, load_validation
from ganola.judging.windows import independent

SEED = 0


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", type=Path, help="a folder that `ganola corpus build` made")
    parser.add_argument("--count", type=int, default=1000, help="phrases, and windows of each kind")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    corpus = open_corpus(chosen.corpus)
    held = load_reference(corpus, "test", SEED)
    cells = held.training.cells[: chosen.count]
    shape = f"{corpus.folder.name}: {len(corpus.tracks)} tracks, {corpus.grid}"
    tables = {
        f"Features, {shape}": [speed(held.catalogue, cells, workers, chosen.rounds) for workers in (1, chosen.workers)],
        "The slowest features, microseconds a window": slowest(held.catalogue, cells),
        "An evaluation": stages(held, cells, chosen.workers),
    }
    report("judging", tables, chosen.save)


def speed(catalogue: Catalogue, cells: Cells, workers: int, rounds: int) -> Row:
    seconds = timed(lambda: catalogue.measure(cells, workers=workers), rounds)
    rates = [len(cells) / one for one in seconds]
    return {"windows": len(cells), "workers": workers, **{f"windows/s, {k}": v for k, v in spread(rates).items()}}


def slowest(catalogue: Catalogue, cells: Cells) -> list[Row]:
    """Each feature on its own, on windows that have been taken apart already; and the taking apart."""
    some = next(in_chunks(cells))

    def taken_apart() -> None:
        heard = analyse(some, catalogue.grid, catalogue.tracks)
        _ = heard.chroma, heard.top, heard.melodic_steps

    heard = analyse(some, catalogue.grid, catalogue.tracks)
    rows: list[Row] = [{"what": "taking windows apart", **spread(timed(taken_apart, 20), 1e6 / len(some))}]
    for feature in FEATURES:
        if feature in catalogue.features:
            seconds = timed(partial(feature.measure, heard), 20)
            rows.append({"what": feature.name, **spread(seconds, 1e6 / len(some))})
    return sorted(rows, key=lambda row: -float(row["median"] or 0))[:8]


def stages(held: Reference, cells: Cells, workers: int) -> list[Row]:
    """What takes how long; each stage but the last is once what an evaluation does for every kind of music."""
    corpus = held.corpus
    rows: list[Row] = []
    training = held.catalogue.measure(cells)
    spreads = fit_scaler(training, held.catalogue)
    one, other = spreads.transform(training), spreads.transform(held.catalogue.measure(held.held_out.cells))
    group = np.arange(len(one))
    weights = [bootstrap_weights(own, np.random.default_rng(SEED)) for own in (group, held.held_out.group)]
    music = independent("training music", cells)

    def add(what: str, action: object) -> None:
        with measured() as watch:
            action()  # type: ignore[operator]
        rows.append({"what": what, "seconds": watch.seconds.wall})

    add("Frechet distance, 101 times", lambda: frechet_distances(one, weights[0], other, weights[1]))
    add(
        "classifier accuracy (features)",
        lambda: c2st_trees(other, held.held_out.group, one, group, SEED, workers=workers),
    )
    add(
        "classifier accuracy (rolls)",
        lambda: c2st_network(held.held_out, music, corpus.grid, corpus.tracks, SEED, workers=workers),
    )
    short = load_validation(corpus)
    if short is not None:
        add(f"short form, {PHRASES} phrases", lambda: short.score(cells[:PHRASES]))
    candidate = Candidate("folder", replace(music, name="training music as a candidate"), "")
    add(
        f"all: {len(cells)} phrases, {len(held.held_out)} held-out windows",
        lambda: evaluate(held, [candidate], SEED, workers=workers),
    )
    return rows


if __name__ == "__main__":
    main()
