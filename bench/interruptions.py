"""Commands of ganola stopped at random moments, and several at once: what is left must be whole or not there.

Each command runs in a folder of its own on a small corpus and is stopped at a moment drawn from the time that it takes
undisturbed: killed (SIGKILL), or by Ctrl-C once or twice, or by a polite kill. Then the same command runs to its end.
What counts as a finding: a traceback, another exit status than 130 (or that of a finished command), something that
looks whole and is not, and anything left over. Needs POSIX: each command is a fork of this process, which has imported
all that commands import, for that takes longer than the commands do.
"""

import importlib
import os
import pkgutil
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ganola
from common import Row, options, report
from ganola import __main__ as entrance
from ganola.errors import INTERRUPTED
from ganola.music.io.midi.write import write_midi
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

STOPS = {
    "kill": (signal.SIGKILL,),
    "Ctrl-C": (signal.SIGINT,),
    "twice": (signal.SIGINT,) * 2,
    "term": (signal.SIGTERM,),
}
BETWEEN = 0.05  # seconds between the first Ctrl-C and the second
SMALL = [
    word
    for change in ("networks.architecture=mlp", "networks.width=16", "networks.encoder_width=8", "training.batch=4")
    for word in ("--set", change)
]
SHARED = [*SMALL, "--set", "training.batch=8", "--set", "vae.batch=8", "--set", "flow.batch=8"]  # by two processes
PHRASES, FORMATS, STEPS = 40, ("mid", "png"), 4


@dataclass(frozen=True)
class Work:
    """A command, and what is wrong with what it has left in its folder, if anything: all of it must be there, or, of a
    command that was stopped, nothing, or what can be gone on with."""

    words: tuple[object, ...]
    whole: Callable[[Path], bool]
    part: Callable[[Path], bool] = lambda folder: not _left(folder)
    goes_on: tuple[object, ...] | None = None  # where the same command would not do, and there is something to go on


@dataclass
class Ended:
    """How a command ended."""

    status: int
    said: str

    @property
    def traceback(self) -> bool:
        return "Traceback" in self.said or "Exception ignored" in self.said


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often each command is stopped in each way")
    parser.add_argument("--at-once", type=int, default=6, help="how many commands start together")
    parser.add_argument("--rounds", type=int, default=5, help="how often they do")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    _import_all()
    with tempfile.TemporaryDirectory() as scratch:
        home = _prepare(Path(scratch))
        tables = {
            "stopped at a random moment": _stop_all(home, given.times, random.Random(given.seed)),
            "started at once": _start_together(home, given.at_once, given.rounds),
        }
    report("interruptions", tables, given.save)


# What is run.


def _works(home: Path) -> dict[str, Work]:
    run, corpus = home / "run", home / "c"
    return {
        "generate": Work(
            ("generate", run, "--count", PHRASES, "--format", ",".join(FORMATS)),
            lambda folder: _phrases(folder) == PHRASES,
            lambda folder: not _left(folder) or _phrases(folder) > 0,
        ),
        "judge": Work(
            ("judge", run, home / "tunes", "--out", "judged"),
            lambda folder: _judged(folder) == 12,
            lambda folder: not _left(folder) or _judged(folder) > 0,
        ),
        "evaluate": Work(("evaluate", run, "--count", 50, "--latex"), _is_report),
        "export": Work(
            ("corpus", "export", corpus, "--out", "out"), lambda folder: bool(list(folder.glob("out/*.mid")))
        ),
        "build": Work(
            ("corpus", "build", home / "tunes", "--out", "b", "--bars", 2),
            lambda folder: (folder / "b" / "manifest.json").exists(),
            lambda folder: not (folder / "b" / "manifest.json").exists() or _shows(folder / "b"),
        ),
        "survey": Work(
            ("corpus", "survey", home / "tunes", "--out", "s", "--bars", 2),
            lambda folder: (
                {path.name for path in (folder / "s").glob("*")} == {"plan.toml", "rejected.jsonl", "survey.png"}
            ),
            lambda _: True,
        ),
        "train": Work(
            ("train", corpus, *SMALL, "--steps", STEPS, "--out", "r"),
            lambda folder: (folder / "r" / "last.safetensors").exists(),
            lambda folder: not _left(folder) or (folder / "r" / "run.json").exists(),
            ("train", "--resume", "r"),
        ),
        "train, two processes": Work(
            ("train", corpus, *SHARED, "--steps", STEPS, "--threads", 2, "--out", "r"),
            lambda folder: (folder / "r" / "last.safetensors").exists(),
            lambda folder: not _left(folder) or (folder / "r" / "run.json").exists(),
            ("train", "--resume", "r", "--threads", 1),
        ),
    }


