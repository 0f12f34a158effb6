"""Drums that their file does not call drums, for they are not on channel 10: found by their name or by what they play.

Keys are those of General MIDI's percussion; 22 and 26 are two more strokes on the hi-hat, of electronic kits.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Int

from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

KICK, SNARE = (35, 36), (37, 38, 39, 40)
TIMEKEEPERS = (22, 26, 42, 44, 46, 49, 51, 52, 53, 55, 57, 59)  # hi-hats, rides and other cymbals
_KIT = np.array([22, 26, *range(35, 60)])
_PERCUSSION = np.array([22, 26, *range(27, 88)])

ON_KEYS = 0.95  # of its strokes are on keys of a kit
FEW_KEYS = 10  # that a player of other percussion strikes, at most
LEAST_STROKES = 12  # fewer say too little
EACH = 0.02  # of its strokes are on the kick drum, on the snare and on timekeepers
BUSIEST, CARRY = 3, 0.5  # so many keys have so large a share of its strokes
LONGEST = 1.0  # quarter note, that its strokes last on average, at most
AS_ONE = 1 / 12  # of a quarter note lies at most between strokes that are meant to begin together
ACCOMPANIED = 0.02  # of the kick's strokes, and of the snare's, come with one and the same timekeeper; or else:
CLASHING = 0.05  # of its strokes begin with another one so near in pitch as low notes of music never are
LOW = 46

_CLASHES, _CONSONANCES = (1, 2, 3, 4, 6), (5, 7, 12, 19, 24)  # semitones
_UNSTATED = 0  # the program that MIDI starts with, the piano's
_PITCHED_PERCUSSION = (*range(8, 16), 47, *range(112, 120))  # programs whose keys are pitches, not instruments
_BY_NAME = re.compile(
    r"\b(drums?|drum ?(kit|set)|dru?ms|drm|kit|perc|perk|percussions?|perkussion|percussioni|percuss(ão|ao)"
    r"|percusi(ó|o)n(es)?|perkusja|schlagzeug|schlagwerk|slagwerk|slagverk|trommeln?|trummor|batter(ie|ia)"
    r"|bater(í|i)a|ударные|kick|snares?|hi ?hats?|cymbals?|toms|tom ?tom|(low|mid|high|hi|floor|rack) tom"
    r"|gran ?cassa|bongos?|congas?|tambourine|shaker|maracas|cowbell|claps?|hand ?claps?)\b|ドラム|鼓"
)
# Percussion that plays pitches, and basses, also in music called drum and bass.
_NOT_BY_NAME = re.compile(
    r"\b(steel|mallets?|pitched|tuned|melodic|chromatic|timpani|pauken|kettle|marimba|xylophone|vibraphone|glockenspiel"
    r"|bells?|chimes|organ|bass(?! drums?\b))\b"
)


def mark_drums(score: Score) -> Score:
    """Return `score` with its tracks marked as drums that are drums by their name or by what they play, and remarks.

    A name counts where what is played may be percussion, in every track of that name: else it is a title.
    """
    if not any(_may_be_unmarked(track) for track in score.tracks):
        return score
    counts = count_pitches(score)
    named = _drums_by_name(score.tracks, counts)
    playing = _drums_by_playing(score, counts, but=named)
    if not named and not playing:
        return score
    tracks = list(score.tracks)
    for index in (*named, *playing):
        tracks[index] = tracks[index].model_copy(update={"drums": True, "program": 0})
    remarks = (
        *_remarks(score.tracks, named, ("by its name", "by their names")),
        *_remarks(score.tracks, playing, ("by what it plays", "by what they play")),
    )
    return replace(score, tracks=tuple(tracks), remarks=(*score.remarks, *remarks))


def count_pitches(score: Score) -> Int[np.ndarray, "tracks 128"]:
    """Return for each track how often each pitch is struck."""
    pitch = np.clip(score.notes.pitch, 0, 127)
    counts = np.bincount(score.notes.track * 128 + pitch, minlength=128 * len(score.tracks))
    return counts.reshape(-1, 128)


def plays_a_kit(notes: Notes, ticks_per_quarter: int) -> bool:
    """Return whether these notes of one track, most of them on keys of a kit, cannot be anything but drums.

    Their strokes are short, and one timekeeper goes along with both kick and snare (chords move their upper notes with
    the lower ones, and bass lines have one note at a time), or low strokes clash.
    """
    if (notes.end - notes.start).mean() > LONGEST * ticks_per_quarter:
        return False
    tolerance = int(AS_ONE * ticks_per_quarter)
    return _keeps_time(notes, tolerance) or _clashes(notes, tolerance)


def _may_be_unmarked(track: Track) -> bool:
    return not track.drums and (track.program == _UNSTATED or names_drums(track.name))


def _drums_by_name(tracks: tuple[Track, ...], counts: Int[np.ndarray, "tracks 128"]) -> list[int]:
    of_name = defaultdict(list)
    for index, track in enumerate(tracks):
        if not track.drums and names_drums(track.name):
            of_name[track.name.casefold()].append(index)
    return [
        index
        for own in of_name.values()
        if all(tracks[index].program not in _PITCHED_PERCUSSION and _may_be_percussion(counts[index]) for index in own)
        for index in own
    ]


def _drums_by_playing(score: Score, counts: Int[np.ndarray, "tracks 128"], *, but: list[int]) -> list[int]:
    """Return the tracks, `but` for some, that play a kit; where a file states an instrument, that is believed."""
    unstated = [
        index
        for index, track in enumerate(score.tracks)
        if not track.drums and track.program == _UNSTATED and index not in but
    ]
    return [
        index
        for index in unstated
        if _strikes_a_kit(counts[index])
        and plays_a_kit(score.notes.where(score.notes.track == index), score.ticks_per_quarter)
    ]


def _strikes_a_kit(counts: Int[np.ndarray, "128"]) -> bool:
    """Return whether a track strikes the keys of a kit, each kind of them among them, and some of them much of it."""
    strokes = counts.sum()
    if strokes < LEAST_STROKES or counts[_KIT].sum() < ON_KEYS * strokes:
        return False
    each = min(counts[list(keys)].sum() for keys in (KICK, SNARE, TIMEKEEPERS))
    return bool(each >= EACH * strokes and _busiest(counts) >= CARRY * strokes)


@lru_cache(maxsize=4096)
def names_drums(name: str) -> bool:
    """Return whether a track's name says, in one of some languages, that it is drums or one of them."""
    words = re.sub(r"[\W\d_]+", " ", name.casefold())
    return bool(_BY_NAME.search(words)) and not _NOT_BY_NAME.search(words)


