"""What became of a collection, as a person reads it: the plan and its reasons, the corpus, the fate of every file."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ganola.cli.console import say, show, table, warn
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.corpus.pieces import Piece
    from ganola.corpus.proposal import Proposal
    from ganola.corpus.sources import Source
    from ganola.corpus.store import Corpus

LONGEST_LIST = 8

# What can become of notes: a field of a piece, and the words for it.
_LOST_NOTES = {
    "out_of_range": "left out: outside the range",
    "left_out": "left out: in tracks that this corpus does not have",
    "other_metre": "left out: in bars of another metre or length, or too few bars in a row",
    "merged": "merged: begun together on one pitch, or in a one-note track",
    "shortened": "shortened where the next begins",
}


def introduce(source: "Source") -> None:
    """Where a collection comes from, and which files in a folder are not even looked at."""
    for line in source.about:
        say(line)
    if source.ignored:
        kinds = sorted(source.ignored.items(), key=lambda one: (-one[1], one[0]))
        listed = ", ".join(f"{count} {kind}" for kind, count in kinds[:LONGEST_LIST])
        say(f"{counted(sum(source.ignored.values()), 'file')} passed over, no music: {listed}")
    for name, reason in source.unread.items():
        warn(f"{name}: {reason}")


def explain(proposal: "Proposal") -> None:
    """The plan, choice by choice, and what it follows from."""
    from ganola.corpus.labels import sort_pieces

    survey, plan, why = proposal.survey, proposal.plan, proposal.reasons
    say(f"{counted(survey.pieces, 'piece')}, {counted(survey.notes, 'note')}")
    say(f"  tracks: {plan.tracks_by}; " + "; ".join(why["tracks_by"].splitlines()))
    for line in why["tracks"].splitlines():
        say(f"    {line}")
    say(f"  metre: {plan.metre}; " + "; ".join(why["metre"].splitlines()))
    grid, *more = why["steps_per_beat"].splitlines()
    say(f"  grid: {grid}")
    for line in more:
        say(f"    {line}")
    if survey.shifted:
        beside = counted(survey.shifted, "piece lies", "pieces lie")
        say(f"    {beside} beside the beat by a constant, which is taken away")
    say(f"  timing: {why['live']}")
    say(f"  range: {why['lowest']}")
    say("  keys: " + _counted(survey.keys))
    if len(survey.labels) > 1 and sort_pieces(survey.labels):
        say("  labels: " + _counted(survey.labels))


def _kind_of(reason: str) -> str:
    """A reason for leaving a file out, without the name of its twin."""
    from ganola.corpus.reading import COPY_OF

    return "the same notes as another" if reason.startswith(COPY_OF) else reason


def _counted(counts: Counter[str]) -> str:
    listed = ", ".join(f"{name or 'none'} {count}" for name, count in counts.most_common(LONGEST_LIST))
    others = len(counts) - LONGEST_LIST
    return listed + (f" and {counted(others, 'other')}" if others > 0 else "")


def summarise(corpus: "Corpus") -> None:
    from ganola.corpus.build import shorter_phrases
    from ganola.corpus.store import SPLITS
    from ganola.music.key import pitch_name

    grid, manifest = corpus.grid, corpus.manifest
    totals = _Totals()
    for piece in corpus.iter_pieces():  # not kept: there can be very many
        totals.add(piece)
    say(f"{corpus.folder}: {counted(totals.pieces.total(), 'piece')} of {manifest.source}")
    say(
        f"  {counted(grid.bars, 'bar')} of {grid.metre} a phrase, "
        f"{counted(grid.steps_per_beat, 'step')} a quarter note, "
        f"{pitch_name(grid.lowest)} to {pitch_name(grid.highest)} ({counted(grid.pitches, 'pitch', 'pitches')})"
    )
    say(f"  {'every piece transposed to C' if manifest.common_tonic else 'every piece in its own key'}")
    for track in corpus.tracks:
        kind = "drums" if track.drums else "one note at a time" if track.one_note else "many notes"
        say(f"  track {track.name}: General MIDI program {track.program + 1}, {kind}")
    counts = table("split", "pieces", "tunes", "bars", "phrases")
    for split in SPLITS:
        counts.add_row(
            split,
            f"{totals.pieces[split]:,}",
            f"{len(totals.tunes[split]):,}",
            f"{totals.bars[split]:,}",
            f"{totals.windows[split]:,}",
        )
    show(counts)
    for line in [*_of_few_tunes(totals), *_of_the_largest(totals)]:
        say(f"  {line}")
    say(f"  {counted(totals.notes['notes'], 'note')}")
    for field, what in _LOST_NOTES.items():
        if totals.notes[field]:
            say(f"  {counted(totals.notes[field], 'note')} {what}")
    if totals.shifted:
        say(f"  {counted(totals.shifted, 'piece')} moved onto the beat, from which every note lay by a constant")
    if totals.estimated:
        states = "the file states" if totals.estimated == 1 else "the files state"
        say(f"  {counted(totals.estimated, 'piece')} with estimated bar lines: {states} none that fit the notes")
    if totals.remarked:
        say(f"  {counted(totals.remarked, 'file')} repaired, guessed at or played loosely: see corpus show --files")
    say("  keys: " + _counted(totals.keys))
    if manifest.labels:
        say("  labels: " + _counted(totals.labels))
    if corpus.rejected:
        reasons = Counter(_kind_of(one.reason) for one in corpus.rejected)
        say(f"  {counted(len(corpus.rejected), 'file')} left out (each in {corpus.folder / 'rejected.jsonl'}):")
        for reason, count in reasons.most_common(LONGEST_LIST):
            say(f"    {count} × {reason}")  # noqa: RUF001 - a multiplication sign is meant
        if len(reasons) > LONGEST_LIST:
            rest = reasons.total() - sum(count for _, count in reasons.most_common(LONGEST_LIST))
            say(f"    {rest} × for {len(reasons) - LONGEST_LIST} other reasons, each rarer")  # noqa: RUF001
        if remedy := next(filter(None, map(shorter_phrases, reasons)), ""):
            say(f"    {remedy}")


def _of_few_tunes(totals: "_Totals") -> Iterator[str]:
    """What so few tunes allow, if they are few."""
    from ganola.corpus.split import FEWEST_PHRASES, FEWEST_TO_CHOOSE, FEWEST_TO_MEASURE
    from ganola.judging.real_baseline import FEW_TUNES

    learn, choose, measure = (totals.tunes_with_windows(split) for split in ("train", "validation", "test"))
    tunes = learn + choose + measure
    if choose + measure >= FEW_TUNES:
        return
    shared = f"{counted(tunes, 'tune')}: {learn} to learn from, {choose or 'none'} to choose the best model by, "
    yield shared + f"{measure or 'none'} to measure by"
    if tunes < FEWEST_TO_CHOOSE:
        yield f"the last model of a training is kept, be it the best or not: to choose takes {FEWEST_TO_CHOOSE} tunes"
    none = "no number will say how far a model's music is from this music: that takes"
    if tunes < FEWEST_TO_MEASURE:
        yield f"{none} {FEWEST_TO_MEASURE} tunes"
    elif totals.windows["train"] < FEWEST_PHRASES:
        yield f"{none} {FEWEST_PHRASES} phrases to learn from"
    else:
        yield "a number for how far a model's music is from this music will be rough; it has an interval that says so"


def _of_the_largest(totals: "_Totals") -> Iterator[str]:
    """That a tune is larger than all the others together, if one is."""
    tune, windows = totals.largest
    total = totals.windows.total()
    if tune and 2 * windows > total > windows:
        yield (
            f"{tune} makes {100 * windows / total:.0f}% of all phrases: it is weighed down, to count no more than all "
            "others together"
        )


class _Totals:
    """Sums over the pieces of a corpus."""

    def __init__(self) -> None:
        self.pieces: Counter[str] = Counter()
        self.bars: Counter[str] = Counter()
        self.windows: Counter[str] = Counter()
        self.tunes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.notes: Counter[str] = Counter()
        self.keys: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self.shifted = self.estimated = self.remarked = 0

    def add(self, piece: "Piece") -> None:
        self.pieces[piece.split] += 1
        self.bars[piece.split] += piece.bars
        self.windows[piece.split] += piece.windows
        self.tunes[piece.split][piece.family] += piece.windows
        for field in ("notes", *_LOST_NOTES):
            self.notes[field] += getattr(piece, field)
        self.keys[piece.key or "none found"] += 1
        self.labels[piece.label] += 1
        self.shifted += piece.offset != 0
        self.estimated += piece.bars_estimated
        self.remarked += bool(piece.remarks)

    def tunes_with_windows(self, split: str) -> int:
        """How many tunes of a split have phrases."""
        return sum(windows > 0 for windows in self.tunes[split].values())

    @property
    def largest(self) -> tuple[str, int]:
        """The tune of the most phrases, and how many these are."""
        tunes = [own.most_common(1)[0] for own in self.tunes.values() if own]
        return max(tunes, key=lambda tune: tune[1], default=("", 0))


def list_files(corpus: "Corpus") -> None:
    """One line for every file: how it was used, or why it was not."""
    fates = {piece.name: _fate(piece) for piece in corpus.pieces}
    fates |= {one.file: f"left out: {one.reason}" for one in corpus.rejected}
    for name in sorted(fates):
        say(f"{name}: {fates[name]}")


def _fate(piece: "Piece") -> str:
    said = [
        f"{piece.split}, {counted(piece.windows, 'window')} in {counted(piece.bars, 'bar')}",
        f"{piece.metre}{' (bar lines estimated)' if piece.bars_estimated else ''}",
        f"{piece.key or 'no key'}{f', transposed by {piece.semitones:+d}' if piece.semitones else ''}",
    ]
    if piece.offset:
        said.append(f"{piece.offset:+.3f} of a quarter note off the beat, mended")
    said += [
        f"{counted(getattr(piece, field), 'note')} {what}"
        for field, what in _LOST_NOTES.items()
        if getattr(piece, field)
    ]
    return "; ".join([*said, *piece.remarks])
