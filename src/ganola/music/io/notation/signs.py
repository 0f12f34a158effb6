"""A track as it is written down: on its staves, in its voices, bar by bar, as notes and rests of written values."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ganola.music.bar_spans import BarSpan
from ganola.music.io.notation.note_values import Value, tuplets_in, values_of
from ganola.music.io.notation.voices import Note, Sound, voices_of
from ganola.music.key import Key
from ganola.music.spelling import scale_sharps, spell


@dataclass(frozen=True, slots=True)
class Head:
    """A note head: its pitch, and whether a tie leads to it and one from it."""

    pitch: int
    held: bool
    lasting: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """What is written at one place of a voice: a note or a chord, its lowest head first, or, without heads, a rest."""

    staff: int  # counted from 0
    voice: int  # of the staff, counted from 0
    value: Value
    heads: tuple[Head, ...] = ()
    whole_bar: bool = False  # a rest that fills the bar, which is written alike in every metre


def notate(staves: Iterable[list[Note]], measures: Sequence[BarSpan], ticks_per_quarter: int) -> list[list[Sign]]:
    """Return the signs of every bar: of one voice after the other, and of one staff after the other.

    The upper voice of a staff is written in every bar, another one only where it sounds.
    """
    written: list[list[Sign]] = [[] for _ in measures]
    for staff, notes in enumerate(staves):
        for voice, sounds in enumerate(voices_of(notes)):
            in_bars = _cut_at_bar_lines(sounds, measures)
            for number, measure in enumerate(measures):
                if in_bars[number] or voice == 0:
                    written[number] += _signs(in_bars[number], measure, ticks_per_quarter, staff, voice)
    return written


def accidentals(signs: Sequence[Sign], key: Key) -> dict[tuple[int, int], int]:
    """Return which note heads (index of the sign, pitch) of a bar need an accidental, and how many sharps it shows.

    Those need one whose letter and octave last stood otherwise on their staff, in the bar or in the signature. A note
    that is tied from before needs none.
    """
    found: dict[tuple[int, int], int] = {}
    standing: dict[tuple[int, str, int], int] = {}
    for index, sign in sorted(enumerate(signs), key=lambda one: one[1].value.start):
        for head in sign.heads:
            letter, sharps, octave = spell(head.pitch, key)
            place = (sign.staff, letter, octave)
            if not head.held:
                if standing.get(place, scale_sharps(letter, key)) != sharps:
                    found[index, head.pitch] = sharps
                standing[place] = sharps
    return found


def _cut_at_bar_lines(sounds: Iterable[Sound], measures: Sequence[BarSpan]) -> dict[int, list[Sound]]:
    """Return the sounds of each bar that has some."""
    found: dict[int, list[Sound]] = defaultdict(list)
    number = 0
    for sound in sounds:
        while measures[number].end <= sound.start:
            number += 1
        within, rest = number, sound
        while rest.end > measures[within].end:
            before, rest = rest.cut(measures[within].end)
            found[within].append(before)
            within += 1
        found[within].append(rest)
    return found


def _signs(sounds: list[Sound], measure: BarSpan, ticks_per_quarter: int, staff: int, voice: int) -> Iterator[Sign]:
    """Yield the signs of a voice in a bar, rests between its sounds and around them."""

    def place(tick: int) -> Fraction:
        return Fraction(tick - measure.start + measure.lacking, ticks_per_quarter)

    if not sounds:
        bar = Value(place(measure.start), place(measure.end), "whole", 0)
        yield Sign(staff, voice, bar, whole_bar=True)
        return
    edges = [place(edge) for sound in sounds for edge in (sound.start, sound.end)]
    tuplets = tuplets_in(edges, measure.metre, place(measure.end))
    now = place(measure.start)
    for sound in [*sounds, None]:
        start = place(sound.start if sound else measure.end)
        for value in values_of(now, start, tuplets, measure.metre, rest=True):
            yield Sign(staff, voice, value)
        if sound:
            now = place(sound.end)
            for value in values_of(start, now, tuplets, measure.metre):
                yield Sign(staff, voice, value, _heads(sound, value.start > start, value.end < now))


def _heads(sound: Sound, held: bool, lasting: bool) -> tuple[Head, ...]:
    """Return the heads of one of the values that a sound is written with; `held` where it is not the first of them."""
    return tuple(
        Head(pitch, held or pitch in sound.held, lasting or pitch in sound.lasting) for pitch in sorted(sound.pitches)
    )
