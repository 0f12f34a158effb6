from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from ganola.corpus.facts import Facts
from ganola.corpus.plan import Plan, PlannedTrack, load_plan, plan_toml
from ganola.corpus.proposal import MERGED, Proposal, Wishes
from ganola.corpus.sources import Source
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.tracks import Track
from ganola.storage import write_whole
from tests.corpus.surveyed import BASS, FLUTE, KIT, in_metre, live, piece, proposed
from tests.metres import metre_at
from tests.strategies import Row

PIANO, GUITAR = Track(name="Piano"), Track(name="Guitar", program=24)
DUET = piece((0, 0, 4, 60), (1, 0, 9, 48))


def band(*tracks: Track) -> Facts:
    """A piece in which each track has a note, the first is the lowest."""
    return piece(*((index, 4 * index, 4 * index + 4, 48 + 2 * index) for index in range(len(tracks))), tracks=tracks)


def said(proposal: Proposal) -> tuple[str, list[tuple[str, int]], str]:
    """The policy, the tracks' names and programs, and why."""
    tracks = [(track.name, track.program) for track in proposal.plan.tracks]
    return proposal.plan.tracks_by, tracks, proposal.reasons["tracks_by"]


# Tracks


def test_tracks_that_most_pieces_share_are_told_apart_by_name():
    long = piece(*((0, 4 * beat, 4 * beat + 4, 60) for beat in range(5)), (1, 0, 9, 48))
    assert said(proposed(long, long, band(Track(name="Oboe", program=68)))) == (
        "named",
        [("Flute", 73), ("Bass", 32)],
        "92% of the notes lie in tracks that most pieces have: Flute in 2, Bass in 2",
    )


def test_a_track_in_less_than_half_of_the_pieces_is_not_among_them():
    horn = Track(name="Horn", program=60)
    assert said(proposed(band(FLUTE, BASS, horn), DUET, DUET, DUET))[1] == [("Flute", 73), ("Bass", 32)]
    assert said(proposed(band(FLUTE, BASS, horn), DUET))[1] == [("Flute", 73), ("Bass", 32), ("Horn", 60)]


def test_a_named_track_is_spelt_as_first_met_and_takes_the_program_of_most():
    shouting = band(Track(name="FLUTE", program=72), Track(name="bass", program=33))
    plan = proposed(shouting, DUET, DUET).plan
    expected = (
        PlannedTrack(name="FLUTE", program=73, one_note=True, takes=("FLUTE",)),
        PlannedTrack(name="bass", program=32, one_note=True, takes=("bass",)),
    )
    assert plan.tracks == expected


def test_names_do_not_tell_apart_where_too_few_notes_lie_under_them():
    strays = [Track(name=f"{number}", program=56) for number in range(6)]
    proposal = proposed(DUET, band(FLUTE, BASS, *strays[:1]), DUET, band(FLUTE, BASS, *strays[1:3]))
    assert (proposal.plan.tracks_by, proposal.survey.share_of_notes(["flute", "bass"])) == ("families", 8 / 11)
    proposal = proposed(DUET, band(FLUTE, BASS, *strays[:1]), DUET, band(FLUTE, BASS, *strays[1:2]))
    assert (proposal.plan.tracks_by, proposal.survey.share_of_notes(["flute", "bass"])) == ("named", 8 / 10)


def test_a_name_that_stands_for_another_instrument_in_each_piece_tells_nothing():
    first, second = (Track(name=f"track {number}") for number in (1, 2))
    mixed = [
        band(first.model_copy(update={"program": 40 + index}), second.model_copy(update={"program": 24 + 2 * index}))
        for index in range(3)
    ]
    assert proposed(*mixed).plan.tracks_by == "families"


def test_families_of_instruments_in_a_tenth_of_the_pieces_tell_apart():
    odd = [band(Track(name=f"solo {number}", program=40), Track(name=f"comp {number}")) for number in range(8)]
    drummers = [band(Track(name=f"beat {number}", drums=True)) for number in range(2)]
    trio = band(Track(name="horn", program=60), Track(name="violin", program=40), Track(name="celesta", program=8))
    proposal = proposed(*odd, *drummers, trio)
    assert said(proposal) == (
        "families",
        [("drums", 0), ("keys", 0), ("strings", 48)],
        "pieces with each family of instruments: drums in 2, keys in 9, strings in 9, other in 1",
    )
    assert [track.drums for track in proposal.plan.tracks] == [True, False, False]
    assert [track.takes for track in proposal.plan.tracks] == [("drums",), ("keys",), ("strings",)]
    assert said(proposed(*odd[:7], *drummers, trio))[1][-1] == ("other", 73)


