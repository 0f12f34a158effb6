"""Generate phrases and write them as files, each whole, in one folder."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ganola.app.output import DEFAULT, Output, raise_if_none_written, write_rendition
from ganola.app.projects import choose_model, corpus_for, existing_model, far_ratio, is_run, model_name
from ganola.app.watcher import SILENT, Progress, Watcher
from ganola.judging.closeness import how_far
from ganola.judging.copying.detector import CopyDetector, build_copy_detector
from ganola.judging.reference import refuse_other_music
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.playing.attributes import More, refuse_unknown
from ganola.playing.copies import MOST_TRIES, CopyFilter
from ganola.playing.export import Exporter
from ganola.playing.formats import UnwritableError
from ganola.playing.generate import Phrase
from ganola.playing.long_pieces import generate_pieces
from ganola.playing.piece_form import PieceForm
from ganola.playing.steer import generate_with_more

COUNT = 8


@dataclass(frozen=True)
class GeneratedFiles:
    """How many phrases were written to `folder`; `unwritten` says which of their files a format cannot hold."""

    folder: Path
    written: int
    unwritten: tuple[UnwritableError, ...]
    copies: CopyFilter | None  # what left out copies, if asked for


def generate_files(
    model: Path | None = None,
    *,
    count: int = COUNT,
    seed: int = 0,
    form: PieceForm | None = None,
    tempo: float | None = None,
    key: str | None = None,
    more: More = MappingProxyType({}),
    output: Output = DEFAULT,
    watcher: Watcher = SILENT,
) -> GeneratedFiles:
    """Generate `count` phrases of a model, by default the newest, and write them, by default to phrases-N.

    With a `form` they are pieces of that form, each of which begins with a phrase. `more` asks for more of some
    attributes. KeyboardInterrupt keeps the phrases that are written, and is raised where there are none.
    """
    chosen = output.choose_formats(watcher)
    path = choose(watcher) if model is None else existing_model(model)
    loaded = load_model(path)
    refuse_unknown(more, loaded.spec)
    if form is not None:
        form.refuse_unfit(loaded.spec.grid)
    exporter = Exporter(loaded, model_name(path), tempo=tempo, key=key)
    output.refuse_existing()
    copies = CopyFilter(loaded.spec.grid, copy_detector(loaded, path, output, watcher)) if output.no_copies else None
    with output.begin("phrases") as unfinished:
        for warning in quality_warnings(loaded, path):
            watcher.on_notice(warning)
        with watcher.task("generate" if form is None else "compose") as progress:
            if form is None:
                phrases = _play(loaded, count, seed, more, copies)
                advance = _advance_files(progress, count * len(chosen))
            else:
                phrases, advance = _compose(loaded, form, count, seed, more, copies, progress), lambda: None
            written, unwritten = _write_phrases(exporter, phrases, chosen, unfinished.folder, advance)
        raise_if_none_written(unwritten, written * len(chosen))
        return GeneratedFiles(unfinished.finish(), written, tuple(unwritten), copies)


def _play(model: Model, count: int, seed: int, more: More, copies: CopyFilter | None) -> Iterator[Phrase]:
    """Yield `count` phrases."""
    tries = count if copies is None else MOST_TRIES * count
    phrases = generate_with_more(model, tries, seed, more)
    return phrases if copies is None else copies.select(phrases, count)


def _compose(
    model: Model, form: PieceForm, count: int, seed: int, more: More, copies: CopyFilter | None, progress: Progress
) -> Iterator[Phrase]:
    """Yield `count` pieces; `progress` gets how many bars of them all are made."""
    written = 0

    def on_bars(done: int, bars: int) -> None:
        progress("playing", written * bars + done, count * bars)

    tries = count if copies is None else MOST_TRIES * count
    pieces = generate_pieces(model, form, tries, seed, on_bars, more=more)
    for piece in pieces if copies is None else copies.select(pieces, count, "pieces"):
        yield piece
        written += 1


def _write_phrases(
    exporter: Exporter, phrases: Iterator[Phrase], formats: Sequence[str], folder: Path, advance: Callable[[], None]
) -> tuple[int, list[UnwritableError]]:
    """Write phrases, as `write_phrase` does, until the last or KeyboardInterrupt; that is raised if none is whole."""
    written = 0
    unwritten: list[UnwritableError] = []
    try:
        for phrase in phrases:
            unwritten += write_phrase(exporter, phrase, formats, folder, advance)
            written += 1
    except KeyboardInterrupt:
        if not written:
            raise
    return written, unwritten


def _advance_files(progress: Progress, files: int) -> Callable[[], None]:
    """Return what is called after each of so many files."""
    progress("playing", 0, files)
    done = itertools.count(1)
    return lambda: progress("playing", next(done), files)


def write_phrase(
    exporter: Exporter,
    phrase: Phrase,
    formats: Sequence[str],
    folder: Path,
    advance: Callable[[], None] = lambda: None,
) -> list[UnwritableError]:
    """Write `phrase` to `folder`, a file a format (see `write_rendition`)."""
    return write_rendition(exporter.render(phrase), exporter.stem(phrase), formats, folder, advance)


def quality_warnings(model: Model, path: Path) -> list[str]:
    """Return what to say of a model that anybody hears not to be real music, or that nobody has judged."""
    far = far_ratio(model)
    if far is not None:
        train = f"ganola train --resume {path.parent}" if is_run(path.parent) else "ganola train"
        return [
            f"Anybody hears that this is not real music: it is {how_far(far)}.",
            f"To come nearer, train longer: {train}, with more --minutes.",
        ]
    if model.record.validation is None:
        return ["How far this model is from real music is not known: it was not judged when it was trained."]
    return []


def choose(watcher: Watcher) -> Path:
    """Return the model that is played where nobody named one, and tell the watcher."""
    choice = choose_model()
    watcher.on_model_chosen(choice)
    return choice.path


def copy_detector(model: Model, path: Path, output: Output, watcher: Watcher) -> CopyDetector:
    """Return what finds copies of the training music of a model: of the corpus of `output`, or else of its run."""
    with watcher.task("compare") as progress:
        corpus = corpus_for([path], output.corpus)
        refuse_other_music(corpus, model.spec.grid, model.spec.tracks, str(path))
        return build_copy_detector(corpus, lambda *far: progress("comparing", *far))
