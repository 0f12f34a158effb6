"""Where a command writes music, and as what: files, each whole, in one folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganola.app.watcher import Watcher
from ganola.folders import Unfinished, all_or_none, begin_folder, first_free, refuse_existing
from ganola.playing.export import Rendition, export
from ganola.playing.formats import UnwritableError, usual_formats
from ganola.storage import write_whole


@dataclass(frozen=True)
class Output:
    """The folder that is written, by default the first that is free of phrases-1, phrases-2 ... or infill-1 ..., and
    the formats, by default the usual ones.

    With `no_copies`, music that is like the training music, of `corpus` or else of the run, is left out.
    """

    folder: Path | None = None
    formats: Sequence[str] | None = None
    no_copies: bool = False
    corpus: Path | None = None

    def refuse_existing(self) -> None:
        """Raise InputError where the folder holds something: before anything is played, which takes its time."""
        if self.folder is not None:
            refuse_existing(self.folder)

    def begin(self, verb: str) -> Unfinished:
        """Begin the folder."""
        if self.folder is not None:
            return begin_folder(self.folder)
        return first_free(lambda number: begin_folder(Path(f"{verb}-{number}")))

    def choose_formats(self, watcher: Watcher) -> tuple[str, ...]:
        """Return the formats."""
        return usual_formats_here(watcher) if self.formats is None else tuple(self.formats)


DEFAULT = Output()


def raise_if_none_written(unwritten: Sequence[UnwritableError], files: int) -> None:
    """Raise the first of these errors where they are of all `files`."""
    if unwritten and len(unwritten) == files:
        raise unwritten[0]


def usual_formats_here(watcher: Watcher) -> tuple[str, ...]:
    """Return the formats that are written where nobody names any; a notice says if there can be no sound."""
    formats, no_sound = usual_formats()
    if no_sound:
        watcher.on_notice(f"No sound files: {no_sound}")
    return formats


def write_rendition(
    rendition: Rendition, stem: str, formats: Sequence[str], folder: Path, advance: Callable[[], None] = lambda: None
) -> list[UnwritableError]:
    """Write music to files that are called `stem`, one a format: all of them, each whole, or none; `advance` is called
    after each.

    Return an error for each file that was not written because its format cannot hold the music.
    """
    paths = {name: folder / f"{stem}.{name}" for name in formats}
    unwritten: list[UnwritableError] = []
    with all_or_none(list(paths.values())):
        for name, path in paths.items():
            try:
                data = export(rendition, name)
            except UnwritableError as error:
                unwritten.append(UnwritableError(f"{path.name} was not written: {error.problem}", error.remedy))
            else:
                write_whole(path, data)
            advance()
    return unwritten
