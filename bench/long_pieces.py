"""Seams of longer music: how far its windows are from real music, and how often trees tell its seams from bar lines."""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

from pathlib import Path

import numpy as np

from common import Row, measured, options, report
from ganola.corpus.store import Corpus, open_corpus
from ganola.judging.c2st import accuracies, c2st_trees
from ganola.judging.features.catalogue import Catalogue
from ganola.judging.real_baseline import RealBaseline
from ganola.judging.reference import sample_windows
from ganola.judging.windows import WindowSet, independent
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, SUSTAIN, find_onsets
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.playing.generate import generate
from ganola.playing.long_pieces import generate_piece
from ganola.playing.piece_form import PieceForm

SEED, WINDOWS, TRAINING, BARS, LOOP_BARS = 0, 256, 2000, 32, 8
VARIATIONS = (0.1, 0.25, 0.5, 0.75, 1.0)
DISSONANT = (1, 2, 6, 10, 11)  # semitones between pitch classes


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--pieces", type=int, default=64)
    chosen = parser.parse_args()
    corpus, model = open_corpus(chosen.corpus), load_model(chosen.model)
    tables, music = collect(corpus, model, chosen.pieces)
    report(
        "long_pieces",
        {
            **tables,
            "distance": distances(corpus, music),
            "seams": seams(corpus, music),
            "variation": variations(model, max(chosen.pieces // 8, 2)),
        },
        chosen.save,
    )


def collect(corpus: Corpus, model: Model, count: int) -> tuple[dict[str, list[Row]], dict[str, WindowSet]]:
    """Return the seconds that pieces took, and windows of all the music that is compared."""
    grid = corpus.grid
    seconds: list[Row] = []
    free = np.stack([phrase.cells for phrase in generate(model, 2 * WINDOWS, SEED)])
    pieces, took = play(model, PieceForm(BARS), count)
    seconds.append({"music": f"{BARS} bars", "process seconds": took})
    loops, took = play(model, PieceForm(LOOP_BARS, loop=True), count)
    seconds.append({"music": f"a loop of {LOOP_BARS} bars", "process seconds": took})
    half = grid.bars // 2
    real = sample_windows(corpus, "test", 2 * WINDOWS, SEED)
    other = np.roll(real.cells, len(real) // 2, axis=0)
    starts = range(half, BARS - grid.bars + 1)
    unlooped = pieces[:, :, : LOOP_BARS * grid.steps_per_bar]
    found = {
        "real": real,
        "free phrases": independent("free phrases", free),
        "pieces, a seam in the middle": windows(pieces, [bar for bar in starts if bar % half == 0], grid),
        "pieces, seams beside the middle": windows(pieces, [bar for bar in starts if bar % half], grid),
        "loops, windows across the loop point": windows(loops, range(LOOP_BARS - grid.bars + 1, LOOP_BARS), grid),
        "no loops, end spliced on beginning": windows(unlooped, range(LOOP_BARS - grid.bars + 1, LOOP_BARS), grid),
        "free phrases spliced": independent("free phrases spliced", spliced(free, np.roll(free, 1, axis=0), grid)),
        "real spliced on real": WindowSet("real spliced on real", spliced(real.cells, other, grid), real.group),
    }
    return {"seconds": seconds}, found


def play(model: Model, form: PieceForm, count: int) -> tuple[np.ndarray, float]:
    """Return pieces, and the process seconds of each; the first, which warms up, does not count."""
    generate_piece(model, form, SEED, count + 1)
    with measured() as watch:
        pieces = [generate_piece(model, form, SEED, number) for number in range(1, count + 1)]
    return np.stack([piece.cells for piece in pieces if piece]), watch.seconds.cpu / count


def windows(pieces: np.ndarray, starts: "range | list[int]", grid: Grid) -> WindowSet:
    """Return the windows of pieces, each taken as a circle, that begin at these bars."""
    bars = [np.roll(pieces, -bar * grid.steps_per_bar, axis=2)[:, :, : grid.steps] for bar in starts]
    return WindowSet("", np.concatenate(bars), np.tile(np.arange(len(pieces)), len(bars)))


def spliced(one: np.ndarray, other: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the first half of each window before the second half of another."""
    half = grid.bars // 2 * grid.steps_per_bar
    joined = np.concatenate([one[:, :, :half], other[:, :, half:]], axis=2)
    first = joined[:, :, half]
    first[first == SUSTAIN] = ONSET
    return joined


def distances(corpus: Corpus, music: dict[str, WindowSet]) -> list[Row]:
    """Return distance / floor of each music from test music, for as many windows of as many pieces or tunes."""
    held_out, training = (sample_windows(corpus, *of, SEED) for of in (("test", 400), ("train", TRAINING)))
    catalogue = Catalogue.of(corpus.grid, corpus.tracks)
    baseline = RealBaseline(held_out, training, catalogue, SEED)
    rows: list[Row] = []
    for name, own in music.items():
        if name == "real":
            own = sample_windows(corpus, "validation", WINDOWS, SEED)
            name = "real (validation music)"
        chosen = own.select(np.random.default_rng(SEED).permutation(len(own))[:WINDOWS])
        table = baseline.scaler.transform(catalogue.measure(chosen.cells))
        groups = len(np.unique(chosen.group))
        rows.append(
            {
                "windows": name,
                "distance": baseline.distance(table),
                "distance / floor": baseline.distance(table) / baseline.floor(len(chosen), groups),
                "of how many pieces": groups,
            }
        )
    return rows


def seams(corpus: Corpus, music: dict[str, WindowSet]) -> list[Row]:
    """Return how many of 100 bar lines in the middle of windows trees tell right, those of real music and others."""
    real = music["real"]
    table = seam_features(real.cells, corpus.grid)
    rows: list[Row] = []
    for name, own in music.items():
        if name == "real":
            continue
        chosen = own.select(np.random.default_rng(SEED).permutation(len(own))[: len(real)])
        right = c2st_trees(table, real.group, seam_features(chosen.cells, corpus.grid), chosen.group, SEED)
        found = accuracies(right, *(np.ones((1, len(part))) for part in right))
        rows.append({"seams": name, "right of 100": 100 * float(found[0]), "seams of each kind": len(chosen)})
    return rows


def variations(model: Model, count: int) -> list[Row]:
    """Return what share of the onsets of a section of 8 bars is gone when it returns varied."""
    rows: list[Row] = []
    for variation in VARIATIONS:
        form = PieceForm(16, "AA", variation=variation)
        pieces, took = play(model, form, count)
        first, second = np.split(find_onsets(pieces), 2, axis=2)
        gone = np.count_nonzero(first & ~second, axis=(1, 2, 3)) / np.count_nonzero(first, axis=(1, 2, 3))
        rows.append({"variation": variation, "onsets gone, %": 100 * float(gone.mean()), "process seconds": took})
    return rows


def seam_features(cells: np.ndarray, grid: Grid) -> np.ndarray:
    """Return what is at the bar line in the middle of windows: leaps, clashes, rhythm on both sides."""
    middle = grid.bars // 2 * grid.steps_per_bar
    bar, beat = grid.steps_per_bar, grid.steps_per_pulse
    sounds, onsets = cells != OFF, find_onsets(cells)
    top = np.where(sounds.any(axis=3), grid.pitches - 1 - sounds[..., ::-1].argmax(axis=3), -1).astype(float)
    top[top < 0] = np.nan
    last, first = top[:, :, middle - 1], top[:, :, middle]
    columns = [first - last, np.abs(first - last), (cells[:, :, middle] == SUSTAIN).any(axis=2)]
    columns += [onsets[:, :, middle].any(axis=2), np.isnan(last), np.isnan(first)]
    for part in (slice(middle - bar, middle), slice(middle, middle + bar)):
        struck = onsets[:, :, part].any(axis=3)
        columns += [struck.sum(axis=2), struck.sum(axis=1)]
    columns.append(columns[-2] - columns[-4])
    classes = np.stack([sounds[..., pitch::12].any(axis=(1, 3)) for pitch in range(12)], axis=2)
    for step in (middle - 1, middle, middle + beat):
        present = classes[:, step]
        columns.append(np.stack([(present & np.roll(present, -apart, axis=1)).sum(axis=1) for apart in DISSONANT], 1))
        columns.append(present.sum(axis=1)[:, None])
    columns.append((classes[:, middle - 1] & classes[:, middle]).sum(axis=1)[:, None])
    columns.append((classes[:, middle - beat] & classes[:, middle + beat]).sum(axis=1)[:, None])
    same = first[:, :, None] - first[:, None], last[:, :, None] - last[:, None]
    columns.append((same[0] - same[1]).reshape(len(cells), -1))  # voices that leap in parallel
    return np.concatenate([np.asarray(column, dtype=float) for column in columns], axis=1)


if __name__ == "__main__":
    main()
