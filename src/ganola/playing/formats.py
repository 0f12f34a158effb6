"""The file formats in which a phrase can be exported.

A new format is one function from a Rendition to bytes, and one entry in FORMATS. Each function imports what it needs
only when it is called: help that lists the formats waits for none of it, and MIDI not for what draws and sounds.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ganola.errors import InputError
from ganola.wording import did_you_mean

if TYPE_CHECKING:
    from ganola.playing.export import Rendition


class UnwritableError(InputError):
    """Music that a format cannot hold, though others can."""


def _midi(one: "Rendition") -> bytes:
    from ganola.music.io.midi.write import midi_bytes

    return midi_bytes(one.score, one.about, title=one.title, key=one.key, keep_ticks=one.keep_ticks)


def _wav(one: "Rendition") -> bytes:
    from ganola.rendering.sound import wav_bytes

    return wav_bytes(one.score, one.about)


def _png(one: "Rendition") -> bytes:
    from ganola.music.spelling import key_name
    from ganola.rendering.picture import png_bytes, roll_image

    heading = [one.title, *([key_name(one.key)] if one.key else []), f"{one.score.tempo:g} quarter notes a minute"]
    return png_bytes(roll_image(one.cells, one.grid, one.tracks, " · ".join(heading), one.kept), one.about)


def _musicxml(one: "Rendition") -> bytes:
    from ganola.music.io.musicxml.write import musicxml_bytes

    try:
        return musicxml_bytes(one.score, one.about, title=one.title, key=one.key)
    except InputError as error:  # too dense to be read
        raise UnwritableError(error.problem, error.remedy) from error


FORMATS: "dict[str, Callable[[Rendition], bytes]]" = {"mid": _midi, "wav": _wav, "png": _png, "musicxml": _musicxml}
USUAL_FORMATS = ("mid", "wav", "png")  # where nobody names any


def usual_formats() -> tuple[tuple[str, ...], str]:
    """Return USUAL_FORMATS, and why there is no sound among them; "" where there is."""
    from ganola.rendering.sound import no_sound

    reason = no_sound() or ""
    return tuple(name for name in USUAL_FORMATS if name != "wav" or not reason), reason


def parse_formats(text: str) -> tuple[str, ...]:
    """Return the formats in `text`, joined by commas. Raises InputError for an unknown one."""
    formats = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [part for part in formats if part not in FORMATS]
    choices = f"Choose from: {', '.join(FORMATS)}."
    if unknown or not formats:
        raise InputError(
            f"unknown format {', '.join(unknown) or '(none)'}",
            did_you_mean(unknown[0], tuple(FORMATS), choices) if unknown else choices,
        )
    return formats
