"""How far from real music recipes are after so many minutes of training, on the same corpus and the same cores.

After each training its best model on validation music is judged as `ganola evaluate` does it: 1,000 phrases against
test music. What is found is appended to the results at once, and the page and the picture are written anew. Ctrl-C
keeps everything; starting it again goes on with what is missing on this machine.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import argparse
import datetime
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from common import machine
from ganola.corpus.store import Corpus, open_corpus
from ganola.errors import GanolaError, InputError, MachineError
from ganola.events import Validated
from ganola.judging.evaluate import evaluate
from ganola.judging.reference import Reference, load_reference
from ganola.judging.sufficiency import reason_not_scored
from ganola.music.roll import OFF
from ganola.networks.model import Model
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.audition import audition
from ganola.training.budget import Budget
from ganola.training.logs import VALIDATION, read_lines
from ganola.training.loop import train
from ganola.training.optimisation import NotFiniteError
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import Recipe, load_recipe, preset_names
from ganola.training.run import RUN, Run, open_or_create_run, open_run
from ganola.training.state import State
from time_to_quality_page import write_page

HOME = Path(__file__).resolve().parents[1]
RESULTS = HOME / "bench" / "results" / "time_to_quality.jsonl"
RUNS = HOME / "runs" / "time-to-quality"
DOCS = HOME / "docs"
PHRASES = 1000  # of each model
JUDGING_SEED = 0  # the default of `ganola evaluate`
INTERRUPTED = 130  # what shells call a command that Ctrl-C ended

Line = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """A model to be judged: of a recipe and a seed, after so many minutes of training."""

    corpus: Corpus
    name: str
    recipe: Recipe
    minutes: float
    threads: int
    phrases: int
    processor_time: bool  # whether minutes are of the process's own work, or else by the clock

    @property
    def budget(self) -> Budget:
        """How long it trains."""
        return Budget(processor_minutes=self.minutes) if self.processor_time else Budget(minutes=self.minutes)

    @property
    def divides_its_budget(self) -> bool:
        """Whether what is done when depends on the whole budget, so that each budget is a training of its own.

        Of any other recipe one training goes on from budget to budget, and its best model so far is judged at each.
        """
        return len(build_phases(self.recipe)) > 1

    @cached_property
    def training(self) -> Line:
        """What tells its training from others, but for the minutes: the music, the choices and the machine."""
        here = machine()
        return {
            "corpus": self.corpus.manifest.source,
            "corpus_fingerprint": self.corpus.manifest.fingerprint,
            "recipe": self.name,
            "recipe_hash": recipe_hash(self.recipe),
            "seed": self.recipe.training.seed,
            "cpu": here["cpu"],
            "cores": here["cores"],
            "threads": self.threads,
            "processor_time": self.processor_time,
        }

    @property
    def identity(self) -> Line:
        """What tells its line of the results from others."""
        return self.training | {"minutes": self.minutes, "phrases": self.phrases}

    @property
    def folder(self) -> str:
        """A name for its run, shared by all budgets through which one training goes on."""
        budget = f"-{self.minutes:g}min" if self.divides_its_budget else ""
        key = digest(json.dumps(self.training, sort_keys=True))
        return f"{self.training['corpus']}-{self.name}-seed{self.training['seed']}{budget}-{key}"

    def __str__(self) -> str:
        return f"{self.name}, seed {self.training['seed']}, {self.minutes:g} minutes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, help="a folder that `ganola corpus build` made")
    parser.add_argument(
        "--recipes", default="default,gan,prototype,musegan", help="presets or TOML files, joined by commas"
    )
    parser.add_argument("--minutes", default="2,5,10,20", help="of training, joined by commas")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="trainings of each, seeds 0 to N - 1")
    parser.add_argument("--threads", type=int, help="of all that computes; else as many as torch takes")
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="count the minutes of the process's own work, in all its threads, so that a busy machine changes little",
    )
    parser.add_argument("--phrases", type=int, default=PHRASES, metavar="N", help="of each model that are judged")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="FILE", help="the JSON-lines file to go on with"
    )
    parser.add_argument("--runs", type=Path, default=RUNS, metavar="DIR", help="where the trainings are kept")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="where the page and the picture go")
    parser.add_argument("--only-report", action="store_true", help="draw what there is, and train nothing")
    chosen = parser.parse_args()
    if chosen.corpus is None and not chosen.only_report:
        parser.error("name a corpus, or give --only-report")
    try:
        if not chosen.only_report:
            fill(chosen)
        report(chosen.results, chosen.docs)
    except GanolaError as error:
        sys.exit(f"{error.problem}\n  {error.remedy}")
    except KeyboardInterrupt:
        print("Stopped. The same command goes on.")
        sys.exit(INTERRUPTED)


def fill(chosen: argparse.Namespace) -> None:
    """Train and judge what the results lack."""
    torch.set_flush_denormal(True)  # as `ganola train` does, before anything is computed
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    corpus = open_corpus(chosen.corpus)
    missing = without_results(trials(chosen, corpus), chosen.results)
    if not missing:
        print("Nothing is missing.")
        return
    print(f"{len(missing)} models to judge; at most {sum(to_train(missing)):.3g} minutes of training, and judging.")
    held = load_reference(corpus, "test", JUDGING_SEED)
    if why := reason_not_scored(held.held_out, held):
        sys.exit(f"{chosen.corpus} has too little test music. {why}")
    for number, trial in enumerate(missing, start=1):
        print(f"[{number} of {len(missing)}] {trial}", flush=True)
        line = result(trial, chosen.runs, held)
        keep(line, chosen.results)
        print(f"    {in_words(line)}", flush=True)
        report(chosen.results, chosen.docs)


def trials(chosen: argparse.Namespace, corpus: Corpus) -> Iterator[Trial]:
    """All that is asked for, in an order that soon gives a table: all of one seed, short budgets first."""
    threads = torch.get_num_threads()
    for seed in range(chosen.seeds):
        for minutes in sorted({float(word) for word in chosen.minutes.split(",")}):
            for recipe in chosen.recipes.split(","):
                choices = load_recipe(recipe, [f"training.seed={seed}"])
                yield Trial(corpus, Path(recipe).stem, choices, minutes, threads, chosen.phrases, chosen.processor_time)


def without_results(asked: Iterator[Trial], results: Path) -> list[Trial]:
    known = lines_in(results) if results.exists() else []
    return [trial for trial in asked if not any(trial.identity.items() <= flat(line).items() for line in known)]


def flat(line: Line) -> Line:
    """A line's facts that can be compared, the machine's among them."""
    facts = line | line["machine"]
    return {key: value for key, value in facts.items() if isinstance(value, str | int | float)}


def to_train(missing: list[Trial]) -> Iterator[float]:
    """The minutes of each training that is not done, where none has begun."""
    yield from (trial.minutes for trial in missing if trial.divides_its_budget)
    whole = {trial.folder: trial.minutes for trial in missing if not trial.divides_its_budget}  # the longest is last
    yield from whole.values()


def result(trial: Trial, runs: Path, held: Reference) -> Line:
    """Train as long as is missing, and judge; the line of the results."""
    run = run_of(trial, runs / trial.folder)
    began = time.monotonic()
    state, failed = trained(run)
    trained_on = machine() | {"threads": trial.threads}
    found = judgement(run, held, trial)
    print(f"    {time.monotonic() - began:.0f} seconds, judging included", flush=True)
    facts = {key: value for key, value in trial.identity.items() if key not in trained_on}
    return {
        **facts,
        "divides_its_budget": trial.divides_its_budget,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": trained_on,
        "steps": state.step,
        "samples": state.samples,
        "seconds": round(state.processor_seconds if trial.processor_time else state.seconds, 1),
        "failed": failed,
        **found,
    }


def commit() -> str:
    """Of which version of the code a result is, where that is known; "+" stands for what was changed since."""
    git = shutil.which("git")
    if git is None:
        return ""
    said = [
        subprocess.run([git, "-C", HOME, *words], capture_output=True, text=True, check=False).stdout.strip()
        for words in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
    ]
    return said[0] + ("+" if said[1] else "")


def run_of(trial: Trial, folder: Path) -> Run:
    """The run to begin or to go on with, under the trial's budget."""
    if (folder / RUN).exists() and (open_run(folder).budget.training_minutes or 0) > trial.minutes:
        raise InputError(
            f"the run {folder} has a larger budget than {trial.minutes:g} minutes: its best model then is gone",
            "Move it away to train anew.",
        )
    return open_or_create_run(folder, trial.corpus, trial.recipe, trial.name, trial.budget)


