import base64

import pytest

from ganola.music.grid import Grid
from ganola.rendering import players
from ganola.rendering.players import opening_heard, sound_uri
from ganola.rendering.sound import no_sound
from tests.rendering.evaluations import GRID, TRACKS, phrase

hears = pytest.mark.skipif(no_sound() is not None, reason="no sound can be made here")


@hears
def test_a_phrase_becomes_a_small_sound_of_its_length() -> None:
    uri = sound_uri(phrase((0, 0, 0), (1, 4, 9)), GRID, TRACKS, 120.0)
    assert uri is not None
    head, data = uri.split(",")
    assert head.startswith("data:audio/")
    assert len(data) < 60_000 * 4  # four quarter notes at 120 and two seconds to ring out
    assert base64.b64decode(data)


def test_only_as_many_bars_are_played_as_last_a_quarter_of_a_minute() -> None:
    assert opening_heard(Grid(bars=4), 120.0).bars == 4  # 8 seconds
    assert opening_heard(Grid(bars=64), 120.0).bars == 8  # of two seconds each
    assert opening_heard(Grid(bars=2, metre="12/8", steps_per_quarter=2), 10.0).bars == 1  # of 36 seconds


def test_without_sound_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "no_sound", lambda: "no wheel")
    assert sound_uri(phrase((0, 0, 0)), GRID, TRACKS, 120.0) is None
