"""Which drum a stroke is on where a document does not number it: by what it is called, or by its place on the staff."""

from ganola.music.io.notation.drums import key_at, key_called

# Words of a name, the more particular ones first, and the drum's key in General MIDI.
_KEYS_BY_NAME = (
    ("bass drum", 36),
    ("kick", 36),
    ("grosse caisse", 36),
    ("side stick", 37),
    ("rim", 37),
    ("snare", 38),
    ("side drum", 38),
    ("caisse claire", 38),
    ("clap", 39),
    ("open hi", 46),
    ("pedal hi", 44),
    ("hi-hat", 42),
    ("hi hat", 42),
    ("hihat", 42),
    ("floor tom", 43),
    ("low tom", 45),
    ("mid tom", 47),
    ("high tom", 50),
    ("tom", 47),
    ("ride bell", 53),
    ("ride", 51),
    ("splash", 55),
    ("china", 52),
    ("chinese", 52),
    ("tamtam", 52),
    ("tam-tam", 52),
    ("gong", 52),
    ("cymbal", 49),
    ("crash", 49),
    ("tambourin", 54),
    ("cowbell", 56),
    ("vibraslap", 58),
    ("bongo", 60),
    ("conga", 63),
    ("timbale", 65),
    ("agogo", 67),
    ("cabasa", 69),
    ("maraca", 70),
    ("shaker", 82),
    ("whistle", 72),
    ("guiro", 73),
    ("clave", 75),
    ("wood block", 76),
    ("woodblock", 76),
    ("temple block", 77),
    ("cuica", 79),
    ("triangle", 81),
    ("sleigh", 83),
    ("bell tree", 84),
    ("castanet", 85),
    ("surdo", 87),
    ("drum", 38),
)
_KIT = ("drum set", "drumset", "drum kit", "drumkit", "drums", "percussion")
_SNARE = 38


def guess_drum(names: tuple[str, ...], step: str, octave: int, head: str) -> int:
    """Return the General MIDI key of a stroke: by the first of `names` that says a drum; else by the shape of its head
    and the place on the staff that is written as `step` and `octave`; else the snare drum's."""
    for name in names:
        if (own := key_called(name)) is not None:
            return own
        words = name.lower()
        if not any(kit in words for kit in _KIT):
            for drum, key in _KEYS_BY_NAME:
                if drum in words:
                    return key
    placed = key_at(step, octave, head)
    return _SNARE if placed is None else placed