def test_two_parts_of_one_name_are_two_tracks():
    hands = piece((0, 0, 8, 72), (0, 8, 16, 74), (1, 0, 16, 48), tracks=(PIANO, PIANO))
    assert said(proposed(hands, hands)) == (
        "named",
        [("Piano 1", 0), ("Piano 2", 0)],
        "100% of the notes lie in tracks that most pieces have: Piano 1 in 2, Piano 2 in 2",
    )


def test_a_lone_part_counts_as_the_first_of_two():
    violin = Track(name="Violin", program=40)
    duo = piece((0, 0, 8, 72), (1, 0, 8, 69), tracks=(violin, violin))
    sonata = piece((0, 0, 8, 72), (1, 0, 8, 48), tracks=(violin, PIANO))
    assert said(proposed(sonata, duo, duo, sonata, sonata)) == (
        "named",
        [("Violin", 40), ("Piano", 0)],
        "80% of the notes lie in tracks that most pieces have: Violin in 5, Piano in 3",
    )
    trio = piece((0, 0, 8, 72), (1, 0, 8, 69), (2, 0, 8, 48), tracks=(violin, violin, PIANO))
    assert said(proposed(sonata, trio, duo))[1] == [("Violin 1", 40), ("Piano", 0), ("Violin 2", 40)]


def test_where_no_piece_has_a_first_it_is_not_called_so():
    guitars = band(GUITAR, Track(name="Guitar 2", program=24))
    assert said(proposed(guitars, guitars))[1] == [("Guitar", 24), ("Guitar 2", 24)]


def test_drums_on_many_tracks_are_one_kit():
    kit = piece(
        *((index, 4 * beat, 4 * beat + 1, 36 + index) for beat in range(4) for index in range(3)), tracks=(KIT,) * 3
    )
    plan = proposed(kit, kit).plan
    assert (plan.tracks_by, plan.tracks) == ("merged", (PlannedTrack(name="drums", drums=True),))


def test_tracks_of_one_name_that_play_in_turn_tell_nothing_apart():
    changing = band(PIANO, PIANO.model_copy(update={"program": 4}))
    assert said(proposed(changing, changing, changing)) == (
        "merged",
        [(MERGED, 0)],
        "neither names nor families of instruments tell the tracks apart",
    )


# Instruments that never sound together

SOLOS = [band(Track(name=name, program=program)) for name, program in (("Oboe", 68), ("Lute", 24), ("Organ", 19))]


def test_solos_on_different_instruments_are_one_track():
    plan = proposed(*SOLOS, *SOLOS)
    assert (plan.plan.tracks_by, len(plan.plan.tracks)) == ("merged", 1)
    assert plan.reasons["tracks_by"] == "every piece has one track"


def test_families_that_never_play_together_are_one_track_that_takes_them_all():
    assert said(proposed(*SOLOS, SOLOS[0], tracks_by="families")) == (
        "families",
        [("guitar/keys/other", 73)],
        "pieces with each family of instruments: guitar in 1, keys in 1, other in 2\n"
        "guitar, keys and other hardly ever play in the same piece: they are one track",
    )


def test_melodies_on_different_instruments_over_drums_are_two_tracks():
    songs = [band(Track(name=f"tune {program}", program=program), KIT) for program in (68, 24, 19)]
    proposal = proposed(*songs)
    assert [track.takes for track in proposal.plan.tracks] == [("drums",), ("guitar", "keys", "other")]
    assert not proposal.pitches[1, :48].any()
    assert proposal.pitches.sum() == 6


def test_a_rare_family_that_plays_alone_shares_a_track():
    pair = [band(Track(name=f"a {number}", program=24), Track(name=f"b {number}", program=33)) for number in range(19)]
    proposal = proposed(*pair, band(Track(name="c", program=25 + 24)))
    assert [track.takes for track in proposal.plan.tracks] == [("bass",), ("guitar", "strings")]


