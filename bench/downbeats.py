"""How often bar lines are found where they were written, once they have been taken out of music that has them.

Each piece is moved by a random number of steps, and must be in one metre all through. Trust these rows for notated
music only: the bar lines of many MIDI files are nobody's. There it still tells something whether both halves of a
piece, each on its own, say the same.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from statistics import mean

import numpy as np

from common import Row, options, report, spread, timed
from ganola.corpus.open import open_source
from ganola.corpus.source import Source
from ganola.errors import InputError
from ganola.music.downbeat import estimate_bars, estimate_downbeat
from ganola.music.grid import Grid
from ganola.music.io.files import tunes_in
from ganola.music.metre import TimeSignature
from ganola.music.score import Notes, Score, quantise
from ganola.music.timing import find_grid_offset, phases

STEPS_PER_QUARTER = 4
FEWEST_NOTES = 30
TELLING_BARS = {"4/4": "4/4", "2/4": "4/4", "2/2": "4/4", "3/4": "3/4", "6/8": "6/8", "12/8": "6/8"}
CONFIDENT = (0.0, 0.5, 0.8, 0.95)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("music", nargs="+", help="folders of music or built-in collections, such as chorales and folk")
    parser.add_argument("--files", type=int, default=150, metavar="N", help="so many of each, evenly over it")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    random = np.random.default_rng(chosen.seed)
    collections = {name: list(pieces(open_source(name), chosen.files)) for name in chosen.music}
    written = {name: [piece for piece in found if in_one_metre(piece)] for name, found in collections.items()}
    tables = {
        "Downbeats": [row for name, found in written.items() for row in downbeats(source_name(name), found, random)],
        "Metres": [row for name, found in written.items() for row in metres(source_name(name), found)],
        "Both halves say the same": [row for name, found in collections.items() for row in halves(name, found)],
        "Microseconds a piece": [speed(found[0]) for found in collections.values() if found][:1],
    }
    report("downbeats", {title: rows for title, rows in tables.items() if rows}, chosen.save)


def source_name(name: str) -> str:
    return open_source(name).name


def pieces(source: Source, most: int) -> Iterator[Score]:
    """The music of a source that can be read, on the grid, every so many files of it."""
    for file in source.files[:: max(1, len(source.files) // most)]:
        try:
            scores = [tune.read() for tune in tunes_in(file.read(), file.suffix)]
        except InputError:
            continue
        for score in scores:
            if len(score.pitched) >= FEWEST_NOTES:
                yield quantise(without_offset(score), STEPS_PER_QUARTER)


def without_offset(score: Score) -> Score:
    late = round(find_grid_offset(phases(score.notes.start, score.ticks_per_quarter)) * score.ticks_per_quarter)
    return replace(score, notes=score.notes.shift(ticks=-late))


def in_one_metre(score: Score) -> bool:
    """Whether the file says the metre once, and bars of it are whole numbers of steps."""
    if len(score.metres) != 1:
        return False
    return score.metres[0].signature.is_whole(STEPS_PER_QUARTER)


def grid_of(score: Score) -> Grid:
    return Grid(metre=score.metres[0].signature, steps_per_quarter=STEPS_PER_QUARTER)


def downbeats(source: str, scores: list[Score], random: np.random.Generator) -> Iterator[Row]:
    """For each metre: how often the downbeat is right, on some pulse, and right where it is said to be sure."""
    errors: dict[TimeSignature, list[tuple[int, int, float]]] = defaultdict(list)
    for score in scores:
        grid = grid_of(score)
        late = int(random.integers(grid.steps_per_bar))
        found = estimate_downbeat(score.pitched.shift(ticks=late), grid)
        error = (found.step - score.first_bar - late) % grid.steps_per_bar
        errors[grid.metre].append((error, grid.steps_per_bar // grid.pulses_per_bar, found.confidence))
    for metre, judged in sorted(errors.items(), key=lambda item: -len(item[1])):
        sure = [error == 0 for error, _, confidence in judged if confidence >= 0.8]
        yield {
            "music": source,
            "metre": str(metre),
            "pieces": len(judged),
            "right, %": 100 * mean(error == 0 for error, _, _ in judged),
            "on a pulse, %": 100 * mean(error % pulse == 0 for error, pulse, _ in judged),
            "confident (0.8), %": 100 * len(sure) / len(judged),
            "of these right, %": 100 * mean(sure) if sure else None,
        }


def metres(source: str, scores: list[Score]) -> Iterator[Row]:
    """For each metre that the estimator knows: what it says."""
    said: dict[str, list[str]] = defaultdict(list)
    for score in scores:
        if str(score.metres[0]) in TELLING_BARS:
            said[TELLING_BARS[str(score.metres[0])]].append(str(estimate_bars(score.pitched, STEPS_PER_QUARTER).metre))
    for metre, answers in sorted(said.items()):
        shares = {f"said {answer}, %": 100 * answers.count(answer) / len(answers) for answer in ("4/4", "3/4", "6/8")}
        yield {"music": source, "written": metre, "pieces": len(answers), **shares}


def halves(name: str, scores: list[Score]) -> Iterator[Row]:
    """How often both halves of a piece agree on the downbeat of 4/4, by how confident the less confident one is."""
    agreed = []
    for score in scores:
        middle = int(np.median(score.pitched.start))
        grid = Grid(steps_per_quarter=STEPS_PER_QUARTER)
        both = [estimate_downbeat(half, grid) for half in split(score.pitched, middle)]
        agreed.append((min(half.confidence for half in both), both[0].step == both[1].step))
    for least in CONFIDENT:
        same = [agree for confidence, agree in agreed if confidence >= least]
        if same:
            yield {
                "music": source_name(name),
                "confidence from": least,
                "pieces": len(same),
                "the same, %": 100 * mean(same),
            }


def split(notes: Notes, middle: int) -> tuple[Notes, Notes]:
    return notes.where(notes.start < middle), notes.where(notes.start >= middle)


def speed(score: Score) -> Row:
    notes, grid = score.pitched, Grid(steps_per_quarter=STEPS_PER_QUARTER)
    judges = {
        "phases and offset": lambda: find_grid_offset(phases(notes.start, STEPS_PER_QUARTER)),
        "find_downbeat": lambda: estimate_downbeat(notes, grid),
        "find_bars": lambda: estimate_bars(notes, STEPS_PER_QUARTER),
    }
    medians = {name: spread(timed(judge, repeats=500), 1e6)["median"] for name, judge in judges.items()}
    return {"notes": len(notes), **medians}


if __name__ == "__main__":
    main()
