"""What files say of variations and interpolations, so that they can be made again from that and the model alone."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ganola.errors import InputError
from ganola.music.grid import MAX_STEPS
from ganola.music.roll import decode, encode, fit_notes
from ganola.music.score import Notes
from ganola.networks.model import Model
from ganola.playing.interpolate import interpolate
from ganola.playing.vary import vary
from ganola.playing.windows import Music

Row = tuple[
    Annotated[int, Field(ge=0)],
    Annotated[int, Field(ge=0, lt=MAX_STEPS)],
    Annotated[int, Field(gt=0, le=MAX_STEPS)],
    Annotated[int, Field(ge=0, le=127)],
]
Number = Annotated[int, Field(ge=1, le=100_000)]
_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class VariationRecord(BaseModel):
    """Which variation it is, and of what: rows of track, first step, last step + 1 and pitch."""

    model_config = _FROZEN

    notes: tuple[Row, ...]
    steps: int = Field(ge=1, le=MAX_STEPS)
    amount: float
    more: dict[str, float] = Field(default_factory=dict)
    seed: int = Field(ge=0)
    number: Number


class InterpolationRecord(BaseModel):
    """Which step it is, of how many, from what to what."""

    model_config = _FROZEN

    one: tuple[Row, ...]
    other: tuple[Row, ...]
    steps: int
    seed: int = Field(ge=0)
    number: Number


ORIGINS = {"variation": VariationRecord, "interpolation": InterpolationRecord}


def note_rows(model: Model, cells: Music) -> tuple[tuple[int, int, int, int], ...]:
    """Return the notes of music as a record holds them."""
    return tuple(decode(cells, model.spec.grid).rows())


def play_again(model: Model, about: Mapping[str, Any]) -> Music | None:
    """Return the music that a file's provenance describes, made again; None where it is of neither kind.

    Raises InputError where the model plays no such music, and pydantic's ValidationError for a record that is damaged.
    """
    if "variation" in about:
        own = VariationRecord.model_validate(about["variation"])
        made = vary(model, _cells(model, own.notes, own.steps), own.amount, own.number, own.seed, more=own.more)
        return made[-1].cells
    if "interpolation" in about:
        path = InterpolationRecord.model_validate(about["interpolation"])
        one, other = (_cells(model, rows, model.spec.grid.steps) for rows in (path.one, path.other))
        steps = interpolate(model, one, other, path.steps, path.seed)
        if path.number > len(steps):
            raise InputError(f"there is no step {path.number} of {path.steps}", "Its record was changed.")
        return steps[path.number - 1].cells
    return None


def _cells(model: Model, rows: Sequence[tuple[int, int, int, int]], steps: int) -> Music:
    """Return the music of rows. Raises InputError where they are of no music that this model has."""
    tracks, grid = model.spec.tracks, model.spec.grid
    fits = all(track < len(tracks) and start < end <= steps for track, start, end, _ in rows)
    if not fits or not all(grid.lowest <= pitch <= grid.highest for *_, pitch in rows):
        raise InputError("its notes are none that this model plays", "Its record was changed, or names another model.")
    polyphonic = tuple(track.model_copy(update={"monophonic": False}) for track in tracks)
    return encode(fit_notes(Notes.of(list(rows)), polyphonic, grid).notes, len(tracks), steps, grid)