def _may_be_percussion(counts: Int[np.ndarray, "128"]) -> bool:
    """Return whether a track strikes keys of percussion: few of them, or half on those of a kit or the busiest."""
    strokes = counts.sum()
    most = max(counts[_KIT].sum(), _busiest(counts)) >= CARRY * strokes
    return bool(counts[_PERCUSSION].sum() >= ON_KEYS * strokes and (most or np.count_nonzero(counts) <= FEW_KEYS))


def _busiest(counts: Int[np.ndarray, "128"]) -> int:
    return int(np.sort(counts)[-BUSIEST:].sum())


def _keeps_time(notes: Notes, tolerance: int) -> bool:
    kick, snare = (np.sort(notes.start[np.isin(notes.pitch, keys)]) for keys in (KICK, SNARE))
    return any(
        min(_coincide(kick, keeper, tolerance).mean(), _coincide(snare, keeper, tolerance).mean()) >= ACCOMPANIED
        for key in TIMEKEEPERS
        if len(keeper := np.sort(notes.start[notes.pitch == key]))
    )


def _coincide(
    onsets: Int[np.ndarray, "onsets"], others: Int[np.ndarray, "others"], tolerance: int
) -> Bool[np.ndarray, "onsets"]:
    """Return for each of `onsets` whether one of `others`, which are in order, lies so near."""
    first = np.searchsorted(others, onsets - tolerance)
    return first < np.searchsorted(others, onsets + tolerance, side="right")


def _clashes(notes: Notes, tolerance: int) -> bool:
    """Return whether many low strokes begin with one near in pitch, more than at intervals of power chords."""
    order = np.lexsort((notes.pitch, notes.start))
    start, pitch = notes.start[order], notes.pitch[order]
    low = (np.diff(start) <= tolerance) & (np.minimum(pitch[1:], pitch[:-1]) <= LOW)
    interval = np.abs(np.diff(pitch))[low]
    clashes = np.isin(interval, _CLASHES).sum()
    return bool(clashes >= CLASHING * len(notes) and clashes > np.isin(interval, _CONSONANCES).sum())


def _remarks(tracks: tuple[Track, ...], found: list[int], evidence: tuple[str, str]) -> Iterable[str]:
    """Yield a remark on the tracks that were found, by evidence in the words for one track and for several."""
    names = list(dict.fromkeys(f"'{tracks[index].name}'" for index in found))
    if len(names) == 1:
        yield f"track {names[0]} is taken for drums: {evidence[0]}"
    elif names:
        yield f"tracks {', '.join(names[:-1])} and {names[-1]} are taken for drums: {evidence[1]}"
