"""Compressed MusicXML: which document of a zip archive is the score."""

import io
import zipfile
import zlib

from ganola.music.limits import first_line, refusal
from ganola.music.texts import LONGEST_TEXT_BYTES, too_large, xml_root


def unpacked(data: bytes) -> bytes:
    """The MusicXML document in a zip archive: the one that META-INF/container.xml names, or the first there is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _root_file(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise refusal(f"a damaged .mxl file ({first_line(error)})") from error


def _root_file(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        for element in xml_root(_member(archive, "META-INF/container.xml")).iter():
            if element.tag.endswith("rootfile") and (name := element.get("full-path")) in names:
                return str(name)
    for name in names:
        if name.lower().endswith((".xml", ".musicxml")) and not name.startswith(("META-INF/", "__MACOSX/")):
            return name
    raise refusal("an .mxl file without a MusicXML document in it")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member's bytes, of which never more are unpacked than a document may have."""
    info = archive.getinfo(name)
    if info.flag_bits & 0x1:
        raise refusal("an .mxl file with a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack beyond any limit
        raise refusal("an .mxl file packed otherwise than MusicXML allows")
    with archive.open(info) as file:
        content = file.read(LONGEST_TEXT_BYTES + 1)
    if len(content) > LONGEST_TEXT_BYTES:
        raise too_large()
    return content
