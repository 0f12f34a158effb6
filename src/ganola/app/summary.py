"""What a corpus holds: sums over its pieces, what became of each file, and a picture of some of its windows."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from ganola.corpus.pieces import Piece
from ganola.corpus.store import Corpus
from ganola.corpus.windows import windows_of
from ganola.music.roll import from_planes
from ganola.rendering.picture import contact_sheet, png_bytes
from ganola.wording import counted

WINDOWS_PICTURE = "windows.png"
PICTURED = 8  # windows
_NO_KEY = "none found"

# What can become of notes: a field of a piece, and the words for it.
LOST_NOTES = {
    "out_of_range": "left out: outside the range",
    "left_out": "left out: in tracks that this corpus does not have",
    "other_metre": "left out: in bars of another metre or length, or too few bars in a row",
    "merged": "merged: begun together on one pitch, or in a monophonic track",
    "shortened": "shortened where the next begins",
}


@dataclass
class CorpusSummary:
    """Sums over the pieces of a corpus; `pieces`, `bars`, `windows` and `tunes` are by split.

    `tunes` counts the windows of each tune of a split; `notes` all notes, and those of each kind in LOST_NOTES.
    """

    pieces: Counter[str] = field(default_factory=Counter)
    bars: Counter[str] = field(default_factory=Counter)
    windows: Counter[str] = field(default_factory=Counter)
    tunes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    notes: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    shifted: int = 0  # pieces that were moved onto the beat
    estimated: int = 0  # pieces whose bar lines are estimated
    remarked: int = 0  # pieces with remarks

    def add(self, piece: Piece) -> None:
        """Add a piece to the sums."""
        self.pieces[piece.split] += 1
        self.bars[piece.split] += piece.bars
        self.windows[piece.split] += piece.windows
        self.tunes[piece.split][piece.family] += piece.windows
        for name in ("notes", *LOST_NOTES):
            self.notes[name] += getattr(piece, name)
        self.keys[piece.key or _NO_KEY] += 1
        self.labels[piece.label] += 1
        self.shifted += piece.offset != 0
        self.estimated += piece.bars_estimated
        self.remarked += bool(piece.remarks)

    def tunes_with_windows(self, split: str) -> int:
        """Return how many tunes of a split have windows."""
        return sum(windows > 0 for windows in self.tunes[split].values())

    @property
    def largest(self) -> tuple[str, int]:
        """Return the tune of the most windows, and how many these are."""
        tunes = [own.most_common(1)[0] for own in self.tunes.values() if own]
        return max(tunes, key=lambda tune: tune[1], default=("", 0))


def summarise_corpus(corpus: Corpus) -> CorpusSummary:
    """Return sums over the pieces of a corpus."""
    summary = CorpusSummary()
    for piece in corpus.iter_pieces():  # not kept: there can be very many
        summary.add(piece)
    return summary


def describe_files(corpus: Corpus) -> dict[str, str]:
    """Return for every file of a corpus's music, by name, how it was used, or why it was not."""
    used = {piece.name: _describe(piece) for piece in corpus.pieces}
    used |= {one.file: f"left out: {one.reason}" for one in corpus.rejected}
    return dict(sorted(used.items()))


def _describe(piece: Piece) -> str:
    parts = [
        f"{piece.split}, {counted(piece.windows, 'window')} in {counted(piece.bars, 'bar')}",
        f"{piece.metre}{' (bar lines estimated)' if piece.bars_estimated else ''}",
        f"{piece.key or 'no key'}{f', transposed by {piece.semitones:+d}' if piece.semitones else ''}",
    ]
    if piece.offset:
        parts.append(f"{piece.offset:+.3f} of a quarter note off the beat, mended")
    parts += [
        f"{counted(getattr(piece, name), 'note')} {what}" for name, what in LOST_NOTES.items() if getattr(piece, name)
    ]
    return "; ".join([*parts, *piece.remarks])


def windows_png(corpus: Corpus) -> bytes:
    """Return a picture of some training windows of a corpus, as PNG."""
    windows = windows_of(corpus, "train")
    chosen = np.linspace(0, len(windows) - 1, num=min(PICTURED, len(windows))).astype(int)
    rolls = from_planes(windows.rolls(chosen))
    return png_bytes(contact_sheet([("training windows", list(rolls))], corpus.grid, corpus.tracks))
