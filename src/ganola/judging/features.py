"""The catalogue of musical features: numbers a window, from its cells alone.

What has nothing to be measured on (the intervals of silence) is not a number here, and whoever compares fills it in
with the mean of training music: silence is told by `rests` and `tracks that play`, not once more by every other row.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ganola.judging import form, harmony, melody, rhythm
from ganola.judging.hearing import Cells, Heard, hear, parts
from ganola.music.grid import Grid
from ganola.music.key import PITCH_CLASSES
from ganola.music.tracks import Track

Tracks = Sequence[Track]
Values = Float[np.ndarray, "windows"] | Float[np.ndarray, "windows columns"]
Named = Callable[[Grid, Tracks], Sequence[str]]

SHARE = 0.05  # the least difference of a share of notes or time that counts as one
SHARE_OF_MANY = 0.02  # the same where a whole is divided among many columns


def _always(grid: Grid, tracks: Tracks) -> bool:  # noqa: ARG001 - as `Feature.needs` is called
    return True


def _pitched(grid: Grid, tracks: Tracks) -> bool:  # noqa: ARG001
    return any(not track.drums for track in tracks)


def _two_pitched(grid: Grid, tracks: Tracks) -> bool:  # noqa: ARG001
    return sum(not track.drums for track in tracks) > 1


def _two_voices(grid: Grid, tracks: Tracks) -> bool:  # noqa: ARG001
    return sum(track.monophonic and not track.drums for track in tracks) > 1


def _drums(grid: Grid, tracks: Tracks) -> bool:
    return any(track.drums for track in tracks) and grid.steps_per_quarter % (2 * rhythm.EIGHTHS) == 0


def _two_bars(grid: Grid, tracks: Tracks) -> bool:  # noqa: ARG001
    return grid.bars > 1


def _no_names(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return ("",)


def _names(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return [track.name for track in tracks]


def _pitched_names(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return [track.name for track in tracks if not track.drums]


def _classes(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return PITCH_CLASSES


def _up_to_a_tritone(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return [str(semitones) for semitones in range(7)]


def _positions(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    count = rhythm.positions(grid)
    beats = [float(grid.metre.quarters) * place / count + 1 for place in range(count)]
    return [f"{beat:.4g}" for beat in beats]


def _lengths(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return [*(f"up to {bound:g}" for bound in rhythm.LENGTHS), f"over {rhythm.LENGTHS[-1]:g}"]


def _melodic(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return ["beyond -12", *(f"{semitones:+d}" if semitones else "0" for semitones in range(-12, 13)), "beyond +12"]


def _bass(grid: Grid, tracks: Tracks) -> Sequence[str]:  # noqa: ARG001
    return [*(str(semitones) for semitones in range(1, 13)), "beyond 12"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One musical feature: what it is called, what it means in a musician's words, its unit, and how it is measured.

    `least` is the least difference, in its unit, that counts as one: distances are in standard deviations of training
    windows, and where those hardly vary, in these. `columns` names its numbers, where there are several; `needs` says
    on which music it means something.
    """

    name: str
    meaning: str
    unit: str
    least: float
    measure: Callable[[Heard], Values]
    columns: Named = _no_names
    needs: Callable[[Grid, Tracks], bool] = _always


