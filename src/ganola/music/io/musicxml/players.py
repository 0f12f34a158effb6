"""Who plays a part of a MusicXML document: its names, its program, and what its drums are."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ganola.music.tracks import clean_name

_PERCUSSION_CHANNEL = 10  # MusicXML counts channels, programs and keys from 1


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument of a part: the MIDI number of its strokes, and whether it plays on the channel of percussion."""

    name: str = ""
    drum: int | None = None
    percussion: bool = False


@dataclass(frozen=True, slots=True)
class Player:
    """Who plays a part: the best name there is, the program, and the instruments by their ids."""

    name: str
    program: int
    instruments: dict[str, Instrument]

    def instrument(self, name: str | None) -> Instrument:
        """Return the instrument that a note names; a note that names none plays the only one."""
        if name is None and len(self.instruments) == 1:
            return next(iter(self.instruments.values()))
        return self.instruments.get(name or "", _UNKNOWN)

    @property
    def percussion(self) -> bool:
        """Whether the first instrument plays on the channel of percussion."""
        return next(iter(self.instruments.values()), _UNKNOWN).percussion


_UNKNOWN = Instrument()
NOBODY = Player("", 0, {})


def read_player(part: Element) -> Player:
    """Return who plays a part, from its <score-part>."""
    names = {one.get("id", ""): one.findtext("instrument-name", "").strip() for one in part.findall("score-instrument")}
    sounds = {one.get("id", ""): one for one in part.findall("midi-instrument")}
    instruments = {
        name: Instrument(
            names.get(name, ""),
            _from_zero(sounds[name].findtext("midi-unpitched")) if name in sounds else None,
            name in sounds and _is_percussion(sounds[name]),
        )
        for name in [*sounds, *(name for name in names if name not in sounds)]
    }
    programs = (_from_zero(sound.findtext("midi-program")) for sound in sounds.values())
    return Player(_best_name(part, names.values()), next((one for one in programs if one is not None), 0), instruments)


def _best_name(part: Element, instruments: Iterable[str]) -> str:
    """Return the name of a part; else its abbreviation, or what its instrument is called."""
    stated = [
        part.findtext("part-name", ""),
        *("".join(display.itertext()) for display in part.findall("part-name-display")),
        part.findtext("part-abbreviation", ""),
        *instruments,
    ]
    return next((name for name in (clean_name(" ".join(one.split())) for one in stated) if name), "")


def _is_percussion(sound: Element) -> bool:
    return sound.findtext("midi-channel", "").strip() == str(_PERCUSSION_CHANNEL)


def _from_zero(text: str | None) -> int | None:
    """Return a number that MusicXML counts from 1 to 128, counted from 0."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= 128):
        return None
    return max(int(text) - 1, 0)  # some programs count from 0
