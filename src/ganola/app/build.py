"""Survey a collection of music, build a corpus of it, or open the one that was built of it before."""

import os
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganola.app.projects import existing_model, is_model
from ganola.app.watcher import SILENT, Watcher
from ganola.cluster import connect
from ganola.corpus.archives import ARCHIVE_SUFFIX
from ganola.corpus.build import build, survey
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.plan import PLAN, TrackPolicy, WrittenPlan, load_plan, plan_toml
from ganola.corpus.proposal import Proposal
from ganola.corpus.source import Source
from ganola.corpus.store import MANIFEST, Corpus, open_corpus
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.metre import TimeSignature
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.rendering.survey import survey_png
from ganola.storage import write_whole
from ganola.wording import counted

SURVEY_PICTURE = "survey.png"


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """What a survey found, how many files cannot be used, and where the corpus of this music goes by default."""

    proposal: Proposal
    unusable: int
    corpus_folder: Path


def make_build_options(
    *,
    tracks: TrackPolicy | None = None,
    voices: int | None = None,
    metre: str | None = None,
    bars: int = 4,
    steps_per_quarter: int | None = None,
    keep_keys: bool = False,
    free_timing: bool = False,
) -> BuildOptions:
    """Return what a person asks of a corpus; None leaves it to the survey. Raises InputError for what cannot be."""
    if voices is not None and tracks != "voices":
        raise InputError("--voices says how many voices a keyboard is split into", "Add --tracks voices.")
    signature = None
    if metre is not None:
        try:
            signature = TimeSignature.parse(metre)
            Grid(metre=signature, steps_per_quarter=steps_per_quarter or 24)
        except ValueError as error:
            where = f" with {counted(steps_per_quarter, 'step')} a quarter note" if steps_per_quarter else ""
            raise InputError(
                f"--metre {metre} is no metre that works{where}", "Write it as 4/4, 3/4, 6/8 ..."
            ) from error
    return BuildOptions(
        tracks_by=tracks,
        voices=voices,
        metre=signature,
        bars=bars,
        steps_per_quarter=steps_per_quarter,
        common_tonic=not keep_keys,
        free_timing=free_timing,
    )


def survey_music(
    music: str, folder: Path, options: BuildOptions, *, workers: int | None = None, watcher: Watcher = SILENT
) -> SurveyResult:
    """Read a collection and write to `folder` the plan that follows from it, and a picture of what it holds.

    `music` is a folder, an archive, or a built-in collection; `workers` processes read it, else one a core.
    """
    source = open_source(music)
    watcher.on_source(source)

    def draw(proposal: Proposal) -> None:
        write_whole(folder / SURVEY_PICTURE, survey_png(proposal, title=source.name))

    with watcher.task("build") as progress:
        proposal, unusable = survey(
            source,
            folder,
            options,
            workers=workers or os.cpu_count() or 1,
            progress=progress,
            notice=watcher.on_notice,
            draw=draw,
        )
    return SurveyResult(proposal, unusable, corpus_folder_of(source))


def build_corpus(
    music: str | Source,
    folder: Path | None = None,
    options: BuildOptions | None = None,
    *,
    plan: Path | WrittenPlan | None = None,
    fingerprints: bool = True,
    workers: int | None = None,
    cluster: str | None = None,
    watcher: Watcher = SILENT,
) -> Corpus:
    """Build the corpus of a folder, an archive or a built-in collection, in `folder`, by default `NAME.corpus` here.

    `plan` is a plan, its file, the folder of a survey, or a model, whose plan it is; without `fingerprints` each piece
    counts as a tune of its own. `workers` processes, else one a core, do it; or the machines of the Ray `cluster` at an
    address (see `ganola.cluster.connect`). A build that was stopped goes on. Raises InputError where a plan and other
    options are given, and as `ganola.corpus.build.build` does.
    """
    if plan is not None and options not in (None, BuildOptions()):
        raise InputError("--plan settles what the other options ask for", "Edit the plan, or leave it out.")
    if cluster is not None and workers is not None:
        raise InputError("--workers counts processes of this machine, and --cluster uses others too", "Give one.")
    source = music if isinstance(music, Source) else open_source(music)
    written_plan = _find_plan(plan) if isinstance(plan, Path) else plan
    watcher.on_source(source)
    machines = nullcontext() if cluster is None else connect(cluster)
    with machines as connected, watcher.task("build") as progress:
        return build(
            source,
            folder or corpus_folder_of(source),
            options or BuildOptions(),
            plan=written_plan,
            fingerprints=fingerprints,
            workers=workers or os.cpu_count() or 1,
            cluster=connected,
            progress=progress,
            explain=watcher.on_plan,
            notice=watcher.on_notice,
        )


