import pytest

from ganola.corpus.piece_stats import PieceStats
from ganola.errors import InputError
from ganola.music.metre import MetreChange
from tests.corpus.surveyed import (
    DUET,
    FLUTE,
    KIT,
    PIANO,
    free_timing,
    in_metre,
    piece,
    proposed,
    unsaid,
)
from tests.metres import metre_at

# Metre


def many(**counts: int) -> list[PieceStats]:
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
def test_the_corpus_is_in_the_metre_that_takes_most_pieces(pieces: list[PieceStats], metre: str):
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


def evenly(parts: int, metre: MetreChange = metre_at(0, "4/4")) -> PieceStats:  # noqa: B008 - a MetreChange does not change
    """A piece with so many notes in each quarter note."""
    length = 48 // parts
    rows = [(0, length * index, length * index + length, 60 + index % 5) for index in range(8 * parts)]
    return piece(*rows, beat=48, tracks=(PIANO,), metres=(metre,))


@pytest.mark.parametrize(("parts", "steps"), [(1, 4), (2, 4), (4, 4), (3, 6), (6, 6), (8, 8), (12, 12), (24, 24)])
def test_the_grid_is_as_fine_as_the_notes_need(parts: int, steps: int):
    proposal = proposed(evenly(parts))
    assert proposal.plan.steps_per_quarter == steps
    assert proposal.reasons["steps_per_quarter"] == f"0.0% of the onsets are moved to fit {steps} steps a quarter note"


def test_what_a_coarser_grid_would_move_is_said():
    proposal = proposed(evenly(3), steps_per_quarter=4)
    assert proposal.reasons["steps_per_quarter"] == (
        "66.7% of the onsets are moved to fit 4 steps a quarter note, by 0.083 of a quarter note on average"
        "; 12 would move 0.0%, and cost three times as much"
        "\npieces that alone would have another grid (see --steps-per-quarter): 6 steps for 1"
    )


def test_a_finer_grid_is_spoken_of_only_if_there_is_one_and_it_moves_less():
    free_on_a_grid = [evenly(24), free_timing()]
    proposals = [proposed(*free_on_a_grid, free_timing=True, steps_per_quarter=steps) for steps in (12, 24)]
    reasons = [proposal.reasons["steps_per_quarter"] for proposal in proposals]
    assert ("; 24 would move" in reasons[0], "would move" in reasons[1]) == (True, False)
    assert "would move" not in proposed(evenly(4)).reasons["steps_per_quarter"]


def test_steps_must_make_whole_bars():
    ninth = metre_at(0, "9/16")
    assert proposed(evenly(4, ninth)).plan.steps_per_quarter == 4
    finer = proposed(evenly(6, ninth))  # a bar of 9/16 has 13.5 sixths of a quarter note
    assert (str(finer.plan.metre), finer.plan.steps_per_quarter) == ("9/16", 8)
    assert "to fit 8 steps" in finer.reasons["steps_per_quarter"]


def test_wishes_for_phrases_that_no_laptop_can_hold_are_refused():
    with pytest.raises(InputError, match=r"a phrase of 2 tracks, .* is too large: at most 16,384 steps") as caught:
        proposed(DUET, bars=64, steps_per_quarter=48, metre="99/1")
    assert caught.value.remedy.startswith("Ask for fewer bars")


@pytest.mark.parametrize(
    "options", [{"steps_per_quarter": 1, "metre": "7/8"}, {"steps_per_quarter": 6, "metre": "9/16"}]
)
def test_wishes_that_do_not_go_together_are_refused(options: dict[str, object]):
    with pytest.raises(InputError, match=r"has no whole number of steps, . a quarter note") as caught:
        proposed(DUET, **options)
    assert caught.value.remedy == "Ask for more steps, or for another metre."


@pytest.mark.parametrize(("triplets", "steps", "moved"), [(0, 4, "0.0"), (1, 4, "5.1"), (2, 12, "10.5")])
def test_some_triplets_are_not_worth_a_grid_of_three_times_the_cost(triplets: int, steps: int, moved: str):
    straight = [evenly(4)] * (10 - triplets)
    proposal = proposed(*straight, *[evenly(3)] * triplets)
    assert proposal.plan.steps_per_quarter == steps
    at_four = proposed(*straight, *[evenly(3)] * triplets, steps_per_quarter=4).reasons["steps_per_quarter"]
    assert at_four.startswith(f"{moved}% of the onsets are moved to fit 4 steps")


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


def tune_in(tonic: int) -> PieceStats:
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
