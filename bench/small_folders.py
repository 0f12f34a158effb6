"""How honest the one number is where the folder of music is small: distance / floor of music whose place is known.

Folders of a few pieces of a corpus, drawn at random, each split as `ganola corpus build` splits. Music of other tunes
of the same corpus is judged against each as `ganola evaluate` judges it: as files, as many as the folder trains on, and
as the phrases of a model, each on its own and of many tunes. Both as they are, where the number should be 1, and with
5% wrong notes, which should be told.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from common import Row, options, report
from ganola.corpus.pieces import Piece, piece_line
from ganola.corpus.split import split
from ganola.corpus.store import PIECES, Corpus, open_corpus, write_manifest
from ganola.judging.bootstrap import Estimate
from ganola.judging.controls import add_wrong_notes
from ganola.judging.evaluate import score_by_distance
from ganola.judging.reference import MAX_HELD_OUT, count_tunes, load_reference, sample_windows, too_few_tunes
from ganola.judging.windows import independent
from ganola.records import checksum_of_file

KINDS = ("files", "phrases")
SPLIT_OF = {"files": "train", "phrases": "test"}  # in which split of a corpus of other tunes the pieces of a kind lie
COLUMNS = ("real music", "covers 1, %", "above 1, %", "reaches, times", "5% wrong notes", "told, %")


@dataclass(frozen=True, slots=True)
class Pair:
    """What is said of real music and of the same music with wrong notes, if a number is given at all."""

    real: Estimate | None
    wrong: Estimate | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One folder, and what is said of each of KINDS."""

    tunes: int
    held_out: int
    pairs: dict[str, Pair]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpora", type=Path, nargs="+", help="folders that `ganola corpus build` made")
    parser.add_argument("--pieces", default="5,10,20,50", help="of a folder, joined by commas")
    parser.add_argument("--folders", type=int, default=100, help="of each size")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.pieces.split(",")]
    tables = {}
    for path in chosen.corpora:
        folders = [list(judged(open_corpus(path), size, chosen.folders, chosen.seed)) for size in sizes]
        for kind in KINDS:
            rows = [row(size, own, kind) for size, own in zip(sizes, folders, strict=True)]
            tables[f"Folders of {path.name}, other {kind}"] = rows
    report("small_folders", tables, chosen.save)


def judged(corpus: Corpus, size: int, folders: int, seed: int) -> Iterator[Judged]:
    """So many folders of `size` pieces, each with random numbers of its own."""
    for number in range(folders):
        chance = np.random.default_rng((seed, size, number))
        own, others = drawn(corpus, size, chance)
        with tempfile.TemporaryDirectory() as folder:
            yield judge(
                corpus_of(corpus, own, Path(folder) / "own"), corpus_of(corpus, others, Path(folder) / "others"), chance
            )


def drawn(corpus: Corpus, size: int, chance: np.random.Generator) -> tuple[list[Piece], list[Piece]]:
    """The pieces of a folder, split anew, and all of other tunes: the files, which are as many as the folder trains on,
    and the pieces that phrases are of."""
    pieces = [piece for piece in corpus.pieces if piece.windows]
    order = [pieces[index] for index in chance.permutation(len(pieces))]
    own = split_anew(order[:size])
    tunes = {piece.family for piece in own}
    others = [piece for piece in order[size:] if piece.family not in tunes]
    files = sum(piece.split == "train" for piece in own)
    return own, [replace(piece, split=SPLIT_OF[KINDS[index >= files]]) for index, piece in enumerate(others)]


def split_anew(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, split as if they were a whole corpus."""
    _, families = np.unique([piece.family for piece in pieces], return_inverse=True)
    columns = [(piece.name, piece.windows, piece.label) for piece in pieces]
    names, windows, labels = zip(*columns, strict=True)
    sides = split(names, families.tolist(), windows, labels)
    return [replace(piece, split=side) for piece, side in zip(pieces, sides, strict=True)]


def corpus_of(corpus: Corpus, pieces: Sequence[Piece], folder: Path) -> Corpus:
    """A corpus of some pieces of another, whose notes it shares."""
    folder.mkdir()
    for name in corpus.manifest.files.keys() - {PIECES}:
        (folder / name).symlink_to((corpus.folder / name).resolve())
    (folder / PIECES).write_text("".join(map(piece_line, pieces)), encoding="utf-8")
    files = corpus.manifest.files | {PIECES: checksum_of_file(folder / PIECES)}
    write_manifest(folder, corpus.manifest.model_copy(update={"files": files}))
    return open_corpus(folder)


def judge(own: Corpus, others: Corpus, chance: np.random.Generator) -> Judged:
    """Music of other tunes, as it is and with wrong notes, judged against a folder."""
    if too_few_tunes(own):
        return Judged(count_tunes(own), 0, dict.fromkeys(KINDS, Pair(None, None)))
    seed = int(chance.integers(2**31))
    held = load_reference(own, "test", seed)
    files, phrases = (sample_windows(others, SPLIT_OF[kind], MAX_HELD_OUT, seed) for kind in KINDS)
    real = [files, independent("phrases", phrases.cells)]
    wrong = [add_wrong_notes(music, own.grid, own.tracks, chance) for music in real]
    ratios = [scores.ratio for scores in score_by_distance(held, [*real, *wrong], seed)]
    pairs = map(Pair, ratios[: len(real)], ratios[len(real) :])
    return Judged(count_tunes(own), len(np.unique(held.held_out.group)), dict(zip(KINDS, pairs, strict=True)))


def row(size: int, folders: Sequence[Judged], kind: str) -> Row:
    """What the folders of one size say of one kind of music."""
    pairs = [one.pairs[kind] for one in folders]
    real, wrong = [one.real for one in pairs if one.real], [one.wrong for one in pairs if one.wrong]
    numbers: Row = {
        "pieces": size,
        "tunes": median(one.tunes for one in folders),
        "held out": median(one.held_out for one in folders),
        "folders": len(folders),
        "no number, %": percent([one.real is None for one in pairs]),
    }
    if not real:
        return numbers | dict.fromkeys(COLUMNS)
    said = (
        median(one.value for one in real),
        percent([one.low <= 1 <= one.high for one in real]),
        percent([one.low > 1 for one in real]),
        median(one.high / one.value for one in real),
        median(one.value for one in wrong),
        percent([one.low > 1 for one in wrong]),
    )
    return numbers | dict(zip(COLUMNS, said, strict=True))


def percent(true: Sequence[bool]) -> float:
    """How many of them are true, in percent."""
    return 100 * sum(true) / len(true)


if __name__ == "__main__":
    main()
