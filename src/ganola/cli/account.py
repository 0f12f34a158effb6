"""What is printed of a collection: where it comes from, the plan and its reasons, and the corpus that it became."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ganola.cli.console import make_table, say, show, warn
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.app.summary import CorpusSummary
    from ganola.corpus.proposal import Proposal
    from ganola.corpus.source import Source
    from ganola.corpus.store import Corpus

LONGEST_LIST = 8


def introduce(source: "Source") -> None:
    """Print where a collection comes from, and which files in a folder are not even looked at."""
    for line in source.about:
        say(line)
    if source.ignored:
        kinds = sorted(source.ignored.items(), key=lambda one: (-one[1], one[0]))
        listed = ", ".join(f"{count} {kind}" for kind, count in kinds[:LONGEST_LIST])
        say(f"{counted(sum(source.ignored.values()), 'file')} passed over, no music: {listed}")
    for name, reason in source.unread.items():
        warn(f"{name}: {reason}")


def explain(proposal: "Proposal") -> None:
    """Print the plan, choice by choice, and what it follows from."""
    from ganola.corpus.labels import are_classes

    survey, plan, why = proposal.survey, proposal.plan, proposal.reasons
    say(f"{counted(survey.pieces, 'piece')}, {counted(survey.notes, 'note')}")
    say(f"  tracks: {plan.tracks_by}; " + "; ".join(why["tracks_by"].splitlines()))
    for line in why["tracks"].splitlines():
        say(f"    {line}")
    say(f"  metre: {plan.metre}; " + "; ".join(why["metre"].splitlines()))
    grid, *more = why["steps_per_quarter"].splitlines()
    say(f"  grid: {grid}")
    for line in more:
        say(f"    {line}")
    if survey.shifted:
        beside = counted(survey.shifted, "piece lies", "pieces lie")
        say(f"    {beside} beside the beat by a constant, which is taken away")
    say(f"  timing: {why['free_timing']}")
    say(f"  range: {why['lowest']}")
    say("  keys: " + _counted(survey.keys))
    if len(survey.labels) > 1 and are_classes(survey.labels):
        say("  labels: " + _counted(survey.labels))


def _kind_of(reason: str) -> str:
    """Return a reason for leaving a file out, without the name of its twin."""
    from ganola.corpus.reading import COPY_OF

    return "the same notes as another" if reason.startswith(COPY_OF) else reason


def _counted(counts: Counter[str]) -> str:
    listed = ", ".join(f"{name or 'none'} {count}" for name, count in counts.most_common(LONGEST_LIST))
    others = len(counts) - LONGEST_LIST
    return listed + (f" and {counted(others, 'other')}" if others > 0 else "")


def print_summary(corpus: "Corpus") -> None:
    """Print what a corpus holds, what its notes became, and which files were left out."""
    from ganola.app.summary import summarise_corpus

    summary = summarise_corpus(corpus)
    say(f"{corpus.folder}: {counted(summary.pieces.total(), 'piece')} of {corpus.manifest.source}")
    _print_grid(corpus)
    _print_splits(summary)
    for line in [*_of_few_tunes(summary), *_of_the_largest(summary)]:
        say(f"  {line}")
    _print_notes(summary)
    say("  keys: " + _counted(summary.keys))
    if corpus.manifest.labels:
        say("  labels: " + _counted(summary.labels))
    if corpus.rejected:
        _print_rejected(corpus)


def _print_grid(corpus: "Corpus") -> None:
    from ganola.music.key import pitch_name

    grid = corpus.grid
    say(
        f"  {counted(grid.bars, 'bar')} of {grid.metre} a phrase, "
        f"{counted(grid.steps_per_quarter, 'step')} a quarter note, "
        f"{pitch_name(grid.lowest)} to {pitch_name(grid.highest)} ({counted(grid.pitches, 'pitch', 'pitches')})"
    )
    say(f"  {'every piece transposed to C' if corpus.manifest.common_tonic else 'every piece in its own key'}")
    for track in corpus.tracks:
        kind = "drums" if track.drums else "one note at a time" if track.monophonic else "many notes"
        say(f"  track {track.name}: General MIDI program {track.program + 1}, {kind}")


def _print_splits(summary: "CorpusSummary") -> None:
    from ganola.corpus.store import SPLITS

    counts = make_table("split", "pieces", "tunes", "bars", "phrases")
    for split in SPLITS:
        counts.add_row(
            split,
            f"{summary.pieces[split]:,}",
            f"{len(summary.tunes[split]):,}",
            f"{summary.bars[split]:,}",
            f"{summary.windows[split]:,}",
        )
    show(counts)


def _print_notes(summary: "CorpusSummary") -> None:
    from ganola.app.summary import LOST_NOTES

    say(f"  {counted(summary.notes['notes'], 'note')}")
    for field, what in LOST_NOTES.items():
        if summary.notes[field]:
            say(f"  {counted(summary.notes[field], 'note')} {what}")
    if summary.shifted:
        say(f"  {counted(summary.shifted, 'piece')} moved onto the beat, from which every note lay by a constant")
    if summary.estimated:
        states = "the file states" if summary.estimated == 1 else "the files state"
        say(f"  {counted(summary.estimated, 'piece')} with estimated bar lines: {states} none that fit the notes")
    if summary.remarked:
        say(f"  {counted(summary.remarked, 'file')} repaired, guessed at or played loosely: see corpus show --files")


def _print_rejected(corpus: "Corpus") -> None:
    from ganola.corpus.segments import shorter_phrases

    reasons = Counter(_kind_of(one.reason) for one in corpus.rejected)
    say(f"  {counted(len(corpus.rejected), 'file')} left out (each in {corpus.folder / 'rejected.jsonl'}):")
    for reason, count in reasons.most_common(LONGEST_LIST):
        say(f"    {count} × {reason}")  # noqa: RUF001 - a multiplication sign is meant
    if len(reasons) > LONGEST_LIST:
        rest = reasons.total() - sum(count for _, count in reasons.most_common(LONGEST_LIST))
        say(f"    {rest} × for {len(reasons) - LONGEST_LIST} other reasons, each rarer")  # noqa: RUF001
    if remedy := next(filter(None, map(shorter_phrases, reasons)), ""):
        say(f"    {remedy}")


def _of_few_tunes(summary: "CorpusSummary") -> Iterator[str]:
    """Yield what so few tunes allow, if they are few."""
    from ganola.corpus.split import FEWEST_PHRASES, FEWEST_TO_CHOOSE, FEWEST_TO_MEASURE
    from ganola.judging.real_baseline import FEW_TUNES

    learn, choose, measure = (summary.tunes_with_windows(split) for split in ("train", "validation", "test"))
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
    elif summary.windows["train"] < FEWEST_PHRASES:
        yield f"{none} {FEWEST_PHRASES} phrases to learn from"
    else:
        yield "a number for how far a model's music is from this music will be rough; it has an interval that says so"


def _of_the_largest(summary: "CorpusSummary") -> Iterator[str]:
    """Yield that a tune is larger than all the others together, if one is."""
    tune, windows = summary.largest
    total = summary.windows.total()
    if tune and 2 * windows > total > windows:
        yield (
            f"{tune} makes {100 * windows / total:.0f}% of all phrases: it is weighed down, to count no more than all "
            "others together"
        )
