"""The public Python API: music in, a corpus, a training, a model, phrases, an evaluation. `docs/python.md` shows it.

`import ganola` imports none of this: each name is loaded when it is first used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
import torch
from jaxtyping import Bool, Float
from torch import nn

from ganola.app import build
from ganola.app import evaluate as evaluating
from ganola.app import train as training
from ganola.app.projects import corpus_for, existing_model, model_name
from ganola.app.report import begin_report, write_report
from ganola.app.train import TrainingResult
from ganola.app.watcher import SILENT, Watcher
from ganola.corpus.store import Corpus
from ganola.corpus.store import open_corpus as open_corpus_folder
from ganola.errors import InputError
from ganola.events import Callback
from ganola.judging.bootstrap import Estimate
from ganola.judging.results import Evaluation, FeatureRow
from ganola.music.io.files import read_scores
from ganola.music.key import parse_tonic
from ganola.music.roll import from_planes, to_planes
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.networks import model as networks
from ganola.networks.model_file import load_model
from ganola.playing import generate as playing
from ganola.playing.export import Exporter, Rendition, export
from ganola.playing.formats import FORMATS
from ganola.playing.latents import encode_cells
from ganola.rendering.verdict import verdict_sentence
from ganola.storage import write_whole
from ganola.training.recipe import DEFAULT
from ganola.training.run import Budget
from ganola.wording import did_you_mean

Location = str | PathLike[str]
Roll = Bool[np.ndarray, "tracks 2 steps pitches"]
Rolls = Bool[np.ndarray, "phrases tracks 2 steps pitches"]
Latents = Float[np.ndarray, "phrases latent"]


@dataclass(frozen=True, eq=False)
class ModelPhrase:
    """A phrase that a model plays. It is a value: `transpose` returns another one.

    `roll` has two planes, onset and sustain, and is as the model sees it, whatever the key; `latent` is the r ~ N(0, I)
    that plays it, so that `model.decode(phrase.latent[None])` is the same phrase.
    """

    source: playing.Phrase = field(repr=False)
    model: "MusicModel" = field(repr=False)
    key: str | None = None

    @property
    def roll(self) -> Roll:
        """Return the phrase as the model sees it: (tracks, planes, steps, pitches)."""
        return to_planes(self.source.cells)

    @property
    def latent(self) -> Float[np.ndarray, "latent"]:
        """Return the latent that plays this phrase."""
        return self.source.latent.numpy()

    @property
    def notes(self) -> Notes:
        """Return the notes in the key of this phrase, their times in steps of the model's grid."""
        return self._rendition.score.notes

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return who plays: `notes.track` is an index of these."""
        return self._rendition.score.tracks

    def transpose(self, key: str) -> "ModelPhrase":
        """Return the same phrase with another tonic, such as "D" or "Bb".

        Raises InputError for what is no tonic, and where the model's corpus was not brought to one key.
        """
        parse_tonic(key)
        moved = replace(self, key=key)
        _ = moved._rendition
        return moved

    def save(self, path: Location) -> Path:
        """Write the phrase to `path`, whose ending says the format, one of mid, wav, png and musicxml; return the path.

        Raises InputError for another ending, and as `ganola.playing.export.export` does.
        """
        to = Path(path)
        name = to.suffix.lower().removeprefix(".")
        if name not in FORMATS:
            choices = f"End it in one of: {', '.join(FORMATS)}."
            raise InputError(f"{to} does not say its format", did_you_mean(name, list(FORMATS), choices))
        write_whole(to, export(self._rendition, name))
        return to

    @cached_property
    def _rendition(self) -> Rendition:
        return Exporter(self.model.network, self.model.name, key=self.key).render(self.source)


@dataclass(frozen=True, eq=False)
class MusicModel:
    """A trained model. `generator`, `critic` and `encoder` are plain modules of torch."""

    network: networks.Model = field(repr=False)
    name: str

    @property
    def generator(self) -> nn.Module:
        """Return the network that turns r (batch, latent) into logits."""
        return self.network.generator

    @property
    def critic(self) -> nn.Module | None:
        """Return the network that turns rolls (batch, tracks, planes, steps, pitches) into D; None where it is gone."""
        return self.network.critic

    @property
    def encoder(self) -> nn.Module | None:
        """Return the encoder of a warm start, if there was one. Its latents are not those of `encode`."""
        return self.network.encoder

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return who plays."""
        return self.network.spec.tracks

    def generate(self, count: int = 8, *, seed: int = 0) -> list[ModelPhrase]:
        """Return `count` new phrases. Phrase k of a seed is the same whatever the count."""
        return [ModelPhrase(phrase, self) for phrase in playing.generate(self.network, count, seed)]

    def encode(self, rolls: Roll | Rolls) -> Latents:
        """Return the latents of one or several rolls, in the space that `generate` draws from.

        The encoder gives the mean of the latents that a roll may have; the flow, where the model has one, is solved
        backwards from there, which is exact to about 1e-5. The latents that phrases were generated from are not found
        again, for other latents play the same notes; what the found ones play is close to the rolls. Raises InputError
        for a model without an encoder, and for rolls of another shape.
        """
        given = np.asarray(rolls, dtype=bool)
        given = given[None] if given.ndim == 4 else given
        spec = self.network.spec
        wanted = (len(spec.tracks), 2, spec.grid.steps, spec.grid.pitches)
        if given.ndim != 5 or given.shape[1:] != wanted:
            raise InputError(
                f"rolls of the shape {given.shape} are not this model's",
                f"Give (phrases, tracks, planes, steps, pitches), the last four {wanted}.",
            )
        return encode_cells(self.network, from_planes(given)).numpy()

    def decode(self, latents: Latents) -> list[ModelPhrase]:
        """Return the phrases that latents play: of those of `generate` exactly the phrases that it returned.

        Raises InputError for latents of another length.
        """
        drawn = torch.from_numpy(np.array(latents, dtype=np.float32))
        length = self.network.spec.networks.latent
        if drawn.ndim != 2 or drawn.shape[1] != length:
            raise InputError(
                f"latents of the shape {tuple(drawn.shape)} are not this model's", f"Give (phrases, {length})."
            )
        cells = playing.play_latents(self.network, drawn)
        numbered = enumerate(zip(cells, drawn, strict=True), start=1)
        return [ModelPhrase(playing.Phrase(None, number, own, latent), self) for number, (own, latent) in numbered]


