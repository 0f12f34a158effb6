"""Answers that hold copies of training music are left out."""

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.judging.copying.detector import CopyDetector
from ganola.music.roll import OFF
from ganola.playing import answers as answering
from ganola.playing.answers import Question, find_answers
from ganola.playing.infill import Answer
from ganola.playing.own_music import read_own_music
from ganola.playing.revision import Revision, revise
from tests.playing.small import SPEC, random_answers, small_model
from tests.playing.test_own_music import LINE, piece

MODEL = small_model()


class CopiesOfFewNotes(CopyDetector):
    """Takes phrases of fewer sounding cells than so many for copies, and remembers how many phrases it was shown."""

    def __init__(self, least: int) -> None:
        vars(self).update(least=least, shown=[])

    def is_copy(self, cells: np.ndarray) -> np.ndarray:
        self.shown.extend(cells)
        return (cells != OFF).sum(axis=(1, 2, 3)) < self.least


@pytest.fixture
def revision(monkeypatch) -> Revision:
    """Six bars of which the last two are made anew; a phrase has two."""
    monkeypatch.setattr(answering, "infill", random_answers)
    rows = [(0, later + start, later + end, pitch) for later in (0, 3840, 7680) for _, start, end, pitch in LINE]
    made = np.zeros((2, 48), dtype=bool)
    made[:, 32:] = True
    return revise(read_own_music(piece(*rows), MODEL), made, SPEC)


def sounding(answer: Answer) -> int:
    return int((answer.cells[:, 32:] != OFF).sum())


def test_other_answers_stand_in_for_copies(revision) -> None:
    every = find_answers(MODEL, revision, Question("infill", "song", 0, 12)).found
    least = sorted(sounding(answer) for answer in every[:3])[1]  # one of the first three is a copy
    detector = CopiesOfFewNotes(least)
    found = find_answers(MODEL, revision, Question("infill", "song", 0, 3), detector=detector)
    expected = [answer.number for answer in every if sounding(answer) >= least]
    assert [answer.number for answer in found.found] == expected[:3]
    assert (found.candidates, found.copies) == (12, 12 - len(expected))
    assert len(detector.shown) == 3 + 12  # only the phrase with new notes is compared


def test_where_none_is_a_copy_no_more_are_made(revision) -> None:
    found = find_answers(MODEL, revision, Question("infill", "song", 0, 3), detector=CopiesOfFewNotes(0))
    assert ([answer.number for answer in found.found], found.candidates, found.copies) == ([1, 2, 3], 3, 0)


def test_where_all_are_copies_it_is_said(revision) -> None:
    with pytest.raises(InputError, match="each of 8 answers holds a copy"):
        find_answers(MODEL, revision, Question("infill", "song", 0, 2), detector=CopiesOfFewNotes(10**9))