def test_names_that_never_come_together_are_one_track():
    flutes, pianos = [band(FLUTE)] * 3, [band(PIANO)] * 3
    assert said(proposed(*flutes, *pianos)) == ("merged", [(MERGED, 73)], "every piece has one track")
    assert said(proposed(*flutes, *pianos, tracks_by="named")) == (
        "named",
        [("Flute/Piano", 73)],
        "100% of the notes lie in tracks that most pieces have: Flute in 3, Piano in 3\n"
        "Flute and Piano hardly ever play in the same piece: they are one track",
    )
    over_bass = [band(FLUTE, BASS)] * 3 + [band(PIANO, BASS)] * 3
    assert [track.takes for track in proposed(*over_bass).plan.tracks] == [("Flute", "Piano"), ("Bass",)]


def test_a_solo_instrument_is_one_track():
    plan = proposed(band(FLUTE), band(FLUTE))
    assert said(plan) == ("merged", [(MERGED, 73)], "every piece has one track")
    assert plan.plan.tracks[0].takes == ()


def test_merged_music_is_played_by_the_usual_instrument_which_is_never_a_drum():
    kit = Track(name="Kit", program=25, drums=True)
    pieces = [band(Track(name=f"oboe {number}", program=68), kit) for number in range(3)]
    pieces += [band(PIANO, kit), band(PIANO, kit)]
    assert said(proposed(*pieces, tracks_by="merged")) == ("merged", [(MERGED, 68)], "asked for")


def test_drums_alone_are_one_track_of_drums_and_keep_their_pitches():
    kits = [
        piece((0, 0, 1, 36), (0, 2, 3, 42), (0, 4, 5, 38), tracks=(Track(name=name, program=9, drums=True),))
        for name in ("a", "b", "c")
    ]
    proposal = proposed(*kits)
    assert proposal.plan.tracks == (PlannedTrack(name="drums", drums=True),)
    assert (proposal.plan.tracks_by, proposal.plan.lowest, proposal.plan.pitches) == ("merged", 36, 12)


def chords(count: int, beats: int = 8, alone: int = 0) -> Facts:
    """A keyboard piece of so many notes at a time, and of some beats of a single one."""
    rows = [(0, 4 * beat, 4 * beat + 4, 60 - 5 * voice) for beat in range(beats) for voice in range(count)]
    rows += [(0, 4 * beat, 4 * beat + 4, 60) for beat in range(beats, beats + alone)]
    return piece(*rows, tracks=(PIANO,))


def test_a_keyboard_that_keeps_to_so_many_notes_is_split_into_voices():
    proposal = proposed(chords(3), chords(3), chords(4, beats=4))
    assert said(proposal) == (
        "voices",
        [("voice 1", 0), ("voice 2", 0), ("voice 3", 0)],
        "in pieces of one track 3 notes sound together 80% of the time",
    )
    assert all(track.one_note and not track.takes for track in proposal.plan.tracks)
    assert proposal.reasons["tracks"] == "3 voices, each one note at a time"


@pytest.mark.parametrize(("alone", "policy"), [(3, "voices"), (4, "merged")])
def test_a_keyboard_that_sounds_more_and_fewer_notes_is_not(alone: int, policy: str):
    assert proposed(chords(3, beats=8, alone=alone)).plan.tracks_by == policy


def test_eight_notes_or_more_are_no_number_of_voices():
    full = chords(9)
    assert proposed(full, full).plan.tracks_by == "merged"
    assert said(proposed(full, full, tracks_by="voices")) == ("voices", [("voice 1", 0), ("voice 2", 0)], "asked for")
    assert len(proposed(chords(7), tracks_by="voices").plan.tracks) == 7


def test_voices_are_for_music_of_one_track():
    several = band(PIANO, PIANO.model_copy(update={"program": 4}))
    assert proposed(chords(3), several).plan.tracks_by == "voices"
    assert proposed(chords(3), several, several).plan.tracks_by == "merged"


# One note at a time


def melody(overlaps: int, notes: int = 100) -> list[Row]:
    """A flute's notes, the first few of which run into the next."""
    return [(0, 3 * index, 3 * index + (4 if index < overlaps else 3), 60 + index % 7) for index in range(notes)]


