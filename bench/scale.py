"""Time and memory of `ganola corpus build` as a collection grows: linear and flat, if all is well.

The collection is made of the files of a folder, over and over, each copy in another key and begun at another time, so
that no two are the same. Tunes are not told apart here (--no-fingerprint), for they would all be a few.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from common import Row, options, report
from ganola.corpus.open import open_source
from ganola.corpus.source import SourceFile
from ganola.music.io.files import read_score
from ganola.music.io.midi.write import write_midi

GANOLA = Path(sys.executable).with_name("ganola")
FILES_A_FOLDER = 1000
SECONDS_BETWEEN_LOOKS = 0.2


class Memory(threading.Thread):
    """Watches how much memory a process and those that it began hold, in MB: all together, and the largest of them."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.together = self.largest = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(SECONDS_BETWEEN_LOOKS):
            held = [resident_megabytes(process) for process in family(self.process)]
            self.together = max(self.together, sum(held))
            self.largest = max(self.largest, *held, 0.0)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("folder", help="a folder of MIDI files to copy from")
    parser.add_argument("--sizes", default="1000,10000,100000", help="files in the collections, one after another")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--scratch", type=Path, help="where the collections go; else where temporary files do")
    chosen = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=chosen.scratch) as scratch:
        music = Path(scratch, "music")
        made = 0
        for size in sorted(int(size) for size in chosen.sizes.split(",")):
            grow(open_source(chosen.folder).files, music, made, size)
            made = size
            rows.append(measure(music, Path(scratch, "music.corpus"), size, chosen.workers))
            print(rows[-1], flush=True)
    report("scale", {"A growing collection": rows}, chosen.save)


def grow(files: tuple[SourceFile, ...], music: Path, made: int, size: int) -> None:
    """Add copies until there are `size`, each in another key and begun at another time."""
    for index, file in enumerate(files):
        copies = range(index + len(files) * -(-(made - index) // len(files)), size, len(files))
        if not copies:
            continue
        score = read_score(file.path)
        for number in copies:
            round_ = number // len(files)
            moved = score.transpose(round_ % 11 - 5)
            later = moved.notes.shift(ticks=score.ticks_per_quarter * 4 * (round_ // 11))
            write_midi(replace(moved, notes=later), music / f"{number // FILES_A_FOLDER:03d}" / f"{number:06d}.mid")


def measure(music: Path, corpus: Path, size: int, workers: int) -> Row:
    """One build, in a process of its own."""
    command = ["corpus", "build", str(music), "--out", str(corpus), "--no-fingerprint", "--workers", str(workers)]
    began = time.perf_counter()
    process = subprocess.Popen([GANOLA, *command], stdout=subprocess.DEVNULL)
    memory = Memory(process.pid)
    memory.start()
    _, status, used = os.wait4(process.pid, 0)  # with what its own processes used
    if status:
        sys.exit(f"ganola {' '.join(command)} failed")
    seconds = time.perf_counter() - began
    cpu_seconds = used.ru_utime + used.ru_stime
    memory.ended.set()
    memory.join()
    on_disk = sum(path.stat().st_size for path in corpus.rglob("*")) / 2**20
    shutil.rmtree(corpus)
    return {
        "files": size,
        "workers": workers,
        "seconds": seconds,
        "files/s": size / seconds,
        "CPU seconds": cpu_seconds,
        "CPU ms a file": 1000 * cpu_seconds / size,
        "memory of all processes, MB": memory.together,
        "of the largest, MB": memory.largest,
        "corpus, MB": on_disk,
    }


def family(process: int) -> list[int]:
    """A process and all that it began (Linux)."""
    found = [process]
    for own in found:
        try:
            found += map(int, Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split())
        except OSError:  # it has just ended
            continue
    return found


def resident_megabytes(process: int) -> float:
    """What a process holds in memory that it shares with no other, or its part of what it shares."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
