"""Make music again from what its own file says: the same bytes, if the model is the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from jaxtyping import UInt8
from pydantic import BaseModel, ConfigDict, Field

from ganola.app.defaults import RUNS
from ganola.app.infill import naming
from ganola.app.projects import built_in_models, existing_model
from ganola.app.watcher import SILENT, Watcher
from ganola.checksums import DamagedError
from ganola.errors import InputError
from ganola.folders import begin_files
from ganola.music.io.files import read_score
from ganola.music.io.midi.read import read_title
from ganola.music.io.provenance import find_provenance
from ganola.music.key import PITCH_CLASSES
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.playing.answers import rendition_of
from ganola.playing.export import Exporter, Rendition, export
from ganola.playing.generate import generate_phrase, play_latents
from ganola.playing.infill import Progress, infill
from ganola.playing.long_pieces import generate_piece
from ganola.playing.origins import InterpolationRecord, VariationRecord, interpolate_again, vary_again
from ganola.playing.piece_form import PieceForm
from ganola.playing.revision import merge, to_given
from ganola.playing.revision_record import RevisionRecord, restore_revision
from ganola.records import checked, read_file
from ganola.storage import write_whole
from ganola.wording import printable, printable_path

_MIDI = b"MThd"
_OURS = "Name a MIDI file that ganola generate, infill, continue, vary or interpolate wrote."
Number = Annotated[int, Field(ge=1, le=100_000)]
Seed = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Replayed:
    """Where music was written that was made again, and whether it is the same, byte for byte."""

    path: Path
    same: bool


class _Provenance(BaseModel):
    """What a file says of how it was made; of other fields, those that are only for people."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    model: str
    version: str = ""
    seed: Seed | None = None
    phrase: Number | None = None
    latent: tuple[float, ...] | None = None
    tempo: float | None = Field(None, gt=0)
    tonic: int = Field(0, ge=0, le=11)
    count: Number = 1
    answer: Number | None = None
    revision: RevisionRecord | None = None
    variation: VariationRecord | None = None
    interpolation: InterpolationRecord | None = None
    more: dict[str, float] = Field(default_factory=dict)
    form: PieceForm | None = None


def replay_file(
    file: Path, model: Path | None = None, *, out: Path | None = None, watcher: Watcher = SILENT
) -> Replayed:
    """Make the music of a MIDI file again by what it says, and write it to `out`, by default FILE-again.mid.

    The model is sought by its digest: in RUNS, and among those that come with ganola. Raises InputError for a file that
    ganola did not make so, or that was changed since, and where the model is missing or another one.
    """
    data = read_file(file)
    about, origin = _read_provenance(data, file)
    loaded = _find_model(origin.model, model, file)
    path = out or Path(f"{file.stem}-again.mid")
    with begin_files([path]) as unfinished, watcher.task("replay") as progress, naming(file):
        rendition = _play_again(loaded, origin, about, file, lambda done, total: progress("playing", done, total))
        again = export(replace(rendition, title=read_title(data)), "mid")
        write_whole(unfinished.folder / path.name, again)
        return Replayed(unfinished.finish(), again == data)


def _read_provenance(data: bytes, file: Path) -> tuple[Mapping[str, Any], _Provenance]:
    name = printable_path(file)
    about = find_provenance(data)
    if about is None:
        raise InputError(f"{name} does not say that ganola made it, or no longer does", _OURS)
    if not data.startswith(_MIDI):
        raise InputError(f"{name} is no MIDI file, and only those hold all that it takes", _OURS)
    if "model" not in about:
        raise InputError(f"{name} was not made by a model: it is a piece of a corpus", _OURS)
    try:
        return about, checked(dict(about), _Provenance)
    except DamagedError as error:
        raise InputError(f"{name} does not say how to make it again: {error}", _OURS) from error


def _find_model(digest: str, given: Path | None, file: Path) -> Model:
    """Return the model of this digest. Raises InputError where it is not there, or the one that is named is another."""
    shown = printable(digest)
    if given is not None:
        found = load_model(existing_model(given))
        if found.digest != digest:
            raise InputError(
                f"{printable_path(file)} was made by the model {shown}, and {given} is {found.digest}",
                "Name that model: the same file, or leave it out to search for it.",
            )
        return found
    for path in [*built_in_models().values(), *sorted(RUNS.glob("*/*.safetensors"))]:
        try:
            found = load_model(path)
        except InputError:  # damaged, or of another version
            continue
        if found.digest == digest:
            return found
    raise InputError(
        f"{printable_path(file)} was made by the model {shown}, which is neither in {RUNS}/ nor comes with this ganola",
        "Name its file: ganola replay FILE MODEL. A model that was trained further is another one.",
    )


def _play_again(
    model: Model, origin: _Provenance, about: Mapping[str, Any], file: Path, progress: Progress
) -> Rendition:
    """Return the music of a file once more, with the words that it has."""
    if origin.revision is not None and origin.seed is not None and origin.answer is not None:
        revision = restore_revision(read_score(file), origin.revision, model.spec)
        given = to_given(revision, model.spec)
        answers = infill(model, given, origin.count, origin.seed, more=origin.more, progress=progress)
        answer = next((one for one in answers if one.number == origin.answer), None)
        if answer is None:
            raise InputError(f"the model gives no answer {origin.answer}", "Use the ganola that made it.")
        return rendition_of(model, revision, answer, merge(revision, answer.cells, model.spec), about, "")
    common = model.record.common_tonic
    exporter = Exporter(model, "", tempo=origin.tempo, key=PITCH_CLASSES[origin.tonic] if common else None)
    return replace(exporter.render_cells(_cells(model, origin, progress), "", {}), about=dict(about))


def _cells(model: Model, origin: _Provenance, progress: Progress) -> UInt8[np.ndarray, "tracks steps pitches"]:
    """Return the music that a model plays for itself, as its file says."""
    if origin.variation is not None:
        return vary_again(model, origin.variation, progress)
    if origin.interpolation is not None:
        return interpolate_again(model, origin.interpolation, progress)
    if origin.latent is not None:
        latent = torch.tensor(origin.latent, dtype=torch.float32)
        if len(latent) != model.spec.latent:
            raise InputError("its latent is not as long as those of the model", _OURS)
        return play_latents(model, latent[None])[0]
    if origin.seed is None or origin.phrase is None:
        raise InputError("it does not say by which seed or latent it was made", _OURS)
    if origin.form is None:
        return generate_phrase(model, origin.seed, origin.phrase).cells
    return generate_piece(model, origin.form, origin.seed, origin.phrase, more=origin.more, progress=progress).cells
