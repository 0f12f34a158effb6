"""What a collection holds, counted piece by piece."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from ganola.corpus.piece_stats import MAX_VOICES, PieceStats
from ganola.corpus.track_mapping import instrument_family
from ganola.music.metre import TimeSignature
from ganola.music.pulse import Timing
from ganola.music.timing import PHASES, choose_resolution


@dataclass(slots=True)
class Survey:
    """Counts over the pieces of a collection."""

    pieces: int = 0
    notes: int = 0
    metres: Counter[TimeSignature] = field(default_factory=Counter)  # stated ones, by piece
    estimated_metres: Counter[TimeSignature] = field(default_factory=Counter)  # of pieces that state none
    bars_unstated: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)  # pieces with a track of this name, see `common_names`
    notes_of_name: Counter[str] = field(default_factory=Counter)
    spelling: dict[str, str] = field(default_factory=dict)
    numbered: set[str] = field(default_factory=set)  # names that have a 1 in some piece
    programs_of_name: Counter[tuple[str, int, bool]] = field(default_factory=Counter)
    instrumentations: Counter[frozenset[str]] = field(
        default_factory=Counter
    )  # pieces with just these families of instruments
    notes_of_family: Counter[str] = field(default_factory=Counter)
    pitches_of_family: Counter[str] = field(default_factory=Counter)  # the sum of its notes' pitches
    tracks: Counter[int] = field(default_factory=Counter)  # pieces with so many tracks
    voices: Int[np.ndarray, "9"] = field(default_factory=lambda: np.zeros(MAX_VOICES + 1, dtype=np.int64))
    phases: Int[np.ndarray, "phases"] = field(default_factory=lambda: np.zeros(PHASES, dtype=np.int64))
    resolutions: Counter[int] = field(default_factory=Counter)  # steps a quarter note that each piece alone would have
    timings: Counter[Timing] = field(default_factory=Counter)
    without_beat: int = 0  # pieces left out of all other counts, as they keep to no beat
    shifted: int = 0  # pieces with a constant offset

    def add(self, stats: PieceStats) -> None:
        """Count a piece."""
        self.pieces += 1
        self.notes += int(stats.onsets.sum())
        (self.metres if stats.metre_stated else self.estimated_metres)[stats.metre] += 1
        self.bars_unstated += not stats.bars_stated
        self.keys[stats.key or "none found"] += 1
        self.labels[stats.label] += 1
        self.tracks[len(stats.tracks)] += 1
        self.voices += stats.voices
        self.shifted += stats.offset != 0
        self.timings[stats.timing] += 1
        self.phases += stats.phases
        self.resolutions[choose_resolution(stats.phases)] += 1
        self._add_tracks(stats)

    def _add_tracks(self, stats: PieceStats) -> None:
        names = common_names(stats)
        kinds = [instrument_family(track) for track in stats.tracks]
        pitches = (stats.pitches @ np.arange(128)).tolist()
        for index, (track, onsets) in enumerate(zip(stats.tracks, stats.onsets.tolist(), strict=True)):
            name, kind = names[index], kinds[index]
            if name == track.name.casefold():
                self.spelling.setdefault(name, track.name)
            else:
                self.spelling.setdefault(name, track.name.removesuffix(" 1"))
                self.numbered.add(name)
            self.notes_of_name[name] += onsets
            self.notes_of_family[kind] += onsets
            self.pitches_of_family[kind] += pitches[index]
            if name not in names[:index]:
                self.programs_of_name[name, track.program, track.drums] += 1
        self.names.update(dict.fromkeys(names, 1))  # in the order of the tracks, which a set would lose
        self.instrumentations[frozenset(kinds)] += 1

    @property
    def families(self) -> Counter[str]:
        """Pieces with instruments of each family."""
        counts = Counter[str]()
        for kinds, pieces in self.instrumentations.items():
            counts.update(dict.fromkeys(kinds, pieces))
        return counts

    def share_of_notes(self, names: list[str]) -> float:
        """Return the share of all notes that lie in tracks of these names."""
        return sum(self.notes_of_name[name] for name in names) / max(1, self.notes)


def common_names(stats: PieceStats) -> list[str]:
    """Return for each track of a piece the name under which it is counted: in small letters, without a 1 that says
    nothing.

    A lone Violin and the Violin 1 of another piece are the same track.
    """
    own = [track.name.casefold() for track in stats.tracks]
    lone = [name.removesuffix(" 1") for name in own]
    return [name if short in own else short for name, short in zip(own, lone, strict=True)]
