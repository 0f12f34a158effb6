"""Sheets of music written by hand: MusicXML, Humdrum and ABC."""

import io
import zipfile

# MusicXML: one part in 3/4, two divisions a quarter note, which are 96 ticks.

ATTRIBUTES = """
<attributes><divisions>2</divisions><time><beats>3</beats><beat-type>4</beat-type></time></attributes>
"""


def sound(pitch: str, divisions: int, *, tie: str = "", chord: bool = False, grace: bool = False) -> str:
    """A <note> of a pitch such as C5."""
    ties = "".join(f'<tie type="{kind}"/>' for kind in tie.split())
    length = "" if grace else f"<duration>{divisions}</duration>"
    return (
        f"<note>{'<grace/>' * grace}{'<chord/>' * chord}"
        f"<pitch><step>{pitch[0]}</step><octave>{pitch[1]}</octave></pitch>{length}{ties}</note>"
    )


def sheet(*measures: str, name: str = "Flute", instruments: str = "") -> str:
    """A document of one part; `instruments` is what else its <score-part> says."""
    body = "".join(f'<measure number="{number}">{content}</measure>' for number, content in enumerate(measures))
    return f"""<?xml version="1.0"?>
        <score-partwise version="4.0">
        <part-list><score-part id="P1"><part-name>{name}</part-name>{instruments}</score-part></part-list>
        <part id="P1">{body}</part>
        </score-partwise>"""


def drum(step: str, instrument: str = "") -> str:
    """An <unpitched> crotchet on a line of the staff."""
    return (
        f"<note><unpitched><display-step>{step}</display-step><display-octave>4</display-octave></unpitched>"
        f"<duration>2</duration>{instrument}</note>"
    )


def midi_drum(name: str, number: int) -> str:
    return (
        f'<score-instrument id="{name}"><instrument-name>{name}</instrument-name></score-instrument>'
        f'<midi-instrument id="{name}"><midi-channel>10</midi-channel><midi-unpitched>{number}</midi-unpitched>'
        "</midi-instrument>"
    )


WHOLE = sheet(ATTRIBUTES + sound("C5", 4) + sound("D5", 2))
WHOLE_ROWS = [(0, 0, 192, 72), (0, 192, 288, 74)]


def mxl(members: dict[str, str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


# Humdrum


TWO = "**kern|**kern"
SPINES = [
    "*Icello|*Ivioln",
    "*M3/4|*M3/4",
    "4GG|4r",
    "=1|=1",
    "2.C|4g",
    ".|4a",
    ".|[4b",
    "=2|=2",
    "4D|4b]",
    "4E|8cc",
    ".|8dd",
    "4F#|4ee",
    "==|==",
]
KERN = "\n".join([TWO, *SPINES, "*-|*-", ""]).replace("|", "\t")


# ABC

BOOK = b"""%abc
M:4/4
L:1/4
This book is by me and CDEF.

X:7
T:First
K:C
CDEF|
% between them
X:12
T:Bad
K:C
C/0
X: 12 % again
L:1/8
K:C
C|

X:
K:C
CD|
"""
