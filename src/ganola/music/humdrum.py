"""Humdrum in: the **kern spines of a file, which music21 reads."""

from ganola.music.limits import refusal
from ganola.music.notation import music21_at_work, score_of
from ganola.music.score import Score
from ganola.music.texts import decoded, refuse_long


def read_humdrum(data: bytes) -> Score:
    """The music in a Humdrum file's **kern spines: see `read_musicxml`."""
    refuse_long(data)
    with music21_at_work():
        from music21.humdrum.spineParser import HumdrumDataCollection

        sheet = HumdrumDataCollection(decoded(data)).parse()
        if "Opus" in sheet.classes:
            raise refusal("several pieces in one Humdrum file")
        return score_of(sheet)