def trained(run: Run) -> tuple[State, str]:
    """The state at the end of the budget, and what ended the training before, or "".

    Raises KeyboardInterrupt after Ctrl-C, with everything saved.
    """
    with asked_to_stop() as stop:
        try:
            state = train(run, [], stop.is_set)
        except MachineError as error:
            if not isinstance(error.__cause__, NotFiniteError):
                raise
            return run.start(), error.problem  # the best model until then is what this recipe gives
    if run.budget.spent(state) < 1:
        raise KeyboardInterrupt
    return state, ""


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Set by the first Ctrl-C (or a polite kill); the second one ends at once."""
    asked = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        print("Stopping after this step.", flush=True)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def judgement(run: Run, held: Reference, trial: Trial) -> Line:
    """What `ganola evaluate` finds of the run's best model; no distances where it is silent."""
    model = load_model(run.folder / MODEL_FILE)
    candidate = audition(model, run.folder.name, held, trial.phrases, JUDGING_SEED)
    kept: Line = {"kept_samples": model.record.samples, "kept_seconds": kept_seconds(run, model, trial)}
    if not (candidate.music.cells != OFF).any():
        return kept | {"silent": True, "distance": None, "floor": None, "ratio": None, "interval": None}
    evaluation = evaluate(held, [candidate], JUDGING_SEED, workers=trial.threads)
    judged = evaluation.results[0]
    scores, diversity = judged.scores, judged.diversity
    if scores.distance is None or scores.ratio is None:
        raise InputError(scores.reason_missing, "Judge more phrases.")
    return kept | {
        "silent": False,
        "distance": digits(scores.distance.value),
        "floor": digits(scores.distance.value / scores.ratio.value),
        "ratio": digits(scores.ratio.value),
        "interval": [digits(scores.ratio.low), digits(scores.ratio.high)],
        "trusted": next(measure.trusted for measure in evaluation.measures if measure.key == "ratio"),
        "energy": digits(scores.energy.value) if scores.energy is not None else None,
        "compared": evaluation.compared,
        "held_out": len(held.held_out),
        "tunes": evaluation.tunes,
        "distinct": digits(diversity.distinct),
        "dead_tracks": list(diversity.dead_tracks),
        "frozen_tracks": list(diversity.frozen_tracks),
        "collapsed": diversity.why,
        "copied": digits(judged.copying.copied),
    }


