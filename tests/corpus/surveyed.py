"""Pieces written by hand, as a survey sees them, and what is proposed for them."""

from ganola.corpus.facts import Facts, examine
from ganola.corpus.proposal import Proposal, Wishes, propose
from ganola.corpus.sources import Source
from ganola.corpus.survey import Survey
from ganola.music.metre import MetreChange
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.strategies import Row

FLUTE, BASS, KIT = Track(name="Flute", program=73), Track(name="Bass", program=32), Track(name="Kit", drums=True)
COMMON_TIME = (metre_at(0, "4/4"),)
SONGS = Source("songs", ())


def piece(
    *rows: Row,
    tracks: tuple[Track, ...] = (FLUTE, BASS),
    metres: tuple[MetreChange, ...] = COMMON_TIME,
    beat: int = 4,
    label: str = "",
) -> Facts:
    """The facts of a piece of these notes, `beat` ticks a quarter note."""
    return examine("song.mid", label, Score(tracks, Notes.of(list(rows)), beat, metres), fingerprint=False).facts


def in_metre(metre: str, tracks: tuple[Track, ...] = (FLUTE, BASS)) -> Facts:
    """A piece of two notes whose file states a metre."""
    return piece((0, 0, 4, 60), (1, 0, 9, 48), tracks=tracks, metres=(metre_at(0, metre),))


def live(*, tracks: tuple[Track, ...] = (FLUTE, BASS)) -> Facts:
    """A piece without a beat: 384 notes, two at each 192nd of a quarter note."""
    rows = [(0, 193 * index, 193 * index + 96, 60) for index in range(384)]
    return piece(*rows, tracks=tracks, beat=192)


def surveyed(*pieces: Facts) -> Survey:
    """The counts over these pieces."""
    survey = Survey()
    for one in pieces:
        survey.add(one)
    return survey


def proposed(*pieces: Facts, source: Source = SONGS, **wishes: object) -> Proposal:
    """What is proposed for these pieces."""
    return propose(lambda: iter(pieces), source, Wishes.model_validate(wishes))
