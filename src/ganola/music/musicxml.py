"""MusicXML in: a document's tree is made ready for music21, which reads it."""

from xml.etree import ElementTree

from ganola.music.limits import refusal
from ganola.music.mxl import unpacked
from ganola.music.notation import music21_at_work, score_of
from ganola.music.score import Score
from ganola.music.texts import xml_root

_STEPS = tuple(zip("CCDDEFFGGAAB", "010100101010", strict=True))  # and how many sharps


def read_musicxml(data: bytes) -> Score:
    """The music in a MusicXML document, in ticks of 1/96 of a quarter note, at sounding pitch.

    Repeats are not played twice; grace notes and chord symbols are left out. A part on two staves is two tracks.
    Percussion has the MIDI numbers that the document gives its instruments; where it gives none, it is left out.
    Raises InputError, with a problem that does not name the file, where there is no music in it.
    """
    root = xml_root(data)
    if root.tag == "score-timewise":
        raise refusal("a score written bar by bar (score-timewise), not part by part (score-partwise)")
    if root.tag != "score-partwise":
        raise refusal(f"an XML document of another kind (<{root.tag[:60]}>), not MusicXML")
    with music21_at_work():
        from music21.musicxml.xmlToM21 import MusicXMLImporter

        _give_percussion_its_keys(root)
        _drop_chord_symbols(root)
        importer = MusicXMLImporter()
        importer.xmlRoot = root
        importer.xmlRootToScore(root, importer.stream)
        return score_of(importer.stream)


def read_mxl(data: bytes) -> Score:
    """The music in a compressed MusicXML file: see `read_musicxml`."""
    return read_musicxml(unpacked(data))


def _drop_chord_symbols(root: ElementTree.Element) -> None:
    """They do not sound, and music21 takes longer for one than for a bar of notes."""
    for measure in root.iter("measure"):
        for symbol in measure.findall("harmony"):
            measure.remove(symbol)


def _give_percussion_its_keys(root: ElementTree.Element) -> None:
    """Write the unpitched notes of a document as the pitches that its MIDI instruments give them.

    music21 knows no more of a part than its first instrument; a drum kit has one for each drum.
    """
    keys = {part.get("id"): _percussion_keys(part) for part in root.iterfind("part-list/score-part")}
    for part in root.iterfind("part"):
        own = keys.get(part.get("id"), {})
        only = next(iter(own.values())) if len(own) == 1 else None
        for note in part.iter("note") if own else ():
            unpitched, instrument = note.find("unpitched"), note.find("instrument")
            key = only if instrument is None else own.get(instrument.get("id"))
            if unpitched is not None and key is not None:
                unpitched.clear()
                unpitched.tag = "pitch"
                step, sharps = _STEPS[key % 12]
                for name, value in (("step", step), ("alter", sharps), ("octave", str(key // 12 - 1))):
                    ElementTree.SubElement(unpitched, name).text = value


def _percussion_keys(score_part: ElementTree.Element) -> dict[str | None, int]:
    """The MIDI number of each of a part's percussion instruments, by its id; MusicXML counts from 1."""
    instruments = score_part.findall("midi-instrument")
    found = {instrument.get("id"): instrument.findtext("midi-unpitched", "").strip() for instrument in instruments}
    return {name: int(key) - 1 for name, key in found.items() if key.isdecimal() and 1 <= int(key) <= 128}
