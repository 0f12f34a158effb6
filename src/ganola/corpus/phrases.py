"""Any music file as phrases, read the way a corpus reads: what a network made for the corpus can be shown.

The phrases of a piece follow one another and do not overlap: bars 1 to 4, 5 to 8 and so on of each of its sections.
Where bars remain, its last phrase is its last bars. What ganola itself made is read exactly as it was made.
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, Int64, Shaped, UInt8

from ganola.corpus.arranging import arranged
from ganola.corpus.bars import AS_NUMBER, BAR_NOTE, by_bar, planes
from ganola.corpus.columns import ENDING, load_columns, save_columns
from ganola.corpus.crew import Begin, run_jobs
from ganola.corpus.facts import examine
from ganola.corpus.metres import main_metre
from ganola.corpus.packing import NOTHING_FITS, PACKING_SECONDS, Barred, barred
from ganola.corpus.pieces import Rejection
from ganola.corpus.plan import Plan
from ganola.corpus.reading import OPENING_SECONDS, reason_of
from ganola.corpus.sources import SourceFile
from ganola.music.io.files import tunes_in
from ganola.music.io.formats import seconds_allowed
from ganola.music.io.provenance import provenance_in
from ganola.music.key import find_key, pitch_class_weights
from ganola.music.roll import fit, from_planes
from ganola.music.score import Notes, Score, quantised

CHUNK = 16  # files of a worker's job

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is, of how much
Provenance = Mapping[str, Any]
Job = tuple[tuple[SourceFile, ...], Plan, Path]


@dataclass(frozen=True)
class Phrases:
    """The phrases of some files, one file after the other, those of each in order of time; none is silent.

    `names` are the files (of a book of tunes: the tunes) that have phrases, `left_out` the others with the reason.
    """

    plan: Plan
    names: tuple[str, ...]
    left_out: tuple[Rejection, ...]
    file: Int64[np.ndarray, "phrases"]  # which of `names` a phrase belongs to
    bar: Int64[np.ndarray, "phrases"]  # at which it begins, of its file's bars in the plan's metre; the first is 1
    counts: Int64[np.ndarray, "phrases bars"]  # notes of each bar
    rows: Shaped[np.ndarray, "rows"]  # BAR_NOTE records, bar after bar

    def __len__(self) -> int:
        return len(self.file)

    @cached_property
    def cells(self) -> UInt8[np.ndarray, "phrases tracks steps pitches"]:
        """All phrases as cells: of many, rather some at a time."""
        return self.some(np.arange(len(self)))

    def some(self, chosen: Int[np.ndarray, "chosen"]) -> UInt8[np.ndarray, "chosen tracks steps pitches"]:
        """The cells of the phrases that an index chooses, in its order."""
        notes = self.counts.sum(axis=1)
        first, notes = (notes.cumsum() - notes)[chosen], notes[chosen]
        row = np.arange(notes.sum()) + (first - (notes.cumsum() - notes)).repeat(notes)
        return from_planes(planes(self.rows[row], self.counts[chosen], self.plan.grid, len(self.plan.tracks)))

    def of_file(self, index: int) -> UInt8[np.ndarray, "phrases tracks steps pitches"]:
        """The cells of the phrases of one of `names`."""
        first, last = np.searchsorted(self.file, [index, index + 1])
        return self.some(np.arange(first, last))

    def bars_of_file(self, index: int) -> list[int]:
        """The bars at which the phrases of one of `names` begin."""
        return [int(bar) for bar in self.bar[self.file == index]]


def read_phrases(
    files: Sequence[SourceFile], plan: Plan, *, workers: int = 0, progress: Progress = lambda *_: None
) -> Phrases:
    """The phrases of every file, in their order; what cannot be read or does not fit `plan` is left out with a reason.

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
        return _joined([_load(path, plan) for _, _, path in jobs], plan)


def _read_job(job: Job, lost: Mapping[int, str], begin: Begin) -> None:
    files, plan, path = job
    _save(_read(files, plan, lost, begin), path)


def _read(files: Sequence[SourceFile], plan: Plan, lost: Mapping[int, str], begin: Begin) -> Phrases:
    parts: list[Phrases] = []
    for index, file in enumerate(files):
        if index in lost:
            parts.append(_nothing(plan, file.name, lost[index]))
            continue
        begin(index, OPENING_SECONDS)
        try:
            data = file.read()
            begin(index, seconds_allowed(data, file.suffix) + PACKING_SECONDS)
            tunes = tunes_in(data, file.suffix)
        except Exception as error:  # whatever is wrong with a file, the others are read
            parts.append(_nothing(plan, file.name, reason_of(error)))
            continue
        for tune in tunes:
            name = file.name + tune.mark
            try:
                made = _phrases(name, tune.read(), provenance_in(data), plan)
            except Exception as error:
                made = reason_of(error)
            parts.append(_nothing(plan, name, made) if isinstance(made, str) else made)
    begin(len(files), math.inf)
    return _joined(parts, plan)


def _phrases(name: str, score: Score, about: Provenance | None, plan: Plan) -> Phrases | str:
    if about is not None:
        made = as_made(score, about, plan)
    else:
        piece = examine(name, "", score, fingerprint=False)
        made = barred(piece.facts, piece.score, plan)
    return made if isinstance(made, str) else _cut(name, made, plan)


