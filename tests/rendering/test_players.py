import base64
import io
import wave

import numpy as np
import pytest

from ganola.music.grid import Grid
from ganola.music.roll import encode, to_score
from ganola.music.score import Notes
from ganola.rendering import players
from ganola.rendering.players import opening_heard, small_sound, sound_uri
from ganola.rendering.sound import no_sound
from tests.rendering.by_hand import GRID, TRACKS, phrase

hears = pytest.mark.skipif(no_sound() is not None, reason="no sound can be made here")


@hears
def test_a_phrase_becomes_a_small_sound_of_its_length() -> None:
    uri = sound_uri(phrase((0, 0, 0), (1, 4, 9)), GRID, TRACKS, 120.0)
    assert uri is not None
    head, data = uri.split(",")
    assert head.startswith("data:audio/")
    assert len(data) < 60_000 * 4  # four quarter notes at 120 and two seconds to ring out
    assert base64.b64decode(data)


@hears
def test_the_pitch_is_kept() -> None:
    cells = encode(Notes.of([(0, 0, 8, 69)]), 2, GRID.steps, GRID)
    sound, _ = small_sound(to_score(cells, GRID, TRACKS, 60.0))
    with wave.open(io.BytesIO(sound)) as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    spectrum = np.abs(np.fft.rfft(samples[: 2 * rate] * np.hanning(2 * rate)))
    fundamental = np.argmax(spectrum[800:960]) / 2 + 400
    assert fundamental == pytest.approx(440, abs=2)
    assert np.abs(samples).max() > 3000


def test_only_as_many_bars_are_played_as_last_a_quarter_of_a_minute() -> None:
    assert opening_heard(Grid(bars=4), 120.0).bars == 4  # 8 seconds
    assert opening_heard(Grid(bars=64), 120.0).bars == 8  # of two seconds each
    assert opening_heard(Grid(bars=2, metre="12/8", steps_per_beat=2), 10.0).bars == 1  # of 36 seconds


def test_without_sound_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "no_sound", lambda: "no wheel")
    assert sound_uri(phrase((0, 0, 0)), GRID, TRACKS, 120.0) is None
