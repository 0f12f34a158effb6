"""Scores as sound: MIDI through midirenderer and the General MIDI soundfont in the pretty_midi wheel."""

import functools
import importlib.util
import io
import json
import math
import struct
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int16

from ganola.errors import InputError
from ganola.music.io.midi.write import midi_bytes
from ganola.music.metre import COMMON_TIME, MetreChange
from ganola.music.score import Score

RINGING_SECONDS = 2.0  # after the last note
_FADE_SECONDS = 0.5
_SOUNDFONT = "TimGM6mb.sf2"
_PEAK = 10 ** (-1 / 20)  # -1 dBFS
_LOUDEST = np.iinfo(np.int16).max


class Waveform(NamedTuple):
    """Sound as samples from -1 to 1, `rate` of them a second."""

    samples: Float[np.ndarray, "samples channels"]
    rate: int


def no_sound() -> str | None:
    """Return why no sound can be made here, or None where it can."""
    try:
        import midirenderer  # noqa: F401
    except ImportError as error:
        return f"midirenderer cannot be imported ({error})"
    if _soundfont_path() is None:
        return f"the soundfont {_SOUNDFONT} of the pretty_midi package is not there"
    return None


def wav_bytes(score: Score, provenance: dict[str, Any] | None = None) -> bytes:
    """Return `score` as a WAV file: stereo, 16 bits, its peak at -1 dBFS; its last notes ring out.

    `provenance` becomes its comment (the RIFF INFO list's ICMT).

    Raises InputError where no sound can be made here (see `no_sound`).
    """
    samples, rate = _played(score)
    wav = _wav(_levelled(samples), rate)
    return wav if provenance is None else _commented(wav, json.dumps(provenance, sort_keys=True))


def compressed_sound(score: Score) -> tuple[bytes, str]:
    """Return `score` as a small sound file in mono, and its MIME type; for web pages.

    It is MP3, about 9 kB a second. Without soundfile's encoder it is WAV at half the usual rate, about 48 kB a second.
    Raises InputError where no sound can be made here (see `no_sound`).
    """
    samples, rate = _played(score)
    mono = samples.mean(axis=1, keepdims=True)
    try:
        import soundfile
    except (ImportError, OSError):  # the latter where it has no libsndfile
        from scipy.signal import resample_poly

        halved = np.asarray(resample_poly(mono, 1, 2), dtype=np.float32)
        return _wav(_levelled(halved), rate // 2), "audio/wav"
    buffer = io.BytesIO()
    soundfile.write(buffer, _levelled(mono), rate, format="MP3")
    return buffer.getvalue(), "audio/mpeg"


def waveform(wav: bytes) -> Waveform:
    """Return the samples of a 16-bit WAV file."""
    with wave.open(io.BytesIO(wav)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        samples = frames.reshape(-1, file.getnchannels()).astype(np.float32) / (_LOUDEST + 1)
        return Waveform(samples, file.getframerate())


def _played(score: Score) -> Waveform:
    """Return the sound of a score, its last notes ringing out, as loud as it comes.

    Raises InputError where no sound can be made here.
    """
    reason = no_sound()
    if reason is not None:
        raise InputError(
            f"sound cannot be made: {reason}",
            "Choose mid, png or musicxml, which work all the same. Or: pip install midirenderer pretty_midi",
        )
    import midirenderer

    rendered = midirenderer.render_wave_from(_soundfont(), midi_bytes(_ringing(score)))
    samples, rate = waveform(rendered)
    return Waveform(_faded(samples, rate), rate)


def _ringing(score: Score) -> Score:
    """Return `score` with a time signature after its end, for rendering stops at the last event."""
    last = int(score.notes.end.max(initial=0))
    ringing = math.ceil(RINGING_SECONDS * score.tempo / 60 * score.ticks_per_quarter)
    return replace(score, metres=(*score.metres, MetreChange(last + ringing, COMMON_TIME)))


def _faded(samples: Float[np.ndarray, "samples channels"], rate: int) -> Float[np.ndarray, "samples channels"]:
    """Return the same sound, silent at its end."""
    fade = np.linspace(1, 0, min(len(samples), round(_FADE_SECONDS * rate)), dtype=np.float32)
    steady = np.ones(len(samples) - len(fade), dtype=np.float32)
    return np.asarray(samples * np.concatenate([steady, fade])[:, None])


def _levelled(samples: Float[np.ndarray, "samples channels"]) -> Int16[np.ndarray, "samples channels"]:
    """Return the same sound with its peak at -1 dBFS; silence stays silence."""
    peak = np.abs(samples).max(initial=0)
    gain = _PEAK * _LOUDEST / peak if peak else 0
    return np.asarray(np.rint(samples * gain), dtype="<i2")


def _wav(samples: Int16[np.ndarray, "samples channels"], rate: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def _commented(wav: bytes, comment: str) -> bytes:
    """Return the same WAV file with a comment after its sound."""
    text = comment.encode("ascii") + b"\0"
    text += b"\0" * (len(text) % 2)
    info = b"INFO" + b"ICMT" + struct.pack("<I", len(text)) + text
    chunks = wav[8:] + b"LIST" + struct.pack("<I", len(info)) + info
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


@functools.cache
def _soundfont() -> bytes:
    path = _soundfont_path()
    return path.read_bytes() if path else b""


def _soundfont_path() -> Path | None:
    """Return where the pretty_midi wheel put its soundfont; pretty_midi itself is slow to import, and not needed."""
    package = importlib.util.find_spec("pretty_midi")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / _SOUNDFONT
        if path.is_file():
            return path
    return None
