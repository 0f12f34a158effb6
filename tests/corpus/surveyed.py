"""Pieces written by hand, as a survey sees them, and what is proposed for them."""

from ganola.corpus.options import BuildOptions
from ganola.corpus.piece_stats import PieceStats, analyse_piece
from ganola.corpus.proposal import Proposal, propose
from ganola.corpus.source import Source
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
) -> PieceStats:
    """The facts of a piece of these notes, `beat` ticks a quarter note."""
    return analyse_piece("song.mid", label, Score(tracks, Notes.of(list(rows)), beat, metres), fingerprint=False).stats


def in_metre(metre: str, tracks: tuple[Track, ...] = (FLUTE, BASS)) -> PieceStats:
    """A piece of two notes whose file states a metre."""
    return piece((0, 0, 4, 60), (1, 0, 9, 48), tracks=tracks, metres=(metre_at(0, metre),))


def free_timing(*, tracks: tuple[Track, ...] = (FLUTE, BASS)) -> PieceStats:
    """A piece without a beat: 384 notes, two at each 192nd of a quarter note."""
    rows = [(0, 193 * index, 193 * index + 96, 60) for index in range(384)]
    return piece(*rows, tracks=tracks, beat=192)


def surveyed(*pieces: PieceStats) -> Survey:
    """The counts over these pieces."""
    survey = Survey()
    for one in pieces:
        survey.add(one)
    return survey


def proposed(*pieces: PieceStats, source: Source = SONGS, **options: object) -> Proposal:
    """What is proposed for these pieces."""
    return propose(lambda: iter(pieces), source, BuildOptions.model_validate(options))


PIANO, GUITAR = Track(name="Piano"), Track(name="Guitar", program=24)
DUET = piece((0, 0, 4, 60), (1, 0, 9, 48))


def band(*tracks: Track) -> PieceStats:
    """A piece in which each track has a note, the first is the lowest."""
    return piece(*((index, 4 * index, 4 * index + 4, 48 + 2 * index) for index in range(len(tracks))), tracks=tracks)


def chords(count: int, beats: int = 8, alone: int = 0) -> PieceStats:
    """A keyboard piece of so many notes at a time, and of some beats of a single one."""
    rows = [(0, 4 * beat, 4 * beat + 4, 60 - 5 * voice) for beat in range(beats) for voice in range(count)]
    rows += [(0, 4 * beat, 4 * beat + 4, 60) for beat in range(beats, beats + alone)]
    return piece(*rows, tracks=(PIANO,))


def unsaid(metre: str) -> PieceStats:
    """A piece that does not say that it goes like a waltz or a march."""
    beats = int(metre[0])
    rows = []
    for bar in range(16):
        start = 4 * beats * bar
        rows.append((1, start, start + 4 * beats, (48, 43, 41, 38)[bar % 4]))
        rows.append((0, start, start + 4, (60, 67, 65, 62)[bar % 4]))
        rows += [(0, start + 4 * beat, start + 4 * beat + 4, 72 + 2 * beat) for beat in range(1, beats)]
    return piece(*rows, metres=())


def said(proposal: Proposal) -> tuple[str, list[tuple[str, int]], str]:
    """The policy, the tracks' names and programs, and why."""
    tracks = [(track.name, track.program) for track in proposal.plan.tracks]
    return proposal.plan.tracks_by, tracks, proposal.reasons["tracks_by"]
