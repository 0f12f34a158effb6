"""What the benchmarks share: timing, numbers as people read them, the machine in words, and keeping results."""

import argparse
import datetime
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

Row = dict[str, str | int | float | None]
Tables = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long something took: by the clock, and of this process's own work (the machine may be shared)."""

    wall: float
    cpu: float


@dataclass
class Stopwatch:
    """Filled in when the block of `measured` ends."""

    seconds: Seconds = Seconds(0.0, 0.0)


@contextmanager
def measured() -> Iterator[Stopwatch]:
    """A stopwatch that has measured the block once it is left."""
    watch = Stopwatch()
    wall, cpu = time.perf_counter(), time.process_time()
    yield watch
    watch.seconds = Seconds(time.perf_counter() - wall, time.process_time() - cpu)


def timed(action: Callable[[], object], repeats: int, warm_up: int = 1) -> list[float]:
    """Wall seconds of each of `repeats` calls, after `warm_up` calls that do not count."""
    for _ in range(warm_up):
        action()
    walls = []
    for _ in range(repeats):
        with measured() as watch:
            action()
        walls.append(watch.seconds.wall)
    return walls


def spread(values: list[float], scale: float = 1.0) -> Row:
    """Median, least and most of `values`, each times `scale`."""
    return {"median": median(values) * scale, "min": min(values) * scale, "max": max(values) * scale}


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` of the values do not exceed."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def options(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows --save."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--save", type=Path, metavar="FILE", help="append the result to this JSON-lines file")
    return parser


def report(benchmark: str, tables: Tables, save: Path | None) -> None:
    """Print the tables, and keep them with the date and the machine if asked."""
    entry = {
        "benchmark": benchmark,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": command(),
        "machine": machine(),
        "tables": {title: [rounded(row) for row in rows] for title, rows in tables.items()},
    }
    print(in_markdown(entry))
    if save:
        with save.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def rounded(row: Row) -> Row:
    """The row with four digits of every measured number."""
    return {name: float(f"{cell:.4g}") if isinstance(cell, float) else cell for name, cell in row.items()}


def machine() -> dict[str, Any]:
    """The machine and the versions that the numbers are of."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "load": load,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", "numpy", "symusic", "ganola")},
    }


def in_words(machine: dict[str, Any]) -> str:
    """The machine as one line."""
    packages = ", ".join(f"{name} {machine[name]}" for name in ("python", "torch", "numpy", "symusic", "ganola"))
    load = "" if machine["load"] is None else f", load {machine['load']:.1f}"
    return f"{machine['cpu']}, {machine['cores']} cores{load}; {machine['system']}; {packages}"


def cpu_model() -> str:
    """The processor's name, as far as the system tells."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def command() -> str:
    """The command line, with only the last part of absolute paths: results are for other eyes too."""
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    return " ".join(["python", f"bench/{Path(sys.argv[0]).name}", *words])


def in_markdown(entry: dict[str, Any]) -> str:
    """An entry of the results as people read it: command, machine and tables, in Markdown."""
    head = f"`{entry['command']}`, {entry['date'][:10]}  \n{in_words(entry['machine'])}\n"
    tables = [f"{title}:\n\n{as_table(rows)}\n" for title, rows in entry["tables"].items()]
    return "\n".join([head, *tables])


def as_table(rows: list[Row]) -> str:
    """Rows as an aligned Markdown table, numbers to the right."""
    cells = [list(rows[0]), *([shown(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = [isinstance(value, str) for value in rows[0].values()]
    rule = ["-" * width if side else "-" * (width - 1) + ":" for width, side in zip(widths, left, strict=True)]
    lines = [
        [cell.ljust(width) if side else cell.rjust(width) for cell, width, side in zip(line, widths, left, strict=True)]
        for line in cells
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def shown(value: str | int | float | None) -> str:
    """A value with three digits that mean something."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else value
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{decimals}f}"
