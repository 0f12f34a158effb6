"""Which notes are written as one voice."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ganola.music.io.notation.voices import Note, Sound, voices_of

spans = st.tuples(st.integers(0, 20), st.integers(1, 9), st.integers(60, 66))


def fitted(rows: list[tuple[int, int, int]]) -> list[Note]:
    """Notes of which each pitch sounds once at a time."""
    free: dict[int, int] = {}
    notes = []
    for start, length, pitch in sorted(rows):
        if start >= free.get(pitch, 0):
            notes.append((start, start + length, pitch))
            free[pitch] = start + length
    return notes


def test_chords_that_begin_and_end_together_are_one_voice():
    notes = [(0, 2, 60), (0, 2, 64), (2, 6, 59), (2, 6, 65)]
    assert voices_of(notes) == [[Sound(0, 2, frozenset({60, 64})), Sound(2, 6, frozenset({59, 65}))]]


def test_a_note_that_is_held_under_others_is_a_voice_of_its_own_and_whole():
    upper, lower = voices_of([(0, 8, 48), (0, 2, 72), (2, 5, 74), (5, 8, 71)])
    assert [(sound.start, sound.end) for sound in upper] == [(0, 2), (2, 5), (5, 8)]
    assert lower == [Sound(0, 8, frozenset({48}))]


def test_a_note_that_is_held_over_others_stays_on_top():
    upper, lower = voices_of([(0, 8, 72), (0, 4, 60), (4, 8, 62)])
    assert upper == [Sound(0, 8, frozenset({72}))]
    assert [sound.pitches for sound in lower] == [{60}, {62}]


def test_below_the_top_notes_that_overlap_are_tied():
    _, lower = voices_of([(0, 8, 72), (0, 6, 60), (2, 8, 64)])
    assert lower == [
        Sound(0, 2, frozenset({60}), lasting=frozenset({60})),
        Sound(2, 6, frozenset({60, 64}), held=frozenset({60}), lasting=frozenset({64})),
        Sound(6, 8, frozenset({64}), held=frozenset({64})),
    ]


@given(st.lists(spans, max_size=14).map(fitted))
def test_every_note_is_found_again_once(notes: list[Note]):
    found: list[Note] = []
    voices = voices_of(notes)
    for sounds in voices:
        assert all(one.end <= other.start for one, other in itertools.pairwise(sounds))
        begun: dict[int, int] = {}
        for sound in sounds:
            for pitch in sound.pitches:
                begun[pitch] = begun[pitch] if pitch in sound.held else sound.start
                if pitch not in sound.lasting:
                    found.append((begun[pitch], sound.end, pitch))
    assert sorted(found) == sorted(notes)
    assert len(voices) <= 2


@given(st.lists(spans, max_size=30).map(fitted))
def test_the_upper_voice_is_what_no_other_note_reaches_while_it_sounds(notes: list[Note]):
    highest = {span: max(pitch for *own, pitch in notes if tuple(own) == span) for span in {note[:2] for note in notes}}
    upper = [
        span
        for span, pitch in highest.items()
        if not any(
            start < span[1] and end > span[0] and (start, end) != span and other >= pitch
            for (start, end), other in highest.items()
        )
    ]
    assert [(sound.start, sound.end) for sound in voices_of(notes)[0]] == sorted(upper)
