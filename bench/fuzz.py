"""Files of music damaged at random and made hostile on purpose: each must be read or refused, in time, in memory.

Every mutant goes the way of `ganola corpus build`, in its worker processes: through its archive if it lies in one, to
notes and facts, or to a reason. A process that dies, a reader that hangs and an error that is not a reason are
findings; each is kept in a folder, with the seed that made it.
"""

import argparse
import io
import json
import math
import random
import re
import struct
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from common import Row, options, report
from ganola.corpus.open import open_source
from ganola.corpus.piece_stats import analyse_piece
from ganola.corpus.pool import Begin, run_jobs
from ganola.errors import GanolaError
from ganola.music.io.files import tunes_in
from ganola.music.io.formats import MUSIC_SUFFIXES, seconds_allowed

CASES = Path(__file__).parents[1] / "tests" / "music" / "cases"
MUTANTS_A_JOB = 200
SLOW_SECONDS = 2.0
LONGEST_SEED = {".mid": 60_000, ".abc": 4_000, ".krn": 20_000}  # bytes
KINDS = {".mid": 0.65, ".abc": 0.14, ".musicxml": 0.04, ".mxl": 0.02, ".krn": 0.105, ".zip": 0.035, "attack": 0.01}
CASES = Path(__file__).parents[1] / "tests/music/cases"  # small files with what the collections have not
MAKING_SECONDS = 60.0
LONGEST_RETOLD = 300_000


@dataclass(frozen=True)
class Job:
    """Mutants `first` to `first + count - 1` of a kind."""

    kind: str
    first: int
    count: int
    seeds: Path
    results: Path
    findings: Path


def main() -> None:
    parser = options(__doc__)
    parser.add_argument(
        "folder", nargs="?", help="a folder of MIDI files to damage; notation comes from music21's own corpus"
    )
    parser.add_argument("--own-files", action="store_true", help="damage the files that ganola itself writes instead")
    parser.add_argument("--mutants", type=int, default=200_000)
    parser.add_argument("--kinds", default=",".join(KINDS), help="of which kinds, in their usual proportions")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="a folder for what goes wrong")
    chosen = parser.parse_args()
    if not chosen.own_files and not chosen.folder:
        parser.error("name a folder of MIDI files, or --own-files")
    with tempfile.TemporaryDirectory() as folder:
        (damage_own_files if chosen.own_files else damage_music)(chosen, Path(folder))


def damage_music(chosen: argparse.Namespace, scratch: Path) -> None:
    """Damage files of music, and report what became of them."""
    seeds, results = scratch / "seeds", scratch / "results"
    results.mkdir()
    gather_seeds(chosen.folder, seeds)
    jobs = plan_jobs(chosen.mutants, chosen.kinds.split(","), seeds, results, chosen.findings)
    watch(run_jobs(work, jobs, [job.count for job in jobs], chosen.workers), chosen.mutants)
    report("fuzz", tables(results), chosen.save)


def damage_own_files(chosen: argparse.Namespace, scratch: Path) -> None:
    """Damage the files of a corpus, a stopped build, a run and its models, and report what became of them."""
    from own_files import make_world, plan_own_jobs, tables_of_own, work_on_own

    world, results = scratch / "world", scratch / "results"
    results.mkdir()
    make_world(world)
    jobs = plan_own_jobs(chosen.mutants, world, results, chosen.findings)
    # Without a limit of memory: torch alone takes more than files of music may.
    watch(run_jobs(work_on_own, jobs, [job.count for job in jobs], chosen.workers, memory=None), chosen.mutants)
    report("fuzz --own-files", tables_of_own(results), chosen.save)


def watch(progress: Iterable[int], mutants: int) -> None:
    """Say now and then how far the work is."""
    began, told = time.monotonic(), 0.0
    for done in progress:
        if time.monotonic() - told > 10:
            told = time.monotonic()
            left = (told - began) / max(done, 1) * (mutants - done)
            print(f"{done:,} of {mutants:,} mutants, about {left / 60:.0f} minutes left", flush=True)