@pytest.mark.parametrize(("overlaps", "one_note"), [(0, True), (3, True), (4, False), (60, False)])
def test_a_track_plays_one_note_at_a_time_if_97_percent_of_its_notes_do(overlaps: int, one_note: bool):
    accompaniment = [(1, 0, 4, 48), (1, 0, 4, 52), (1, 4, 9, 45)]
    proposal = proposed(piece(*melody(overlaps), *accompaniment))
    assert [track.one_note for track in proposal.plan.tracks] == [one_note, False]
    words = "one note at a time" if one_note else "many notes at a time"
    assert proposal.reasons["tracks"] == f"Flute: 100 notes, {words}\nBass: 3 notes, many notes at a time"


def test_overlaps_are_counted_over_all_pieces_but_not_between_them():
    assert proposed(piece(*melody(0)), piece(*melody(0)), piece(*melody(9)), tracks_by="named").plan.tracks[0].one_note
    assert not proposed(piece(*melody(0)), piece(*melody(9)), tracks_by="named").plan.tracks[0].one_note


def test_tracks_that_come_together_play_many_notes_at_a_time():
    single = [(0, 4 * beat, 4 * beat + 4, 60) for beat in range(50)] + [(1, 200, 204, 50)]
    assert not proposed(piece(*single), tracks_by="merged").plan.tracks[0].one_note
    assert proposed(piece(*single), tracks_by="families").plan.tracks[0].one_note
    one = piece(*single, tracks=(FLUTE, KIT))
    assert proposed(one, tracks_by="merged").plan.tracks[0].one_note  # the drums do not come with them


def test_many_notes_are_written_so_that_they_can_be_read():
    long = piece(*((0, 4 * beat, 4 * beat + 4, 60) for beat in range(1234)), tracks=(FLUTE,))
    assert proposed(long).reasons["tracks"] == "all: 1,234 notes, one note at a time"


# What a person asks for


def test_wishes_come_before_what_the_music_would_suggest():
    assert said(proposed(DUET, tracks_by="merged")) == ("merged", [(MERGED, 73)], "asked for")
    assert said(proposed(DUET, tracks_by="families"))[:2] == ("families", [("bass", 33), ("other", 73)])
    assert said(proposed(chords(3), tracks_by="named"))[:2] == ("named", [("Piano", 0)])
    assert said(proposed(DUET, tracks_by="voices", voices=3)) == (
        "voices",
        [("voice 1", 0), ("voice 2", 0), ("voice 3", 0)],
        "asked for",
    )


def test_wished_voices_are_as_many_as_usual_and_at_least_two():
    assert len(proposed(chords(5), tracks_by="voices").plan.tracks) == 5
    assert len(proposed(chords(5), tracks_by="voices", voices=4).plan.tracks) == 4
    assert len(proposed(chords(1), tracks_by="voices").plan.tracks) == 2
    assert len(proposed(DUET, tracks_by="voices").plan.tracks) == 2


def test_tracks_without_names_in_common_cannot_be_told_apart_by_name():
    pieces = [band(Track(name=name)) for name in ("Oboe", "Viola", "Horn")]
    with pytest.raises(InputError, match="the tracks of songs have no names in common") as caught:
        proposed(*pieces, tracks_by="named")
    assert caught.value.remedy == "Choose another way: --tracks families, voices or merged."


def test_grid_and_keys_may_be_settled():
    plan = proposed(DUET, bars=7, steps_per_beat=3, metre="5/4", common_tonic=False).plan
    assert (plan.bars, plan.steps_per_beat, str(plan.metre), plan.common_tonic) == (7, 3, "5/4", False)
    assert plan.grid == Grid(lowest=48, pitches=24, steps_per_beat=3, metre="5/4", bars=7)
    assert proposed(DUET).plan.grid == Grid(lowest=48, pitches=24)


def test_an_unknown_wish_is_no_wish():
    with pytest.raises(ValidationError):
        Wishes.model_validate({"tempo": 90})


# A collection that settles something itself

TRIO = (FLUTE, BASS.model_copy(update={"one_note": True}), Track(name="Oboe"))


def test_a_source_may_settle_its_tracks_and_that_a_piece_must_have_them_all():
    source = Source("chorales", (), tracks=TRIO, complete=True, metre=TimeSignature(3, 4))
    proposal = proposed(piece((1, 0, 9, 48), (1, 0, 9, 52)), DUET, source=source)
    assert said(proposal) == ("named", [("Flute", 73), ("Bass", 32), ("Oboe", 0)], "the voices of this collection")
    assert [track.takes for track in proposal.plan.tracks] == [("Flute",), ("Bass",), ("Oboe",)]
    assert proposal.plan.tracks[1].one_note
    assert proposal.plan.complete
    assert (str(proposal.plan.metre), proposal.reasons["metre"]) == (
        "3/4",
        "settled beforehand; 0 of 2 pieces fit\nstated: 4/4 2",
    )


