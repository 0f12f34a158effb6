"""The reader beside two others that know nothing of it: mido, with notes paired by hand, and symusic."""

from collections import defaultdict, deque
from io import BytesIO
from pathlib import Path

import mido
import pytest
import symusic
from hypothesis import given
from hypothesis import strategies as st

from ganola.music.io.midi.read import read_midi
from ganola.music.score import Score
from tests import midi

Sounding = dict[tuple[int, int], deque[int]]


def played(score: Score) -> list[tuple[int, int, int, bool]]:
    """Start, end, pitch and drums or not of every note, sorted."""
    notes = score.notes
    drums = [score.tracks[track].drums for track in notes.track.tolist()]
    return sorted(zip(notes.start.tolist(), notes.end.tolist(), notes.pitch.tolist(), drums, strict=True))


def by_mido(data: bytes) -> list[tuple[int, int, int, bool]]:
    found = []
    for track in mido.MidiFile(file=BytesIO(data)).tracks:
        sounding: Sounding = defaultdict(deque)
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                sounding[message.channel, message.note].append(now)
            elif message.type in ("note_on", "note_off") and sounding[message.channel, message.note]:
                start = sounding[message.channel, message.note].popleft()
                found.append((start, now, message.note, message.channel == 9))
    return sorted(found)


def by_symusic(data: bytes) -> list[tuple[int, int, int, bool]]:
    tracks = symusic.Score.from_midi(data).tracks
    return sorted((note.start, note.end, note.pitch, track.is_drum) for track in tracks for note in track.notes)


def test_tracks_are_those_of_symusic_note_for_note():
    events = [("other", 0xC0, channel % 16, 7 * channel) for channel in range(40)]
    for number in range(300):
        events.append(("note", number % 3, 60 + number % 2, 40 * number % 97))
        if number % 7 == 0:
            events.append(("other", 0xC0, (0, 3, 9)[number % 5 % 3], number))
    data = midi.midi_file(written(events, running=True), written(events[::-1], running=False), kind=0)
    score = read_midi(data)
    theirs = [track for track in symusic.Score.from_midi(data).tracks if len(track.notes)]
    assert [(track.program, track.drums) for track in score.tracks] == [(part.program, part.is_drum) for part in theirs]
    notes = score.notes
    ours = zip(notes.track.tolist(), notes.start.tolist(), notes.end.tolist(), notes.pitch.tolist(), strict=True)
    assert list(ours) == [
        (number, note.start, note.end, note.pitch) for number, part in enumerate(theirs) for note in part.notes
    ]
    assert len(score.tracks) > 12


_EVENTS = st.one_of(
    st.tuples(st.just("note"), st.integers(0, 2), st.integers(60, 62), st.integers(0, 40_000)),
    st.tuples(
        st.just("other"), st.sampled_from([0xA0, 0xB0, 0xC0, 0xD0, 0xE0]), st.integers(0, 15), st.integers(0, 200)
    ),
    st.tuples(st.just("meta"), st.sampled_from([0x01, 0x05, 0x7F]), st.just(0), st.integers(0, 300)),
)


def written(events: list[tuple[str, int, int, int]], *, running: bool) -> bytes:
    """A track of the events; a note's end comes after the events that follow its beginning."""
    track, status, ends = b"", 0, deque[tuple[int, int, int]]()

    def put(wait: int, *message: int) -> None:
        nonlocal track, status
        track += midi._length(wait) + bytes(message[1:] if running and message[0] == status else message)
        status = message[0]

    for kind, first, second, third in events:
        if kind == "note":
            channel = (0, 3, 9)[first]
            put(third, 0x90 | channel, second, 64)
            ends.append((third % 77, channel, second))
        elif kind == "other":
            put(third, first | second, *([third % 3] if first in (0xC0, 0xD0) else [7, 8]))
        else:
            track += midi.meta(first, bytes([200, 60, 64][index % 3] for index in range(third)))
            status = 0
        if len(ends) > 3:
            wait, channel, pitch = ends.popleft()
            put(wait, 0x80 | channel, pitch, 0) if wait % 2 else put(wait, 0x90 | channel, pitch, 0)
    for wait, channel, pitch in ends:
        put(wait, 0x80 | channel, pitch, 64)
    return track


@given(st.lists(st.lists(_EVENTS, max_size=30), min_size=1, max_size=4), st.booleans())
def test_any_sound_file_is_read_as_others_read_it(tracks: list[list[tuple[str, int, int, int]]], running: bool):
    note = midi.note(67, 48)
    data = midi.midi_file(note, *(written(events, running=running) for events in tracks), division=480)
    score = read_midi(data)
    assert played(score) == by_mido(data) == by_symusic(data)
    assert score.remarks == ()


@pytest.mark.parametrize("name", ["hanging-note", "last-note-ended-by-end-of-track"])
def test_all_notes_with_an_end_are_those_that_others_read(name: str):
    data = (Path(__file__).parents[2] / "cases" / f"{name}.mid").read_bytes()
    assert len(set(played(read_midi(data))) - set(by_mido(data))) == 1
    assert not set(by_mido(data)) - set(played(read_midi(data)))