def gather_seeds(folder: str, to: Path) -> None:
    """Some small files of each format."""
    from music21 import corpus

    base = Path(corpus.__file__).parent
    for suffix, source in ((".mid", Path(folder)), (".abc", base), (".krn", base)):
        found = sorted(path for path in source.rglob(f"*{suffix}") if path.stat().st_size <= LONGEST_SEED[suffix])
        chosen = random.Random(0).sample(found, min(60, len(found))) + sorted(CASES.glob(f"*{suffix}"))
        for index, path in enumerate(chosen):
            write(to / suffix / f"{index:03d}{suffix}", path.read_bytes())
    packed = sorted(base.rglob("*.mxl"), key=lambda path: path.stat().st_size)[:60]
    for index, path in enumerate(packed):
        write(to / ".mxl" / f"{index:03d}.mxl", path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            sheet = max(archive.namelist(), key=lambda name: archive.getinfo(name).file_size)
            write(to / ".musicxml" / f"{index:03d}.musicxml", archive.read(sheet))
    for path in sorted([*CASES.glob("*.musicxml"), *CASES.glob("*.mxl")]):  # drums, cue notes, bars of unequal length
        write(to / path.suffix / path.name, path.read_bytes())


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def plan_jobs(mutants: int, kinds: list[str], seeds: Path, results: Path, findings: Path) -> list[Job]:
    whole = sum(KINDS[kind] for kind in kinds)
    counts = {kind: round(mutants * KINDS[kind] / whole) for kind in kinds}
    return [
        Job(kind, first, min(MUTANTS_A_JOB, count - first), seeds, results, findings)
        for kind, count in counts.items()
        for first in range(0, count, MUTANTS_A_JOB)
    ]


def work(job: Job, lost: Mapping[int, str], begin: Begin) -> None:
    """Read every mutant of a job, and keep how it went."""
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for index in range(job.count):
            begin(index, MAKING_SECONDS)
            name, data = mutant(job.kind, job.first + index, job.seeds)
            if index in lost:
                outcomes["killed" if "killed" in lost[index] else "hung"] += 1
                write(job.findings / f"{job.first + index}-{name}", data)
                continue
            # In a build each file of an archive has a time of its own.
            allowed = MAKING_SECONDS if name.endswith(".zip") else seconds_allowed(data, Path(name).suffix)
            begin(index, allowed)
            start = time.process_time()  # of its own work: the machine may be shared
            try:
                outcomes[read(name, data, Path(scratch))] += 1
            except (GanolaError, MemoryError) as error:
                outcomes["memory" if isinstance(error, MemoryError) else "refused"] += 1
            except Exception:
                outcomes["error"] += 1
                write(job.findings / f"{job.first + index}-{name}", data)
                write(job.findings / f"{job.first + index}-{name}.txt", traceback.format_exc().encode())
            seconds = time.process_time() - start
            slowest = max(slowest, seconds)
            if seconds > SLOW_SECONDS:
                outcomes["slow"] += 1
                write(job.findings / f"slow-{seconds:.1f}-{job.first + index}-{name}", data)
    begin(job.count, math.inf)
    line = {"kind": job.kind, "slowest": slowest, "memory": peak_memory(), "outcomes": outcomes}
    write(job.results / f"{job.kind}-{job.first}.json", json.dumps(line).encode())


def read(name: str, data: bytes, scratch: Path) -> str:
    """ "read" if there is music in the file that can be used."""
    suffix = Path(name).suffix
    if suffix == ".zip":
        path = scratch / name  # a name of its own: an opened archive is kept by its path
        path.write_bytes(data)
        outcome = "refused"
        for file in open_source(str(path)).files:
            try:
                outcome = read(file.name, file.read(), scratch)
            except GanolaError:
                continue
        return outcome
    outcome = "refused"
    for tune in tunes_in(data, suffix):
        try:
            analyse_piece(name + tune.mark, "", tune.read(), fingerprint=True)
            outcome = "read"
        except GanolaError:
            continue
    return outcome


def peak_memory() -> float:
    """MB that this process has held at most."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def mutant(kind: str, number: int, seeds: Path) -> tuple[str, bytes]:
    """The name and the bytes of a mutant; always the same for a number."""
    chance = random.Random(f"{kind} {number}")
    if kind == "attack":
        return chance.choice(ATTACKS)(chance)
    outside = chance.random() < 0.5  # else the damage is inside a sound file, and gets further
    if kind == ".zip":
        made = archive(chance, seeds, damage=not outside)
        return f"{number}.zip", damaged(made, chance) if outside else made
    if kind == ".mxl" and not outside:
        return f"{number}.mxl", zipped({"sheet.musicxml": retold(seed(".musicxml", chance, seeds), chance)})
    data, other = seed(kind, chance, seeds), seed(kind, chance, seeds)
    inside = {".mid": overwritten, ".abc": reworded, ".krn": reworded, ".musicxml": retold}
    return f"{number}{kind}", damaged(data, chance, other) if outside else inside[kind](data, chance)


def seed(kind: str, chance: random.Random, seeds: Path) -> bytes:
    return chance.choice(sorted((seeds / kind).iterdir())).read_bytes()


def archive(chance: random.Random, seeds: Path, *, damage: bool) -> bytes:
    files = {}
    for index in range(chance.randint(1, 4)):
        kind = chance.choice([".mid", ".mid", ".abc", ".abc", ".krn"])
        folder = chance.choice(["", "rock/", "../../", "/etc/", "a\\b\\"])
        data = seed(kind, chance, seeds)
        files[f"{folder}{index}{kind}"] = damaged(data, chance) if damage else data
    return zipped(files, chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))


def zipped(files: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return buffer.getvalue()


def damaged(data: bytes, chance: random.Random, other: bytes = b"") -> bytes:
    """`data` cut off, its bits flipped, its bytes replaced, parts of it repeated, dropped or taken from another."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 4, 16])):
        if not changed:
            break
        at, reach = chance.randrange(len(changed)), chance.choice([1, 2, 4, 16, 256])
        match chance.randrange(8):
            case 0:
                del changed[at:]
            case 1:
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                changed[at : at + reach] = chance.randbytes(reach)
            case 3:
                changed[at : at + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0"])
            case 4:
                changed[at:at] = changed[at : at + reach] * chance.choice([1, 10, 100])
            case 5:
                del changed[at : at + reach]
            case 6:
                start = chance.randrange(len(other)) if other else 0
                changed[at:at] = other[start : start + reach * 4]
            case 7:
                changed[at] = chance.choice([0, 0x2F, 0x51, 0x58, 0x7F, 0x80, 0x90, 0xC0, 0xF0, 0xFF])
    return bytes(changed)


def overwritten(data: bytes, chance: random.Random) -> bytes:
    """`data` of the same length, some of its bytes behind the MIDI header others, its events likelier than not."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 8, 64])):
        changed[chance.randrange(22, len(changed))] = chance.choice(
            [chance.randrange(256), chance.randrange(128), 0, 0x7F, 0x80, 0x90, 0x99, 0xC0, 0xE0, 0xF0, 0xFF]
        )
    if chance.random() < 0.1:
        changed[12:14] = chance.randbytes(2)
    return bytes(changed)


def retold(data: bytes, chance: random.Random) -> bytes:
    """MusicXML that stays XML: its words and numbers made absurd, its elements dropped or repeated."""
    text = data.decode("utf-8", errors="replace")
    for _ in range(chance.choice([1, 2, 5, 20])):
        found = list(re.finditer(r">([^<>\s][^<>]*)<|<(note|attributes|measure|part)\b.*?</\2>", text, re.DOTALL))
        if not found:
            break
        spot = chance.choice(found)
        if spot[1] is None:
            text = text[: spot.start()] + spot[0] * chance.choice([0, 2, 30]) + text[spot.end() :]
        else:
            word = chance.choice(["0", "-1", "999999999", "1e308", "3.7", "x", "", "128", "C" * 10_000])
            text = text[: spot.start(1)] + word + text[spot.end(1) :]
        if len(text) > LONGEST_RETOLD:
            break
    return text.encode()


def reworded(data: bytes, chance: random.Random) -> bytes:
    """Text with its numbers made absurd, its lines dropped, repeated or swapped, its words taken from elsewhere."""
    lines = data.decode("latin-1").split("\n")
    for _ in range(chance.choice([1, 2, 5, 20])):
        at = chance.randrange(len(lines))
        line = lines[at]
        digits = [index for index, letter in enumerate(line) if letter.isdigit()]
        match chance.randrange(5):
            case 0 if digits:
                where = chance.choice(digits)
                number = chance.choice(["0", "-1", "999999999", "1e308", "3.7", "", "128"])
                lines[at] = line[:where] + number + line[where + 1 :]
            case 1:
                lines[at] = ""
            case 2:
                lines[at:at] = [line] * chance.choice([1, 50])
            case 3:
                words = re.split(r"([\t ])", line)
                words[chance.randrange(len(words))] = chance.choice(re.split(r"[\t ]", chance.choice(lines)))
                lines[at] = "".join(words)
            case _:
                swap = chance.randrange(len(lines))
                lines[at], lines[swap] = lines[swap], lines[at]
    return "\n".join(lines).encode("latin-1", errors="replace")


def midi(events: bytes, division: int = 480) -> bytes:
    """A MIDI file of one track."""
    return (
        b"MThd" + struct.pack(">IHHH", 6, 0, 1, division & 0xFFFF)
        + b"MTrk" + struct.pack(">I", len(events) + 4) + events + b"\0\xff\x2f\0"
    )  # fmt: skip


def millions_of_notes(chance: random.Random) -> tuple[str, bytes]:
    """Running status: six bytes a note, up to ten million of them."""
    notes = chance.choice([100_000, 1_000_000, 10_000_000])
    return "notes.mid", midi(b"\0\x90" + b"\x01\x3c\x40\x01\x3c\0"[chance.randrange(2) :] * notes)


def long_waits(chance: random.Random) -> tuple[str, bytes]:
    """Notes that are years apart."""
    wait = b"\xff\xff\xff\x7f"
    return "wait.mid", midi((wait + b"\x90\x3c\x40" + wait + b"\x80\x3c\0") * chance.randint(1, 1000))


def tempo_maps(chance: random.Random) -> tuple[str, bytes]:
    """A tempo and a metre at every tick."""
    events = b"".join(
        b"\x01\xff\x51\x03" + chance.randbytes(3) + b"\x01\xff\x58\x04" + chance.randbytes(4)
        for _ in range(chance.choice([100, 10_000]))
    )
    return "tempo.mid", midi(events + b"\0\x90\x3c\x40\x60\x80\x3c\0", chance.choice([1, 480, 32767, 0, 0xE728]))


def held_notes(chance: random.Random) -> tuple[str, bytes]:
    """Every key pressed again and again, none of them let go."""
    presses = b"".join(bytes([1, 0x90, pitch, 64]) for pitch in range(128))
    return "held.mid", midi(presses * chance.choice([10, 1000]))


def odd_events(chance: random.Random) -> tuple[str, bytes]:
    """Events that have to be read one by one, up to millions of them."""
    event = chance.choice(
        ["00c005", "8100c005", "00ff0100", "00b007ff", "00903cff", "00f0ffffff7f", "00903c403c0000ff0100"]
    )
    return "odd.mid", midi(b"\0\x90\x3c\x40" + bytes.fromhex(event) * chance.choice([1_000, 700_000]))


def many_names(chance: random.Random) -> tuple[str, bytes]:
    """Tens of thousands of tracks, their names all different or all the same once they can be printed."""
    names = [chance.choice([b"\xe4%d" % number, b" " * (number % 100) + b"x"]) for number in range(60_000)]
    events = [b"\0\xff\x03" + bytes([len(name)]) + name + b"\0\x99\x3c\x40\x01\x3c\0\0\xff\x2f\0" for name in names]
    tracks = b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in events)
    return "names.mid", b"MThd" + struct.pack(">IHHH", 6, 1, len(names), 480) + tracks


def zip_bomb(chance: random.Random) -> tuple[str, bytes]:
    """Hundreds of megabytes of nothing in a few kilobytes, as a file of music."""
    return "bomb.zip", zipped({f"bomb{chance.choice(MUSIC_SUFFIXES)}": bytes(chance.choice([10, 100]) * 2**20)})


def squeezed_sheet(chance: random.Random) -> tuple[str, bytes]:
    """A compressed MusicXML file that unpacks to far more than it says."""
    sheet = b"<?xml version='1.0'?><score-partwise>" + b" " * chance.choice([10, 200]) * 2**20
    return "sheet.mxl", zipped({"sheet.musicxml": sheet})


def entity_bomb(chance: random.Random) -> tuple[str, bytes]:
    """A billion laughs, or a file of the machine's."""
    names = [f"e{index}" for index in range(chance.randint(2, 12))]
    laughs = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names))
    outside = f'<!ENTITY out SYSTEM "{chance.choice(["file:///etc/passwd", "http://127.0.0.1:9/x"])}">'
    inner = f'<!ENTITY {names[0]} "ha">{laughs}' if chance.random() < 0.5 else outside
    used = f"&{names[-1]};" if inner != outside else "&out;"
    text = (
        f'<?xml version="1.0"?><!DOCTYPE score-partwise [{inner}]><score-partwise><part-list/>{used}</score-partwise>'
    )
    return "laugh.musicxml", text.encode(chance.choice(["utf-8", "utf-16"]))


