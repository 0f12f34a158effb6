"""Export a phrase: its bytes in a file format, in the key and at the tempo that a person asks for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from ganola import __version__
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.key import Key, key_of, parse_tonic
from ganola.music.roll import Cells, to_score
from ganola.music.score import Score
from ganola.music.tracks import Track
from ganola.networks.model import Model
from ganola.playing.attributes import more_in_words
from ganola.playing.formats import FORMATS
from ganola.playing.generate import Phrase
from ganola.playing.transpose import semitones_to


@dataclass(frozen=True)
class Rendition:
    """A phrase as it is exported: the score in its key and at its tempo, and where it came from.

    With `keep_ticks` a MIDI file of it has the ticks of `score`. A picture shows what is `kept` of it pale.
    """

    score: Score
    cells: Cells
    grid: Grid  # of the cells, its lowest pitch moved with the music
    tracks: tuple[Track, ...]  # of the cells
    key: Key | None
    title: str
    about: dict[str, Any]
    keep_ticks: bool = False
    kept: Bool[np.ndarray, "tracks steps"] | None = None


class Exporter:
    """Exports phrases of one model at one tempo and in one key. Raises InputError for a key that it cannot have.

    `name` begins titles and names of files; `tempo` is in quarter notes a minute, by default that of the music learned
    from; `key` is a tonic, such as Bb, by default C.
    """

    def __init__(self, model: Model, name: str, *, tempo: float | None = None, key: str | None = None) -> None:
        if key is not None and not model.record.common_tonic:
            raise InputError(
                "this model plays in every key its corpus had, so --key has no meaning", "Leave --key out."
            )
        self.model = model
        self.name = name
        self.tempo = tempo or model.record.tempo
        self.tonic = parse_tonic(key) if key is not None else 0

    def render(self, phrase: Phrase) -> Rendition:
        """Return `phrase` in this key and at this tempo."""
        return self.render_cells(phrase.cells, ", ".join([self.name, *_title(phrase)]), _origin(phrase))

    def render_cells(self, cells: Cells, title: str, origin: Mapping[str, Any]) -> Rendition:
        """Return music on the model's grid in this key and at this tempo; `origin` is what makes it again."""
        spec, moves = self.model.spec, self.model.record.common_tonic
        score = to_score(cells, spec.grid, spec.tracks, self.tempo)
        semitones = semitones_to(self.tonic, score)
        score = score.transpose(semitones)
        return Rendition(
            score=score,
            cells=cells,
            grid=spec.grid.model_copy(update={"lowest": spec.grid.lowest + semitones}),
            tracks=spec.tracks,
            key=key_of(score, self.tonic if moves else None),
            title=title,
            about={
                "version": __version__,
                "model": self.model.digest,
                **origin,
                "tempo": self.tempo,
                "tonic": self.tonic,
                "transposed": semitones if moves else None,
            },
        )

    def stem(self, phrase: Phrase) -> str:
        """Return what the files of `phrase` are called, without their endings."""
        seed = "" if phrase.seed is None else f"-seed{phrase.seed}"
        bars = "" if phrase.form is None else f"-{phrase.form.bars}bars"
        return f"{self.name}{seed}{bars}{'-more' if phrase.more else ''}-{phrase.number:03d}"


def _title(phrase: Phrase) -> list[str]:
    seed = [] if phrase.seed is None else [f"seed {phrase.seed}"]
    what = [f"phrase {phrase.number}"] if phrase.form is None else [f"piece {phrase.number}", str(phrase.form)]
    return [*seed, *what, *more_in_words(phrase.more)]


def _origin(phrase: Phrase) -> dict[str, Any]:
    """Return what makes music again: its seed and number, and the form of longer music; of other phrases the latent."""
    origin: dict[str, Any] = {} if phrase.seed is None else {"seed": phrase.seed, "phrase": phrase.number}
    if phrase.form is not None:
        origin["form"] = asdict(phrase.form)
    if phrase.more:
        origin["more"] = dict(phrase.more)
    if phrase.seed is None or (phrase.more and phrase.form is None):
        origin["latent"] = [float(str(value)) for value in phrase.latent.numpy()]  # as short as it is exact
    return origin


def export(rendition: Rendition, file_format: str) -> bytes:
    """Return a rendition as the bytes of a file in one of FORMATS, the same bytes each time.

    Raises UnwritableError where the format cannot hold this music, and InputError where no sound can be made here.
    """
    return FORMATS[file_format](rendition)
