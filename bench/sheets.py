"""How many notes of real MusicXML are where their documents say, read by ganola and by music21, and the time it takes.

What a document says is counted here once more, with fractions and without any of ganola's code: a cursor in each bar,
and bars of one length in all parts. The music is that of music21's own corpus, read at run time.
"""

import contextlib
import io
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

from common import Row, measured, options, report
from ganola.music.io.files import tunes_in

Onsets = Counter[tuple[int, int]]  # 1/96 of a quarter note from the start, MIDI pitch; ties only where they begin
SEMITONES = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
NEARLY_ALL = 0.99


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--files", type=int, metavar="N", help="so many files, evenly over the corpus; else all")
    parser.add_argument("--music21", action="store_true", help="read all with music21 too, which takes minutes")
    chosen = parser.parse_args()
    paths = sheets()
    paths = paths[:: max(1, len(paths) // (chosen.files or len(paths)))]
    readers = {"ganola": by_ganola} | ({"music21": by_music21} if chosen.music21 else {})
    report("sheets", {"Notes in their places": [row(name, read, paths) for name, read in readers.items()]}, chosen.save)


def sheets() -> list[Path]:
    from music21 import corpus

    found = Path(corpus.__file__).parent.rglob("*")
    return sorted(path for path in found if path.suffix in (".mxl", ".xml", ".musicxml"))


def row(name: str, read: Callable[[Path], Onsets], paths: list[Path]) -> Row:
    stated = right = files = apart = 0
    seconds = 0.0
    for path in paths:
        with measured() as watch:
            found = read(path)
        seconds += watch.seconds.cpu
        wanted = stated_onsets(path)
        here = sum((wanted & found).values())
        stated, right, files = stated + sum(wanted.values()), right + here, files + 1
        apart += here < NEARLY_ALL * sum(wanted.values())
    return {
        "reader": name,
        "files": files,
        "notes": stated,
        "in their places": right,
        "%": 100 * right / stated,
        "files with more than 1% elsewhere": apart,
        "ms a file, CPU": 1000 * seconds / files,
    }


def by_ganola(path: Path) -> Onsets:
    song = tunes_in(path.read_bytes(), path.suffix)[0].read()
    return Counter((start, pitch) for _, start, _, pitch in song.notes.rows())


def by_music21(path: Path) -> Onsets:
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        importer = MusicXMLImporter()
        importer.xmlRoot = tree(path)
        importer.xmlRootToScore(importer.xmlRoot, importer.stream)
        found: Onsets = Counter()
        for part in importer.stream.parts:
            if part.atSoundingPitch is False:
                part.toSoundingPitch(inPlace=True)
            for sound in part.flatten().notes:
                for note in getattr(sound, "notes", (sound,)) if sound.quarterLength else ():
                    if hasattr(note, "pitch"):
                        found[int(Fraction(sound.offset) * 96 + Fraction(1, 2)), note.pitch.midi] += 1
    return found


def tree(path: Path) -> ElementTree.Element:
    data = path.read_bytes()
    if path.suffix == ".mxl":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.startswith("META-INF/")]
            data = archive.read(next(name for name in names if name.endswith(("xml", "musicxml"))))
    return ElementTree.fromstring(data)  # noqa: S314 - music21's own files


def stated_onsets(path: Path) -> Onsets:
    """Where the notes of a document begin that no tie leads to."""
    parts = [list(bars_of(part)) for part in tree(path).findall("part")]
    found: Onsets = Counter()
    line = Fraction(0)
    for place in range(max(map(len, parts))):
        bars = [part[place] for part in parts if place < len(part)]
        for notes, _, _ in bars:
            found.update((int((line + at) * 96 + Fraction(1, 2)), pitch) for at, _, pitch, tied in notes if not tied)
        line += length_of(bars)
    return found


BarOf = tuple[list[tuple[Fraction, Fraction, int, bool]], Fraction, Fraction | None]  # notes, end, by its metre


def length_of(bars: list[BarOf]) -> Fraction:
    """The rule of docs/your-own-music.md, anew."""
    sounding = [bar for bar in bars if bar[0]]
    usual = next((metre for _, _, metre in bars if metre is not None), None)
    if not sounding:
        longest = max(end for _, end, _ in bars)
        return longest if usual is None else min(longest or usual, usual)
    full = [metre for _, end, metre in sounding if metre is not None and abs(end - metre) <= Fraction(1, 16)]
    if full:
        return max(full)
    last = max(end for notes, _, _ in sounding for _, end, _, _ in notes)
    ends = [end for _, end, _ in sounding]
    return max(last, min(ends), max(ends) if usual is None else min(max(ends), usual))


def bars_of(part: ElementTree.Element) -> Iterator[BarOf]:
    divisions, semitones, metre = Fraction(1), 0, None
    for measure in part.findall("measure"):
        at = before = end = Fraction(0)
        notes = []
        for element in measure:
            length = Fraction(element.findtext("duration") or 0) / divisions
            if element.tag == "attributes":
                divisions = Fraction(element.findtext("divisions") or divisions)
                for transpose in element.findall("transpose"):
                    octaves = int(transpose.findtext("octave-change") or 0)
                    semitones = 12 * octaves + int(transpose.findtext("chromatic") or 0)
                beats, unit = element.findtext("time/beats"), element.findtext("time/beat-type")
                metre = Fraction(4 * sum(map(int, beats.split("+"))), int(unit)) if beats and unit else metre
            elif element.tag in ("backup", "forward"):
                at += length if element.tag == "forward" else -length
            elif element.tag == "note" and element.find("grace") is None:
                begin = before if element.find("chord") is not None else at
                before, at = begin, at if element.find("chord") is not None else at + length
                if element.find("pitch") is not None and element.find("cue") is None and length:
                    tied = any(tie.get("type") == "stop" for tie in element.findall("tie"))
                    notes.append((begin, begin + length, pitch_of(element) + semitones, tied))
            end = max(end, at)
        yield notes, end, metre


def pitch_of(note: ElementTree.Element) -> int:
    octave, alter = int(note.findtext("pitch/octave", "")), int(note.findtext("pitch/alter") or 0)
    return 12 * (octave + 1) + SEMITONES[note.findtext("pitch/step", "")] + alter


if __name__ == "__main__":
    main()
