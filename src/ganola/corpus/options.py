"""What a person settles of a plan beforehand."""

from pydantic import BaseModel, ConfigDict

from ganola.corpus.plan import TrackPolicy
from ganola.music.metre import TimeSignature


class BuildOptions(BaseModel):
    """Choices of a plan; None leaves one to the survey."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracks_by: TrackPolicy | None = None
    voices: int | None = None
    metre: TimeSignature | None = None
    bars: int = 4
    steps_per_quarter: int | None = None
    common_tonic: bool = True
    free_timing: bool = False