def plan_of_model(model: Model) -> WrittenPlan:
    """Return the plan by which music becomes the rolls of a model."""
    return WrittenPlan(model.record.plan, plan_toml(model.record.plan, {}))


def open_or_build(
    music: str,
    asked: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    plan: WrittenPlan | None = None,
    watcher: Watcher = SILENT,
) -> Corpus:
    """Return the corpus at `music`, or that of the folder, archive or collection of this name, built if need be.

    It is built in `folder`, by default here, under the name of the music. `asked` are arguments of
    `make_build_options` that a person gave; with `plan`, by which it is built, there are none. Raises InputError where
    there is a corpus that was built otherwise, or from other music.
    """
    asked = asked or {}
    options = make_build_options(**asked)
    if (Path(music) / MANIFEST).exists() or Path(music).suffix == ".corpus":
        return _refuse_other_options(open_corpus(Path(music)), asked)
    source = open_source(music)
    folder = folder or corpus_folder_of(source)
    if not (folder / MANIFEST).exists():
        watcher.on_build(music, folder)
        corpus = build_corpus(source, folder, options, plan=plan, watcher=watcher)
        watcher.on_corpus(corpus)
        return corpus
    corpus = _refuse_other_options(open_corpus(folder), asked)
    if corpus.manifest.stamp != source.stamp():
        raise InputError(
            f"{folder} was built from other music than is in {music} now",
            f"Remove it to have it built anew, or train on it as it is: ganola train {folder}.",
        )
    return corpus


def corpus_folder_of(source: Source) -> Path:
    """Return where the corpus of a collection goes by default: here, under its name."""
    return Path(f"{source.name.removesuffix(ARCHIVE_SUFFIX)}.corpus")


def _find_plan(given: Path) -> WrittenPlan:
    """Return the plan that a person names: its file, the folder of a survey, or a model."""
    if (given / PLAN).exists():
        return load_plan(given / PLAN)
    return plan_of_model(load_model(existing_model(given))) if is_model(given) else load_plan(given)


def _refuse_other_options(corpus: Corpus, asked: Mapping[str, Any]) -> Corpus:
    """Return the corpus. Raises InputError where it was not built as `asked`."""
    if not asked:
        return corpus
    plan = corpus.plan
    built = {
        "tracks": plan.tracks_by,
        "voices": len(plan.tracks),
        "metre": str(plan.metre),
        "bars": plan.bars,
        "steps_per_quarter": plan.steps_per_quarter,
        "keep_keys": not plan.common_tonic,
        "free_timing": plan.free_timing,
    }
    for name, value in asked.items():
        if value != built[name]:
            option = f"--{name.replace('_', '-')}"
            was, asked_for = (
                (f"without {option}", option)
                if value is True
                else (f"with {option} {built[name]}", f"{option} {value}")
            )
            raise InputError(
                f"{corpus.folder} is there already, built {was}: {asked_for} cannot change it",
                f"Leave {option} out; or build another corpus with it, by ganola corpus build, and name that.",
            )
    return corpus