def as_made(score: Score, about: Provenance, plan: Plan) -> Barred | str:
    """Music that ganola made, exactly as it was before it was moved to the key that someone asked for.

    Its first bar begins at tick 0 whatever sounds there, and it lasts whole phrases. A piece of a corpus that was
    exported is in the common key as it lies, and lasts as long as it lasts.
    """
    grid = plan.grid
    metre = main_metre(score)
    if not metre.divides(grid.metre):
        return f"in {metre}; this corpus is in {grid.metre}"
    semitones = _way_home(score, about, plan)
    score = quantised(score, plan.steps_per_beat).transposed(semitones)
    notes, left_out = _in_own_tracks(score, plan) or arranged(score, plan)
    # A generator may play two notes at once in a track of one: what it did is to be seen.
    fitted = fit(notes, tuple(track.model_copy(update={"one_note": False}) for track in plan.corpus_tracks), grid)
    if not len(fitted.notes):
        return NOTHING_FITS
    bars = -(-int(fitted.notes.end.max()) // grid.steps_per_bar)
    bars = max(bars, grid.bars) if "piece" in about else -(-bars // grid.bars) * grid.bars
    return Barred(
        notes=fitted.notes,
        sections=(bars,),
        semitones=semitones,
        out_of_range=fitted.out_of_range,
        merged=fitted.merged,
        shortened=fitted.shortened,
        left_out=left_out,
    )


def _way_home(score: Score, about: Provenance, plan: Plan) -> int:
    """By how many semitones a phrase is to be moved back; earlier versions wrote down only the key, 0 for C."""
    if "piece" in about or not plan.common_tonic:
        return 0
    tonic = about.get("tonic")
    nearest = min((tonic, tonic - 12), key=abs) if isinstance(tonic, int) else 0
    moved = about.get("transposed", nearest)
    if isinstance(moved, int) and abs(moved) < 128:
        return -moved
    key = find_key(pitch_class_weights(score))  # by a model that plays in every key
    return key.semitones_to_c if key else 0


def _in_own_tracks(score: Score, plan: Plan) -> tuple[Notes, int] | None:
    """The notes in the plan's tracks of the same names (silent ones are not in a file), if all have theirs."""
    place = {track.name: index for index, track in enumerate(plan.tracks)}
    if not all(track.name in place for track in score.tracks):
        return None
    own = np.array([place[track.name] for track in score.tracks], dtype=np.int32)
    return replace(score.notes, track=own[score.notes.track]), 0


def _cut(name: str, piece: Barred, plan: Plan) -> Phrases:
    """A piece's phrases that are not silent, at least one: each bar of it is in some phrase, and notes are in some."""
    bars = plan.bars
    rows, first = by_bar(piece.notes, piece.bars, plan.grid.steps_per_bar)
    starts = np.array(
        [bar for bar in phrase_starts(piece.sections, bars) if first[bar + bars] > first[bar]], dtype=np.int64
    )
    return Phrases(
        plan=plan,
        names=(name,),
        left_out=(),
        file=np.zeros(len(starts), dtype=np.int64),
        bar=starts + 1,
        counts=np.stack([np.diff(first[bar : bar + bars + 1]) for bar in starts]),
        rows=np.concatenate([rows[first[bar] : first[bar + bars]] for bar in starts]),
    )


def phrase_starts(sections: Sequence[int], bars: int) -> Iterator[int]:
    """The bars, from 0, at which phrases begin: one after the other within a section, the last one at its end."""
    before = 0
    for length in sections:
        yield from range(before, before + length - bars + 1, bars)
        if length > bars and length % bars:
            yield before + length - bars
        before += length


def _nothing(plan: Plan, name: str, reason: str) -> Phrases:
    return replace(_joined([], plan), left_out=(Rejection(name, reason),))


def _joined(parts: Sequence[Phrases], plan: Plan) -> Phrases:
    names = [name for part in parts for name in part.names]
    before = np.cumsum([0, *(len(part.names) for part in parts)])
    none = np.zeros(0, dtype=np.int64)
    return Phrases(
        plan=plan,
        names=tuple(names),
        left_out=tuple(rejection for part in parts for rejection in part.left_out),
        file=np.concatenate([none, *(part.file + number for part, number in zip(parts, before, strict=False))]),
        bar=np.concatenate([none, *(part.bar for part in parts)]),
        counts=np.concatenate([np.zeros((0, plan.bars), dtype=np.int64), *(part.counts for part in parts)]),
        rows=np.concatenate([np.zeros(0, dtype=BAR_NOTE), *(part.rows for part in parts)]),
    )


@dataclass(frozen=True, slots=True)
class _PhrasesHeader:
    names: tuple[str, ...]
    left_out: tuple[Rejection, ...]


def _save(phrases: Phrases, path: Path) -> None:
    """Hand over what a worker read."""
    header = {"names": phrases.names, "left_out": [one.as_json() for one in phrases.left_out]}
    numbers = phrases.rows.view(AS_NUMBER)
    save_columns(path, header, {"file": phrases.file, "bar": phrases.bar, "counts": phrases.counts, "numbers": numbers})


def _load(path: Path, plan: Plan) -> Phrases:
    header, columns = load_columns(path, _PhrasesHeader, "file", "bar", "counts", "numbers")
    rows = columns.pop("numbers").view(BAR_NOTE)
    return Phrases(plan, header.names, header.left_out, rows=rows, **columns)
