"""What files say of variations and interpolations, so that they can be made again from that and the model alone."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ganola.errors import InputError
from ganola.music.grid import MAX_STEPS
from ganola.music.roll import decode, encode, fit_notes
from ganola.music.score import Notes
from ganola.networks.model import Model
from ganola.playing.attributes import More
from ganola.playing.infill import Progress
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
    amount: float = Field(ge=0, le=1)
    more: dict[str, float] = Field(default_factory=dict)
    seed: int = Field(ge=0)
    number: Number


class InterpolationRecord(BaseModel):
    """Which step it is, of how many, from what to what."""

    model_config = _FROZEN

    one: tuple[Row, ...]
    other: tuple[Row, ...]
    steps: int = Field(ge=2, le=1000)
    more: dict[str, float] = Field(default_factory=dict)
    seed: int = Field(ge=0)
    number: Number


def variation_origin(model: Model, cells: Music, amount: float, more: More, seed: int, number: int) -> dict[str, Any]:
    """Return what files say of a variation of this music."""
    rows = note_rows(model, cells)
    own = VariationRecord(notes=rows, steps=cells.shape[1], amount=amount, more=dict(more), seed=seed, number=number)
    return {"verb": "vary", "variation": own.model_dump(mode="json")}


def interpolation_origin(
    model: Model, one: Music, other: Music, steps: int, more: More, seed: int, number: int
) -> dict[str, Any]:
    """Return what files say of a step between these two phrases."""
    first, last = (note_rows(model, cells) for cells in (one, other))
    own = InterpolationRecord(one=first, other=last, steps=steps, more=dict(more), seed=seed, number=number)
    return {"verb": "interpolate", "interpolation": own.model_dump(mode="json")}


def note_rows(model: Model, cells: Music) -> tuple[tuple[int, int, int, int], ...]:
    """Return the notes of music as a record holds them."""
    return tuple(decode(cells, model.spec.grid).rows())


def vary_again(model: Model, record: VariationRecord, progress: Progress = lambda *_: None) -> Music:
    """Return the variation that a record describes. Raises InputError where the model plays no such music."""
    music = _cells(model, record.notes, record.steps)
    return vary(model, music, record.amount, record.number, record.seed, more=record.more, progress=progress)[-1].cells


def interpolate_again(model: Model, record: InterpolationRecord, progress: Progress = lambda *_: None) -> Music:
    """Return the step that a record describes. Raises InputError where the model plays no such music."""
    one, other = (_cells(model, rows, model.spec.grid.steps) for rows in (record.one, record.other))
    steps = interpolate(model, one, other, record.steps, record.seed, more=record.more, progress=progress)
    if record.number > len(steps):
        raise InputError(f"there is no step {record.number} of {record.steps}", "Its record was changed.")
    return steps[record.number - 1].cells


def _cells(model: Model, rows: Sequence[tuple[int, int, int, int]], steps: int) -> Music:
    """Return the music of rows. Raises InputError where they are of no music that this model has."""
    tracks, grid = model.spec.tracks, model.spec.grid
    fits = all(track < len(tracks) and start < end <= steps for track, start, end, _ in rows)
    if not fits or not all(grid.lowest <= pitch <= grid.highest for *_, pitch in rows):
        raise InputError("its notes are none that this model plays", "Its record was changed, or names another model.")
    polyphonic = tuple(track.model_copy(update={"monophonic": False}) for track in tracks)
    return encode(fit_notes(Notes.of(list(rows)), polyphonic, grid).notes, len(tracks), steps, grid)
