"""How long a window of a corpus takes from disk to planes, in batches drawn at random as training draws them."""

from pathlib import Path

import numpy as np

from common import Row, options, report, spread, timed
from ganola.corpus.store import open_corpus
from ganola.corpus.windows import Windows, windows_of

BATCHES = (32, 512)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", type=Path, help="a folder that `ganola corpus build` made")
    parser.add_argument("--rounds", type=int, default=100)
    chosen = parser.parse_args()
    corpus = open_corpus(chosen.corpus)
    windows = windows_of(corpus, "train")
    shape = f"{corpus.folder.name}: {len(corpus.tracks)} tracks, {corpus.grid}"
    rows = [microseconds(windows, batch, chosen.rounds) for batch in BATCHES]
    report("windows", {f"Microseconds a window, {shape}": rows}, chosen.save)


def microseconds(windows: Windows, batch: int, rounds: int) -> Row:
    """Of the windows of batches of one size, each batch another."""
    generator = np.random.default_rng(0)
    seconds = timed(lambda: windows.rolls(generator.integers(0, len(windows), batch)), rounds)
    return {"batch": batch, **spread(seconds, 1e6 / batch), "rounds": rounds}


if __name__ == "__main__":
    main()