def deep_sheet(chance: random.Random) -> tuple[str, bytes]:
    """Elements in elements in elements."""
    depth = chance.choice([100, 10_000, 100_000])
    return "deep.musicxml", b"<score-partwise>" + b"<part>" * depth + b"</part>" * depth + b"</score-partwise>"


def endless_tune(chance: random.Random) -> tuple[str, bytes]:
    """ABC with huge lengths, deep brackets, many repeats."""
    body = chance.choice(["C999999999", "[" * 5000, "|: C D :|" * 300, "C/////////", "(9" * 500 + "C", "C" * 5000])
    return "endless.abc", f"X:1\nT:x\nM:{chance.choice(['4/4', '0/0', '99/1', 'C|'])}\nL:1/8\nK:C\n{body}\n".encode()


def wide_kern(chance: random.Random) -> tuple[str, bytes]:
    """Humdrum with many spines, splitting."""
    spines = chance.choice([1, 50, 300])
    rows = ["\t".join(["**kern"] * spines), "\t".join(["*^"] * spines), "\t".join(["4c"] * spines * 2)]
    return "wide.krn", "\n".join([*rows, "\t".join(["*-"] * spines * 2)]).encode()


ATTACKS: tuple[Callable[[random.Random], tuple[str, bytes]], ...] = (
    millions_of_notes,
    long_waits,
    tempo_maps,
    held_notes,
    odd_events,
    many_names,
    zip_bomb,
    squeezed_sheet,
    entity_bomb,
    deep_sheet,
    endless_tune,
    wide_kern,
)


def tables(results: Path) -> dict[str, list[Row]]:
    """What became of the mutants of each kind."""
    rows: list[Row] = []
    for kind in [*KINDS, "all"]:
        lines = [json.loads(path.read_text()) for path in results.glob(f"{'*' if kind == 'all' else kind}-*.json")]
        outcomes: Counter[str] = Counter()
        for line in lines:
            outcomes.update(line["outcomes"])
        if lines:
            rows.append(
                {
                    "kind": kind,
                    "mutants": outcomes.total() - outcomes["slow"],
                    **{name: outcomes[name] for name in ("read", "refused", "memory", "error", "killed", "hung")},
                    f"over {SLOW_SECONDS:.0f} s CPU": outcomes["slow"],
                    "slowest, s CPU": max(line["slowest"] for line in lines),
                    "most memory, MB": max(line["memory"] for line in lines),
                }
            )
    return {"Mutants": rows}


if __name__ == "__main__":
    main()