def _stop_all(home: Path, times: int, rng: random.Random) -> list[Row]:
    rows: list[Row] = []
    for name, work in _works(home).items():
        began = time.monotonic()
        ended = _run(home / "plain", work.words)
        usual = time.monotonic() - began
        if ended.status or not work.whole(home / "plain"):
            raise SystemExit(f"{name} does not work undisturbed:\n{ended.said}")
        shutil.rmtree(home / "plain")
        for how, signals in STOPS.items():
            found: Counter[str] = Counter()
            for _ in range(times):
                found.update(_stop(home / "stopped", work, signals, rng.uniform(0, usual)))
                shutil.rmtree(home / "stopped")
            rows.append({"command": name, "stopped by": how, "times": times, **_counts(found)})
    return rows


KINDS = ("finished", "kept a part", "traceback", "other status", "half", "in the way", "left over")


def _counts(found: Counter[str]) -> Row:
    return {kind: found[kind] for kind in KINDS}


def _stop(folder: Path, work: Work, signals: tuple[int, ...], after: float) -> list[str]:
    """What was found of one command, stopped `after` so many seconds, and of the same command afterwards."""
    folder.mkdir()
    process = Forked(folder, work.words)
    time.sleep(after)
    for number in signals:
        process.send_signal(number)
        time.sleep(BETWEEN if len(signals) > 1 else 0)
    ended = process.end()
    # One that is stopped when all is written already, before it has said so, has finished too.
    finished = ended.status == 0 or (ended.status == INTERRUPTED and not work.goes_on and work.whole(folder))
    found = ["finished"] if finished else []
    if ended.traceback:
        found.append("traceback")
    if ended.status not in (0, 130, -signal.SIGINT, -signal.SIGKILL):
        found.append("other status")
    if not (work.whole(folder) if finished else work.part(folder)):
        found.append("half")
    if not finished and _left(folder):
        found.append("kept a part")
    if signals != (signal.SIGKILL,) and _hidden(folder):
        found.append("left over")
    if not finished:
        begun = _left(folder)
        if begun and name_of(work) in ("generate", "judge"):  # what was kept has its name, and the next has another
            (folder / begun[0]).rename(folder / "kept")
        again = _run(folder, work.goes_on if begun and work.goes_on else work.words)
        if again.status:
            found.append("in the way")
            print(f"{work.words}: {again.said}", file=sys.stderr)
        elif not work.whole(folder):
            found.append("half")
        if _hidden(folder):
            found.append("left over")
    if set(found) - {"finished", "kept a part"}:
        print(f"{name_of(work)} after {after:.2f} s: {found}, status {ended.status}\n{ended.said}", file=sys.stderr)
    return found


def name_of(work: Work) -> str:
    return str(work.words[0])


# Several at once.


def _start_together(home: Path, count: int, rounds: int) -> list[Row]:
    works = _works(home)
    cases: dict[str, tuple[tuple[object, ...], Callable[[Path, list[Ended]], bool]]] = {
        "train, no --out": (
            ("train", home / "c", *SMALL, "--steps", 1),
            lambda folder, ended: _each_has_its_own(folder / "runs", "default", ended),
        ),
        "train, one --out": (
            works["train"].words,
            lambda folder, ended: _one_won(ended) and works["train"].whole(folder),
        ),
        "generate, no --out": (
            works["generate"].words,
            lambda folder, ended: (
                _each_has_its_own(folder, "phrases", ended)
                and all(len(list(own.iterdir())) == PHRASES * len(FORMATS) for own in folder.iterdir())
            ),
        ),
        "generate, one --out": (
            (*works["generate"].words, "--out", "phrases-1"),
            lambda folder, ended: _one_won(ended) and works["generate"].whole(folder),
        ),
        "build": (works["build"].words, lambda folder, ended: _one_won(ended) and _shows(folder / "b")),
        "evaluate, no --out": (
            works["evaluate"].words,
            lambda folder, ended: (
                [one.status for one in ended] == [0] * len(ended) and len(list(folder.iterdir())) == 4 * len(ended)
            ),
        ),
    }
    rows: list[Row] = []
    for name, (words, right) in cases.items():
        found: Counter[str] = Counter()
        for _ in range(rounds):
            folder = home / "together"
            folder.mkdir()
            ended = [process.end() for process in [Forked(folder, words) for _ in range(count)]]
            found["right"] += right(folder, ended)
            found["left over"] += bool(_hidden(folder))
            found["traceback"] += any(one.traceback for one in ended)
            if not right(folder, ended):
                print(name, *(f"{one.status}: {one.said}" for one in ended), sep="\n", file=sys.stderr)
            shutil.rmtree(folder)
        counts = {kind: found[kind] for kind in ("right", "left over", "traceback")}
        rows.append({"command": name, "at once": count, "times": rounds, **counts})
    return rows


