"""Music longer than a phrase: it begins with a phrase of a seed, and goes on window by window.

Only bars that are new are made. Where a section returns they are copied at once, so that what leads into it knows it.
A window makes what is missing in it, from half a window before and, where there is any, what follows. It is made once,
and not chosen from several: with the critic's favourite of each window music sinks and thins from window to window
(docs/decisions/0028). With more of an attribute, the piece is made without it as well, window for window (`wishes`).
"""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Int, UInt8

from ganola.music.roll import ONSET, SUSTAIN
from ganola.networks.model import Model
from ganola.playing.attributes import More, refuse_unknown
from ganola.playing.generate import Phrase, generate_phrase
from ganola.playing.given import Given
from ganola.playing.infill import Progress, make_answers
from ganola.playing.piece_form import PieceForm
from ganola.playing.sliding import plan_windows
from ganola.playing.steer import generate_phrase_with_more
from ganola.playing.wishes import Wish
from ganola.randomness import Purpose, stream

Cells = UInt8[np.ndarray, "tracks steps pitches"]
Bars = UInt8[np.ndarray, "tracks bars bar_steps pitches"]
Places = Int[np.ndarray, "places"]


def generate_pieces(
    model: Model,
    form: PieceForm,
    count: int,
    seed: int,
    progress: Progress = lambda *_: None,
    *,
    more: More = MappingProxyType({}),
) -> Iterator[Phrase]:
    """Yield `count` pieces, one by one. Piece k of a seed is the same whatever the count.

    `progress` gets how many bars of the piece at hand are made, of how many.
    """
    for number in range(1, count + 1):
        yield generate_piece(model, form, seed, number, more=more, progress=progress)


def generate_piece(
    model: Model,
    form: PieceForm,
    seed: int,
    number: int,
    *,
    more: More = MappingProxyType({}),
    progress: Progress = lambda *_: None,
) -> Phrase:
    """Return a piece of this form that begins with phrase `number` of a seed, with `more` of some attributes or less.

    A loop as long as a phrase begins with the first half of it; the second half is made anew, to lead back. `progress`
    gets how many bars are made, of how many; an error that it raises ends the work. Raises InputError where the model
    cannot make such a piece, or has no such attributes.
    """
    form.refuse_unfit(model.spec.grid)
    refuse_unknown(more, model.spec)
    phrase = generate_phrase_with_more(model, seed, number, more)
    plain = _Piece(model, form, generate_phrase(model, seed, number).cells) if more else None
    piece = _Piece(model, form, phrase.cells, more, plain)
    seeds = stream(seed, Purpose.PIECES, number).integers(2**32, size=form.bars)
    while piece.missing.any():
        progress(form.bars - int(np.count_nonzero(piece.missing)), form.bars)
        piece.make_window(int(seeds[piece.missing.argmax()]))
    if form.variation:
        chance = stream(seed, Purpose.PIECE_VARIATIONS, number)
        piece.vary(form.draw_varied_bars(chance), int(chance.integers(2**32)))
    progress(form.bars, form.bars)
    return replace(phrase, cells=_in_steps(piece.bars), form=form)


class _Piece:
    """A piece while it is made: its bars, and which of them are missing. A loop has them in a circle.

    One with `more` of some attributes has it of the `plain` one, which is made along with it.
    """

    def __init__(
        self,
        model: Model,
        form: PieceForm,
        phrase: Cells,
        more: More = MappingProxyType({}),
        plain: "_Piece | None" = None,
    ) -> None:
        self.model, self.form, self.more, self.plain = model, form, more, plain
        self.window, self.first_places = model.spec.grid.bars, form.first_places()
        own = _in_bars(phrase, self.window)
        self.bars = np.zeros((len(own), form.bars, *own.shape[2:]), np.uint8)
        self.missing = np.ones(form.bars, np.bool_)
        kept = self.window - self.window // 2 if form.loop and form.bars == self.window else self.window
        self._write(np.arange(kept), own[:, :kept])

    def make_window(self, seed: int) -> None:
        """Make the bars that are missing in the window which comes next."""
        start = plan_windows(self._kept(self.missing[self._with_beginning()]), self.model.spec.grid)[0]
        places = np.arange(start, start + self.window) % self.form.bars
        new = self.missing[places]
        # What is there may sound on into what is missing: nobody said that it ends.
        given = np.where(new[:, None, None], np.uint8(SUSTAIN), self.bars[:, places])
        if self.plain is not None:
            self.plain.make_window(seed)
        self._write(places[new], self._make(given, new, places, seed)[:, new])

    def vary(self, varied: Bool[np.ndarray, "bars"], seed: int) -> None:
        """Make these bars anew."""
        if self.plain is not None:
            self.plain.vary(varied, seed)
        places = self._with_beginning()
        self.bars = self._make(self.bars[:, places], varied[places], places, seed)[:, : self.form.bars].copy()
        self._begin_sections()

    def _make(self, given: Bars, new: Bool[np.ndarray, "places"], places: Places, seed: int) -> Bars:
        """Return these bars with the new ones among them made."""
        music, wish = Given(_in_steps(given), self._kept(new)), None
        if self.plain is not None:
            wish = Wish(self.more, _in_steps(self.plain.bars[:, places])[None], np.ones_like(music.kept))
        (made,), _ = make_answers(self.model, music, 1, seed, wish=wish)
        return _in_bars(made, len(places))

    def _with_beginning(self) -> Places:
        """Return the bars in their order, those after which the beginning comes once more in a loop."""
        return np.arange(self.form.bars + (self.window if self.form.loop else 0)) % self.form.bars

    def _kept(self, new: Bool[np.ndarray, "places"]) -> Bool[np.ndarray, "tracks steps"]:
        """Return which steps are kept where all tracks of these bars are new."""
        return np.tile(~new.repeat(self.bars.shape[2]), (len(self.bars), 1))

    def _write(self, places: Places, made: Bars) -> None:
        """Write bars to their places, and wherever they return."""
        for place, bar in zip(places, np.moveaxis(made, 1, 0), strict=True):
            same = self.first_places == self.first_places[place]
            self.bars[:, same] = bar[:, None]
            self.missing[same] = False
        self._begin_sections()

    def _begin_sections(self) -> None:
        """Let each section begin with notes of its own, so that it is the same after whatever comes before it."""
        first = self.bars[:, :: self.form.section_bars, 0]
        first[first == SUSTAIN] = ONSET


def _in_bars(cells: Cells, bars: int) -> Bars:
    return cells.reshape(len(cells), bars, -1, cells.shape[2])


def _in_steps(bars: Bars) -> Cells:
    return bars.reshape(len(bars), -1, bars.shape[3])