def test_a_source_may_say_what_its_tracks_take():
    source = Source("chorales", (), tracks=(PlannedTrack(name="Melody", takes=("Flute", "Oboe")),))
    proposal = proposed(DUET, source=source)
    assert proposal.plan.tracks[0].takes == ("Flute", "Oboe")
    assert not proposal.plan.complete
    assert proposal.pitches.sum() == 1


def test_another_way_than_that_of_the_source_can_be_wished():
    source = Source("chorales", (), tracks=TRIO, complete=True, metre=TimeSignature(3, 4))
    plan = proposed(DUET, source=source, tracks_by="merged", metre="2/4").plan
    assert (plan.tracks_by, plan.complete, str(plan.metre)) == ("merged", False, "2/4")
    assert proposed(DUET, source=source, tracks_by="named").plan.complete


# Metre


def many(**counts: int) -> list[Facts]:
    """So many pieces in each metre, written m4_4."""
    return [
        one for metre, count in counts.items() for one in [in_metre(metre.removeprefix("m").replace("_", "/"))] * count
    ]


@pytest.mark.parametrize(
    ("pieces", "metre"),
    [
        (many(m6_8=100, m12_8=1), "6/8"),
        (many(m2_4=60, m4_4=40), "4/4"),
        (many(m2_4=19, m4_4=1), "4/4"),  # which takes them all; 2/4 takes 19
        (many(m2_4=99, m2_2=1), "2/2"),
        (many(m3_8=30, m6_8=1), "6/8"),
        (many(m2_4=20), "2/4"),
        (many(m4_4=99, m8_4=1), "4/4"),  # a bar so long for the sake of one piece would pair the bars of the others
        (many(m4_4=9, m8_4=1), "8/4"),
        (many(m3_4=2, m2_4=1), "3/4"),
        (many(m3_4=5, m2_4=3, m4_4=3), "4/4"),  # of which there are six: those in 2/4 fit too
        (many(m6_8=2, m3_4=3), "3/4"),  # as long as each other, but counted otherwise
        (many(m2_2=3, m4_4=2), "2/2"),
        (many(m7_8=2, m4_4=1), "7/8"),
    ],
)
def test_the_corpus_is_in_the_metre_that_takes_most_pieces(pieces: list[Facts], metre: str):
    proposal = proposed(*pieces)
    assert str(proposal.plan.metre) == metre
    assert str(proposal.plan.grid.metre) == metre


def test_the_metres_are_listed_the_most_frequent_first():
    reason = proposed(*many(m3_4=2, m2_4=3, m6_8=1)).reasons["metre"]
    assert reason == "3 of 6 pieces fit\nstated: 2/4 3, 3/4 2, 6/8 1"


def test_no_more_metres_are_listed_than_can_be_read():
    metres = {f"m{beats}_4": 20 - beats for beats in range(2, 14)}
    assert proposed(*many(**metres)).reasons["metre"].count("/") == 8


@pytest.mark.parametrize("metre", ["1/8", "3/32", "33/4", "17/4", "5/64"])
def test_a_metre_that_no_grid_can_have_is_passed_over(metre: str):
    assert str(proposed(*[in_metre(metre)] * 3, in_metre("3/4")).plan.metre) == "3/4"
    assert str(proposed(in_metre(metre)).plan.metre) == "4/4"


def unsaid(metre: str) -> Facts:
    """A piece that does not say that it goes like a waltz or a march."""
    beats = int(metre[0])
    rows = []
    for bar in range(16):
        start = 4 * beats * bar
        rows.append((1, start, start + 4 * beats, (48, 43, 41, 38)[bar % 4]))
        rows.append((0, start, start + 4, (60, 67, 65, 62)[bar % 4]))
        rows += [(0, start + 4 * beat, start + 4 * beat + 4, 72 + 2 * beat) for beat in range(1, beats)]
    return piece(*rows, metres=())


