"""Fit a piece to the plan of a corpus: its tracks, its key, its grid and its bars."""

from dataclasses import dataclass

from ganola.corpus.metres import set_bars
from ganola.corpus.piece_stats import PieceStats
from ganola.corpus.plan import Plan
from ganola.corpus.segments import cut_to_segments, explain_no_segment, find_segments
from ganola.corpus.track_mapping import explain_missing_voices, map_tracks
from ganola.music.downbeat import estimate_downbeat
from ganola.music.roll import fit_notes
from ganola.music.score import Notes, Score, quantise

NO_BEAT = "keeps to no beat (played without a click, or its tempo is not written)"
NOTHING_FITS = "no notes in the tracks and the range of this corpus"


@dataclass(frozen=True, slots=True)
class FittedPiece:
    """A piece in the plan's tracks, key and bars: its notes in steps from its first bar line, and how many gave way."""

    notes: Notes
    segments: tuple[int, ...]  # lengths in bars of its segments, one right after the other
    semitones: int  # by which it was transposed
    out_of_range: int = 0
    merged: int = 0
    shortened: int = 0
    left_out: int = 0  # notes of tracks that the corpus does not have
    other_metre: int = 0  # notes left out in bars of another metre

    @property
    def bars(self) -> int:
        """Its bars, of all segments."""
        return sum(self.segments)


def fit_piece(stats: PieceStats, score: Score, plan: Plan) -> FittedPiece | str:
    """Return the piece as the plan asks for it; or why it is left out, in words for its owner."""
    grid = plan.grid
    if reason := explain_missing_voices(score.tracks, plan):
        return reason
    if stats.timing == "none" and not plan.free_timing:
        return NO_BEAT
    score = quantise(score, plan.steps_per_quarter)
    if not stats.bars_stated:
        if not stats.metre.divides(plan.metre):
            heard = "in" if stats.metre_stated else "states no metre and sounds like"
            return f"{heard} {stats.metre}; this corpus is in {plan.metre}"
        score = set_bars(score, plan.metre, _first_bar(stats, score, plan))
    segments = find_segments(score, grid)
    if not segments:
        return explain_no_segment(score, grid)
    semitones = stats.semitones_to_c if plan.common_tonic else 0
    notes, left_out = map_tracks(score.transpose(semitones), plan)
    notes, other_metre = cut_to_segments(notes, segments, grid.steps_per_bar)
    fitted = fit_notes(notes, plan.corpus_tracks, grid)
    if not len(fitted.notes):
        return NOTHING_FITS
    return FittedPiece(
        notes=fitted.notes,
        segments=tuple(segment.bars for segment in segments),
        semitones=semitones,
        out_of_range=fitted.out_of_range,
        merged=fitted.merged,
        shortened=fitted.shortened,
        left_out=left_out,
        other_metre=other_metre,
    )


def _first_bar(stats: PieceStats, score: Score, plan: Plan) -> int:
    """Return the step of a bar line, for a piece that states none: as it was estimated while the piece was read, or, in
    bars of another length, anew."""
    if stats.metre == plan.metre:
        return stats.downbeat * plan.steps_per_quarter
    return estimate_downbeat(score.pitched, plan.grid).step
