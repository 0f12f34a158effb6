"""The results of an evaluation, as records: a report shows them, JSON keeps them."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8

from ganola.judging.bootstrap import Estimate
from ganola.judging.calibration import Reliability
from ganola.judging.diversity import Diversity
from ganola.judging.lead import FIELDS, UNKNOWN, Lead
from ganola.judging.musegan import MuseGanRow
from ganola.judging.windows import WindowSet
from ganola.music.grid import Grid
from ganola.music.tracks import Track


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that says how far music is from held-out music, and whether it can be trusted on this corpus."""

    key: str  # a field of CollectionScores
    name: str
    meaning: str
    real: str  # what real music has
    trusted: bool  # whether it tells real music, wrong notes, shuffled bars and noise apart
    tells: tuple[str, ...] = ()  # what it clearly tells from real music here, of music that is known to be wrong


@dataclass(frozen=True)
class CollectionScores:
    """Every measure of some music; None where there is too little of it."""

    name: str
    kind: str  # "model", "folder", "real" or "control"
    phrases: int
    distance: Estimate | None = None  # Frechet distance over all features
    ratio: Estimate | None = None  # the same, in multiples of the floor
    mmd: Estimate | None = None  # squared maximum mean discrepancy, in thousandths
    density: Estimate | None = None
    coverage: Estimate | None = None
    c2st_trees: Estimate | None = None  # accuracy of boosted trees on features
    c2st_network: Estimate | None = None  # accuracy of a small network on rolls
    energy: Estimate | None = None  # energy distance in whitened features, in multiples of its floor
    to_best: Estimate | None = None  # its one number in multiples of the closest candidate's, where that is another
    reason_missing: str = ""  # why there are no such numbers, in a sentence


@dataclass(frozen=True)
class FeatureRow:
    """One feature of one candidate beside held-out and training music.

    Means are over the windows that have something to measure, None where none has. Distance and floor are Wasserstein
    distances from held-out music in the feature's spread, means over its columns. Histograms are shares of windows
    between `edges`, of features of one column only.
    """

    name: str
    meaning: str  # what it measures, in a musician's words
    unit: str
    labels: tuple[str, ...]
    generated: tuple[float | None, ...]
    held_out: tuple[float | None, ...]
    training: tuple[float | None, ...]
    distance: Estimate
    floor: Estimate
    overlap: float
    overlap_floor: float
    edges: tuple[float, ...]
    generated_shares: tuple[float, ...]
    held_out_shares: tuple[float, ...]
    training_shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A number that says what returns in a phrase (see `features.catalogue.FORM`)."""

    name: str
    label: str  # of one of several numbers of that name
    meaning: str
    trusted: bool  # whether held-out music has another than shuffled bars and than noise, as far as so many tunes tell


@dataclass(frozen=True, slots=True)
class FormScores:
    """The mean of each of those numbers in some music; None where it has nothing to measure."""

    name: str
    kind: str  # "model", "folder", "real" or "control"
    values: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The measures of repetition and form, and held-out music, other real music and controls by them."""

    version: int  # of the table of measures
    columns: tuple[FormColumn, ...]
    held_out: FormScores
    others: tuple[FormScores, ...]


@dataclass(frozen=True)
class MuseGanTable:
    """The five measures of one candidate beside held-out and training music."""

    generated: tuple[MuseGanRow, ...]
    held_out: tuple[MuseGanRow, ...]
    training: tuple[MuseGanRow, ...]


@dataclass(frozen=True)
class CopyPair:
    """A phrase and the training music that it is most like."""

    phrase: int  # its number, counted from 1
    similarity: float
    run: int  # notes of the longest melodic run that it shares with any training music
    piece: str
    bar: int  # of the piece, counted from 1
    semitones: int
    cells: UInt8[np.ndarray, "tracks steps pitches"] = field(repr=False)
    training_cells: UInt8[np.ndarray, "tracks steps pitches"] = field(repr=False)


@dataclass(frozen=True)
class CopyingResult:
    """How much some music is like its nearest training music; quantiles are the least, quartiles and the most."""

    name: str
    phrases: int
    similarity: tuple[float, ...]
    runs: tuple[float, ...]  # notes
    copied: float  # share of the phrases above the threshold
    pairs: tuple[CopyPair, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """Music to be judged. `about` says what it is; a model adds what only it knows."""

    kind: str  # "model" or "folder"
    music: WindowSet
    about: str
    sensitivity: tuple[tuple[float, float], ...] = ()  # degrees between latents, mean change of the notes
    reliability: Reliability | None = None
    mean_judgement: float | None = None  # mean J of the phrases
    files: int = 0  # that the phrases are of
    files_of_corpus: int = 0  # of those, pieces of the corpus that it is compared with
    remarks: tuple[str, ...] = ()

    @property
    def is_the_corpus(self) -> bool:
        """Return whether most files are pieces of the corpus, so that copying is no question."""
        return 2 * self.files_of_corpus > self.files


@dataclass(frozen=True)
class CandidateResult:
    """All results of one candidate."""

    candidate: Candidate
    scores: CollectionScores
    features: tuple[FeatureRow, ...]
    form: FormScores
    musegan: MuseGanTable
    copying: CopyingResult
    diversity: Diversity

    @property
    def collapsed(self) -> bool:
        """Return whether its phrases are far too alike; music of the corpus itself may be as it is."""
        return self.diversity.collapsed and not self.candidate.is_the_corpus


@dataclass(frozen=True)
class Evaluation:
    """The results of some candidates, compared with one corpus."""

    version: str
    features_version: int  # of the catalogue; distances of one version are comparable
    corpus: str
    fingerprint: str
    grid: Grid
    tracks: tuple[Track, ...]
    split: str
    seed: int
    held_out: WindowSet
    tunes: int
    training_windows: int
    compared: int  # phrases, and windows of each kind of music, that distances are of
    measures: tuple[Measure, ...]
    results: tuple[CandidateResult, ...]
    real: tuple[CollectionScores, ...]  # training music (the floor), other held-out music
    controls: tuple[CollectionScores, ...]
    threshold: float  # of copying; see `copying.detector.copy_threshold`
    copying: tuple[CopyingResult, ...]  # held-out music and controls
    form: Form
    remarks: tuple[str, ...]
    tempo: float  # quarter notes a minute, at which the phrases are played
    lead: Lead = UNKNOWN  # which distance is the one number
    pooled: bool = False  # whether validation and test music are both held out, since the split has few tunes

    @property
    def number_known(self) -> bool:
        """Return whether there is any one number: whether some distance tells at least noise from real music."""
        return self.lead.measure is not None

    def number(self, scores: CollectionScores) -> Estimate | None:
        """Return the one number of some music: its distance in multiples of the floor, by the distance that leads."""
        found: Estimate | None = getattr(scores, FIELDS[self.lead.measure]) if self.lead.measure else None
        return found

    @property
    def splits(self) -> str:
        """Return which splits are held out, in words."""
        return "validation and test splits" if self.pooled else f"{self.split} split"
