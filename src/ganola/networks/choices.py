"""What can be chosen about the networks, and what a model is made for."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ganola.music.grid import Grid, refuse_large_phrases
from ganola.music.tracks import Tracks

Normalisation = Literal["none", "batch", "layer"]
CriticNormalisation = Literal["none", "batch", "layer", "spectral"]


class NetworkChoices(BaseModel):
    """The networks' part of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    architecture: Literal["mlp", "mirror", "musegan", "residual"] = "mlp"
    latent: int = Field(128, ge=1, le=4096, description="length L of the random vector (N6)")
    width: int = Field(256, ge=1, le=2048, description="channels or units of a layer; each architecture says of which")
    prior: Literal["normal", "flow"] = Field("normal", description="latents are r itself, or what a flow makes of it")
    prior_width: int = Field(128, ge=1, le=1024, description="channels of a beat in a prior that is a flow")
    guidance: float = Field(
        0.0,
        ge=0,
        le=100,
        description="how much further a flow goes than it says, away from what it said early in its learning",
    )
    encoder_width: int = Field(128, ge=1, le=1024, description="channels of a step in the encoder of a warm start")
    output: Literal["sigmoid", "straight-through", "softmax"] = Field(
        "softmax", description="how logits become cells (N13)"
    )
    rest_gradient: bool = Field(
        True, description="whether the game teaches the voices of softmax when to rest; a warm start has done so before"
    )
    planes: Literal["sounding", "onset-sustain"] = Field(
        "onset-sustain", description="what the networks see: the notes' one plane a track, or two"
    )
    generator_normalisation: Normalisation = "batch"
    critic_normalisation: CriticNormalisation = "none"
    initialisation: Literal["he", "normal-0.02", "normal-1"] = Field("he", description="of the weights (N6)")


class ModelSpec(BaseModel):
    """All it takes to build a model's networks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grid: Grid
    tracks: Tracks
    networks: NetworkChoices

    @model_validator(mode="after")
    def _of_a_size(self) -> "ModelSpec":
        refuse_large_phrases(self.grid, len(self.tracks))
        return self

    @property
    def planes(self) -> int:
        """Planes of the rolls that the critic sees."""
        return 1 if self.networks.planes == "sounding" else 2

    @property
    def latent_per_beat(self) -> int:
        """Of a latent's numbers, how many each beat gets where they are dealt out (see `prior.dealt`)."""
        return -(-self.networks.latent // self.grid.beats)

    def alone(self, track: int) -> "ModelSpec":
        """The same for one of its tracks only."""
        return self.model_copy(update={"tracks": (self.tracks[track],)})

    @property
    def moves(self) -> bool:
        """Whether some track's step is one choice of rest, hold or a pitch."""
        return self.networks.output == "softmax" and any(track.one_note for track in self.tracks)

    @property
    def logit_planes(self) -> int:
        """Planes of the generator's logits: one-note tracks need one (which pitch), others as many as they show."""
        if self.networks.output == "softmax" and all(track.one_note for track in self.tracks):
            return 1
        return self.planes
