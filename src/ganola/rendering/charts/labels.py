"""Which labels there is room for below vertical bars."""

from collections.abc import Sequence

NARROW, BROAD = 240, 550  # pixels that a chart has across on a phone, and one of many columns beside others

_LETTER = 6.2  # pixels that a letter takes, nearly
_FEW = 8  # bars, each of which has to have its label


def label_position(middle: float, label: str, index: int, count: int) -> tuple[float, str]:
    """Return where a label is written, so that one that is wider than its bar stays within the chart."""
    if len(label) * _LETTER > NARROW / count:
        if index == 0:
            return 0.0, "start"
        if index == count - 1:
            return 100.0, "end"
    return middle, "middle"


def is_broad(labels: Sequence[str]) -> bool:
    """Return whether vertical bars are so many that they take twice the room."""
    return len(labels) > 13


def fitting_labels(labels: Sequence[str], width: int) -> set[int]:
    """Return which labels fit below vertical bars over so many pixels: the first, the last, and what fits between."""
    slot, last = width / len(labels), len(labels) - 1

    def span(index: int) -> tuple[float, float]:
        length = _LETTER * len(labels[index])
        middle, anchor = label_position((index + 0.5) * slot, labels[index], index, len(labels))
        left = {"start": 0.0, "end": width - length, "middle": middle - length / 2}[anchor]
        return left, left + length

    chosen, end = {0}, span(0)[1]
    limit = span(last)[0]
    for index in range(1, last):
        left, right = span(index)
        if left >= end + 3 and right + 3 <= limit:
            chosen.add(index)
            end = right
    return chosen | ({last} if limit >= end + 3 else set())


def needs_horizontal(labels: Sequence[str]) -> bool:
    """Return whether labels below vertical bars would be missing: of few bars any, of many a third."""
    missing = len(labels) - len(fitting_labels(labels, BROAD if is_broad(labels) else NARROW))
    return missing > (0 if len(labels) <= _FEW else len(labels) / 3)
