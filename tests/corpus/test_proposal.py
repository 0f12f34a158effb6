from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from ganola.corpus.options import BuildOptions
from ganola.corpus.piece_stats import PieceStats
from ganola.corpus.plan import Plan, PlannedTrack, load_plan, plan_toml
from ganola.corpus.source import Source
from ganola.corpus.track_choice import MERGED
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.metre import TimeSignature
from ganola.music.tracks import Track
from ganola.storage import write_whole
from tests.corpus.surveyed import (
    BASS,
    DUET,
    FLUTE,
    KIT,
    band,
    chords,
    free_timing,
    piece,
    proposed,
    said,
    unsaid,
)
from tests.strategies import Row

# One note at a time


def melody(overlaps: int, notes: int = 100) -> list[Row]:
    """A flute's notes, the first few of which run into the next."""
    return [(0, 3 * index, 3 * index + (4 if index < overlaps else 3), 60 + index % 7) for index in range(notes)]


@pytest.mark.parametrize(("overlaps", "monophonic"), [(0, True), (3, True), (4, False), (60, False)])
def test_a_track_plays_one_note_at_a_time_if_97_percent_of_its_notes_do(overlaps: int, monophonic: bool):
    accompaniment = [(1, 0, 4, 48), (1, 0, 4, 52), (1, 4, 9, 45)]
    proposal = proposed(piece(*melody(overlaps), *accompaniment))
    assert [track.monophonic for track in proposal.plan.tracks] == [monophonic, False]
    words = "one note at a time" if monophonic else "many notes at a time"
    assert proposal.reasons["tracks"] == f"Flute: 100 notes, {words}\nBass: 3 notes, many notes at a time"


def test_overlaps_are_counted_over_all_pieces_but_not_between_them():
    many = [piece(*melody(0)), piece(*melody(0)), piece(*melody(9))]
    assert proposed(*many, tracks_by="named").plan.tracks[0].monophonic
    assert not proposed(piece(*melody(0)), piece(*melody(9)), tracks_by="named").plan.tracks[0].monophonic


def test_tracks_that_come_together_play_many_notes_at_a_time():
    single = [(0, 4 * beat, 4 * beat + 4, 60) for beat in range(50)] + [(1, 200, 204, 50)]
    assert not proposed(piece(*single), tracks_by="merged").plan.tracks[0].monophonic
    assert proposed(piece(*single), tracks_by="families").plan.tracks[0].monophonic
    one = piece(*single, tracks=(FLUTE, KIT))
    assert proposed(one, tracks_by="merged").plan.tracks[0].monophonic  # the drums do not come with them


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
    plan = proposed(DUET, bars=7, steps_per_quarter=3, metre="5/4", common_tonic=False).plan
    assert (plan.bars, plan.steps_per_quarter, str(plan.metre), plan.common_tonic) == (7, 3, "5/4", False)
    assert plan.grid == Grid(lowest=48, pitches=24, steps_per_quarter=3, metre="5/4", bars=7)
    assert proposed(DUET).plan.grid == Grid(lowest=48, pitches=24)


def test_an_unknown_wish_is_no_wish():
    with pytest.raises(ValidationError):
        BuildOptions.model_validate({"tempo": 90})


# A collection that settles something itself

TRIO = (FLUTE, BASS.model_copy(update={"monophonic": True}), Track(name="Oboe"))


def test_a_source_may_settle_its_tracks_and_that_a_piece_must_have_them_all():
    source = Source("chorales", (), tracks=TRIO, complete=True, metre=TimeSignature(3, 4))
    proposal = proposed(piece((1, 0, 9, 48), (1, 0, 9, 52)), DUET, source=source)
    assert said(proposal) == ("named", [("Flute", 73), ("Bass", 32), ("Oboe", 0)], "the voices of this collection")
    assert [track.takes for track in proposal.plan.tracks] == [("Flute",), ("Bass",), ("Oboe",)]
    assert proposal.plan.tracks[1].monophonic
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


# Playing without a beat


def test_pieces_without_a_beat_are_left_out_and_said_to_be():
    proposal = proposed(DUET, free_timing(), DUET, free_timing())
    assert not proposal.plan.free_timing
    assert proposal.reasons["free_timing"] == "on a grid 2; without a beat 2, and left out"
    assert (proposal.survey.pieces, proposal.survey.notes, proposal.pitches.sum()) == (2, 4, 4)


def loose() -> PieceStats:
    """A piece that is played to a click."""
    random = np.random.default_rng(1)
    late = random.normal(0, 20, 400).astype(int).tolist()
    return piece(*((0, 240 * k + 240 + by, 240 * k + 400 + by, 60 + k % 5) for k, by in enumerate(late)), beat=480)


@pytest.mark.parametrize("company", [[], [DUET], [DUET] * 9, [free_timing()] * 5])
def test_whether_a_piece_is_taken_does_not_depend_on_its_company(company: list[PieceStats]):
    proposal = proposed(loose(), free_timing(), loose(), *company)
    assert proposal.survey.timings["loose"] == 2
    assert proposal.survey.without_beat == 1 + sum(one.timing == "none" for one in company)
    assert "played loosely to the beat 2, and moved to the grid" in proposal.reasons["free_timing"]


@pytest.mark.parametrize(
    ("pieces", "said"), [(3, "all 3 pieces of songs keep to no beat"), (1, "the piece in songs keeps to no beat")]
)
def test_a_collection_without_any_beat_is_refused_in_words(pieces: int, said: str):
    with pytest.raises(InputError, match=f"^{said}: ") as caught:
        proposed(*[free_timing()] * pieces)
    assert "music program" in caught.value.remedy
    assert "--free-timing" in caught.value.remedy


def test_who_asks_for_pieces_without_a_beat_gets_them():
    proposal = proposed(DUET, free_timing(), free_timing(), free_timing=True)
    assert proposal.plan.free_timing
    assert proposal.reasons["free_timing"] == "on a grid 1; without a beat 2, and taken as they are"
    assert proposed(free_timing(), free_timing=True).plan.steps_per_quarter == 4


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
    "options", [{}, {"tracks_by": "merged"}, {"tracks_by": "families"}, {"tracks_by": "voices", "voices": 3}]
)
def test_a_plan_comes_with_reasons_in_a_file_that_can_be_read_again(options: dict[str, object], tmp_path: Path):
    proposal = proposed(DUET, free_timing(), unsaid("3/4"), **options)
    text = plan_toml(proposal.plan, proposal.reasons)
    write_whole(tmp_path / "plan.toml", text)
    assert load_plan(tmp_path / "plan.toml").plan == proposal.plan
    assert set(proposal.reasons) == {"free_timing", "metre", "steps_per_quarter", "tracks_by", "lowest", "tracks"}
    for reason in proposal.reasons.values():
        assert all(f"# {line}\n" in text for line in reason.splitlines())


def test_the_counts_behind_a_plan_come_with_it():
    proposal = proposed(DUET, DUET)
    assert (proposal.survey.pieces, proposal.survey.notes) == (2, 4)
    assert proposal.pitches.shape == (2, 128)
    assert [(int(row.argmax()), int(row.sum())) for row in proposal.pitches] == [(60, 2), (48, 2)]
    assert isinstance(proposal.plan, Plan)
