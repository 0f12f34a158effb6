"""The catalogue of musical features: numbers a window, from its cells alone.

To add a feature, add an entry to `FEATURES` and raise `FEATURES_VERSION`. Those of `FORM` stand in reports beside the
distance and are no part of it: with them, every distance would be another number. A feature that has nothing to measure
in a window (the intervals of silence) is NaN there, and whoever compares windows fills it in with the mean of training
music: silence is measured by `rests` and `tracks that play`, not once more by every other feature.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ganola.judging.analysis import Cells, WindowAnalysis, analyse, in_chunks
from ganola.judging.features import form, harmony, labels, melody, repetition, rhythm
from ganola.music.grid import Grid
from ganola.music.tracks import Track

FEATURES_VERSION = 1  # of the table below and of what its functions compute; distances of one version are comparable
FORM_VERSION = 1  # of the table `FORM`

Tracks = Sequence[Track]
Values = Float[np.ndarray, "windows"] | Float[np.ndarray, "windows columns"]

SHARE = 0.05  # the least difference of a share of notes or time that counts as one
SHARE_OF_MANY = 0.02  # the same where a whole is divided among many columns


@dataclass(frozen=True, slots=True)
class Feature:
    """One musical feature: its name, what it means in a musician's words, its unit, and how it is measured.

    Distances are in standard deviations of training windows, or in `least` (in the feature's unit) where that is more:
    the least difference that counts. `columns` names its numbers, where there are several; `applies_to` says on which
    music it means something.
    """

    name: str
    meaning: str
    unit: str
    least: float
    measure: Callable[[WindowAnalysis], Values]
    columns: Callable[[Grid, Tracks], Sequence[str]] = labels.one_column
    applies_to: Callable[[Grid, Tracks], bool] = labels.always


# Two lines a feature: in words, and how it is measured.
# fmt: off
FEATURES: tuple[Feature, ...] = (
    Feature("notes a bar", "notes that begin, a bar",
            "notes", 0.5, rhythm.notes_per_bar),
    Feature("note length", "how long a note lasts, on average",
            "beats", 0.1, rhythm.note_length),
    Feature("note lengths", "notes of each length, of all notes",
            "share", SHARE_OF_MANY, rhythm.note_lengths, labels.note_lengths),
    Feature("off-beat notes", "notes that begin between beats, of all notes",
            "share", SHARE, rhythm.off_beats),
    Feature("where notes begin in a bar", "notes that begin at each place of a bar, of all notes",
            "share", SHARE_OF_MANY, rhythm.onset_positions, labels.bar_positions),
    Feature("rests", "time in which no track sounds",
            "share", SHARE, rhythm.rests),
    Feature("tracks that play", "time in which each track sounds, of the time in which any does",
            "share", SHARE, rhythm.activity, labels.track_names),
    Feature("drums on eighth notes", "drum strokes that fall on eighth notes, of all drum strokes",
            "share", SHARE, rhythm.drum_pattern, applies_to=labels.has_drum_grid),
    Feature("register", "how high the notes of each track are, on average (60 is middle C, 72 the C above)",
            "MIDI pitch", 0.5, melody.register, labels.pitched_track_names, labels.has_pitched),
    Feature("pitch range", "from the lowest note to the highest",
            "semitones", 1.0, melody.pitch_range, applies_to=labels.has_pitched),
    Feature("pitch classes", "sounding time of each of the twelve pitch classes, in whichever octave",
            "share", SHARE_OF_MANY, melody.pitch_classes, labels.pitch_classes, labels.has_pitched),
    Feature("pitch-class entropy", "how evenly the twelve pitch classes are used (0 for one alone, 3.6 for all alike)",
            "bits", 0.1, melody.pitch_class_entropy, applies_to=labels.has_pitched),
    Feature("in one scale", "sounding time of notes within the major (or relative minor) scale that fits best",
            "share", SHARE, melody.in_scale, applies_to=labels.has_pitched),
    Feature("leaps", "moves from one note of a track to its next that are a fourth or wider (of chords, the top note)",
            "share", SHARE, melody.leaps, applies_to=labels.has_pitched),
    Feature("melodic intervals", "moves of each size from one note of a track to its next (of chords, the top note)",
            "share", SHARE_OF_MANY, melody.melodic_intervals, labels.melodic_intervals, labels.has_pitched),
    Feature("bass intervals", "moves of each size, up or down, of whatever note sounds lowest",
            "share", SHARE_OF_MANY, melody.bass_intervals, labels.bass_intervals, labels.has_pitched),
    Feature("notes at once", "notes that sound together, on average, while any does",
            "notes", 0.1, harmony.polyphony, applies_to=labels.has_pitched),
    Feature("semitone clashes",
            "pairs of neighbouring pitch classes (C and C sharp, say) that sound together, for each step that sounds",
            "a step", SHARE, harmony.semitone_clashes, applies_to=labels.has_pitched),
    Feature("vertical intervals",
            "pairs of notes that sound together, by their interval, octaves aside (5 is a fourth or a fifth)",
            "share", SHARE_OF_MANY, harmony.vertical_intervals, labels.interval_classes, labels.has_pitched),
    Feature("chord tones", "sounding time of notes within the triad that fits their beat best",
            "share", SHARE, harmony.chord_tones, applies_to=labels.has_pitched),
    Feature("chord changes a bar", "beats at which another triad fits better than the one so far, a bar",
            "changes", 0.2, harmony.harmonic_rhythm, applies_to=labels.has_pitched),
    Feature("tonal distance between tracks",
            "how far apart two tracks are on circles of fifths and thirds: 0 for the same pitch classes, larger the "
            "less related",
            "Harte", 0.05, harmony.tonal_distance, applies_to=labels.has_two_pitched),
    Feature("voices crossing", "time in which a voice is above its upper neighbour, of the time in which both sound",
            "share", SHARE, harmony.crossings, applies_to=labels.has_two_voices),
    Feature("parallel fifths", "moves of two voices at once that go in one direction from a fifth to a fifth",
            "share", SHARE, harmony.parallel_fifths, applies_to=labels.has_two_voices),
    Feature("parallel octaves",
            "moves of two voices at once that go in one direction from an octave or unison to another",
            "share", SHARE, harmony.parallel_octaves, applies_to=labels.has_two_voices),
    Feature("likeness of bars", "notes that two bars share, at the same place on the same pitch, of all in either",
            "share", SHARE, form.likeness, applies_to=labels.has_two_bars),
    Feature("likeness of rhythm",
            "places at which notes begin in both of two bars, whatever their pitch, of all in either",
            "share", SHARE, form.likeness_of_rhythm, applies_to=labels.has_two_bars),
    Feature("repeated bars", "bars whose notes begin just as in an earlier bar, of all after the first that have notes",
            "share", SHARE, form.repeated_bars, applies_to=labels.has_two_bars),
)

FORM: tuple[Feature, ...] = (
    Feature("rhythm that returns",
            "places at which notes begin in both a bar and the one so many bars before it, of all in either",
            "share", SHARE, repetition.returning_rhythm, repetition.lag_names, labels.has_two_bars),
    Feature("notes that return",
            "notes that both have, one bar transposed to where it fits best, of all in either",
            "share", SHARE, repetition.returning_notes, repetition.lag_names, labels.has_two_bars),
    Feature("bars that return", "bars that are just as an earlier one, of all after the first that have notes",
            "share", SHARE, repetition.returning_bars, repetition.return_names, labels.has_two_bars),
    Feature("a theme that returns",
            "bars that share most of their notes, in any key, with an earlier bar, and less with one between them",
            "share", SHARE, repetition.returning_theme, applies_to=repetition.has_theme),
)
# fmt: on


@dataclass(frozen=True)
class Catalogue:
    """The features that mean something on music of one grid and its tracks, and the columns of their table."""

    grid: Grid
    tracks: tuple[Track, ...]
    features: tuple[Feature, ...]
    labels: tuple[tuple[str, ...], ...]  # of each feature's columns

    @staticmethod
    def of(grid: Grid, tracks: Tracks, table: Sequence[Feature] | None = None) -> "Catalogue":
        """Return the features of a table (of `FEATURES`, unless another is given) for this grid and these tracks."""
        table = FEATURES if table is None else table
        chosen = tuple(feature for feature in table if feature.applies_to(grid, tracks))
        return Catalogue(grid, tuple(tracks), chosen, tuple(tuple(one.columns(grid, tracks)) for one in chosen))

    @property
    def feature_of_column(self) -> Int[np.ndarray, "columns"]:
        """Return for each column of the table the index of its feature."""
        return np.repeat(np.arange(len(self.features)), [len(own) for own in self.labels])

    def columns(self) -> Iterator[tuple[Feature, tuple[str, ...], slice]]:
        """Yield each feature, the labels of its columns, and where they are in the table."""
        begin = 0
        for feature, own in zip(self.features, self.labels, strict=True):
            yield feature, own, slice(begin, begin + len(own))
            begin += len(own)

    def measure(self, cells: Cells, *, workers: int = 1) -> Float[np.ndarray, "windows columns"]:
        """Return every feature of every window; the same whatever the number of workers."""
        none = np.zeros((0, len(self.feature_of_column)))
        if workers == 1:
            return np.concatenate([none, *map(self._measured, in_chunks(cells))])
        with ThreadPoolExecutor(workers) as pool:
            return np.concatenate([none, *pool.map(self._measured, in_chunks(cells))])

    def _measured(self, cells: Cells) -> Float[np.ndarray, "windows columns"]:
        analysis = analyse(cells, self.grid, self.tracks)
        columns = [one.measure(analysis).reshape(len(cells), -1) for one in self.features]
        return np.concatenate([np.zeros((len(cells), 0)), *columns], axis=1)
