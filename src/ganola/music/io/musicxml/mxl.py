"""Compressed MusicXML: which document of a zip archive is the score."""

import contextlib
import io
import zipfile
import zlib

from ganola.errors import InputError
from ganola.music.io.limits import refusal
from ganola.music.io.texts import (
    BEGINNING_BYTES,
    MAX_TEXT_BYTES,
    looks_like_musicxml,
    too_large,
    xml_root,
)

_INDEX = "META-INF/container.xml"
_MOST_CANDIDATES = 100
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


def unpack(data: bytes) -> bytes:
    """Return the MusicXML document in a zip archive; see `_find_score`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_member(archive, _find_score(archive))
    except _DAMAGE as error:
        raise refusal("a damaged zip archive") from error


def _find_score(archive: zipfile.ZipFile) -> str:
    """Return the name of the member that is the score.

    Of those that the index names and those with the right ending it is the first that looks like one. An index may be
    damaged, or name other files; what a member is, its beginning says.
    """
    names = set(archive.namelist())
    candidates = [name for name in _read_index(archive) if name in names]
    candidates += [
        name
        for name in archive.namelist()
        if name.lower().endswith((".xml", ".musicxml")) and not name.startswith(("META-INF/", "__MACOSX/"))
    ]
    if not candidates:
        raise refusal("an .mxl file without a MusicXML document in it")
    for name in candidates[:_MOST_CANDIDATES]:
        with contextlib.suppress(InputError, *_DAMAGE):
            if looks_like_musicxml(_read_member(archive, name, BEGINNING_BYTES)):
                return name
    return candidates[0]


def _read_index(archive: zipfile.ZipFile) -> list[str]:
    """Return the files that META-INF/container.xml names; none where it is missing or damaged."""
    try:
        root = xml_root(_read_member(archive, _INDEX))
    except (KeyError, InputError, *_DAMAGE):
        return []
    return [element.get("full-path", "") for element in root.iter() if element.tag.endswith("rootfile")]


def _read_member(archive: zipfile.ZipFile, name: str, beginning: int | None = None) -> bytes:
    """Return a member's bytes, or only its beginning; never more than a document may have."""
    info = archive.getinfo(name)
    if info.flag_bits & 0x1:
        raise refusal("an .mxl file with a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack beyond any limit
        raise refusal("an .mxl file packed otherwise than MusicXML allows")
    with archive.open(info) as file:
        content = file.read(beginning or MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        raise too_large()
    return content
