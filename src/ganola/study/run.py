"""A study in its folder: begun or gone on with, its trainings carried out, its best models judged on test music.

study.toml, recipe.toml   the study and its base recipe, as they were
corpora/                  the corpora that were built for it
runs/                     a run each training
results.jsonl             a line each training that is done (see `records`)
tests.jsonl               a line each model that was judged on test music
report.html ...           what it all says (see `report`)
"""

import os
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch

from ganola.app.build import open_or_build
from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.folders import lock_folder, refuse_existing
from ganola.study.best import find_finalists, judge_finalist, load_test_music
from ganola.study.design import Study, expand
from ganola.study.executors import Executor, LocalExecutor
from ganola.study.records import (
    CORPORA,
    RUNS,
    STUDY,
    append_record,
    drop_unfinished,
    read_tests,
    read_trials,
)
from ganola.study.report.files import write_report
from ganola.study.scope import Scope, measure_scope
from ganola.study.study_file import read_study, save_study
from ganola.study.trial import Trial
from ganola.study.watcher import SILENT, StudyWatcher
from ganola.training.device import fastest_precision, select_device
from ganola.training.recipe import first_difference, load_recipe

MOST_WORKERS = 4  # where nobody says how many: each takes some 600 MB
_GO_ON = "Name another --out for a study of its own, or put it back."


@dataclass(frozen=True)
class StudyResult:
    """What a study came to: how much it was, and the files of its report, none where it was only measured."""

    scope: Scope
    report: tuple[Path, ...] = ()


def run_study(
    study: Study,
    folder: Path,
    *,
    workers: int | None = None,
    threads: int | None = None,
    executor: Executor | None = None,
    device: str = "cpu",
    only_scope: bool = False,
    watcher: StudyWatcher = SILENT,
) -> StudyResult:
    """Do what of a study is not done yet in `folder`, and judge its best models on test music.

    `workers` trainings run at a time, by default one a core but MOST_WORKERS at most, with `threads` each, by default
    their share of the cores; an `executor` of another kind may carry them out. With `only_scope` corpora are built and
    its length is measured, and that is all. Raises InputError where the folder holds another study, and TakenError
    where another ganola is at work there.
    """
    cores = torch.get_num_threads()
    workers = workers or min(cores, MOST_WORKERS)
    threads = threads or max(1, cores // workers)
    with lock_folder(folder):
        study = begin_study(study, folder, device)
        corpora = {
            name: open_or_build(given, folder=folder / CORPORA / f"{name}.corpus", watcher=watcher)
            for name, given in study.corpus_names.items()
        }
        trials = [
            Trial(folder, cell, corpora[cell.corpus].folder, study.budget, threads, device) for cell in expand(study)
        ]
        drop_unfinished(folder)
        done = {record.key for record in read_trials(folder)}
        missing = [trial for trial in trials if trial.cell.key not in done]
        scope = measure_scope(trials, missing, workers)
        watcher.on_scope(scope)
        if only_scope:
            return StudyResult(scope)
        _train(missing, executor or LocalExecutor(workers), scope, folder, watcher)
        _test(study, corpora, folder, watcher)
        return StudyResult(scope, tuple(write_report(folder)))


def begin_study(study: Study, folder: Path, device: str) -> Study:
    """Write the study to its folder, and return it, with what it leaves to the machine spelled out.

    Raises InputError where another study is there that has begun.
    """
    known = read_study(folder) if (folder / STUDY).exists() else None
    if known is None:
        refuse_existing(folder)
    study = _with_precision(study, known, device)
    if known is not None:
        _refuse_changes(known, study, folder)
    save_study(study, folder)
    return study


def _with_precision(study: Study, known: Study | None, device: str) -> Study:
    """Return the study with the same precision in all its trainings, where its base says "fastest"."""
    if load_recipe(study.recipe, study.changes).training.precision != "fastest":
        return study
    if known is not None:
        precision = load_recipe(known.recipe, known.changes).training.precision
    else:
        precision = fastest_precision(select_device(device))
    return study.model_copy(update={"changes": (*study.changes, f'training.precision="{precision}"')})


def _refuse_changes(known: Study, study: Study, folder: Path) -> None:
    """Raise InputError where a study no longer asks for what is there already. What is new is welcome."""
    now = {cell.name: cell for cell in expand(study)}
    begun = [cell for cell in expand(known) if (folder / RUNS / cell.name).exists()]
    faults: dict[str, None] = {}  # in their order, each once
    for cell in begun:
        if cell.name not in now:
            faults[f"{cell.name} has begun, and is no longer part of it."] = None
        elif changed := first_difference(cell.recipe, now[cell.name].recipe):
            faults[f"{cell.name}: {changed.key} is {changed.now}, and was {changed.before}."] = None
    if begun and known.budget != study.budget:
        faults["budget: it is another one, and trainings are compared under the same."] = None
    if begun and known.tests != study.tests and read_tests(folder):
        faults["tests: they are other ones, and models are compared by the same."] = None
    if faults:
        raise InputError(f"the study in {folder} has begun, and this is another one", _GO_ON, list(faults))


def _train(missing: list[Trial], executor: Executor, scope: Scope, folder: Path, watcher: StudyWatcher) -> None:
    """Carry out what is missing, and keep each record as it comes."""
    left, began = dict(scope.seconds), time.monotonic()
    with closing(executor.run(missing, watcher.on_trial_begun)) as records:
        for record in records:
            append_record(folder, record)
            left.pop(Path(record.folder).name, None)
            finished = sum(scope.seconds.values()) - sum(left.values())
            pace = (time.monotonic() - began) / finished  # of the clock's seconds an estimated one, workers included
            watcher.on_trial(record, len(left), pace * sum(left.values()))


def _test(study: Study, corpora: dict[str, Corpus], folder: Path, watcher: StudyWatcher) -> None:
    """Judge the best value of each question on test music, where that has not been done."""
    done = {record.key for record in read_tests(folder)}
    finalists = find_finalists(study, read_trials(folder))
    for name, corpus in corpora.items():
        missing = [one for one in finalists if one.corpus == name and any(t.key not in done for t in one.trials)]
        if not missing:
            continue
        held, too_little = load_test_music(corpus)
        if held is None:
            watcher.on_notice(f"Nothing is judged on test music of {name}. {too_little}")
            continue
        for number, finalist in enumerate(missing, start=1):
            watcher.on_finalist(finalist, number, len(missing))
            with watcher.task("study") as progress:
                for record in judge_finalist(
                    finalist, held, folder,
                    phrases=study.tests.phrases, workers=os.cpu_count() or 1, progress=progress,
                ):  # fmt: skip
                    append_record(folder, record)
                    watcher.on_test(record)
