"""Humdrum's codes of instruments (`*Ivioln`): the name of each, its General MIDI program, and the key of each drum."""

import html
import re

from ganola.music.tracks import Track, clean_name

_VOICE = 53

_PITCHED = {
    **dict.fromkeys(("soprn", "cant"), ("Soprano", _VOICE)),
    **dict.fromkeys(("calto", "alto"), ("Alto", _VOICE)),
    "mezzo": ("Mezzo-Soprano", _VOICE),
    "ctenor": ("Countertenor", _VOICE),
    "tenor": ("Tenor", _VOICE),
    "barit": ("Baritone", _VOICE),
    "bass": ("Bass", _VOICE),
    "vox": ("Voice", _VOICE),
    "arpa": ("Harp", 46),
    "banjo": ("Banjo", 105),
    "bguit": ("Electric Bass", 33),
    "cbass": ("Contrabass", 43),
    "cello": ("Violoncello", 42),
    "cemba": ("Harpsichord", 6),
    "clavi": ("Clavichord", 7),
    "dulc": ("Dulcimer", 15),
    "eguit": ("Electric Guitar", 26),
    "forte": ("Fortepiano", 0),
    "guitr": ("Guitar", 24),
    **dict.fromkeys(("liuto", "archl", "tiorb"), ("Lute", 24)),
    "koto": ("Koto", 107),
    "mando": ("Mandolin", 24),
    "piano": ("Piano", 0),
    "shami": ("Shamisen", 106),
    "sitar": ("Sitar", 104),
    "ukule": ("Ukulele", 24),
    "viola": ("Viola", 41),
    **dict.fromkeys(("viols", "violt", "violb"), ("Viol", 42)),
    "violn": ("Violin", 40),
    "accor": ("Accordion", 21),
    "armon": ("Harmonica", 22),
    **dict.fromkeys(("bagpS", "bagpI"), ("Bagpipes", 109)),
    "cangl": ("English Horn", 69),
    **dict.fromkeys(("clars", "clara", "clarp", "calam", "baset"), ("Clarinet", 71)),
    "clarb": ("Bass Clarinet", 71),
    "cor": ("Horn", 60),
    **dict.fromkeys(("cornt", "corno"), ("Cornet", 56)),
    "fagot": ("Bassoon", 70),
    "fag_c": ("Contrabassoon", 70),
    **dict.fromkeys(("flt", "flt_a", "flt_b", "fife"), ("Flute", 73)),
    **dict.fromkeys(("fltds", "fltdn", "fltda", "fltdt", "fltdb"), ("Recorder", 74)),
    "flugh": ("Flugelhorn", 56),
    **dict.fromkeys(("oboe", "oboeD"), ("Oboe", 68)),
    "ocari": ("Ocarina", 79),
    **dict.fromkeys(("organ", "porta"), ("Organ", 19)),
    "panpi": ("Pan Flute", 75),
    "picco": ("Piccolo", 72),
    "reedo": ("Reed Organ", 20),
    **dict.fromkeys(("saxS", "saxN"), ("Soprano Saxophone", 64)),
    "saxA": ("Alto Saxophone", 65),
    "saxT": ("Tenor Saxophone", 66),
    **dict.fromkeys(("saxR", "saxB", "saxC"), ("Baritone Saxophone", 67)),
    "shaku": ("Shakuhachi", 77),
    **dict.fromkeys(("tromt", "troma"), ("Trombone", 57)),
    "tromb": ("Bass Trombone", 57),
    "tromp": ("Trumpet", 56),
    "tuba": ("Tuba", 58),
    **dict.fromkeys(("campn", "caril", "chime"), ("Bells", 14)),
    "clest": ("Celesta", 8),
    "glock": ("Glockenspiel", 9),
    "hammd": ("Electric Organ", 16),
    "marim": ("Marimba", 12),
    "rhode": ("Electric Piano", 4),
    "steel": ("Steel Drum", 114),
    "timpa": ("Timpani", 47),
    "vibra": ("Vibraphone", 11),
    "xylo": ("Xylophone", 13),
}

_DRUMS: dict[str, tuple[str, int | None]] = {  # General MIDI keys
    "bdrum": ("Bass Drum", 35),
    "casts": ("Castanets", 85),
    "crshc": ("Crash Cymbal", 49),
    "drmset": ("Drum Set", None),
    "gong": ("Gong", 52),
    "marac": ("Maracas", 70),
    "piatt": ("Cymbals", 49),
    "ridec": ("Ride Cymbal", 51),
    "sdrum": ("Snare Drum", 38),
    "spshc": ("Splash Cymbal", 55),
    "tambn": ("Tambourine", 54),
    "tom": ("Tom-Tom", 41),
    "trngl": ("Triangle", 81),
}

_CLASSES = {  # *IC: who plays, where no instrument is named
    "vox": ("Voice", _VOICE),
    "str": ("Strings", 48),
    "ww": ("Winds", 73),
    "bras": ("Brass", 61),
    "klav": ("Keyboard", 0),
}


def is_percussion(interpretations: list[str]) -> bool:
    """Return whether what is written in a spine are strokes without pitch."""
    codes = _codes(interpretations)
    if any(code in _PITCHED for code in codes):
        return False
    return any(code in _DRUMS for code in codes) or any(
        re.fullmatch(r"\*clefX\d?|\*ICperc|\*ICidio", said) for said in interpretations
    )


def drum_key(interpretations: list[str]) -> int | None:
    """Return the General MIDI key of the drum that a spine names, if it names one."""
    return next((_DRUMS[code][1] for code in _codes(interpretations) if code in _DRUMS), None)


def player(interpretations: list[str], number: int) -> Track:
    """Return who plays a spine, the `number`th of its piece; what it does not name is called by that number.

    A full name (`*I"Violin I`) comes before a short one (`*I'Vln. I`), one in brackets (`*I:[SOPRANO]`), that of the
    code (`*Ivioln`) and that of the class (`*ICstr`).
    """
    codes = _codes(interpretations)
    classes = [said.removeprefix("*IC") for said in interpretations]
    known = next((_PITCHED[code] for code in codes if code in _PITCHED), None) or next(
        (_CLASSES[code] for code in classes if code in _CLASSES), None
    )
    drum = next((_DRUMS[code][0] for code in codes if code in _DRUMS), "")
    written = (_written_name(interpretations, form) for form in (r'\*I"(.+)', r"\*I'(.+)", r"\*I:\[?(.+?)\]?"))
    name = next(filter(None, written), "") or drum or (known[0] if known else "")
    return Track(
        name=name or f"track {number}",
        program=known[1] if known else 0,
        drums=is_percussion(interpretations),
    )


def _codes(interpretations: list[str]) -> list[str]:
    return [said.removeprefix("*I") for said in interpretations if said.startswith("*I")]


def _written_name(interpretations: list[str], form: str) -> str:
    """Return the first name that a file writes out in the given form."""
    found = (re.fullmatch(form, said) for said in interpretations)
    names = (clean_name(html.unescape(name[1])) for name in found if name)
    return next(filter(None, names), "")