# Two lines a feature: in words, and how it is measured.
# fmt: off
FEATURES: tuple[Feature, ...] = (
    Feature("notes a bar", "notes that begin, a bar",
            "notes", 0.5, rhythm.notes_per_bar),
    Feature("note length", "how long a note lasts, on average",
            "beats", 0.1, rhythm.note_length),
    Feature("note lengths", "notes of each length, of all notes",
            "share", SHARE_OF_MANY, rhythm.note_lengths, _lengths),
    Feature("off-beat notes", "notes that begin between beats, of all notes",
            "share", SHARE, rhythm.off_beats),
    Feature("where notes begin in a bar", "notes that begin at each place of a bar, of all notes",
            "share", SHARE_OF_MANY, rhythm.onset_positions, _positions),
    Feature("rests", "time in which no track sounds",
            "share", SHARE, rhythm.rests),
    Feature("tracks that play", "time in which each track sounds, of the time in which any does",
            "share", SHARE, rhythm.activity, _names),
    Feature("drums on eighth notes", "drum strokes that fall on eighth notes, of all drum strokes",
            "share", SHARE, rhythm.drum_pattern, needs=_drums),
    Feature("register", "how high the notes of each track are, on average (60 is middle C, 72 the C above)",
            "MIDI pitch", 0.5, melody.register, _pitched_names, _pitched),
    Feature("pitch range", "from the lowest note to the highest",
            "semitones", 1.0, melody.pitch_range, needs=_pitched),
    Feature("pitch classes", "sounding time of each of the twelve pitch classes, in whichever octave",
            "share", SHARE_OF_MANY, melody.pitch_classes, _classes, _pitched),
    Feature("pitch-class entropy", "how evenly the twelve pitch classes are used (0 for one alone, 3.6 for all alike)",
            "bits", 0.1, melody.pitch_class_entropy, needs=_pitched),
    Feature("in one scale", "sounding time of notes within the major (or relative minor) scale that fits best",
            "share", SHARE, melody.in_scale, needs=_pitched),
    Feature("leaps", "moves from one note of a track to its next that are a fourth or wider (of chords, the top note)",
            "share", SHARE, melody.leaps, needs=_pitched),
    Feature("melodic intervals", "moves of each size from one note of a track to its next (of chords, the top note)",
            "share", SHARE_OF_MANY, melody.melodic_intervals, _melodic, _pitched),
    Feature("bass intervals", "moves of each size, up or down, of whatever note sounds lowest",
            "share", SHARE_OF_MANY, melody.bass_intervals, _bass, _pitched),
    Feature("notes at once", "notes that sound together, on average, while any does",
            "notes", 0.1, harmony.polyphony, needs=_pitched),
    Feature("semitone clashes",
            "pairs of neighbouring pitch classes (C and C sharp, say) that sound together, for each step that sounds",
            "a step", SHARE, harmony.semitone_clashes, needs=_pitched),
    Feature("vertical intervals",
            "pairs of notes that sound together, by their interval, octaves aside (5 is a fourth or a fifth)",
            "share", SHARE_OF_MANY, harmony.vertical_intervals, _up_to_a_tritone, _pitched),
    Feature("chord tones", "sounding time of notes within the triad that fits their beat best",
            "share", SHARE, harmony.chord_tones, needs=_pitched),
    Feature("chord changes a bar", "beats at which another triad fits better than the one so far, a bar",
            "changes", 0.2, harmony.harmonic_rhythm, needs=_pitched),
    Feature("tonal distance between tracks",
            "how far apart two tracks are on circles of fifths and thirds: 0 for the same pitch classes, larger the "
            "less related",
            "Harte", 0.05, harmony.tonal_distance, needs=_two_pitched),
    Feature("voices crossing", "time in which a voice is above its upper neighbour, of the time in which both sound",
            "share", SHARE, harmony.crossings, needs=_two_voices),
    Feature("parallel fifths", "moves of two voices at once that go in one direction from a fifth to a fifth",
            "share", SHARE, harmony.parallel_fifths, needs=_two_voices),
    Feature("parallel octaves",
            "moves of two voices at once that go in one direction from an octave or unison to another",
            "share", SHARE, harmony.parallel_octaves, needs=_two_voices),
    Feature("likeness of bars", "notes that two bars share, at the same place on the same pitch, of all in either",
            "share", SHARE, form.likeness, needs=_two_bars),
    Feature("likeness of rhythm",
            "places at which notes begin in both of two bars, whatever their pitch, of all in either",
            "share", SHARE, form.likeness_of_rhythm, needs=_two_bars),
    Feature("repeated bars", "bars whose notes begin just as in an earlier bar, of all after the first that have notes",
            "share", SHARE, form.repeated_bars, needs=_two_bars),
)
# fmt: on


@dataclass(frozen=True)
class Catalogue:
    """The features that mean something on music of one grid and some tracks, and the columns of their table."""

    grid: Grid
    tracks: tuple[Track, ...]
    features: tuple[Feature, ...]
    labels: tuple[tuple[str, ...], ...]  # of each feature's columns

    @staticmethod
    def of(grid: Grid, tracks: Tracks) -> "Catalogue":
        """Those for this grid and these tracks."""
        chosen = tuple(feature for feature in FEATURES if feature.needs(grid, tracks))
        return Catalogue(grid, tuple(tracks), chosen, tuple(tuple(one.columns(grid, tracks)) for one in chosen))

    @property
    def feature_of_column(self) -> Int[np.ndarray, "columns"]:
        """For each column of the table the index of its feature."""
        return np.repeat(np.arange(len(self.features)), [len(own) for own in self.labels])

    def columns(self) -> Iterator[tuple[Feature, tuple[str, ...], slice]]:
        """Each feature, the labels of its columns, and where they are in the table."""
        begin = 0
        for feature, own in zip(self.features, self.labels, strict=True):
            yield feature, own, slice(begin, begin + len(own))
            begin += len(own)

    def measure(self, cells: Cells, *, workers: int = 1) -> Float[np.ndarray, "windows columns"]:
        """Every feature of every window; the same whatever the number of workers."""
        none = np.zeros((0, len(self.feature_of_column)))
        if workers == 1:
            return np.concatenate([none, *map(self._measured, parts(cells))])
        with ThreadPoolExecutor(workers) as pool:
            return np.concatenate([none, *pool.map(self._measured, parts(cells))])

    def _measured(self, cells: Cells) -> Float[np.ndarray, "windows columns"]:
        heard = hear(cells, self.grid, self.tracks)
        return np.concatenate([one.measure(heard).reshape(len(cells), -1) for one in self.features], axis=1)
