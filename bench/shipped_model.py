"""Make a model that comes with ganola, and the card that says what it is: src/ganola/models/NAME.*

The default recipe learns its music: a built-in collection, or a folder that --music names. The best model of its
training on validation music is rounded to float16, and both are judged on test music as `ganola evaluate` does it;
where rounding makes the music worse, nothing is written. Corpus and training lie in runs/shipped-model/, which git
ignores: Ctrl-C keeps them, and the same command goes on. Of a training that is finished already, --run judges and
ships the model.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from common import machine
from ganola.app.build import build_corpus
from ganola.corpus.store import MANIFEST, Corpus, open_corpus
from ganola.errors import GanolaError, InputError
from ganola.judging.evaluate import evaluate
from ganola.judging.reference import load_reference
from ganola.judging.results import Evaluation
from ganola.networks.inputs import CPU
from ganola.networks.model import Model, Networks
from ganola.networks.model_file import MODEL_FILE, load_model, save_model
from ganola.playing.audition import audition
from ganola.storage import write_whole
from ganola.training.budget import Budget
from ganola.training.logs import seconds_at
from ganola.training.recipe import DEFAULT, load_recipe
from ganola.training.run import Run, open_or_create_run, open_run, resolve_recipe
from shipped_model_card import SHIPPED, Made, Shipped, card
from time_to_quality import INTERRUPTED, JUDGING_SEED, PHRASES, trained

HOME = Path(__file__).resolve().parents[1]
MODELS = HOME / "src" / "ganola" / "models"
WORK = HOME / "runs" / "shipped-model"
LARGEST = 8_000_000  # bytes
HERE = "here"


@dataclass(frozen=True)
class Judgement:
    """The model in float16, and what was found: first of it, then of the same model in float32."""

    model: Model
    data: bytes
    evaluation: Evaluation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", choices=SHIPPED, default="chorales")
    parser.add_argument("--music", type=Path, metavar="DIR", help="the folder of its music, where that is not built in")
    parser.add_argument("--minutes", type=float, default=10.0, help="of training")
    parser.add_argument("--seed", type=int, default=0, help="of the training")
    parser.add_argument("--run", type=Path, help="a finished training on its music, in place of a new one")
    parser.add_argument(
        "--trained-on",
        metavar="WORDS",
        help=f"with --run: the machine that it was trained on, in words, or {HERE!r} for this one",
    )
    parser.add_argument("--models", type=Path, default=MODELS, metavar="DIR", help="where the model and its card go")
    chosen = parser.parse_args()
    shipped = SHIPPED[chosen.name]
    if not (shipped.built_in or chosen.music or chosen.run):
        parser.error(f"{shipped.name} learns from a folder: --music DIR ({shipped.about})")
    torch.set_flush_denormal(True)  # as `ganola train` does, before anything is computed
    try:
        music = shipped.name if shipped.built_in else chosen.music
        run = finished(chosen.run, shipped) if chosen.run else trained_here(shipped, music, chosen.minutes, chosen.seed)
        judgement = judged(run, shipped.name)
        refuse_worse(judgement.evaluation)
        trained_on = chosen.trained_on if chosen.run else HERE
        ship(judgement, made(run, shipped, in_words(trained_on), judgement), chosen.models)
    except GanolaError as error:
        sys.exit(f"{error.problem}\n  {error.remedy}")
    except KeyboardInterrupt:
        print("Stopped. The same command goes on.")
        sys.exit(INTERRUPTED)


def trained_here(shipped: Shipped, music: str | Path, minutes: float, seed: int) -> Run:
    """A run that is finished: begun, or gone on with."""
    folder, budget = WORK / f"{shipped.name}-{minutes:g}-minutes-seed-{seed}", Budget(minutes=minutes)
    corpus = corpus_here(str(music), WORK / f"{shipped.name}.corpus")
    run = open_or_create_run(folder, corpus, load_recipe(DEFAULT, [f"training.seed={seed}"]), DEFAULT, budget)
    print(f"Training for {minutes:g} minutes.", flush=True)
    _, failed = trained(run)
    if failed:
        raise InputError(failed, "Try another --seed.")
    return run


def corpus_here(music: str, folder: Path) -> Corpus:
    return open_corpus(folder) if (folder / MANIFEST).exists() else build_corpus(music, folder)


def finished(folder: Path, shipped: Shipped) -> Run:
    """The run in `folder`. Raises InputError where it is not finished, or learned something else."""
    run = open_run(folder)
    if shipped.built_in and run.corpus.manifest.source != shipped.name:
        raise InputError(
            f"{folder} learned from {run.corpus.manifest.source}", f"Name one that learned {shipped.name}."
        )
    if run.budget.spent(run.start()) < 1:
        raise InputError(f"the training {folder} is not finished", f"Finish it: ganola train --resume {folder}")
    return run


def judged(run: Run, name: str) -> Judgement:
    """The best model of a run in float16, and the judgement of test music on it and on what it was rounded from."""
    print("Judging.", flush=True)
    whole = load_model(run.folder / MODEL_FILE)
    refuse_places(whole.record.model_dump(mode="json"))
    if whole.critic is None or not whole.record.calibration or not whole.record.validation:
        raise InputError(f"{run.folder} was never judged on validation music", "Train longer.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL_FILE
        networks = Networks(whole.spec, whole.generator, whole.critic, whole.encoder)
        save_model(path, networks, whole.record, half=True)
        half, data = load_model(path), path.read_bytes()
    if len(data) > LARGEST:
        raise InputError(f"the model is {len(data):,} bytes, more than {LARGEST:,}", "Train a smaller one.")
    held = load_reference(run.corpus, "test", JUDGING_SEED)
    named = (half, name), (whole, f"{name} in float32")
    candidates = [audition(model, called, held, PHRASES, JUDGING_SEED) for model, called in named]
    return Judgement(half, data, evaluate(held, candidates, JUDGING_SEED, workers=torch.get_num_threads()))


def refuse_places(record: Mapping[str, Any]) -> None:
    """Raise InputError where a record speaks of a place on this machine."""
    for words in strings(record):
        if re.search(r"[/\\]", words) and not re.fullmatch(r"\d+/\d+", words):  # a metre
            raise InputError(f"the model's record speaks of {words}", "Train on a corpus whose tracks have no paths.")


def strings(value: object) -> Iterator[str]:
    """Every string in a tree of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def refuse_worse(evaluation: Evaluation) -> None:
    """Raise InputError where float16 is worse than float32 by more than test music can leave open."""
    half, whole = (one.scores for one in evaluation.results)
    if half.ratio is None or whole.ratio is None:
        raise InputError(half.reason_missing or whole.reason_missing, "Build a corpus of all its music.")
    if half.ratio.value > whole.ratio.high:
        raise InputError(
            f"in float16 the model is {half.ratio.value:.2f} times as far from test music as real music is, in float32 "
            f"{whole.ratio.value:.2f} ({whole.ratio.low:.2f} to {whole.ratio.high:.2f})",
            "It needs float32; train a smaller one.",
        )


