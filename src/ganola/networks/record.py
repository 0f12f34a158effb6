"""How a model came about, as its file keeps it. Nothing of it says when, where or how fast: twins are the same file."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ganola.corpus.pieces import Text
from ganola.corpus.plan import Plan
from ganola.music.tempo import Tempo
from ganola.networks.config import ModelSpec

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Calibration(BaseModel):
    """J = logistic(slope * D + offset) (Platt 1999, Probabilistic outputs for support vector machines)."""

    model_config = _FROZEN

    slope: float = Field(ge=0)
    offset: float

    @property
    def is_constant(self) -> bool:
        """Return whether J is a half whatever D is, since the critic could not tell real from generated music."""
        return self.slope == 0


class ValidationRecord(BaseModel):
    """How far a model's phrases were from validation music when it was kept, and how far training music is (floor)."""

    model_config = _FROZEN

    distance: float = Field(ge=0)
    floor: float = Field(ge=0)
    ratio: float = Field(ge=0, description="distance in multiples of the floor: 1 is as close as other real music")
    measure: Literal["frechet", "energy"] = Field("frechet", description="which distance it is")


class ModelId(BaseModel):
    """Which model: what it was called, and the `digest` of its file."""

    model_config = _FROZEN

    name: Text
    digest: Text


class ModelRecord(BaseModel):
    """How a model came about; without validation music it was neither judged nor is its critic calibrated."""

    model_config = _FROZEN

    corpus: Text = Field(description="what the music was called")
    corpus_fingerprint: Text
    common_tonic: bool = Field(description="whether every piece was brought to the tonic C")
    tempo: Tempo
    plan: Plan = Field(description="how music becomes the rolls of this model")
    recipe: dict[str, dict[str, str | bool | int | float]]
    steps: int = Field(ge=0, description="of training")
    samples: int = Field(ge=0, description="real rolls shown")
    validation: ValidationRecord | None = None
    calibration: Calibration | None = None
    from_model: ModelId | None = Field(None, description="whose weights its training began with, if not with new ones")


class ModelHeader(BaseModel):
    """What a model's file says beside its weights."""

    model_config = _FROZEN

    format_version: int
    spec: ModelSpec
    record: ModelRecord

    @model_validator(mode="after")
    def _refuse_a_plan_of_other_music(self) -> "ModelHeader":
        plan, spec = self.record.plan, self.spec
        if (plan.grid, plan.corpus_tracks) != (spec.grid, spec.tracks):
            raise ValueError("its plan is of other music than its networks")
        return self

    def as_json(self) -> dict[str, Any]:
        """Return the same as JSON can hold it."""
        values = self.model_dump(mode="json")
        if self.record.from_model is None:  # left out, so that a training from new weights makes the same file as ever
            del values["record"]["from_model"]
        return values
