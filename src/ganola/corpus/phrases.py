"""Any music file as phrases, read the way a corpus reads: what a network made for the corpus can be shown.

The phrases of a piece follow one another and do not overlap: bars 1 to 4, 5 to 8 and so on of each of its segments.
Where bars remain, its last phrase is its last bars. What ganola itself made is read exactly as it was made.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, Int64, Shaped, UInt8

from ganola.corpus.bars import AS_NUMBER, BAR_NOTE, bars_to_planes, split_into_bars
from ganola.corpus.columns import ENDING, load_record, save_record
from ganola.corpus.fitting import NOTHING_FITS, FittedPiece, fit_piece
from ganola.corpus.metres import main_metre
from ganola.corpus.packing import PACKING_SECONDS
from ganola.corpus.piece_stats import analyse_piece
from ganola.corpus.pieces import Rejection
from ganola.corpus.plan import Plan
from ganola.corpus.pool import Begin, Progress, run_jobs
from ganola.corpus.reading import read_files
from ganola.corpus.source import SourceFile
from ganola.corpus.track_mapping import map_tracks
from ganola.music.grid import MAX_PIECE_BARS
from ganola.music.io.provenance import REVISION, find_provenance
from ganola.music.key import find_key, pitch_class_weights
from ganola.music.roll import fit_notes, from_planes
from ganola.music.score import Notes, Score, quantise

CHUNK = 16  # files of a worker's job

Provenance = Mapping[str, Any]
Job = tuple[tuple[SourceFile, ...], Plan, Path]


@dataclass(frozen=True)
class Phrases:
    """The phrases of some files, one file after the other, those of each in order of time; none is silent.

    `names` are the files (of a book of tunes: the tunes) that have phrases, `rejections` the others with the reason.
    """

    plan: Plan
    names: tuple[str, ...]
    rejections: tuple[Rejection, ...]
    file: Int64[np.ndarray, "phrases"]  # which of `names` a phrase belongs to
    bar: Int64[np.ndarray, "phrases"]  # at which it begins, of its file's bars in the plan's metre; the first is 1
    counts: Int64[np.ndarray, "phrases bars"]  # notes of each bar
    rows: Shaped[np.ndarray, "rows"]  # BAR_NOTE records, bar after bar

    def __len__(self) -> int:
        return len(self.file)

    @cached_property
    def cells(self) -> UInt8[np.ndarray, "phrases tracks steps pitches"]:
        """All phrases as cells: of many, rather some at a time."""
        return self.cells_at(np.arange(len(self)))

    def cells_at(self, chosen: Int[np.ndarray, "chosen"]) -> UInt8[np.ndarray, "chosen tracks steps pitches"]:
        """Return the cells of the phrases that an index chooses, in its order."""
        notes = self.counts.sum(axis=1)
        first, notes = (notes.cumsum() - notes)[chosen], notes[chosen]
        row = np.arange(notes.sum()) + (first - (notes.cumsum() - notes)).repeat(notes)
        return from_planes(bars_to_planes(self.rows[row], self.counts[chosen], self.plan.grid, len(self.plan.tracks)))

    def of_file(self, index: int) -> UInt8[np.ndarray, "phrases tracks steps pitches"]:
        """Return the cells of the phrases of one of `names`."""
        first, last = np.searchsorted(self.file, [index, index + 1])
        return self.cells_at(np.arange(first, last))

    def bars_of_file(self, index: int) -> list[int]:
        """Return the bars at which the phrases of one of `names` begin."""
        return [int(bar) for bar in self.bar[self.file == index]]


def read_phrases(
    files: Sequence[SourceFile], plan: Plan, *, workers: int = 0, progress: Progress = lambda *_: None
) -> Phrases:
    """Return the phrases of every file, in their order; what cannot be read or does not fit `plan` is left out with a
    reason.

    `workers` processes read; 0 does it in this one, where a file that kills its reader ends the program.
    """
    total = len(files)
    progress("reading", 0, total)
    if not workers:
        return _read(files, plan, {}, lambda index, _: progress("reading", index, total))
    with tempfile.TemporaryDirectory(prefix="ganola-") as folder:
        jobs: list[Job] = [
            (tuple(files[first : first + CHUNK]), plan, Path(folder) / f"{first:06d}{ENDING}")
            for first in range(0, total, CHUNK)
        ]
        for done in run_jobs(_read_job, jobs, [len(own) for own, _, _ in jobs], workers):
            progress("reading", done, total)
        return _concatenate([_load(path) for _, _, path in jobs], plan)


def _read_job(job: Job, skipped: Mapping[int, str], begin: Begin) -> None:
    files, plan, path = job
    phrases = _read(files, plan, skipped, begin)
    save_record(path, replace(phrases, rows=phrases.rows.view(AS_NUMBER)))


def _load(path: Path) -> Phrases:
    phrases = load_record(path, Phrases)
    return replace(phrases, rows=phrases.rows.view(BAR_NOTE))


def _read(files: Sequence[SourceFile], plan: Plan, skipped: Mapping[int, str], begin: Begin) -> Phrases:
    def cut(name: str, _: SourceFile, score: Score, provenance: Provenance | None) -> Phrases | str:
        piece = _fit(name, score, provenance, plan)
        return piece if isinstance(piece, str) else _cut_into_phrases(name, piece, plan)

    parts, rejections = read_files(
        files, find_provenance, cut, skipped=skipped, begin=begin, extra_seconds=PACKING_SECONDS
    )
    return replace(_concatenate(parts, plan), rejections=tuple(rejections))


def _fit(name: str, score: Score, provenance: Provenance | None, plan: Plan) -> FittedPiece | str:
    if provenance is not None and REVISION not in provenance:
        return fit_generated(score, provenance, plan)
    piece = analyse_piece(name, "", score, fingerprint=False)
    return fit_piece(piece.stats, piece.score, plan)


def fit_generated(score: Score, provenance: Provenance, plan: Plan) -> FittedPiece | str:
    """Return music that ganola made exactly as it was before it was moved to the key that someone asked for.

    Its first bar begins at tick 0 whatever sounds there, and it lasts whole phrases, or as many bars as it says. A
    piece of a corpus that was exported is in the common key as it lies, and lasts as long as it lasts.
    """
    grid = plan.grid
    metre = main_metre(score)
    if not metre.divides(grid.metre):
        return f"in {metre}; this corpus is in {grid.metre}"
    semitones = semitones_back(score, provenance, plan)
    score = quantise(score, plan.steps_per_quarter).transpose(semitones)
    notes, left_out = _in_own_tracks(score, plan) or map_tracks(score, plan)
    # A generator may play two notes at once in a track of one: what it did is to be seen.
    polyphonic = tuple(track.model_copy(update={"monophonic": False}) for track in plan.corpus_tracks)
    fitted = fit_notes(notes, polyphonic, grid)
    if not len(fitted.notes):
        return NOTHING_FITS
    bars = -(-int(fitted.notes.end.max()) // grid.steps_per_bar)
    said = _bars_of_form(provenance)
    bars = max(bars, grid.bars, said) if "piece" in provenance or said else -(-bars // grid.bars) * grid.bars
    return FittedPiece(
        notes=fitted.notes,
        segments=(bars,),
        semitones=semitones,
        out_of_range=fitted.out_of_range,
        merged=fitted.merged,
        shortened=fitted.shortened,
        left_out=left_out,
    )


def _bars_of_form(provenance: Provenance) -> int:
    """Return how many bars longer music says that it has; 0 where it says none, or no number that it can have."""
    form = provenance.get("form")
    bars = form.get("bars") if isinstance(form, dict) else None
    return bars if isinstance(bars, int) and 0 < bars <= MAX_PIECE_BARS else 0


def semitones_back(score: Score, provenance: Provenance, plan: Plan) -> int:
    """Return by how many semitones a phrase is to be moved back; earlier versions wrote down only the key, 0 for C."""
    if "piece" in provenance or not plan.common_tonic:
        return 0
    tonic = provenance.get("tonic")
    nearest = min((tonic, tonic - 12), key=abs) if isinstance(tonic, int) else 0
    moved = provenance.get("transposed", nearest)
    if isinstance(moved, int) and abs(moved) < 128:
        return -moved
    key = find_key(pitch_class_weights(score))  # by a model that plays in every key
    return key.semitones_to_c if key else 0


def _in_own_tracks(score: Score, plan: Plan) -> tuple[Notes, int] | None:
    """Return the notes in the plan's tracks of the same names (silent ones are not in a file), if all have theirs."""
    place = {track.name: index for index, track in enumerate(plan.tracks)}
    if not all(track.name in place for track in score.tracks):
        return None
    own = np.array([place[track.name] for track in score.tracks], dtype=np.int32)
    return replace(score.notes, track=own[score.notes.track]), 0


