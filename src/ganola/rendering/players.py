"""Phrases to hear in a report: short, and small enough for a page that holds everything itself."""

import base64
import io
import wave

import numpy as np
from jaxtyping import Float, UInt8

from ganola.music.grid import Grid
from ganola.music.roll import to_score
from ganola.music.score import Score
from ganola.music.tracks import Track
from ganola.rendering.sound import no_sound, wav_bytes, waveform

LONGEST_HEARD = 16.0  # seconds of a phrase that are played, in whole bars
_RATE = 12_000  # samples a second: as clear as a small loudspeaker, and a quarter of the bytes


def sound_uri(
    cells: UInt8[np.ndarray, "tracks steps pitches"], grid: Grid, tracks: tuple[Track, ...], tempo: float
) -> str | None:
    """Return the first bars of a phrase as sound in a data URI, or None where no sound can be made."""
    if no_sound() is not None:
        return None
    shown = opening_heard(grid, tempo)
    sound, kind = small_sound(to_score(cells[:, : shown.steps], shown, tracks, tempo))
    return f"data:{kind};base64,{base64.b64encode(sound).decode()}"


def opening_heard(grid: Grid, tempo: float) -> Grid:
    """The grid of as many first bars as last `LONGEST_HEARD` seconds at most, and one at least."""
    seconds = grid.steps_per_bar / grid.steps_per_beat * 60 / tempo
    return grid.model_copy(update={"bars": min(grid.bars, max(int(LONGEST_HEARD / seconds), 1))})


def small_sound(score: Score) -> tuple[bytes, str]:
    """Return a score as a sound of one channel and few samples, and its media type."""
    from scipy.signal import resample_poly  # loads slowly

    samples, rate = waveform(wav_bytes(score))
    mono = resample_poly(samples.mean(axis=1), _RATE, rate)
    return _wav(np.clip(mono, -1, 1)), "audio/wav"


def _wav(samples: Float[np.ndarray, "samples"]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(np.asarray(np.rint(samples * np.iinfo(np.int16).max), dtype="<i2").tobytes())
    return buffer.getvalue()
