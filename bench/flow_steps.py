"""How many steps should the flow of a model take? Its distance / floor on validation music by each number of them."""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

from pathlib import Path
from statistics import mean

import torch

from common import Row, options, report, timed
from ganola.corpus.store import open_corpus
from ganola.judging.validation import ValidationSet, load_validation
from ganola.music.roll import from_planes
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.randomness import Purpose, latents, stream

PHRASES, SEEDS = 512, 3


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--steps", default="3,4,5,6,8,16,64", help="joined by commas")
    chosen = parser.parse_args()
    validation = load_validation(open_corpus(chosen.corpus))
    if validation is None:
        parser.error("this corpus has no validation music")
    model = load_model(chosen.model)
    rows = [by_steps(model, validation, int(steps)) for steps in chosen.steps.split(",")]
    report("flow-steps", {chosen.model.name: rows}, chosen.save)


@torch.inference_mode()
def by_steps(model: Model, validation: ValidationSet, steps: int) -> Row:
    flow = model.generator.prior
    assert isinstance(flow, LatentFlow), "this model has no flow"  # noqa: S101 - said to who calls it
    flow.steps = steps
    ratios = []
    for seed in range(SEEDS):
        parts = latents(PHRASES, model.spec.latent, stream(seed, Purpose.VALIDATION)).split(64)
        ratios.append(validation.score(from_planes(torch.cat([model.rolls(part) for part in parts]).numpy())).ratio)
    row: Row = {"steps": steps, "distance / floor": mean(ratios), "least": min(ratios), "most": max(ratios)}
    return row | {"ms of the flow, 64 phrases": 1000 * min(timed(lambda: flow(parts[0]), 3))}


if __name__ == "__main__":
    main()
