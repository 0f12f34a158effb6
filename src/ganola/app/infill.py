"""Make a part of a person's music anew, or continue it, and write the answers as files, each whole, in one folder."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ganola.app.generate import choose, copy_detector, quality_warnings
from ganola.app.output import DEFAULT, Output, raise_if_none_written, write_rendition
from ganola.app.projects import existing_model, file_stem
from ganola.app.watcher import SILENT, Watcher
from ganola.errors import InputError
from ganola.music.io.files import read_provenance, read_score
from ganola.music.io.provenance import REVISION
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.playing.answers import Question, find_answers, render_answer
from ganola.playing.attributes import More, refuse_unknown
from ganola.playing.formats import UnwritableError
from ganola.playing.own_music import OwnMusic, read_own_music
from ganola.playing.revision import Revision, continue_after, revise
from ganola.playing.selection import refuse_both_or_neither, select
from ganola.records import read_file
from ganola.wording import printable_path

COUNT, BARS = 4, 8
_DIGITS = 16  # of the digest of a file


@dataclass(frozen=True)
class AnsweredFiles:
    """How many answers were written to `folder`, and how many were left out as copies; see `GeneratedFiles`."""

    folder: Path
    written: int
    copies: int
    unwritten: tuple[UnwritableError, ...]


def infill_file(
    file: Path,
    model: Path | None = None,
    *,
    keep: Sequence[str] = (),
    redo: Sequence[str] = (),
    count: int = COUNT,
    seed: int = 0,
    more: More = MappingProxyType({}),
    output: Output = DEFAULT,
    watcher: Watcher = SILENT,
) -> AnsweredFiles:
    """Make anew in a file what `redo` names, or all but what `keep` names (see `select`), and write `count` answers.

    `more` asks for more of some attributes in what is new (see `infill`). The answers go to the folder of `output`, by
    default infill-N. KeyboardInterrupt leaves nothing. Raises InputError, and writes nothing, for what cannot be read,
    matched or made.
    """
    refuse_both_or_neither(keep, redo)
    question = Question("infill", file_stem(file), seed, count, more=more)

    def begin(music: OwnMusic, own: Model) -> Revision:
        return revise(music, select(music, own.spec, keep=keep, redo=redo), own.spec)

    return _answer_file(file, model, question, begin, output, watcher)


def continue_file(
    file: Path,
    model: Path | None = None,
    *,
    bars: int = BARS,
    count: int = COUNT,
    seed: int = 0,
    more: More = MappingProxyType({}),
    output: Output = DEFAULT,
    watcher: Watcher = SILENT,
) -> AnsweredFiles:
    """Let so many bars follow the music of a file, and write `count` answers, by default to continue-N.

    See `infill_file`.
    """
    question = Question("continue", file_stem(file), seed, count, more=more)

    def begin(music: OwnMusic, own: Model) -> Revision:
        return continue_after(music, bars, own.spec)

    return _answer_file(file, model, question, begin, output, watcher)


def read_for_model(file: Path, model: Model) -> OwnMusic:
    """Return the music of a file for a model. Raises InputError where the model cannot be given it."""
    score, provenance = read_score(file), read_provenance(file)
    made_whole = provenance if provenance is not None and REVISION not in provenance else None
    with naming(file):
        return read_own_music(score, model, made_whole)


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Let an InputError that is raised within name a file."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{printable_path(file)}: {error.problem}", error.remedy) from error


def _answer_file(
    file: Path,
    model: Path | None,
    question: Question,
    begin: Callable[[OwnMusic, Model], Revision],
    output: Output,
    watcher: Watcher,
) -> AnsweredFiles:
    formats = output.choose_formats(watcher)
    output.refuse_existing()
    path = choose(watcher) if model is None else existing_model(model)
    loaded = load_model(path)
    refuse_unknown(question.more, loaded.spec)
    music = read_for_model(file, loaded)
    with naming(file):
        revision = begin(music, loaded)
    question = replace(question, digest=hashlib.sha256(read_file(file)).hexdigest()[:_DIGITS])
    detector = copy_detector(loaded, path, output, watcher) if output.no_copies else None
    watcher.on_tracks_matched([*(match.how for match in music.matches), *music.remarks])
    for warning in quality_warnings(loaded, path):
        watcher.on_notice(warning)
    written = 0
    unwritten: list[UnwritableError] = []
    with output.begin(question.verb) as unfinished, watcher.task("infill") as progress:
        answers = find_answers(
            loaded,
            revision,
            question,
            detector=detector,
            progress=lambda done, total: progress("playing", done, total),
        )
        for answer in answers.found:
            rendition = render_answer(loaded, revision, answer, question, answers.candidates)
            unwritten += write_rendition(rendition, question.stem(answer.number), formats, unfinished.folder)
            written += 1
            progress("writing", written, len(answers.found))
        raise_if_none_written(unwritten, written * len(formats))
        return AnsweredFiles(unfinished.finish(), written, answers.copies, tuple(unwritten))