def kept_seconds(run: Run, model: Model, trial: Trial) -> float | None:
    """Seconds of training, as the trial counts them, by which the model that is kept was made; None for silence."""
    for line in read_lines(run.folder / VALIDATION, Validated)[0]:
        if line.step == model.record.steps:
            return round(line.processor_seconds if trial.processor_time else line.seconds, 1)
    return None


def keep(line: Line, results: Path) -> None:
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def lines_in(results: Path) -> list[Line]:
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def report(results: Path, docs: Path) -> None:
    if not results.exists():
        raise InputError(f"there are no results {results}", "Name a corpus to begin.")
    presets = {name: recipe_hash(load_recipe(name)) for name in preset_names()}
    write_page(lines_in(results), presets, docs)


def recipe_hash(recipe: Recipe) -> str:
    """Of all choices but the seed; of the defaults none, so that a new key changes no recipe that leaves it out."""
    unseeded = recipe.training.model_copy(update={"seed": 0})
    chosen = recipe.model_copy(update={"training": unseeded}).model_dump(mode="json", exclude_defaults=True)
    return digest(json.dumps(chosen, sort_keys=True))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def digits(value: float) -> float:
    """Six digits that mean something."""
    return float(f"{value:.6g}")


def in_words(line: Line) -> str:
    if line["silent"]:
        return "silent"
    low, high = line["interval"]
    return f"distance / floor {line['ratio']:,.2f} ({low:,.2f} to {high:,.2f}) after {line['samples']:,} samples"


if __name__ == "__main__":
    main()
