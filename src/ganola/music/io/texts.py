"""Texts that files are made of: how long one may be, in which encoding it is, and XML without what can do harm."""

import codecs
import re
from xml.etree import ElementTree

from ganola.errors import InputError
from ganola.music.io.limits import refusal

MAX_TEXT_BYTES = 32 * 2**20
BEGINNING_BYTES = 4096  # in which a file says what it is

_MARKS = (  # how a text may begin that says its encoding so; the longer ones first
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    ("<".encode("utf-16-le"), "utf-16-le"),
    ("<".encode("utf-16-be"), "utf-16-be"),
)
_SCORE = re.compile(r"<([\w.-]+:)?score-(partwise|timewise)\b|<!DOCTYPE\s+score-")
_FORBIDDEN = re.compile(r"&(?!(amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)|[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")


def decode_text(data: bytes, encoding: str = "utf-8-sig") -> str:
    """Return bytes as text: in `encoding`, or in Latin-1, which takes any bytes, where they are not."""
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return data.decode("latin-1")


def plain_text(data: bytes) -> str:
    """Return the text of a file that says its encoding, if at all, by how it begins.

    Else it is UTF-16 where every other byte is nothing, or UTF-8, or Latin-1.
    """
    for mark, encoding in _MARKS[:5]:
        if data.startswith(mark):
            return decode_text(data, encoding).lstrip("\ufeff")
    beginning = data[:1000]
    for encoding, nothing in (("utf-16-le", beginning[1::2]), ("utf-16-be", beginning[::2])):
        if 10 * nothing.count(0) > 9 * len(nothing):
            return decode_text(data, encoding)
    return decode_text(data)


def refuse_long(data: bytes) -> None:
    """Raise InputError for a text that is longer than any piece of music."""
    if len(data) > MAX_TEXT_BYTES:
        raise too_large()


def too_large() -> InputError:
    """Return the error for a text that is longer than any piece of music."""
    return refusal(f"more than {MAX_TEXT_BYTES // 2**20} MB of text, which no piece of music needs")


def read_beginning(data: bytes) -> str:
    """Return how a text begins, whatever its encoding, without what is blank before it."""
    beginning = data[:BEGINNING_BYTES]
    try:
        text = beginning.decode(encoding_of(beginning), errors="replace")
    except (UnicodeError, LookupError):
        text = beginning.decode("latin-1")
    return text.lstrip("\ufeff \t\r\n")


def looks_like_musicxml(data: bytes) -> bool:
    """Return whether a text begins as a MusicXML document does."""
    beginning = read_beginning(data)
    return beginning.startswith("<") and bool(_SCORE.search(beginning))


def xml_root(data: bytes) -> ElementTree.Element:
    """Return the root of an XML document.

    One that declares entities is refused before it is parsed: they can be bombs.
    """
    refuse_long(data)
    text = decode_text(data, encoding_of(data)).lstrip("\ufeff \t\r\n")
    if "<!ENTITY" in text:
        raise refusal("an XML document with entities of its own, which no music needs and which can do harm")
    root = _parse(text)
    if "}" in root.tag:
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]  # MusicXML has no namespaces
    return root


def _parse(text: str) -> ElementTree.Element:
    """Return the root of a document that declares no entities.

    Signs that XML does not allow are replaced if it needs to be.
    """
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - it declares no entities
    except (ElementTree.ParseError, ValueError) as error:
        mended = _FORBIDDEN.sub(lambda sign: "&amp;" if sign[0] == "&" else " ", text)
        if mended == text:
            raise _damaged(error) from error
    try:
        return ElementTree.fromstring(mended)  # noqa: S314 - as above
    except (ElementTree.ParseError, ValueError) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> InputError:
    where = f" in line {error.position[0]:,}" if isinstance(error, ElementTree.ParseError) else ""
    return refusal(f"not readable as notation (damaged XML{where})")


def encoding_of(data: bytes) -> str:
    """Return the encoding of a text by how it begins, or by its XML declaration; else UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    declared = _DECLARED_ENCODING.match(data[:1024])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    return "utf-8" if name.startswith("utf-16") else name  # it would have begun with a mark
