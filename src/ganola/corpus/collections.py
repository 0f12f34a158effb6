"""The collections that come built in: parts of the music that music21 brings along, read from the user's own copy.

A collection is a row of the table at the end. Its files are found by their names: no music is read for that, and
music21 is not imported.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from ganola.corpus.plan import PlannedTrack
from ganola.corpus.source import SourceFile
from ganola.errors import InputError
from ganola.music.metre import COMMON_TIME, TimeSignature
from ganola.music.tracks import Track

OTHER_KIND = "other"  # the label of a tune whose file does not say for which dance it is

_FORMATS = (".mxl", ".xml", ".krn", ".abc")  # where a piece lies there in several, the first of these is read

_CHOIR_AAHS, _VIOLIN, _VIOLA, _CELLO = 52, 40, 41, 42  # General MIDI programs

_QUARTETS = (
    *("haydn/opus1no1", "haydn/opus74no1"),
    *("mozart/k80", "mozart/k155", "mozart/k156", "mozart/k458"),
    *("beethoven/opus18no1", "beethoven/opus18no3", "beethoven/opus18no4", "beethoven/opus18no5"),
    *("beethoven/opus59no1", "beethoven/opus59no2", "beethoven/opus59no3"),
    *("beethoven/opus74", "beethoven/opus132", "beethoven/opus133"),
)

_KIND_OF_TUNE = re.compile("slip ?jig|walk ?around|reel|hornpipe|jig|clog|strathspey|fling|slide")
_SPELT = {"slipjig": "slip jig", "walk around": "walkaround"}

_MUSIC21_SAYS = (
    "music21 distributes its music with the permission of those who encoded it, and says that some of it may not be "
    "used commercially."
)


@dataclass(frozen=True, slots=True)
class Collection:
    """A built-in collection: its name, what it is and where it comes from, and what music21 states of its use.

    `files` finds its files, in order of name, and raises InputError where the installed music21 has none of them.
    `metre` and `tracks` are given where the collection settles them, else they follow from a survey of the music.
    With `complete` a piece that lacks one of the tracks is left out. `tempo`, in quarter notes a minute, is that of a
    corpus of it where too few of its files state one; else it is the median of all.
    """

    name: str
    about: str
    licence: str
    files: Callable[[], list[SourceFile]]
    metre: TimeSignature | None = None
    tracks: tuple[Track, ...] | None = None
    complete: bool = True
    tempo: float | None = None


def _find(*patterns: str, label: Callable[[SourceFile], str] | None = None) -> list[SourceFile]:
    """Return one file of each piece in music21's corpus whose path, less its ending, matches one of `patterns`; by
    name."""
    corpus = _music21_corpus()
    found: dict[str, Path] = {}
    for suffix in reversed(_FORMATS):
        for pattern in patterns:
            for path in corpus.glob(pattern + suffix):
                found[path.relative_to(corpus).as_posix().removesuffix(suffix)] = path
    if not found:
        raise InputError(
            f"the installed music21 lacks the music that should be in {corpus / patterns[0]}",
            "Install it anew, with its music: pip install --force-reinstall music21.",
        )
    files = [SourceFile(name, path) for name, path in sorted(found.items())]
    return [replace(file, label=label(file)) for file in files] if label else files


def _music21_corpus() -> Path:
    """Return the folder of music in the installed music21; to import music21 for that would take half a second."""
    spec = find_spec("music21")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0] if places else "music21", "corpus")


def _composer(file: SourceFile) -> str:
    return file.name.partition("/")[0].capitalize()


def _movement_of_mass(file: SourceFile) -> str:
    return file.path.stem.partition("_")[0]


def _book_of_madrigals(file: SourceFile) -> str:
    return f"book {file.path.name.split('.')[1]}"


def _kind_of_tune(file: SourceFile) -> str:
    """Return the dance that the R field (rhythm) of an ABC file names, or else its T field (title); OTHER_KIND if
    none."""
    text = file.path.read_text(encoding="latin-1").casefold()  # any bytes will do: what is looked for is ASCII
    for field in "rt":
        found = _KIND_OF_TUNE.search(" ".join(re.findall(rf"^{field}:.*", text, re.MULTILINE)))
        if found:
            return _SPELT.get(found[0], found[0])
    return OTHER_KIND


def _singers(*names: str) -> tuple[Track, ...]:
    return tuple(Track(name=name, program=_CHOIR_AAHS, monophonic=True) for name in names)


def _string(name: str, program: int, *also_called: str) -> Track:
    return PlannedTrack(name=name, program=program, takes=(name, *also_called))


COLLECTIONS: dict[str, Collection] = {
    collection.name: collection
    for collection in (
        Collection(
            name="chorales",
            about="Chorales of Johann Sebastian Bach in four voices, from the corpus of music21 (www.music21.org).",
            licence="Most of the files bear the words: copyright 2003 or 2004 Margaret Greentree, used by permission; "
            f"none states a restriction. {_MUSIC21_SAYS}",
            files=partial(_find, "bach/*"),
            metre=COMMON_TIME,
            tracks=_singers("Soprano", "Alto", "Tenor", "Bass"),
            tempo=90.0,  # as a congregation sings; 72 of 410 files state a tempo, the most common is 96
        ),
        Collection(
            name="quartets",
            about="String quartets of Haydn, Mozart and Beethoven, from the corpus of music21 (www.music21.org).",
            licence=f"The files state neither a copyright nor a restriction. {_MUSIC21_SAYS}",
            files=partial(_find, *_QUARTETS, *(f"{work}/*" for work in _QUARTETS), label=_composer),
            tracks=(
                _string("Violin 1", _VIOLIN, "Violin I", "Violin I.", "1st Violin"),
                _string("Violin 2", _VIOLIN, "Violin II", "Violin II.", "2nd Violin"),
                _string("Viola", _VIOLA, "Viola."),
                _string("Cello", _CELLO, "Violoncello", "Violoncello."),
            ),
        ),
        Collection(
            name="palestrina",
            about="Movements of Palestrina's masses, whole or in sections, in three to eight voices, from the corpus "
            "of music21 (www.music21.org).",
            licence="Each file says: copyright 2000 John Miller; rights to all derivative electronic formats reserved; "
            "the file must be accompanied by the licensing agreement, of which a copy may be found at "
            "http://www.music-cog.ohio-state.edu/HumdrumDatabases/Palestrina/license.txt. "
            f"{_MUSIC21_SAYS}",
            files=partial(_find, "palestrina/*", label=_movement_of_mass),
            metre=TimeSignature(4, 2),
            tracks=tuple(Track(name=voice, program=_CHOIR_AAHS) for voice in ("Soprano", "Alto", "Tenor", "Bass")),
            complete=False,  # a voice may be doubled, or silent for a section
        ),
        Collection(
            name="folk",
            about="Dance tunes for the fiddle from Ryan's Mammoth Collection (1883), from the corpus of music21 "
            "(www.music21.org).",
            licence="Most of the files name who transcribed them, among others Ray Davies, John Chambers, John Walsh "
            f"and Bob Puckette; none states a copyright or a restriction. {_MUSIC21_SAYS}",
            files=partial(_find, "ryansMammoth/*", label=_kind_of_tune),
            tracks=(Track(name="Fiddle", program=_VIOLIN, monophonic=True),),
        ),
        Collection(
            name="madrigals",
            about="Madrigals of Monteverdi in five voices, of his third, fourth and fifth books, from the corpus of "
            "music21 (www.music21.org).",
            licence="The files of the fifth book name the edition that they were taken from, copyright 2003 Ut Orpheus "
            f"Edizioni; none states a restriction. {_MUSIC21_SAYS}",
            # Only numbers: madrigal.3.1_old is another copy of madrigal.3.1.
            files=partial(
                _find,
                "monteverdi/madrigal.[0-9].[0-9]",
                "monteverdi/madrigal.[0-9].[0-9][0-9]",
                label=_book_of_madrigals,
            ),
            metre=COMMON_TIME,
            tracks=_singers("Canto", "Quinto", "Alto", "Tenor", "Basso"),
        ),
    )
}