def _cut_into_phrases(name: str, piece: FittedPiece, plan: Plan) -> Phrases:
    """Return a piece's phrases that are not silent, at least one: each bar of it is in some phrase, and notes are in
    some."""
    bars = plan.bars
    rows, first = split_into_bars(piece.notes, piece.bars, plan.grid.steps_per_bar)
    starts = np.array(
        [bar for bar in phrase_starts(piece.segments, bars) if first[bar + bars] > first[bar]], dtype=np.int64
    )
    return Phrases(
        plan=plan,
        names=(name,),
        rejections=(),
        file=np.zeros(len(starts), dtype=np.int64),
        bar=starts + 1,
        counts=np.stack([np.diff(first[bar : bar + bars + 1]) for bar in starts]),
        rows=np.concatenate([rows[first[bar] : first[bar + bars]] for bar in starts]),
    )


def phrase_starts(segments: Sequence[int], bars: int) -> Iterator[int]:
    """Yield the bars, from 0, at which phrases begin: one after the other within a segment, the last one at its end."""
    before = 0
    for length in segments:
        yield from range(before, before + length - bars + 1, bars)
        if length > bars and length % bars:
            yield before + length - bars
        before += length


def _concatenate(parts: Sequence[Phrases], plan: Plan) -> Phrases:
    names = [name for part in parts for name in part.names]
    before = np.cumsum([0, *(len(part.names) for part in parts)])
    none = np.zeros(0, dtype=np.int64)
    return Phrases(
        plan=plan,
        names=tuple(names),
        rejections=tuple(rejection for part in parts for rejection in part.rejections),
        file=np.concatenate([none, *(part.file + number for part, number in zip(parts, before, strict=False))]),
        bar=np.concatenate([none, *(part.bar for part in parts)]),
        counts=np.concatenate([np.zeros((0, plan.bars), dtype=np.int64), *(part.counts for part in parts)]),
        rows=np.concatenate([np.zeros(0, dtype=BAR_NOTE), *(part.rows for part in parts)]),
    )
