"""Variations of a phrase, and the way from one phrase to another, as files, each whole, in one folder."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ganola.app.generate import choose
from ganola.app.output import DEFAULT, Output, raise_if_none_written, write_rendition
from ganola.app.phrase_source import SourcePhrase, find_phrase
from ganola.app.projects import existing_model, model_name
from ganola.app.watcher import SILENT, Watcher
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.playing.attributes import More
from ganola.playing.export import Exporter
from ganola.playing.formats import UnwritableError
from ganola.playing.interpolate import Step, interpolate
from ganola.playing.origins import interpolation_origin, variation_origin
from ganola.playing.vary import Variation, vary


@dataclass(frozen=True)
class WrittenFiles:
    """What was written to `folder`, and how far each is from the phrase, or from the step before it.

    `unwritten` says which files a format cannot hold.
    """

    folder: Path
    distances: tuple[float, ...]
    unwritten: tuple[UnwritableError, ...]


def vary_file(
    file: str,
    model: Path | None = None,
    *,
    amount: float,
    count: int,
    seed: int = 0,
    bar: int | None = None,
    more: More = MappingProxyType({}),
    tempo: float | None = None,
    key: str | None = None,
    output: Output = DEFAULT,
    watcher: Watcher = SILENT,
) -> WrittenFiles:
    """Write variations of a phrase (see `find_phrase` and `vary`), by default in the key and at the tempo that it has.

    KeyboardInterrupt leaves nothing.
    """
    loaded, path = _load(model, watcher)
    phrase = find_phrase(file, loaded, bar)

    def make(progress: Callable[[int, int], None]) -> Sequence[Variation]:
        return vary(loaded, phrase.cells, amount, count, seed, more=more, progress=progress)

    def origin(one: Variation | Step) -> dict[str, Any]:
        return variation_origin(loaded, phrase.cells, amount, more, seed, one.number)

    name = f"{phrase.name}-vary-seed{seed}"
    return _write(_exporter(loaded, path, phrase, tempo, key), name, "vary", make, origin, output, watcher)


def interpolate_files(
    one: str,
    other: str,
    model: Path | None = None,
    *,
    steps: int,
    seed: int = 0,
    more: More = MappingProxyType({}),
    tempo: float | None = None,
    key: str | None = None,
    output: Output = DEFAULT,
    watcher: Watcher = SILENT,
) -> WrittenFiles:
    """Write the phrases from one to another (see `find_phrase` and `interpolate`), by default in the key and at the
    tempo of the one.

    KeyboardInterrupt leaves nothing.
    """
    loaded, path = _load(model, watcher)
    ends = [find_phrase(given, loaded) for given in (one, other)]

    def make(progress: Callable[[int, int], None]) -> Sequence[Step]:
        return interpolate(loaded, ends[0].cells, ends[1].cells, steps, seed, more=more, progress=progress)

    def origin(step: Variation | Step) -> dict[str, Any]:
        return interpolation_origin(loaded, ends[0].cells, ends[1].cells, steps, more, seed, step.number)

    name = f"{ends[0].name}-to-{ends[1].name}"
    return _write(_exporter(loaded, path, ends[0], tempo, key), name, "interpolate", make, origin, output, watcher)


def _load(model: Path | None, watcher: Watcher) -> tuple[Model, Path]:
    path = choose(watcher) if model is None else existing_model(model)
    return load_model(path), path


def _exporter(model: Model, path: Path, phrase: SourcePhrase, tempo: float | None, key: str | None) -> Exporter:
    return Exporter(model, model_name(path), tempo=tempo or phrase.tempo, key=key or phrase.tonic)


def _write(
    exporter: Exporter,
    name: str,
    verb: str,
    make: Callable[[Callable[[int, int], None]], Sequence[Variation | Step]],
    origin: Callable[[Variation | Step], dict[str, Any]],
    output: Output,
    watcher: Watcher,
) -> WrittenFiles:
    """Write what `make` returns, a file a format, all or none of them."""
    formats = output.choose_formats(watcher)
    output.refuse_existing()
    unwritten: list[UnwritableError] = []
    with output.begin(verb) as unfinished, watcher.task("vary") as progress:
        made = make(lambda done, total: progress("playing", done, total))
        done, files = itertools.count(1), len(made) * len(formats)
        for one in made:
            rendition = exporter.render_cells(one.cells, f"{name}, {one.number}", origin(one))
            unwritten += write_rendition(
                rendition,
                f"{name}-{one.number:03d}",
                formats,
                unfinished.folder,
                lambda: progress("writing", next(done), files),
            )
        raise_if_none_written(unwritten, files)
        return WrittenFiles(unfinished.finish(), tuple(one.distance for one in made), tuple(unwritten))
