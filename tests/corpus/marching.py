"""Music whose beats and bars nobody can mistake."""

from tests.strategies import Row

TICKS = 480  # a quarter note


def march(late: float = 0.0, bars: int = 24, track: int = 0) -> list[Row]:
    """A long bass note in each bar of four, chords on its other beats, quavers above; all so many quarters late."""
    rows = []
    for bar in range(bars):
        bass = (36, 43, 41, 38)[bar % 4]
        notes = [(0.0, 3.9, bass), (0.0, 1.9, bass + 24), (2.0, 1.0, bass + 28)]
        notes += [(beat, 0.4, bass + 31) for beat in (1.0, 3.0)] + [(beat, 0.4, 79) for beat in (1.5, 2.5, 3.5)]
        for beat, length, pitch in notes:
            start = round((4 * bar + beat + late) * TICKS)
            rows.append((track, start, start + round(length * TICKS), pitch))
    return rows