@dataclass(frozen=True)
class EvaluationResult:
    """How far some music is from real music; `evaluation` holds all that was found."""

    evaluation: Evaluation = field(repr=False)

    @property
    def ratio(self) -> Estimate | None:
        """Return the distance from real music in multiples of the real baseline; None where there is too little music.

        It has `value`, `low` and `high`; 1 is as close as other real music.
        """
        return self.evaluation.results[0].scores.ratio

    @property
    def features(self) -> dict[str, FeatureRow]:
        """Return each musical feature by its name: its means in this music, held-out and training music, and more."""
        return {row.name: row for row in self.evaluation.results[0].features}

    @property
    def verdict(self) -> str:
        """Return what is to be thought of it, in one sentence."""
        return verdict_sentence(self.evaluation.results[0], self.evaluation)

    def save(self, page: Location) -> Path:
        """Write the report to `page`, a web page, and its numbers as JSON and CSV beside it; replace what is there."""
        with begin_report(Path(page), replace=True) as unfinished:
            write_report(self.evaluation, unfinished)
            return unfinished.finish()


def read(path: Location) -> list[Score]:
    """Return the pieces of a music file, most often one; each has `notes` (in ticks), `tracks`, `tempo` and more.

    Raises InputError where there is none, and says why.
    """
    return read_scores(Path(path))


def build_corpus(
    music: Location,
    folder: Location | None = None,
    *,
    workers: int | None = None,
    watcher: Watcher = SILENT,
    **options: Any,
) -> Corpus:
    """Build a corpus of a folder, a zip archive or a built-in collection, in `folder`, by default NAME.corpus here.

    `options` are those of `ganola corpus build`: tracks, voices, metre, bars, steps_per_quarter, keep_keys and
    free_timing.
    """
    asked = build.make_build_options(**options)
    place = None if folder is None else Path(folder)
    return build.build_corpus(str(music), place, asked, workers=workers, watcher=watcher)


def open_corpus(folder: Location) -> Corpus:
    """Return the corpus in `folder`. Raises InputError where there is none."""
    return open_corpus_folder(Path(folder))


def train(
    corpus: Corpus | Location,
    recipe: str = DEFAULT,
    *,
    minutes: int | float | None = None,
    steps: int | None = None,
    seed: int | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - as the command's --set
    folder: Location | None = None,
    device: str = "cpu",
    threads: int | None = None,
    strict: bool = False,
    callbacks: Sequence[Callback] = (),
    watcher: Watcher = SILENT,
) -> TrainingResult:
    """Train a model for some minutes, by default five, or steps, and return what came of it; `load` takes that.

    `recipe` is a preset or a TOML file, over which `set`, such as {"training.batch": 32}, is laid. The run lies in
    `folder`, by default the next free one in runs/. `callbacks` are told of its events.
    """
    if minutes is not None and steps is not None:
        raise InputError("minutes and steps are both given", "Give one of the two.")
    changes = [f"{key}={_toml(value)}" for key, value in (set or {}).items()]
    run = training.begin_run(
        corpus if isinstance(corpus, Corpus) else str(corpus),
        recipe,
        Budget(minutes=minutes, steps=steps) if minutes or steps else None,
        folder=None if folder is None else Path(folder),
        changes=[*changes, *([] if seed is None else [f"training.seed={seed}"])],
        device=device,
        watcher=watcher,
    )
    return training.train_run(run, callbacks, threads=threads, strict=strict, discard=True, watcher=watcher)


def load(model: Location | TrainingResult) -> MusicModel:
    """Return a model: a run or its result, a model file, or "chorales", which comes with ganola.

    Raises InputError where there is none.
    """
    path = existing_model(model.folder if isinstance(model, TrainingResult) else Path(model))
    return MusicModel(load_model(path), model_name(path))


def evaluate(
    music: MusicModel | Location,
    corpus: Corpus | Location | None = None,
    *,
    split: str = "test",
    count: int = evaluating.COUNT,
    seed: int = 0,
    workers: int | None = None,
    watcher: Watcher = SILENT,
) -> EvaluationResult:
    """Return how far a model, or a folder of music, is from the held-out music of a corpus, or of a folder of music.

    Without `corpus` it is the one that a run was trained on. The same seed gives the same numbers.
    """
    given: Path | networks.Model = music.network if isinstance(music, MusicModel) else Path(music)
    held = _corpus(corpus, given, watcher)
    found = evaluating.evaluate([given], held, split=split, count=count, seed=seed, workers=workers, watcher=watcher)
    return EvaluationResult(found)


def _corpus(corpus: Corpus | Location | None, music: Path | networks.Model, watcher: Watcher) -> Corpus:
    if isinstance(corpus, Corpus):
        return corpus
    if corpus is not None:
        return build.open_or_build(str(corpus), watcher=watcher)
    if isinstance(music, networks.Model):
        raise InputError("nothing says which music to compare this model with", "Give a corpus, or a folder of music.")
    return corpus_for([music])


def _toml(value: Any) -> str:
    return tomli_w.dumps({"": value}).partition("= ")[2].strip()
