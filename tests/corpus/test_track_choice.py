import pytest

from ganola.corpus.plan import PlannedTrack
from ganola.corpus.track_choice import MERGED
from ganola.music.tracks import Track
from tests.corpus.surveyed import (
    BASS,
    DUET,
    FLUTE,
    GUITAR,
    KIT,
    PIANO,
    band,
    chords,
    piece,
    proposed,
    said,
)

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
        PlannedTrack(name="FLUTE", program=73, monophonic=True, takes=("FLUTE",)),
        PlannedTrack(name="bass", program=32, monophonic=True, takes=("bass",)),
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


def test_a_keyboard_that_keeps_to_so_many_notes_is_split_into_voices():
    proposal = proposed(chords(3), chords(3), chords(4, beats=4))
    assert said(proposal) == (
        "voices",
        [("voice 1", 0), ("voice 2", 0), ("voice 3", 0)],
        "in pieces of one track 3 notes sound together 80% of the time",
    )
    assert all(track.monophonic and not track.takes for track in proposal.plan.tracks)
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