def test_where_few_pieces_say_their_metre_those_that_sound_like_one_count_too():
    waltzes = [unsaid("3/4")] * 3
    proposal = proposed(in_metre("4/4"), *waltzes)
    assert str(proposal.plan.metre) == "3/4"
    assert proposal.reasons["metre"] == (
        "3 of 4 pieces fit\nstated: 4/4 1\n3 pieces state none and sound like 3/4 3\n"
        "where bars begin is estimated in 3 pieces"
    )
    assert str(proposed(in_metre("4/4"), in_metre("4/4"), *waltzes).plan.metre) == "3/4"


def test_of_metres_that_take_as_many_pieces_the_one_that_more_of_them_state_is_taken():
    pieces = [in_metre("2/4"), in_metre("4/4"), *[unsaid("3/4")] * 2]
    assert str(proposed(*pieces).plan.metre) == "4/4"
    assert str(proposed(*pieces, unsaid("3/4")).plan.metre) == "3/4"


def test_pieces_that_state_no_metre_count_too_where_most_do():
    proposal = proposed(*many(m2_4=19), unsaid("4/4"))
    assert str(proposal.plan.metre) == "4/4"
    assert proposal.reasons["metre"].startswith("20 of 20 pieces fit\n")
    assert "\n1 piece states none and sounds like 4/4 1\n" in proposal.reasons["metre"]


def test_where_no_piece_says_its_metre_that_is_said():
    proposal = proposed(unsaid("3/4"), unsaid("4/4"), unsaid("3/4"))
    assert str(proposal.plan.metre) == "3/4"
    assert proposal.reasons["metre"].startswith(
        "2 of 3 pieces fit\nstated: nowhere\n3 pieces state none and sound like 3/4 2, 4/4 1\n"
        "where bars begin is estimated in 3 pieces"
    )


# Steps


def evenly(parts: int, metre: MetreChange = metre_at(0, "4/4")) -> Facts:  # noqa: B008 - a MetreChange does not change
    """A piece with so many notes in each quarter note."""
    length = 48 // parts
    rows = [(0, length * index, length * index + length, 60 + index % 5) for index in range(8 * parts)]
    return piece(*rows, beat=48, tracks=(PIANO,), metres=(metre,))


@pytest.mark.parametrize(("parts", "steps"), [(1, 4), (2, 4), (4, 4), (3, 6), (6, 6), (8, 8), (12, 12), (24, 24)])
def test_the_grid_is_as_fine_as_the_notes_need(parts: int, steps: int):
    proposal = proposed(evenly(parts))
    assert proposal.plan.steps_per_beat == steps
    assert proposal.reasons["steps_per_beat"] == f"0.0% of the onsets are moved to fit {steps} steps a quarter note"


def test_what_a_coarser_grid_would_move_is_said():
    proposal = proposed(evenly(3), steps_per_beat=4)
    assert proposal.reasons["steps_per_beat"] == (
        "66.7% of the onsets are moved to fit 4 steps a quarter note, by 0.083 of a quarter note on average"
        "; 12 would move 0.0%, and cost three times as much"
        "\npieces that alone would have another grid (see --steps-per-beat): 6 steps for 1"
    )


def test_a_finer_grid_is_spoken_of_only_if_there_is_one_and_it_moves_less():
    live_on_a_grid = [evenly(24), live()]
    reasons = [
        proposed(*live_on_a_grid, live=True, steps_per_beat=steps).reasons["steps_per_beat"] for steps in (12, 24)
    ]
    assert ("; 24 would move" in reasons[0], "would move" in reasons[1]) == (True, False)
    assert "would move" not in proposed(evenly(4)).reasons["steps_per_beat"]


def test_steps_must_make_whole_bars():
    ninth = metre_at(0, "9/16")
    assert proposed(evenly(4, ninth)).plan.steps_per_beat == 4
    finer = proposed(evenly(6, ninth))  # a bar of 9/16 has 13.5 sixths of a quarter note
    assert (str(finer.plan.metre), finer.plan.steps_per_beat) == ("9/16", 8)
    assert "to fit 8 steps" in finer.reasons["steps_per_beat"]


def test_wishes_for_phrases_that_no_laptop_can_hold_are_refused():
    with pytest.raises(InputError, match=r"a phrase of 2 tracks, .* is too large: at most 16,384 steps") as caught:
        proposed(DUET, bars=64, steps_per_beat=48, metre="99/1")
    assert caught.value.remedy.startswith("Ask for fewer bars")


