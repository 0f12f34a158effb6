"""ABC tunes in (the ABC standard 2.1).

music21 reads ABC too, twenty times slower; it loses changes of metre, voices that take turns line by line, and
invisible rests.
"""

from fractions import Fraction

from ganola.music.bar_lines import restate_metres
from ganola.music.io.abc.events import Sound, place_events
from ganola.music.io.abc.tune import TuneReader
from ganola.music.io.limits import first_line, refusal, refuse_excess
from ganola.music.metre import MetreChange
from ganola.music.score import TICKS_PER_QUARTER, Notes, Score
from ganola.music.tempo import sensible_tempo
from ganola.music.tracks import UNNAMED_DRUM, Track, clean_name, unnamed_strokes

_TICKS_PER_WHOLE = 4 * TICKS_PER_QUARTER


def read_tune(text: str) -> Score:
    """Return the music of one tune, in ticks of 1/96 of a quarter note; a track for each of its voices that has notes.

    Repeats are not played twice; grace notes and chord symbols are left out. Raises InputError, with a problem that
    does not name the file, where there is no music in it.
    """
    try:
        tune = TuneReader(text)
    except (ValueError, ZeroDivisionError) as error:
        raise refusal(f"not readable as ABC ({first_line(error)})") from error
    voices = [(voice, place_events(voice.events)) for voice in tune.voices.values()]
    voices = [(voice, played) for voice, played in voices if played.notes]
    if not voices:
        rests = any(isinstance(event, Sound) for voice in tune.voices.values() for event in voice.events)
        raise refusal("no notes in it, only rests" if rests else "no notes in it")
    sounding = [
        (track, _ticks(start), _ticks(end), tune.sounding(voice, pitch))
        for track, (voice, played) in enumerate(voices)
        for start, end, pitch in played.notes
    ]
    rows = [(track, start, end, UNNAMED_DRUM if pitch is None else pitch) for track, start, end, pitch in sounding]
    unnamed = sum(pitch is None for *_, pitch in sounding)
    refuse_excess(max(end for _, _, end, _ in rows) / TICKS_PER_QUARTER, len(rows))
    first = voices[0][1]
    signs = {_ticks(at): MetreChange(_ticks(at), metre) for at, metre in first.metres}
    lines = sorted({0, *map(_ticks, first.lines)})
    metres, first_bar = restate_metres(tuple(signs[tick] for tick in sorted(signs)), lines, TICKS_PER_QUARTER)
    return Score(
        tracks=tuple(
            Track(
                name=clean_name(voice.name) or f"track {number}",
                program=tune.program(voice),
                drums=voice.drums,
            )
            for number, (voice, _) in enumerate(voices, start=1)
        ),
        notes=Notes.of(rows),
        ticks_per_quarter=TICKS_PER_QUARTER,
        metres=metres,
        first_bar=first_bar,
        tempo=sensible_tempo(tune.tempo),
        remarks=(*tune.remarks, *unnamed_strokes(unnamed)),
    )


def _ticks(whole_notes: Fraction) -> int:
    return round(whole_notes * _TICKS_PER_WHOLE)
