"""What a recipe chooses of the networks, and the specification that a model's networks are built from."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ganola.faults import number_or, one_of
from ganola.music.grid import Grid, refuse_large_phrases
from ganola.music.tracks import Tracks
from ganola.networks.architectures import architecture_names
from ganola.networks.outputs.discretiser import Discretiser
from ganola.networks.outputs.registry import DISCRETISERS

Normalisation = Literal["none", "batch", "layer"]
CriticNormalisation = Literal["none", "batch", "layer", "spectral"]

DRAWN = 0.75  # the temperature of choices that are drawn
GUIDANCE, GUIDANCE_OF_VOICES = 1.0, 1.5
LATENT_OF_A_BAR, LEAST_LATENT = 32, 128  # numbers, where the latent follows the phrase's length


class NetworkConfig(BaseModel):
    """The networks' section of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    architecture: Annotated[str, one_of(architecture_names)] = "mlp"
    latent: Annotated[int | Literal["auto"], number_or("auto", 1.0, 4096.0, whole=True)] = Field(
        128, description="length L of the random vector (N6); auto is 32 numbers a bar, but 128 at least"
    )
    width: int = Field(256, ge=1, le=2048, description="channels or units of a layer; each architecture says of which")
    prior: Literal["normal", "flow"] = Field(
        "normal", description="distribution of latents: N(0, I), or what a flow makes of it"
    )
    flow_width: int = Field(128, ge=1, le=1024, description="channels of a beat in the network of the flow")
    flow_steps: int = Field(
        8, ge=1, le=64, description="steps of Euler's method in which the flow turns noise into latents"
    )
    guidance: Annotated[float | Literal["auto"], number_or("auto", 0.0, 100.0)] = Field(
        0.0,
        description="w of autoguidance: the flow moves by v + w (v - v_early), v_early from early in its training; "
        "auto is 1.5 where every track is monophonic, else 1",
    )
    guide_every: int = Field(
        1,
        ge=1,
        le=64,
        description="n: the guide is asked at every n-th step of the flow, with n times the weight; 1 is every step",
    )
    encoder_width: int = Field(128, ge=1, le=1024, description="channels of a step in the encoder of the VAE")
    output: Annotated[str, one_of(lambda: DISCRETISERS)] = Field("softmax", description="how logits become cells (N13)")
    temperature: Annotated[float | Literal["auto"], number_or("auto", 0.0, 10.0)] = Field(
        0.0,
        description="of the choices of softmax: 1 draws each from its probabilities, 0 takes the likeliest; auto is 0 "
        "where every track is monophonic or the output is not softmax, else 0.75",
    )
    rest_gradient: bool = Field(
        True,
        description="whether the game trains when the voices of softmax rest; the VAE has trained that before",
    )
    previous_frame: bool = Field(
        False,
        description="whether a track of many notes is played by all that sounded in it a step before, beside its "
        "highest and its lowest note, in the architecture residual",
    )
    planes: Literal["sounding", "onset-sustain"] = Field(
        "onset-sustain", description="what the networks see: the notes' one plane a track, or two"
    )
    generator_normalisation: Normalisation = "batch"
    critic_normalisation: CriticNormalisation = "none"
    initialisation: Literal["he", "normal-0.02", "normal-1"] = Field("he", description="of the weights (N6)")

    @model_validator(mode="after")
    def _refuse_to_draw_what_is_no_softmax(self) -> "NetworkConfig":
        if not DISCRETISERS[self.output].has_temperature and self.temperature not in (0, "auto"):
            raise ValueError("only choices of softmax have a temperature; set temperature to 0 or output to softmax")
        return self


class ModelSpec(BaseModel):
    """All that determines the shapes of a model's networks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grid: Grid
    tracks: Tracks
    networks: NetworkConfig

    @model_validator(mode="after")
    def _refuse_large_phrases(self) -> "ModelSpec":
        refuse_large_phrases(self.grid, len(self.tracks))
        return self

    @property
    def latent(self) -> int:
        """Return the length of a latent."""
        return resolve_latent(self.networks, self.grid)

    @property
    def temperature(self) -> float:
        """Return the temperature of the choices."""
        return resolve_temperature(self.networks, self.tracks)

    @property
    def guidance(self) -> float:
        """Return the weight of the flow's guidance."""
        return resolve_guidance(self.networks, self.tracks)

    @property
    def planes(self) -> int:
        """Return the number of planes of the rolls that the critic sees."""
        return 1 if self.networks.planes == "sounding" else 2

    @property
    def latent_per_beat(self) -> int:
        """Return how many of a latent's numbers each beat gets (see `latent_flow.latent_to_beats`)."""
        return -(-self.latent // self.grid.pulses)

    @property
    def discretiser(self) -> Discretiser:
        """Return what turns the generator's logits into rolls."""
        kind = DISCRETISERS[self.networks.output]
        monophonic = [track.monophonic for track in self.tracks]
        return kind(self.planes, monophonic, rest_gradient=self.networks.rest_gradient, temperature=self.temperature)

    def of_track(self, track: int) -> "ModelSpec":
        """Return the same specification for one of its tracks only."""
        return self.model_copy(update={"tracks": (self.tracks[track],)})


def resolve_latent(config: NetworkConfig, grid: Grid) -> int:
    """Return the length of a latent that is meant for phrases of this grid.

    Each beat gets its share of the latent: were that less, the longer the phrase, its music could not be told from it.
    """
    return max(LATENT_OF_A_BAR * grid.bars, LEAST_LATENT) if config.latent == "auto" else config.latent


def resolve_temperature(config: NetworkConfig, tracks: Tracks) -> float:
    """Return the temperature that is meant for these tracks.

    A voice's step is sure enough once its latent is known, so that the likeliest choice is music. Of many notes at a
    time hardly any is likelier than not, and the likeliest music is silence (docs/decisions/0021). A game does better
    with somewhat less chance than the probabilities say, for what is drawn the critic cannot teach (0026).
    """
    if config.temperature != "auto":
        return config.temperature
    drawn = DISCRETISERS[config.output].has_temperature and not all(track.monophonic for track in tracks)
    return DRAWN if drawn else 0.0


def resolve_guidance(config: NetworkConfig, tracks: Tracks) -> float:
    """Return the flow's guidance that is meant for these tracks.

    Guidance leads to what is likely, and so to copies. Where the game trains the whole generator and not the flow
    alone, it makes up for less of it (docs/decisions/0027).
    """
    if config.guidance != "auto":
        return config.guidance
    return GUIDANCE_OF_VOICES if all(track.monophonic for track in tracks) else GUIDANCE
