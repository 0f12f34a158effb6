"""Recipes trained for the same minutes on the same corpus, each on its own, and how far from real music they get.

Distances are to the validation split, in multiples of the floor (training windows to validation), as the short form
of judging finds them; each training keeps its best model.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from common import Row, options, report
from ganola.corpus.store import open_corpus
from ganola.judging.validation import load_validation
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.generate import generate
from ganola.training.budget import Budget
from ganola.training.loop import train
from ganola.training.recipe import load_recipe
from ganola.training.run import new_run

JUDGED = 1000  # phrases of each model


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument(
        "--recipes", default="prototype,musegan,gan,default", help="presets or TOML files, joined by commas"
    )
    parser.add_argument("--set", dest="changes", action="append", default=[], help="a change to all of them, key=value")
    parser.add_argument("--minutes", type=float, default=5.0, help="of training for each")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each")
    chosen = parser.parse_args()
    torch.set_flush_denormal(True)
    rows = [
        quality(recipe, [*chosen.changes, f"training.seed={seed}"], chosen.corpus, chosen.minutes)
        for seed in range(chosen.seeds)
        for recipe in chosen.recipes.split(",")
    ]
    report("recipes", {f"After {chosen.minutes:g} minutes": rows}, chosen.save)


def quality(recipe: str, changes: list[str], corpus_folder: Path, minutes: float) -> Row:
    corpus = open_corpus(corpus_folder)
    with tempfile.TemporaryDirectory() as folder:
        run = new_run(Path(folder) / "run", corpus, load_recipe(recipe, changes), Budget(minutes=minutes))
        state = train(run, [])
        phrases = generate(load_model(run.folder / MODEL_FILE), JUDGED, seed=0)
        held = load_validation(corpus, JUDGED)
        if held is None:
            sys.exit(f"{corpus_folder} has no validation music")
        result = held.score(np.stack([phrase.cells for phrase in phrases]))
    return {
        "recipe": recipe,
        "changes": " ".join(changes),
        "steps": state.step,
        "samples": state.samples,
        "distance": result.distance,
        "floor": result.floor,
        "distance / floor": result.ratio,
    }


if __name__ == "__main__":
    main()