def made(run: Run, shipped: Shipped, trained_on: str, judgement: Judgement) -> Made:
    """How the model came about."""
    minutes, steps, seed = run.budget.minutes, run.budget.steps, run.recipe.training.seed
    chosen = load_recipe(DEFAULT, [f"training.seed={seed}"])
    default = resolve_recipe(chosen, run.corpus.grid, run.corpus.tracks, CPU, run.recipe.training.precision)
    if minutes is not None and run.recipe == default:
        music = "" if shipped.built_in else f" --music {run.corpus.manifest.source}"
        command = [f"python bench/shipped_model.py {shipped.name}{music} --minutes {minutes:g} --seed {seed}"]
    else:
        length = f"--steps {steps}" if minutes is None else f"--minutes {minutes:g}"
        command = [
            f"ganola train {run.corpus.manifest.source} --recipe recipe.toml {length} --out run  # its recipe: below",
            f"python bench/shipped_model.py {shipped.name} --run run",
        ]
    return Made(
        shipped=shipped,
        corpus=run.corpus,
        recipe=run.recipe,
        length=f"{steps:,} steps" if minutes is None else f"{minutes:g} minutes",
        command=tuple(command),
        trained_on=trained_on,
        judged_on=in_words(HERE),
        minutes=minutes_of(run, judgement.model),
        model=judgement.model,
        size=len(judgement.data),
    )


def minutes_of(run: Run, model: Model) -> float:
    """Minutes of training by which the model that is kept was made. Raises InputError where no log says it."""
    seconds = seconds_at(run.folder, model.record.steps)
    if seconds is None:
        raise InputError(f"no log of {run.folder} tells of step {model.record.steps:,}", "Train again.")
    return seconds / 60


def in_words(where: str | None) -> str:
    """A machine in words: no names of hosts, no places."""
    if where != HERE:
        return where or "a machine that was not noted"
    here = machine()
    return f"{here['cpu']}, {here['cores']} cores, {here['system']}; Python {here['python']}, torch {here['torch']}"


def ship(judgement: Judgement, made: Made, models: Path) -> None:
    """Write the model and its card."""
    name = made.shipped.name
    write_whole(models / f"{name}.safetensors", judgement.data, lasting=True)
    write_whole(models / f"{name}.md", card(made, judgement.evaluation))
    print(f"{name}.safetensors, {len(judgement.data):,} bytes, and its card {name}.md: {models.name}/")


if __name__ == "__main__":
    main()
