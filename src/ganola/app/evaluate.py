"""Evaluate models and folders of music: how far they are from real music, what differs, whether they copy."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganola.app.music_files import find_music
from ganola.app.projects import corpus_for, find_model, is_model
from ganola.app.report import begin_report, files_of_report, next_report, write_report
from ganola.app.watcher import SILENT, Progress, Watcher
from ganola.corpus.duplicates import find_duplicates
from ganola.corpus.phrases import Phrases, read_phrases
from ganola.corpus.recognition import recognise_pieces
from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.judging import evaluate as judging
from ganola.judging.reference import Reference, load_reference
from ganola.judging.results import Candidate, Evaluation
from ganola.judging.windows import WindowSet
from ganola.networks.model import Model
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.audition import audition
from ganola.randomness import Purpose, stream
from ganola.wording import counted, printable_path

COUNT = 1000  # phrases of each model, and of each folder at most
LONGEST_LIST = 8  # files left out, each with its reason


@dataclass(frozen=True)
class ReportedEvaluation:
    """An evaluation, and the files of its report: the page first."""

    evaluation: Evaluation
    files: tuple[Path, ...]


def evaluate_to_report(
    music: Sequence[Path],
    corpus: Path | None = None,
    *,
    page: Path | None = None,
    latex: bool = False,
    split: str = "test",
    count: int = COUNT,
    seed: int = 0,
    workers: int | None = None,
    watcher: Watcher = SILENT,
) -> ReportedEvaluation:
    """Evaluate `music` and write the report to `page`, by default the next free report-N.html, its numbers beside it.

    `corpus` is the real music to compare with, by default that of the first run. Raises TakenError where a report is
    there already, and as `evaluate` does.
    """
    opened = corpus_for(music, corpus)
    with begin_report(page, latex=latex) if page else next_report(latex=latex) as unfinished:
        found = evaluate(music, opened, split=split, count=count, seed=seed, workers=workers, watcher=watcher)
        write_report(found, unfinished, latex=latex)
        written = unfinished.finish()
    return ReportedEvaluation(found, tuple(files_of_report(written, latex=latex)))


def evaluate(
    music: Sequence[Path | Model],
    corpus: Corpus,
    *,
    split: str = "test",
    count: int = COUNT,
    seed: int = 0,
    workers: int | None = None,
    watcher: Watcher = SILENT,
) -> Evaluation:
    """Evaluate models, runs, and folders or archives of music against the music of `corpus` that is held out.

    Of each model `count` phrases are generated, of each folder at most so many are taken. The same seed gives the same
    numbers, whatever `workers`. Raises InputError where music is named twice, or has nothing that can be judged.
    """
    workers = workers or os.cpu_count() or 1
    with watcher.task("evaluate") as progress:
        held = load_reference(corpus, split, seed)
        candidates = [
            _model_candidate(one, name, held, count, seed)
            if isinstance(one, Model) or is_model(one)
            else _folder_candidate(one, name, held, count, seed, workers, progress, watcher)
            for one, name in zip(music, name_candidates(music), strict=True)
        ]
        return judging.evaluate(
            held, candidates, seed, workers=workers, progress=lambda _, *far: progress("judging", *far)
        )


def name_candidates(music: Sequence[Path | Model]) -> list[str]:
    """Return what each is called in a report: the name of its folder or file, with as much of its path as is needed.

    A loaded model is called "model" and its digest. Raises InputError where the same music is named twice.
    """
    whole = [f"model {one.digest}" if isinstance(one, Model) else _place(one) for one in music]
    if len(set(whole)) < len(whole):
        raise InputError("the same music is named twice", "Name each once.")
    short = iter(_shorten([one for one in whole if isinstance(one, Path)]))
    return [next(short) if isinstance(one, Path) else one for one in whole]


def _place(path: Path) -> Path:
    """Return the whole path of a candidate; of a run's model that of the run."""
    return path.resolve().parent if path.name == MODEL_FILE else path.resolve()


def _shorten(places: Sequence[Path]) -> list[str]:
    """Return the shortest ends of different paths by which they differ."""
    # The last model of a run is known by its run, too.
    ends = (
        [place.parts[-depth - (place.suffix == ".safetensors") :] for place in places]
        for depth in range(1, max((len(place.parts) for place in places), default=0) + 1)
    )
    return [printable_path(Path(*end)) for end in next((own for own in ends if len(set(own)) == len(own)), [])]


def _model_candidate(model: Path | Model, name: str, held: Reference, count: int, seed: int) -> Candidate:
    return audition(model if isinstance(model, Model) else load_model(find_model(model)), name, held, count, seed)


def _folder_candidate(
    path: Path,
    name: str,
    held: Reference,
    count: int,
    seed: int,
    workers: int,
    progress: Progress,
    watcher: Watcher,
) -> Candidate:
    """Return at most `count` phrases of the files in a folder or an archive, read as the corpus reads its own."""
    found, not_found = find_music([path])
    phrases = read_phrases(found, held.corpus.plan, workers=workers, progress=progress)
    left_out = [*not_found, *phrases.rejections]
    for one in left_out[:LONGEST_LIST]:
        watcher.on_notice(f"{one.file}: {one.reason}")
    if len(left_out) > LONGEST_LIST:
        watcher.on_notice(f"{counted(len(left_out) - LONGEST_LIST, 'more file was', 'more files were')} left out")
    if not len(phrases):
        raise InputError(f"{path} has no music that can be judged", "See above what is wrong with its files.")
    return _candidate(phrases, name, held, count, seed, left_out=len(left_out))


def _candidate(phrases: Phrases, name: str, held: Reference, count: int, seed: int, *, left_out: int) -> Candidate:
    twins = find_duplicates(phrases)
    distinct = np.flatnonzero(~np.isin(phrases.file, list(twins)))
    chosen = np.sort(distinct[stream(seed, Purpose.JUDGED).permutation(len(distinct))[:count]])
    own = recognise_pieces(phrases, held.corpus).keys() - twins.keys()
    files = len(phrases.names) - len(twins)
    again = counted(len(twins), "more is", "more are")
    about = [
        counted(files, "file") + (f", {left_out:,} left out" if left_out else ""),
        *([f"{again} the same music in another format"] if twins else []),
        f"{len(chosen):,} of {counted(len(distinct), 'phrase')}",
    ]
    return Candidate(
        kind="folder",
        music=WindowSet(name, phrases.cells_at(chosen), phrases.file[chosen]),
        about="; ".join(about),
        files=files,
        files_of_corpus=len(own),
        remarks=_remarks(len(own), files),
    )


def _remarks(own: int, files: int) -> tuple[str, ...]:
    """Return what there is to know where `own` of the files are pieces of the corpus that they are compared with."""
    if not own:
        return ()
    if 2 * own <= files:
        return (f"{own:,} of its {counted(files, 'file')} are pieces of the corpus itself.",)
    return (
        f"This is music of the corpus itself: {own:,} of {counted(files, 'file')} are pieces of it. So whether it "
        "copies is no question, and its distance says only how alike the corpus's own pieces are.",
    )
