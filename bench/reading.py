"""Files a second on one core: from MIDI to packed windows, beside what other libraries take to a piano roll.

All contenders are measured in turn, round after round, so that their ratios hold where the machine's speed drifts.
"""

import contextlib
import io
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import muspy
import pretty_midi
import symusic

from common import Row, Seconds, measured, options, report
from ganola.corpus import build, packing, reading
from ganola.corpus import stages as build_stages
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.source import Source

# A step of ganola's default grid, a sixteenth note at 120 quarter notes a minute.
STEPS_PER_SECOND = 8
OURS = "ganola, to bars"
OURS_WITHOUT = "ganola, to bars, tunes not told apart"
STAGES = {
    "read": (build_stages, "read_chunk", "read, parse, take out the notes"),
    "analyse_piece": (reading, "analyse_piece", "offset, metre, key, counts, fingerprint"),
    "keep": (build_stages, "save_chunk", "keep what was read"),
    "survey": (build, "propose", "survey"),
    "arrange": (packing, "pack_piece", "arrange, fit, cut into bars"),
    "write": (packing, "write_shard", "write the bars"),
    "finish": (build, "assemble", "tell tunes apart, split, account"),
}


@dataclass(frozen=True)
class Contender:
    """A way to read files; it returns how many of them it could not read."""

    name: str
    read: Callable[[], int]
    files: int


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("folder", help="a folder of MIDI files")
    parser.add_argument("--files", type=int, metavar="N", help="so many files, evenly over the folder; else all")
    parser.add_argument("--slow-files", type=int, default=40, metavar="N", help="so many for the slow libraries")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    source = thinned(open_source(chosen.folder), chosen.files)
    few = [str(file.path) for file in thinned(source, chosen.slow_files).files]
    stages: list[dict[str, float]] = []
    contenders = [
        Contender("symusic, parse only", lambda: parse(source), len(source.files)),
        Contender(OURS, lambda: build_corpus(source, stages), len(source.files)),
        Contender(OURS_WITHOUT, lambda: build_corpus(source, [], fingerprints=False), len(source.files)),
        Contender("muspy, to piano roll", lambda: unread(muspy_roll, few), len(few)),
        Contender("pretty_midi, to piano roll", lambda: unread(pretty_midi_roll, few), len(few)),
    ]
    unreadable = {contender.name: contender.read() for contender in contenders}  # and warm up: imports, caches, disk
    stages.clear()
    laps: dict[str, list[Seconds]] = {contender.name: [] for contender in contenders}
    for _ in range(chosen.rounds):
        for contender in contenders:
            laps[contender.name].append(lap(contender))
    speeds = [speed(contender, laps, unreadable[contender.name]) for contender in contenders]
    report(
        "reading",
        {"Reading on one core": speeds, "Stages of ganola's": stage_rows(stages, laps[OURS], len(source.files))},
        chosen.save,
    )


def thinned(source: Source, count: int | None) -> Source:
    """`source` with `count` of its files, evenly over all of them."""
    total = len(source.files)
    if count is None or count >= total:
        return source
    return replace(source, files=tuple(source.files[index * total // count] for index in range(count)))


def parse(source: Source) -> int:
    return unread(symusic.Score, [str(file.path) for file in source.files])


def build_corpus(source: Source, stages: list[dict[str, float]], *, fingerprints: bool = True) -> int:
    """The whole of `ganola corpus build`, in this process; the CPU seconds of its stages go to `stages`."""
    with tempfile.TemporaryDirectory() as folder, stage_seconds() as seconds:
        corpus = build.build(source, Path(folder) / "corpus", BuildOptions(), fingerprints=fingerprints, workers=0)
        rejected = len(corpus.rejected)
    seconds["read"] -= seconds["analyse_piece"]  # which is a part of it
    stages.append(seconds)
    return rejected


def muspy_roll(path: str) -> object:
    return muspy.to_pianoroll_representation(muspy.read_midi(path))


def pretty_midi_roll(path: str) -> object:
    return pretty_midi.PrettyMIDI(path).get_piano_roll(fs=STEPS_PER_SECOND)


def unread(read: Callable[[str], object], paths: list[str]) -> int:
    """Read all files, without what the libraries print; how many of them raised."""
    failures = 0
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for path in paths:
            try:
                read(path)
            except Exception:  # each library raises its own kinds
                failures += 1
    return failures


def lap(contender: Contender) -> Seconds:
    """Seconds a file."""
    with measured() as watch:
        contender.read()
    return Seconds(watch.seconds.wall / contender.files, watch.seconds.cpu / contender.files)


@contextlib.contextmanager
def stage_seconds() -> Iterator[dict[str, float]]:
    """CPU seconds spent in the functions of STAGES while the block runs."""
    seconds: defaultdict[str, float] = defaultdict(float)

    def clocked(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            with measured() as watch:
                result = function(*arguments, **named)
            seconds[stage] += watch.seconds.cpu
            return result

        return call

    with contextlib.ExitStack() as patches:
        for stage, (module, name, _) in STAGES.items():
            patches.enter_context(mock.patch.object(module, name, clocked(stage, getattr(module, name))))
        yield seconds


def speed(contender: Contender, laps: dict[str, list[Seconds]], unreadable: int) -> Row:
    own, ours = laps[contender.name], laps[OURS]
    return {
        "library": contender.name,
        "files": contender.files,
        "unreadable": unreadable,
        "files/s, CPU time": 1 / median(lap.cpu for lap in own),
        "files/s, wall time": 1 / median(lap.wall for lap in own),
        "CPU time / ganola's": median(theirs.cpu / our.cpu for theirs, our in zip(own, ours, strict=True)),
        "wall time / ganola's": median(theirs.wall / our.wall for theirs, our in zip(own, ours, strict=True)),
    }


def stage_rows(stages: list[dict[str, float]], laps: list[Seconds], files: int) -> list[Row]:
    milliseconds = {what: 1000 * median(run[name] for run in stages) / files for name, (_, _, what) in STAGES.items()}
    milliseconds["the rest"] = 1000 * median(lap.cpu for lap in laps) - sum(milliseconds.values())
    return [{"stage": what, "ms a file, CPU time": value} for what, value in milliseconds.items()]


if __name__ == "__main__":
    main()
