"""How long a phrase takes: from its seed to a roll, and from there to MIDI, sound, picture and notation."""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import torch

from common import Row, options, percentile, report, timed
from ganola.app.generate import write_phrase
from ganola.corpus.plan import Plan, PlannedTrack
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.architectures.residual import track_decoder
from ganola.networks.architectures.residual.step_loop import choose_steps
from ganola.networks.architectures.residual.track_decoder import TrackDecoder
from ganola.networks.config import ModelSpec
from ganola.networks.inputs import CPU
from ganola.networks.model import Model
from ganola.networks.model_file import load_model, save_model
from ganola.networks.record import ModelRecord
from ganola.playing.export import Exporter
from ganola.playing.formats import FORMATS
from ganola.playing.generate import Phrase, generate
from ganola.randomness import Purpose, latents, stream
from ganola.training.build import build_state
from ganola.training.recipe import DEFAULT, load_recipe
from ganola.training.run import resolve_recipe

MANY = (64, 1024)
LOOPS, LOOP_ROUNDS = (1, 32), 10
WRITTEN_PHRASES = 8  # of each format
VOICES = tuple(Track(name=name, monophonic=True) for name in ("Soprano", "Alto", "Tenor", "Bass"))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("model", nargs="?", type=Path, help="a model.safetensors; else an untrained one")
    parser.add_argument("--recipe", default=DEFAULT, help="of the untrained model")
    parser.add_argument("--rounds", type=int, default=200, help="single phrases")
    parser.add_argument("--many-rounds", type=int, default=5, help="times many phrases")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = load_model(chosen.model or untrained(Path(folder) / "untrained.safetensors", chosen.recipe))
    tables = {
        "The model": [about(model, chosen.model is not None)],
        "One phrase, from its seed to a roll": [one_phrase(model, chosen.rounds)],
        "The step loop, in numpy and in torch": [step_loops(model, phrases) for phrases in LOOPS if has_loop(model)],
        "Many phrases": [many_phrases(model, phrases, chosen.many_rounds) for phrases in MANY],
        "One phrase, from its roll to a file": [one_file(model, suffix) for suffix in FORMATS],
    }
    report("generating", {title: rows for title, rows in tables.items() if rows}, chosen.save)


def untrained(path: Path, name: str) -> Path:
    """A model of a recipe for four voices, as it is before its first step."""
    recipe = resolve_recipe(load_recipe(name), Grid(), VOICES, CPU)
    spec = ModelSpec(grid=Grid(), tracks=VOICES, networks=recipe.networks)
    takes = tuple(PlannedTrack(name=track.name, monophonic=True, takes=(track.name,)) for track in VOICES)
    record = ModelRecord(
        corpus="none",
        corpus_fingerprint="",
        common_tonic=True,
        tempo=120.0,
        plan=Plan(tracks_by="named", tracks=takes, **spec.grid.model_dump()),
        recipe=recipe.model_dump(mode="json"),
        steps=0,
        samples=0,
    )
    save_model(path, build_state(recipe, spec).ema_networks, record)
    return path


def about(model: Model, trained: bool) -> Row:
    cells = [phrase.cells for phrase in generate(model, WRITTEN_PHRASES, seed=0)]
    return {
        "model": model.digest if trained else "untrained: noise, not music",
        "networks": model.spec.networks.architecture,
        "weights of the generator": sum(weight.numel() for weight in model.generator.parameters()),
        "bars a phrase": model.spec.grid.bars,
        "tracks": len(model.spec.tracks),
        "sounding cells, %": 100 * sum((own > 0).mean() for own in cells).item() / len(cells),
        "threads": torch.get_num_threads(),
    }


def one_phrase(model: Model, rounds: int) -> Row:
    seeds = count()
    seconds = timed(lambda: list(generate(model, 1, next(seeds))), rounds, warm_up=5)
    return {
        "phrases": rounds,
        "ms, median": 1000 * median(seconds),
        "ms, 95th percentile": 1000 * percentile(seconds, 95),
        "ms, most": 1000 * max(seconds),
    }


def many_phrases(model: Model, phrases: int, rounds: int) -> Row:
    bars = phrases * model.spec.grid.bars
    to_rolls = timed(lambda: list(generate(model, phrases, seed=0)), rounds)
    with writing(model, "mid") as write:
        to_files = timed(lambda: [write(phrase) for phrase in generate(model, phrases, 0)], rounds)
    return {
        "phrases": phrases,
        "bars/s, to rolls": bars / median(to_rolls),
        "bars/s, to MIDI files": bars / median(to_files),
    }


def has_loop(model: Model) -> bool:
    """Whether the model's tracks are played step by step."""
    return any(isinstance(module, TrackDecoder) for module in model.generator.modules())


@torch.inference_mode()
def step_loops(model: Model, phrases: int) -> Row:
    """All tracks of some phrases, step by step, in both ways; in turn, so that what else is busy slows both alike."""
    calls: list[tuple[Any, ...]] = []

    def record(*arguments: Any) -> Any:
        calls.append(arguments)
        return choose_steps(*arguments)

    with mock.patch.object(track_decoder, "choose_steps", record):
        model.generator.rolls(latents(phrases, model.spec.latent, stream(0, Purpose.PHRASES)))
    in_numpy, in_torch = [], []
    for _ in range(LOOP_ROUNDS):
        in_numpy += timed(lambda: [choose_steps(*call) for call in calls], 1, warm_up=0)
        in_torch += timed(lambda: [call[0].choose_in_torch(*call[1:]) for call in calls], 1, warm_up=0)
    same = sum(
        int((torch.from_numpy(choose_steps(*call)) == (call[0].choose_in_torch(*call[1:]) > 0.5)).all())
        for call in calls
    )
    return {
        "phrases": phrases,
        "numpy, ms": 1000 * median(in_numpy),
        "torch, ms": 1000 * median(in_torch),
        "torch / numpy": median(in_torch) / median(in_numpy),
        "tracks with the same notes": f"{same} of {len(calls)}",
    }


def one_file(model: Model, suffix: str) -> Row:
    phrases = iter(list(generate(model, WRITTEN_PHRASES + 1, seed=0)))
    with writing(model, suffix) as write:
        seconds = timed(lambda: write(next(phrases)), WRITTEN_PHRASES)
    return {"format": suffix, "ms, median": 1000 * median(seconds), "ms, most": 1000 * max(seconds)}


@contextmanager
def writing(model: Model, suffix: str) -> Iterator[Callable[[Phrase], object]]:
    """Yield what writes a phrase in one format, to a folder that vanishes."""
    exporter = Exporter(model, "bench")
    with tempfile.TemporaryDirectory() as folder:
        yield lambda phrase: write_phrase(exporter, phrase, (suffix,), Path(folder))


if __name__ == "__main__":
    main()
