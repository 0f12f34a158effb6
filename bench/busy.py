"""How much of its speed a training keeps beside one busy process, by how its threads wait for one another.

Steps of the default recipe's game on two threads: quiet, and beside a process that keeps a core busy. OpenMP reads how
threads are to wait only once, so that each measurement is a process of its own; all in turn, round after round.
"""

import ganola  # isort: skip  # before torch, as in every command: it says how threads wait

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import torch

from common import Row, measured, options, report
from ganola.networks.config import ModelSpec
from ganola.training.build import build_state
from ganola.training.device import limit_threads
from ganola.training.recipe import load_recipe
from training import AT_ONCE, as_measured, made_up, music_of, phases, step_seconds

THREADS = 2
WAITING = {  # what to say to OpenMP; ganola leaves alone what is said already
    "ganola": {},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "1000": {"GOMP_SPINCOUNT": "1000"},
    "20000": {"GOMP_SPINCOUNT": "20000"},
    "300000": {"GOMP_SPINCOUNT": "300000"},  # what libgomp does where nothing is said
}
Speeds = dict[str, float]  # samples a second, and a core-second
BUSY = [sys.executable, "-c", "while True: pass"]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", nargs="?", type=Path, help="a corpus; else made-up windows of four voices")
    parser.add_argument("--waiting", default="ganola,300000", help=f"of {', '.join(WAITING)}; compared with the last")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4.0, help="to measure each for, and a step at least")
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.train:
        print(json.dumps(speeds(chosen.corpus, chosen.seconds)))
        return
    waiting = chosen.waiting.split(",")
    rounds = [{name: quiet_and_busy(WAITING[name]) for name in waiting} for _ in range(chosen.rounds)]
    rows = [row(name, [(found[name], found[waiting[-1]]) for found in rounds]) for name in waiting]
    report("busy", {f"The default recipe's game on {THREADS} threads": rows}, chosen.save)


def speeds(corpus: Path | None, seconds: float) -> Speeds:
    """Of steps for so many seconds; of the first one, which else warms up, where that takes longer."""
    torch.set_flush_denormal(True)  # as `ganola train` does
    music = music_of(corpus) if corpus else made_up()
    recipe = as_measured(load_recipe("default"), None, music)
    spec = ModelSpec(grid=music.grid, tracks=music.tracks, networks=recipe.networks)
    with limit_threads(THREADS):
        *_, game = phases(build_state(recipe, spec), music, encoded=AT_ONCE)
        with measured() as watch:
            game.step()
        steps = 1
        if watch.seconds.wall < seconds:
            with measured() as watch:
                stepping, _ = step_seconds(game, seconds)
            steps = len(stepping)
    samples = steps * game.samples
    return {"a second": samples / watch.seconds.wall, "a core-second": samples / watch.seconds.cpu}


def quiet_and_busy(waiting: dict[str, str]) -> tuple[Speeds, Speeds]:
    """The speeds of a process that is told so to wait: by itself, and beside a busy one."""
    told = {name: value for name, value in os.environ.items() if name not in ganola.WAITING} | waiting
    words = [sys.executable, *sys.argv, "--train"]

    def train() -> Speeds:
        return json.loads(subprocess.run(words, env=told, check=True, capture_output=True, text=True).stdout)

    quiet = train()
    with subprocess.Popen(BUSY) as busy:
        try:
            return quiet, train()
        finally:
            busy.kill()


def row(name: str, rounds: list[tuple[tuple[Speeds, Speeds], tuple[Speeds, Speeds]]]) -> Row:
    """The medians of one way to wait; each ratio is of one round."""
    return {
        "waiting": name,
        "samples/s, quiet": median(own[0]["a second"] for own, _ in rounds),
        "busy": median(own[1]["a second"] for own, _ in rounds),
        "busy / quiet": median(own[1]["a second"] / own[0]["a second"] for own, _ in rounds),
        "quiet / quiet of the last": median(own[0]["a second"] / last[0]["a second"] for own, last in rounds),
        "samples a core-second, quiet": median(own[0]["a core-second"] for own, _ in rounds),
        "busy ": median(own[1]["a core-second"] for own, _ in rounds),
        "rounds": len(rounds),
    }


if __name__ == "__main__":
    main()