@pytest.mark.parametrize("wishes", [{"steps_per_beat": 1, "metre": "7/8"}, {"steps_per_beat": 6, "metre": "9/16"}])
def test_wishes_that_do_not_go_together_are_refused(wishes: dict[str, object]):
    with pytest.raises(InputError, match=r"has no whole number of steps, . a quarter note") as caught:
        proposed(DUET, **wishes)
    assert caught.value.remedy == "Ask for more steps, or for another metre."


@pytest.mark.parametrize(("triplets", "steps", "moved"), [(0, 4, "0.0"), (1, 4, "5.1"), (2, 12, "10.5")])
def test_some_triplets_are_not_worth_a_grid_of_three_times_the_cost(triplets: int, steps: int, moved: str):
    straight = [evenly(4)] * (10 - triplets)
    proposal = proposed(*straight, *[evenly(3)] * triplets)
    assert proposal.plan.steps_per_beat == steps
    at_four = proposed(*straight, *[evenly(3)] * triplets, steps_per_beat=4).reasons["steps_per_beat"]
    assert at_four.startswith(f"{moved}% of the onsets are moved to fit 4 steps")


# Playing without a beat


def test_pieces_without_a_beat_are_left_out_and_said_to_be():
    proposal = proposed(DUET, live(), DUET, live())
    assert not proposal.plan.live
    assert proposal.reasons["live"] == "on a grid 2; without a beat 2, and left out"
    assert (proposal.survey.pieces, proposal.survey.notes, proposal.pitches.sum()) == (2, 4, 4)


def loose() -> Facts:
    """A piece that is played to a click."""
    random = np.random.default_rng(1)
    late = random.normal(0, 20, 400).astype(int).tolist()
    return piece(*((0, 240 * k + 240 + by, 240 * k + 400 + by, 60 + k % 5) for k, by in enumerate(late)), beat=480)


@pytest.mark.parametrize("company", [[], [DUET], [DUET] * 9, [live()] * 5])
def test_whether_a_piece_is_taken_does_not_depend_on_its_company(company: list[Facts]):
    proposal = proposed(loose(), live(), loose(), *company)
    assert proposal.survey.timings["loose"] == 2
    assert proposal.survey.without_beat == 1 + sum(one.timing == "none" for one in company)
    assert "played loosely to the beat 2, and moved to the grid" in proposal.reasons["live"]


@pytest.mark.parametrize(
    ("pieces", "said"), [(3, "all 3 pieces of songs keep to no beat"), (1, "the piece in songs keeps to no beat")]
)
def test_a_collection_without_any_beat_is_refused_in_words(pieces: int, said: str):
    with pytest.raises(InputError, match=f"^{said}: ") as caught:
        proposed(*[live()] * pieces)
    assert "music program" in caught.value.remedy
    assert "--live" in caught.value.remedy


def test_who_asks_for_pieces_without_a_beat_gets_them():
    proposal = proposed(DUET, live(), live(), live=True)
    assert proposal.plan.live
    assert proposal.reasons["live"] == "on a grid 1; without a beat 2, and taken as they are"
    assert proposed(live(), live=True).plan.steps_per_beat == 4


# Range


@pytest.mark.parametrize(
    ("strays", "lowest", "pitches", "said"),
    [
        ([], 48, 12, "C3 to B3: the octaves that hold 100.0% of the notes"),
        ([90] * 2, 48, 12, "C3 to B3: the octaves that hold 99.9% of the notes"),
        ([60] * 3, 48, 24, "C3 to B4: the octaves that hold 100.0% of the notes"),
        ([47] * 3 + [60] * 3, 36, 36, "C2 to B4: the octaves that hold 100.0% of the notes"),
        ([0] * 3 + [127] * 3, 0, 128, "C-1 to G9: the octaves that hold 100.0% of the notes"),
    ],
)
def test_the_range_is_whole_octaves_for_all_but_a_thousandth(strays: list[int], lowest: int, pitches: int, said: str):
    inside = [(0, step, step + 1, 48 + step % 12) for step in range(2000)]
    proposal = proposed(piece(*inside, *((1, 0, 1, pitch) for pitch in strays)), common_tonic=False)
    assert (proposal.plan.lowest, proposal.plan.pitches) == (lowest, pitches)
    assert proposal.reasons["lowest"] == said