def _each_has_its_own(folder: Path, stem: str, ended: list[Ended]) -> bool:
    """Whether all succeeded, each in a folder of its own."""
    names = {path.name for path in folder.iterdir()}
    return not any(one.status for one in ended) and names == {f"{stem}-{n}" for n in range(1, len(ended) + 1)}


def _one_won(ended: list[Ended]) -> bool:
    """Whether one succeeded, and the others were told why they did not."""
    words = ("another ganola is at work in", "already exists and is not empty")
    others = [one for one in ended if one.status]
    return len(others) == len(ended) - 1 and all(
        one.status == 2 and any(word in one.said for word in words) for one in others
    )


# What is there.


def _phrases(folder: Path) -> int:
    """How many whole phrases there are; -1 where one is not."""
    names = [path.name for path in folder.glob("phrases-*/*")]
    by_format = [{name.rpartition(".")[0] for name in names if name.endswith(f".{own}")} for own in FORMATS]
    return len(by_format[0]) if by_format[0] == by_format[1] else -1


def _judged(folder: Path) -> int:
    """How many files are judged whole; -1 where one is not."""
    names = [path.name for path in folder.glob("judged/*")]
    plain, pictures = ({name.rpartition(".")[0] for name in names if name.endswith(end)} for end in (".json", ".png"))
    return len(plain) if plain == pictures else -1


def _is_report(folder: Path) -> bool:
    return _left(folder) == [f"report-1.{ending}" for ending in ("csv", "html", "json", "tex")]


def _shows(corpus: Path) -> bool:
    return _run(corpus.parent, ("corpus", "show", corpus, "--files")).status == 0


def _left(folder: Path) -> list[str]:
    """What a person sees."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".") and path.name != "kept")


def _hidden(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.exists()]


# Running.


def _prepare(home: Path) -> Path:
    """A folder of tunes, a corpus of them, and a model that was trained on it."""
    tracks = (Track(name="Melody", program=73), Track(name="Bass", program=32))
    for tune in range(12):
        rng = random.Random(tune)
        rows = [(0, step, step + 1, 60 + rng.choice((0, 2, 4, 5, 7, 9, 11, 12))) for step in range(48)]
        rows += [(1, 8 * bar, 8 * bar + 8, 36 + rng.choice((0, 5, 7))) for bar in range(6)]
        write_midi(
            Score(tracks, Notes.of(rows), 2, (MetreChange(0, TimeSignature(4, 4)),)),
            home / "tunes" / f"tune-{tune:02d}.mid",
        )
    for words in (
        ("corpus", "build", "tunes", "--out", "c", "--bars", 2, "--steps-per-quarter", 2),
        ("train", "c", *SMALL, "--steps", 3, "--out", "run"),
    ):
        ended = _run(home, words)
        if ended.status:
            raise SystemExit(ended.said)
    return home


class Forked:
    """A command in a process of its own."""

    def __init__(self, folder: Path, words: tuple[object, ...]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open until it is read
        self.pid = os.fork()
        if self.pid == 0:
            os._exit(self._command(folder, words))

    def _command(self, folder: Path, words: tuple[object, ...]) -> int:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(self._said.fileno(), 2)
        sys.argv = ["ganola", *map(str, words)]
        try:
            entrance.main()
            return 0
        except SystemExit as end:
            return int(end.code or 0)
        except BaseException:
            traceback.print_exc()
            return 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)  # one that has ended is there until it is waited for

    def end(self) -> Ended:
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        with self._said as said:
            said.seek(0)
            return Ended(status, said.read().decode())


def _import_all() -> None:
    """Import what commands import, also where they do so late."""
    for module in pkgutil.walk_packages(ganola.__path__, "ganola."):
        importlib.import_module(module.name)


def _run(folder: Path, words: tuple[object, ...]) -> Ended:
    folder.mkdir(exist_ok=True)
    return Forked(folder, words).end()


if __name__ == "__main__":
    main()
