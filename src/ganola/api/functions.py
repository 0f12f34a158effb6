"""The functions of the public Python API: music in, a corpus, a training, a model, an evaluation.

`import ganola` imports none of this: each name is loaded when it is first used.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ganola.api.evaluation import EvaluationResult
from ganola.api.model import MusicModel
from ganola.api.saving import Location
from ganola.app import build
from ganola.app import evaluate as evaluating
from ganola.app import train as training
from ganola.app.projects import corpus_for, existing_model, load_pretrained_model, model_name
from ganola.app.train import TrainingResult
from ganola.app.watcher import SILENT, Watcher
from ganola.corpus.store import Corpus
from ganola.corpus.store import open_corpus as open_corpus_folder
from ganola.errors import InputError
from ganola.events import Callback
from ganola.music.io.files import read_scores
from ganola.music.score import Score
from ganola.networks import model as networks
from ganola.networks.model_file import load_model
from ganola.study import run as study_run
from ganola.study.run import StudyResult
from ganola.study.study_file import load_study
from ganola.study.watcher import SILENT as UNHEARD
from ganola.study.watcher import StudyWatcher
from ganola.training.budget import choose_budget
from ganola.training.fine_tuning import Pretrained
from ganola.training.recipe import toml_value
from ganola.training.torchrun import launched_processes


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
    cluster: str | None = None,
    watcher: Watcher = SILENT,
    **options: Any,
) -> Corpus:
    """Build a corpus of a folder, a zip archive or a built-in collection, in `folder`, by default NAME.corpus here.

    `workers` processes read it, else one a core; or the Ray `cluster` at an address, "auto" or "local". `options` are
    those of `ganola corpus build`: tracks, voices, metre, bars, steps_per_quarter, keep_keys and free_timing.
    """
    asked = build.make_build_options(**options)
    place = None if folder is None else Path(folder)
    return build.build_corpus(str(music), place, asked, workers=workers, cluster=cluster, watcher=watcher)


def open_corpus(folder: Location) -> Corpus:
    """Return the corpus in `folder`. Raises InputError where there is none."""
    return open_corpus_folder(Path(folder))


def train(
    corpus: Corpus | Location,
    recipe: str | None = None,
    *,
    from_model: MusicModel | TrainingResult | Location | None = None,
    minutes: int | float | None = None,
    steps: int | None = None,
    samples: int | None = None,
    seed: int | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - as the command's --set
    folder: Location | None = None,
    device: str = "cpu",
    threads: int | None = None,
    processes: int | None = None,
    strict: bool = False,
    callbacks: Sequence[Callback] = (),
    watcher: Watcher = SILENT,
) -> TrainingResult:
    """Train a model for some minutes (five where nothing is said), steps or samples, and return what came of it.

    `load` takes that. `recipe` is a preset or a TOML file, by default "default", over which `set`, such as
    {"training.batch": 32}, is laid. The run lies in `folder`, by default the next free one in runs/. `callbacks` are
    told of its events. It begins with the weights of `from_model`, if that is given, with its networks and, by default,
    its recipe; a corpus that is built for it is built by its plan. It computes on `threads` cores, by default all that
    torch takes, in so many `processes`, by default as many as pay. Raises InputError where a corpus does not fit it.
    """
    budget = choose_budget(minutes=minutes, steps=steps, samples=samples)
    if launched_processes() > 1:
        raise InputError(
            "torchrun started this program several times, and each would make a run of its own",
            "Start the command instead: torchrun -m ganola train; or the program without torchrun.",
        )
    changes = [f"{key}={toml_value(value)}" for key, value in (set or {}).items()]
    run = training.begin_run(
        corpus if isinstance(corpus, Corpus) else str(corpus),
        recipe,
        budget,
        pretrained=None if from_model is None else _pretrained(from_model),
        folder=None if folder is None else Path(folder),
        changes=[*changes, *([] if seed is None else [f"training.seed={seed}"])],
        device=device,
        watcher=watcher,
    )
    return training.train_run(
        run, callbacks, threads=threads, processes=processes, strict=strict, discard=True, watcher=watcher
    )


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


def run_study(
    study: Location, folder: Location, *, workers: int | None = None, watcher: StudyWatcher = UNHEARD
) -> StudyResult:
    """Do a study, one that comes with ganola or a TOML file, in `folder`, or what is missing of it.

    `workers` trainings run at a time and share the cores. Raises InputError that says all that is wrong with it.
    """
    return study_run.run_study(load_study(str(study)), Path(folder), workers=workers, watcher=watcher)


def _pretrained(model: MusicModel | TrainingResult | Location) -> Pretrained:
    if isinstance(model, MusicModel):
        return Pretrained(model.network, model.name, model.name)
    return load_pretrained_model(model.folder if isinstance(model, TrainingResult) else Path(model))


def _corpus(corpus: Corpus | Location | None, music: Path | networks.Model, watcher: Watcher) -> Corpus:
    if isinstance(corpus, Corpus):
        return corpus
    if corpus is not None:
        return build.open_or_build(str(corpus), watcher=watcher)
    if isinstance(music, networks.Model):
        raise InputError("nothing says which music to compare this model with", "Give a corpus, or a folder of music.")
    return corpus_for([music])
