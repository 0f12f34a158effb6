"""The sections of a recipe: every key, its bounds, its default and what it means, as tables.

Losses, penalties and augmentations are named as in their registries (`ganola.objectives`).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ganola.faults import one_of
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.augmentation import AUGMENTATIONS
from ganola.objectives.penalties import PENALTIES

Precision = Literal["float32", "bfloat16"]


class Section(BaseModel):
    """A section of a recipe. It is frozen, and refuses unknown keys and numbers that are not finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ObjectiveConfig(Section):
    """What generator and critic minimise in the adversarial game."""

    loss: Annotated[str, one_of(lambda: OBJECTIVES)] = "wasserstein"
    penalty: Annotated[str, one_of(lambda: (*PENALTIES, "none"))] = "gradient"
    penalty_weight: float = Field(10.0, ge=0, description="lambda of a gradient penalty (N12), gamma of R1 and R2")
    penalty_every: int = Field(
        1, ge=1, description="the penalty is taken on every so manieth roll of a batch; it is most of a critic's step"
    )
    centring_weight: float = Field(
        0.0, ge=0, description="of a penalty on judgements that drift away from zero, (D(real) + D(fake))^2"
    )
    augment: Annotated[str, one_of(lambda: AUGMENTATIONS)] = Field(
        "none", description="changes made alike to real and generated rolls before the critic sees them (N3)"
    )
    augment_probability: float = Field(
        0.3, ge=0, le=1, description="of each change, in each roll; from 0.5 on the generator may learn it too"
    )


class OptimiserConfig(Section):
    """Adam's numbers (Kingma and Ba 2015, arXiv 1412.6980)."""

    learning_rate: float = Field(1e-3, gt=0)
    beta1: float = Field(0.5, ge=0, lt=1)
    beta2: float = Field(0.9, ge=0, lt=1)


MOST_EPOCHS = Field(
    0.0,
    ge=0,
    description="epochs after which this phase ends at the latest, though not before 1,500 steps, and leaves the rest "
    "of its share to the game; 0 is no such end",
)


class VaeConfig(Section):
    """How the generator first learns as the decoder of a variational autoencoder (N9)."""

    share: float = Field(0.0, ge=0, le=1, description="of the budget; 0 leaves this phase out")
    most_epochs: float = MOST_EPOCHS
    kl_weight: float = Field(0.3, ge=0, description="beta: of a nat of KL beside a nat of reconstruction")
    kl_warmup: float = Field(0.5, ge=0, le=1, description="share of the phase over which the weight rises from 0")
    learning_rate: float = Field(1e-3, gt=0, description="at first; it falls along a cosine to a twentieth")
    batch: int = Field(32, ge=1, description="rolls in a batch")
    transpose_after_epochs: float = Field(
        0.0,
        ge=0,
        description="epochs after which half of the rolls are transposed, and more of them later, against overfitting; "
        "0 is never",
    )
    replay_weight: float = Field(
        0.0,
        ge=0,
        description="weight of the nats of real rolls, decoded from where they are encoded, added to the generator's "
        "loss where the game trains all of it: it keeps the decoder where music is",
    )


class FlowConfig(Section):
    """How a latent flow learns the distribution of encoded music."""

    share: float = Field(0.0, ge=0, le=1, description="of the budget, after the VAE; 0 leaves this phase out")
    most_epochs: float = MOST_EPOCHS
    learning_rate: float = Field(1e-3, gt=0, description="at first; it falls along a cosine to a twentieth")
    batch: int = Field(64, ge=1, description="encoded rolls in a batch")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of channels that are dropped, drawn for each sample")
    replay_weight: float = Field(
        0.0,
        ge=0,
        description="weight of the flow matching loss on encoded music, added to the generator's loss in the game: it "
        "keeps the flow where music is",
    )


class TrainingConfig(Section):
    """How the adversarial game goes on, and what holds for all phases."""

    batch: int = Field(32, ge=1, description="rolls in a batch of the game (B)")
    critic_steps: int = Field(1, ge=1, description="critic steps per generator step")
    trains: Literal["generator", "flow", "auto"] = Field(
        "generator",
        description="what of the generator the game trains: all of it, or its latent flow alone; auto is the flow "
        "alone where every track is monophonic",
    )
    critic_warmup: float = Field(
        0.0, ge=0, lt=1, description="share of the game, at its beginning, in which only the critic learns"
    )
    final_slope: float = Field(
        5.0,
        ge=1,
        description="slope of outputs that are annealed (slope-annealing, gumbel-softmax) at the end of the game; it "
        "begins with 1",
    )
    ema_half_life_samples: float = Field(
        10_000.0, gt=0, description="half-life of the generator's exponential moving average, in real rolls shown"
    )
    validate_every_samples: int = Field(5_000, ge=1, description="real rolls shown in the game between two validations")
    patience: int = Field(
        0,
        ge=0,
        description="validations of the game without a better one, after which it goes back to the best, and on in "
        "smaller steps; 0 never does",
    )
    precision: Precision | Literal["fastest"] = Field(
        "float32", description="of the networks' products; fastest is that in which the device multiplies faster"
    )
    seed: int = Field(0, ge=0)