def test_the_highest_octave_ends_with_midi():
    proposal = proposed(piece((0, 0, 4, 121), (0, 4, 8, 127)), common_tonic=False)
    assert (proposal.plan.grid.lowest, proposal.plan.grid.highest) == (120, 127)


SCALE = (0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0, 0)


def tune_in(tonic: int) -> Facts:
    """A tune in major on this pitch, with drums that are no part of its harmony."""
    rows = [(0, 4 * beat, 4 * beat + 4, tonic + step) for beat, step in enumerate(SCALE)]
    return piece(*rows, (1, 0, 1, 39), tracks=(FLUTE, KIT))


def test_the_range_is_that_of_the_music_brought_to_c():
    tunes = [tune_in(62), tune_in(58)]  # D and B flat: down and up to C
    moved = proposed(*tunes, tracks_by="families")
    drums, flute = moved.pitches
    assert [pitch for pitch in range(128) if drums[pitch]] == [39]
    assert [pitch for pitch in range(128) if flute[pitch]] == [60, 62, 64, 65, 67, 69, 71, 72]
    kept = proposed(*tunes, tracks_by="families", common_tonic=False).pitches[1]
    assert [pitch for pitch in range(128) if kept[pitch]] == [58, 60, 62, 63, 64, 65, 66, 67, 69, 70, 71, 73, 74]
    assert kept.sum() == flute.sum() == 2 * len(SCALE)
    alone = [piece(*((0, *row) for row in ((0, 4, 60), (4, 8, 64), (8, 16, 67), (16, 32, 60))), tracks=(FLUTE,))]
    assert proposed(*alone).plan.pitches == 12


def test_transposition_may_change_the_octaves_that_are_needed():
    low = piece(*((0, 4 * beat, 4 * beat + 4, 46 + step) for beat, step in enumerate(SCALE[:7])), tracks=(FLUTE,))
    assert (proposed(low).plan.lowest, proposed(low).plan.pitches) == (48, 12)
    kept = proposed(low, common_tonic=False).plan
    assert (kept.lowest, kept.pitches) == (36, 24)


# Nothing to propose


@pytest.mark.parametrize("policy", ["merged", "named", "families", "voices", None])
def test_no_pieces_are_refused(policy: str | None):
    with pytest.raises(InputError, match="no notes in any file of songs") as caught:
        proposed(tracks_by=policy)
    assert "folder with music" in caught.value.remedy


def test_a_collection_that_has_none_of_the_tracks_that_it_should_is_refused():
    source = Source("chorales", (), tracks=(Track(name="Horn"),))
    with pytest.raises(InputError, match="no notes in chorales are for the tracks asked for") as caught:
        proposed(band(FLUTE, BASS), source=source)
    assert caught.value.remedy == "Choose another way: --tracks families, voices or merged."


def test_drums_have_no_voices():
    with pytest.raises(InputError, match="no notes in songs are for the tracks asked for"):
        proposed(band(KIT), tracks_by="voices")


# As a whole


@pytest.mark.parametrize(
    "wishes", [{}, {"tracks_by": "merged"}, {"tracks_by": "families"}, {"tracks_by": "voices", "voices": 3}]
)
def test_a_plan_comes_with_reasons_in_a_file_that_can_be_read_again(wishes: dict[str, object], tmp_path: Path):
    proposal = proposed(DUET, live(), unsaid("3/4"), **wishes)
    text = plan_toml(proposal.plan, proposal.reasons)
    write_whole(tmp_path / "plan.toml", text)
    assert load_plan(tmp_path / "plan.toml").plan == proposal.plan
    assert set(proposal.reasons) == {"live", "metre", "steps_per_beat", "tracks_by", "lowest", "tracks"}
    for reason in proposal.reasons.values():
        assert all(f"# {line}\n" in text for line in reason.splitlines())


def test_the_counts_behind_a_plan_come_with_it():
    proposal = proposed(DUET, DUET)
    assert (proposal.survey.pieces, proposal.survey.notes) == (2, 4)
    assert proposal.pitches.shape == (2, 128)
    assert [(int(row.argmax()), int(row.sum())) for row in proposal.pitches] == [(60, 2), (48, 2)]
    assert isinstance(proposal.plan, Plan)
