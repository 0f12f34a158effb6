"""What is taken for drums, and what is not. Kicks are 36, snares 38, hi-hats 42 (closed) and 46 (open)."""

from pathlib import Path

import pytest

from ganola.music.io.files import read_score
from ganola.music.io.midi.read import read_midi
from ganola.music.io.midi.write import midi_bytes
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.music.unmarked_drums import mark_drums, names_drums
from tests.strategies import Row

CASES = Path(__file__).parent / "cases"
BEAT = 12
SOME = Track(name="track 1")

# Two bars of quavers: kick on 1 and 3, snare on 2 and 4, the hi-hat throughout.
ROCK: list[Row] = [
    (0, 6 * quaver, 6 * quaver + 3, pitch)
    for quaver in range(16)
    for pitch in {0: (36, 42), 1: (42,), 2: (38, 42), 3: (46,)}[quaver % 4]
]


def score(rows: list[Row], *tracks: Track) -> Score:
    return Score(tracks or (SOME,), Notes.of(rows), BEAT)


def found(rows: list[Row], *tracks: Track) -> list[bool]:
    return [track.drums for track in mark_drums(score(rows, *tracks)).tracks]


def in_turn(pitches: list[int], ticks: int = 6, times: int = 8) -> list[Row]:
    """These pitches one after the other, time and again."""
    return [(0, ticks * index, ticks * index + ticks, pitch) for index, pitch in enumerate(pitches * times)]


def chords(*own: tuple[int, ...], times: int = 8) -> list[Row]:
    return [(0, 6 * index, 6 * index + 6, pitch) for index, chord in enumerate(own * times) for pitch in chord]


# By what is played


def test_a_beat_is_drums_and_that_is_said():
    read = mark_drums(score(ROCK))
    assert read.tracks == (Track(name="track 1", drums=True),)
    assert read.remarks == ("track 'track 1' is taken for drums: by what it plays",)


def test_a_beat_is_drums_where_a_file_has_it_on_channel_1():
    data = midi_bytes(score(ROCK, Track(name="loop")))
    assert not read_midi(data).tracks[0].drums
    assert mark_drums(read_midi(data)).tracks[0].drums


def test_hands_are_not_exact():
    late = [(0, start + (pitch == 42), end + 1, pitch) for _, start, end, pitch in ROCK]
    assert found(late) == [True]


def test_kick_and_snare_struck_together_are_drums_without_a_steady_hihat():
    march = [(0, 6 * index, 6 * index + 2, pitch) for index in range(32) for pitch in (36, 38)]
    assert found([*march, *((0, 48 * bar + 3, 48 * bar + 5, 49) for bar in range(4))]) == [True]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(in_turn([36, 38, 42, 38, 36, 42]), id="bass line in kit range"),
        pytest.param(in_turn([36, 43, 36, 43], ticks=3), id="timpani"),
        pytest.param(chords((36, 43), (38, 45), (42, 49), (40, 47)), id="power chords"),
        pytest.param(chords((36, 48), (38, 50), (42, 54), (44, 56)), id="octaves"),
        pytest.param(chords((48, 52, 55), (50, 53, 57), (47, 50, 55)), id="chords"),
        pytest.param([(0, start, start + 30, pitch) for _, start, _, pitch in ROCK], id="long notes"),
        pytest.param([row for row in ROCK if row[1] < 24], id="too few strokes"),
        pytest.param([row for row in ROCK if row[3] != 38], id="no snare"),
        pytest.param([row for row in ROCK if row[3] != 36], id="no kick"),
        pytest.param([row for row in ROCK if row[3] < 42], id="no timekeeper"),
        pytest.param([*ROCK, *((0, 6 * step, 6 * step + 3, 72) for step in range(2))], id="melody above"),
    ],
)
def test_what_may_be_music_with_pitches_is_left_as_it_is(rows: list[Row]):
    music = score(rows)
    assert mark_drums(music) is music


def test_an_instrument_that_the_file_states_is_believed():
    assert found(ROCK, Track(name="x", program=33)) == [False]


def test_drums_that_are_called_so_stay_without_a_remark():
    music = score(ROCK, Track(name="Kit", program=25, drums=True))
    assert mark_drums(music) is music


def test_each_track_is_asked_by_itself():
    bass = [(1, start, end, pitch) for _, start, end, pitch in in_turn([36, 38, 42, 43])]
    assert found([*ROCK, *bass], SOME, Track(name="track 2")) == [True, False]


# By name


@pytest.mark.parametrize(
    "name",
    [
        *("Drums", "DRUM KIT", "drumset", "Drum Set 2", "Percussion", "perc.", "Schlagzeug", "Batterie", "batería"),
        *(
            "Bateria",
            "Batteria",
            "Percusión",
            "Ударные",
            "Kick",
            "Snare_L",
            "Hi-Hat",
            "hihat",
            "HiHat 2",
            "Crash Cymbal",
        ),
        *("Bass Drum", "low tom", "Tom-Tom", "Big Drum (L)", "01-drums", "Rock Drums #2", "drm", "Claps", "ドラム"),
    ],
)
def test_names_of_drums(name: str):
    assert names_drums(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Little Drummer Boy", "Steel Drums", "Percussive Organ", "Mallet Percussion", "Timpani", "Timpani Drums"),
        *(
            "Drum and Bass",
            "Tom",
            "Kickstart",
            "Piano",
            "track 1",
            "Percival",
            "Melodic Tom",
            "Tubular Bells",
            "",
            "Hats off",
        ),
        *("Bass", "Kick Bass", "Pitched Percussion"),
    ],
)
def test_names_of_others(name: str):
    assert not names_drums(name)


def test_a_file_says_by_name_alone_that_it_is_drums():
    # Strokes on 36, 38, 42, 46 and 49, one at a time: a bass line by what is played.
    music = read_score(CASES / "drums-on-channel-1.mid")
    assert not mark_drums(Score((SOME,), music.notes, music.ticks_per_quarter)).tracks[0].drums
    read = mark_drums(music)
    assert read.tracks == (Track(name="Drums", drums=True),)
    assert read.remarks == ("track 'Drums' is taken for drums: by its name",)


def test_several_tracks_of_a_kit_are_one_remark():
    kick, snare = in_turn([36]), [(1, start, end, 38) for _, start, end, _ in in_turn([38])]
    read = mark_drums(score([*kick, *snare], Track(name="Kick"), Track(name="Snare", program=5)))
    assert read.tracks == (Track(name="Kick", drums=True), Track(name="Snare", drums=True))
    assert read.remarks == ("tracks 'Kick' and 'Snare' are taken for drums: by their names",)


def test_a_name_does_not_make_drums_of_a_melody():
    assert found(in_turn([60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79]), Track(name="Drums of war")) == [False]


def test_a_title_on_every_track_names_no_drums():
    title = Track(name="Drums of war")
    melody = [(0, 6 * step, 6 * step + 6, 60 + step) for step in range(24)]
    bass = [(1, 6 * step, 6 * step + 6, 36 + step % 12) for step in range(24)]
    assert found([*melody, *bass], title, title) == [False, False]


def test_a_percussion_instrument_of_pitches_is_believed():
    assert found(in_turn([40, 45, 47]), Track(name="Taiko Drum", program=116)) == [False]


def test_hand_drums_are_drums_by_their_name():
    conga = in_turn([62, 63, 64, 60])
    assert found(conga, Track(name="Conga")) == [True]
    assert found(conga, SOME) == [False]
