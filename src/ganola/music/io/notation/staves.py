"""On which staves a track is written, and in which clefs: by who plays it and how high and low."""

from dataclasses import dataclass
from functools import reduce

from ganola.music.io.notation.voices import Note
from ganola.music.tracks import Track


@dataclass(frozen=True, slots=True)
class Clef:
    """A clef as MusicXML names it (line 0: it has none), and the pitches of the lowest and the highest line."""

    sign: str
    line: int
    octave: int
    lowest: int
    highest: int


TREBLE = Clef("G", 2, 0, 64, 77)
TREBLE_8 = Clef("G", 2, -1, 52, 65)  # of tenors and guitars
ALTO = Clef("C", 3, 0, 53, 67)
TENOR = Clef("C", 4, 0, 50, 64)
BASS = Clef("F", 4, 0, 43, 57)
BASS_8 = Clef("F", 4, -1, 31, 45)  # of basses, which sound an octave lower than they are written
PERCUSSION = Clef("percussion", 0, 0, 0, 127)

_USUAL = (TREBLE, BASS)
_VOICES = (52, 53, 54, 85)
_SINGERS = {  # the clef that a singer reads in every piece, by what the track is called
    **dict.fromkeys(("soprano", "canto", "cantus", "alto", "altus"), TREBLE),
    **dict.fromkeys(("tenor", "tenore"), TREBLE_8),
    **dict.fromkeys(("bass", "basso", "bassus"), BASS),
}
_CLEFS: dict[int, tuple[Clef, ...]] = {  # by General MIDI program, where others than the usual are used
    **dict.fromkeys(range(24, 32), (TREBLE_8,)),  # guitars
    **dict.fromkeys(range(32, 40), (BASS_8, BASS)),  # basses
    41: (ALTO, TREBLE),  # viola
    42: (BASS, TENOR, TREBLE),  # cello
    43: (BASS_8, BASS),  # double bass
    **dict.fromkeys(_VOICES, (TREBLE, BASS, TREBLE_8)),
    57: (BASS, TENOR),  # trombone
    70: (BASS, TENOR),  # bassoon
}
_KEYBOARDS = frozenset((*range(9), *range(16, 21), 46))  # pianos, harpsichords, celesta, organs; and the harp
_MIDDLE_C = 60
_TOO_LOW, _TOO_HIGH = 55, 65  # a keyboard that goes further both ways has two staves


def staves_of(track: Track, notes: list[Note]) -> list[tuple[Clef, list[Note]]]:
    """Return the staves of a track, the upper one first: the clef and the notes of each.

    A keyboard that plays more than a line, far below and far above middle C, has two, which divide there; all else has
    one.
    """
    if track.drums:
        return [(PERCUSSION, notes)]
    pitches = [pitch for _, _, pitch in notes]
    hands = track.program in _KEYBOARDS and not track.monophonic
    if hands and notes and min(pitches) < _TOO_LOW and max(pitches) > _TOO_HIGH:
        right = [note for note in notes if note[2] >= _MIDDLE_C]
        left = [note for note in notes if note[2] < _MIDDLE_C]
        return [(TREBLE, right), (BASS, left)]
    sung = track.program in (0, *_VOICES)  # a file that states no program has the first
    clef = _SINGERS.get(track.name.casefold()) if sung else None
    return [(clef or _choose_clef(_CLEFS.get(track.program, _USUAL), notes), notes)]


def _choose_clef(clefs: tuple[Clef, ...], notes: list[Note]) -> Clef:
    """Return the clef in which the notes lie best: the fewest semitones beside its lines, each as long as it lasts.

    The first of `clefs` is the usual one; the next must be twice as good to take its place, and so on.
    """

    def beside(clef: Clef) -> int:
        return sum((end - start) * max(clef.lowest - pitch, pitch - clef.highest, 0) for start, end, pitch in notes)

    return reduce(lambda best, clef: clef if 2 * beside(clef) < beside(best) else best, clefs)
