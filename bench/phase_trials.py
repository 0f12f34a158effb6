"""What each phase of a recipe reaches in so many seconds of one core: which of them limits a collection?

After the VAE and after the flow: how well validation music is reconstructed (nats a phrase by teacher forcing, and the
distance / floor of what the decoder plays from its latents), the distance / floor of generated phrases, at several
temperatures, and how much returns in them. Seconds are of this process's own work on one thread, so that a busy machine
changes little.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from common import Row, options, report
from ganola.corpus.store import open_corpus
from ganola.corpus.windows import windows_of
from ganola.judging.analysis import analyse, in_chunks
from ganola.judging.features.repetition import returning_notes
from ganola.judging.validation import ValidationSet, load_validation
from ganola.music.roll import ONSET, Cells, from_planes, to_planes
from ganola.networks.architectures.residual.generator import ResidualGenerator
from ganola.networks.config import ModelSpec
from ganola.networks.inputs import CPU, to_network_input
from ganola.randomness import Purpose, latents, stream
from ganola.training.build import build_state
from ganola.training.phases.base import Phase
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import DEFAULT, load_recipe
from ganola.training.run import resolve_recipe
from ganola.training.sampler import TrainingData
from ganola.training.state import State, begin_phase

PHRASES, HELD, AT_ONCE = 512, 400, 50
NATS, RECONSTRUCTED = "held out, nats", "reconstructed, distance / floor"
NOT_RECONSTRUCTED: Row = {"temperature": None, NATS: None, RECONSTRUCTED: None}  # the game leaves the encoder behind


@dataclass
class Trial:
    """A training under trial, and the music that it is compared with."""

    state: State
    data: TrainingData
    validation: ValidationSet

    @property
    def held(self) -> Cells:
        return self.validation.music.cells[:HELD]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--recipe", default=DEFAULT)
    parser.add_argument("--set", action="append", default=[], dest="changes", metavar="KEY=VALUE")
    parser.add_argument("--seconds", default="200,60,150", help="of the VAE, of the flow and of the game; 0 leaves out")
    parser.add_argument("--judgements", type=int, default=1, help="of the game, evenly over its seconds")
    parser.add_argument("--temperatures", default="0,1", help="joined by commas; the game is judged at the recipe's")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    trial = begin(chosen.corpus, chosen.recipe, chosen.changes)
    vae, flow, game = map(float, chosen.seconds.split(","))
    alone = trial.state.recipe.training.critic_warmup
    seconds = {"vae": vae, "flow": flow, "critic_warmup": alone * game, "adversarial": (1 - alone) * game}
    temperatures = [float(one) for one in chosen.temperatures.split(",")]
    rows = list(run(trial, seconds, temperatures, chosen.judgements))
    report("phase-trials", {f"{chosen.corpus.name}, {' '.join(chosen.changes)}": rows}, chosen.save)


def begin(folder: Path, name: str, changes: list[str]) -> Trial:
    corpus = open_corpus(folder)
    recipe = resolve_recipe(load_recipe(name, changes), corpus.grid, corpus.tracks, CPU)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=recipe.networks)
    data = TrainingData(windows_of(corpus, "train"), spec.planes, recipe.training.seed)
    validation = load_validation(corpus)
    if validation is None:
        sys.exit(f"{folder} has no validation music")
    return Trial(build_state(recipe, spec), data, validation)


def run(trial: Trial, seconds: dict[str, float], temperatures: list[float], judgements: int) -> Iterator[Row]:
    """Train phase by phase, and yield what each reached; the game at several moments."""
    state = trial.state
    for phase in build_phases(state.recipe):
        if not seconds.get(phase.name):
            continue
        if phase.name != state.phase:
            begin_phase(state, phase.name)
        phase.prepare(state, trial.data)
        for spent, samples in train(
            trial, phase, seconds[phase.name], judgements if phase.name == "adversarial" else 1
        ):
            about: Row = {"phase": phase.name, "seconds": spent, "samples": samples}
            if phase.name in ("vae", "flow"):
                for temperature in temperatures:
                    yield about | reconstruction(trial, temperature) | generation(trial, temperature)
            elif phase.name == "adversarial":
                yield about | NOT_RECONSTRUCTED | generation(trial, state.networks.spec.temperature)


def train(trial: Trial, phase: Phase, seconds: float, stops: int) -> Iterator[tuple[float, int]]:
    """Take steps for so many seconds of work; at each of so many stops yield the seconds and the samples shown."""
    before, spent = trial.state.samples, 0.0
    for stop in range(1, stops + 1):
        began, end = time.process_time() - spent, seconds * stop / stops
        while (spent := time.process_time() - began) < end:
            phase.step(trial.state, trial.data, spent / seconds)
        yield end, trial.state.samples - before


@torch.no_grad()
def reconstruction(trial: Trial, temperature: float) -> Row:
    networks, encoder = trial.state.ema_networks, trial.state.networks.encoder
    assert encoder is not None  # noqa: S101 - the VAE comes first
    at_temperature(trial, temperature)
    parts = to_network_input(to_planes(trial.held), networks.spec.planes).split(AT_ONCE)
    randomness = stream(0, Purpose.VALIDATION, 1)
    rolls, nats = [], []
    generator = networks.generator
    assert isinstance(generator, ResidualGenerator)  # noqa: S101 - no other has an encoder
    for part in parts:
        latent = encoder(part).mean
        noise = networks.generator.noise(latents(len(part), latent.shape[1], randomness))
        rolls.append(generator.play(latent, noise))
        logits = networks.generator.decode_teacher_forced(latent, part)
        nats.append(networks.generator.discretiser.reconstruction_loss(logits, part))
    cells = from_planes(torch.cat(rolls).numpy())
    return {
        "temperature": temperature,
        NATS: torch.cat(nats).mean().item(),
        RECONSTRUCTED: trial.validation.score(cells).ratio,
    }


@torch.no_grad()
def generation(trial: Trial, temperature: float) -> Row:
    at_temperature(trial, temperature)
    generator = trial.state.ema
    r = latents(PHRASES, trial.state.networks.spec.latent, stream(0, Purpose.VALIDATION))
    cells = from_planes(torch.cat([generator.rolls(part) for part in r.split(generator.most_rows)]).numpy())
    return {
        "temperature": temperature,
        "generated, distance / floor": trial.validation.score(cells).ratio,
        "notes a phrase, by track": notes(cells),
        "of real music": notes(trial.held),
        **{f"notes that return{of}, %": returning(trial, music) for of, music in (("", cells), (", real", trial.held))},
    }


def notes(cells: Cells) -> str:
    return " ".join(f"{count:.0f}" for count in (cells == ONSET).sum(axis=(0, 2, 3)) / np.float64(len(cells)))


def returning(trial: Trial, cells: Cells) -> str:
    """How much of a bar's notes, in any key, was there 1, 2, 4 and 8 bars before (see `features.repetition`)."""
    grid, tracks = trial.state.networks.spec.grid, trial.state.networks.spec.tracks
    parts = [returning_notes(analyse(part, grid, tracks)) for part in in_chunks(cells)]
    return " ".join(f"{100 * share:.0f}" for share in np.nanmean(np.concatenate(parts), axis=0))


def at_temperature(trial: Trial, temperature: float) -> None:
    trial.state.ema.discretiser.temperature = temperature


if __name__ == "__main__":
    main()
