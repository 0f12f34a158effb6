import io
import sys
from itertools import pairwise

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.rendering.sound import RINGING_SECONDS, Waveform, compressed_sound, no_sound, wav_bytes, waveform

OCARINA = Track(name="ocarina", program=79)  # its fundamental is its strongest partial

needs_sound = pytest.mark.skipif(no_sound() is not None, reason=f"no sound: {no_sound()}")


def played(rows: list[tuple[int, int, int, int]], tempo: float = 120.0, track: Track = OCARINA) -> Waveform:
    return waveform(wav_bytes(Score((track,), Notes.of(rows), ticks_per_quarter=4, tempo=tempo)))


def strongest_frequency(sound: Waveform, start: float, end: float) -> float:
    part = sound.samples[round(start * sound.rate) : round(end * sound.rate)].mean(axis=1)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), n=8 * len(part)))
    return float(np.fft.rfftfreq(8 * len(part), 1 / sound.rate)[spectrum.argmax()])


@needs_sound
def test_c4_then_a4_sound_at_their_frequencies() -> None:
    sound = played([(0, 0, 4, 60), (0, 8, 12, 69)])
    assert strongest_frequency(sound, 0.1, 0.5) == pytest.approx(261.6, rel=0.02)
    assert strongest_frequency(sound, 1.1, 1.5) == pytest.approx(440.0, rel=0.02)


@needs_sound
@pytest.mark.parametrize(("tempo", "seconds"), [(120.0, 1.0), (75.0, 1.6)])
def test_it_lasts_as_long_as_the_music_and_then_rings(tempo: float, seconds: float) -> None:
    sound = played([(0, 0, 8, 60)], tempo)
    assert len(sound.samples) / sound.rate == pytest.approx(seconds + RINGING_SECONDS, abs=0.3)
    level = [
        np.abs(sound.samples[round(start * sound.rate) :][:2000]).max()
        for start in (seconds - 0.1, seconds + 0.02, seconds + 1.0)
    ]
    assert all(later < earlier for earlier, later in pairwise(level))
    assert level[1] > 0.02
    assert not sound.samples[-1].any()


@needs_sound
@pytest.mark.parametrize("voices", [1, 5])
def test_the_peak_is_at_minus_one_decibel(voices: int) -> None:
    sound = played([(0, 0, 4, 48 + 5 * voice) for voice in range(voices)])
    assert sound.samples.shape[1] == 2
    assert 20 * np.log10(np.abs(sound.samples).max()) == pytest.approx(-1.0, abs=0.01)


@needs_sound
def test_silence_is_silent() -> None:
    sound = played([])
    assert len(sound.samples) > 0
    assert not sound.samples.any()


@needs_sound
def test_drums_have_no_pitch_but_sound() -> None:
    assert np.abs(played([(0, 0, 1, 38)], track=Track(name="drums", drums=True)).samples).max() > 0.5


@needs_sound
def test_the_same_music_gives_the_same_bytes() -> None:
    score = Score((OCARINA,), Notes.of([(0, 0, 3, 64)]), ticks_per_quarter=4)
    assert wav_bytes(score) == wav_bytes(score)


@pytest.mark.parametrize("package", ["midirenderer", "pretty_midi"])
def test_without_a_part_it_says_why_and_what_works_all_the_same(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert no_sound() is not None
    with pytest.raises(InputError, match=package) as refused:
        played([(0, 0, 4, 60)])
    for suffix in ("mid", "png", "musicxml"):
        assert suffix in refused.value.remedy


PHRASE = Score((OCARINA,), Notes.of([(0, 0, 8, 60), (0, 8, 16, 69)]), ticks_per_quarter=4)  # two seconds, and it rings


@needs_sound
def test_small_sound_is_mp3_of_the_same_music() -> None:
    soundfile = pytest.importorskip("soundfile")
    data, kind = compressed_sound(PHRASE)
    assert (kind, len(data) < 15_000 * (2 + RINGING_SECONDS)) == ("audio/mpeg", True)
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert samples.shape[1] == 1
    assert len(samples) / rate == pytest.approx(2 + RINGING_SECONDS, abs=0.3)
    assert strongest_frequency(Waveform(samples, rate), 0.2, 1.0) == pytest.approx(261.6, rel=0.02)
    assert strongest_frequency(Waveform(samples, rate), 1.2, 1.9) == pytest.approx(440.0, rel=0.02)


@needs_sound
def test_without_an_encoder_small_sound_is_wav_at_half_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    data, kind = compressed_sound(PHRASE)
    assert kind == "audio/wav"
    sound, whole = waveform(data), waveform(wav_bytes(PHRASE))
    assert (sound.samples.shape[1], 2 * sound.rate) == (1, whole.rate)
    assert 4 * len(data) == pytest.approx(len(wav_bytes(PHRASE)), rel=0.01)
    assert strongest_frequency(sound, 0.2, 0.8) == pytest.approx(261.6, rel=0.02)
    assert 20 * np.log10(np.abs(sound.samples).max()) == pytest.approx(-1.0, abs=0.01)
