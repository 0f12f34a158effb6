"""The form of longer music: its bars, which sections return and how varied, and whether it is a loop."""

from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
from jaxtyping import Bool, Int

from ganola.errors import InputError
from ganola.music.grid import MAX_PIECE_BARS, Grid
from ganola.wording import counted


@dataclass(frozen=True)
class PieceForm:
    """The form of a piece. Each letter of `sections` is a section, all of one length; a letter that returns repeats it.

    `variation` is the share of the bars of a repeated section that are not those of its first time. The end of a `loop`
    meets its beginning. Raises InputError where these contradict one another.
    """

    bars: int
    sections: str = "A"
    loop: bool = False
    variation: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.bars <= MAX_PIECE_BARS:
            raise InputError(
                f"a piece of {counted(self.bars, 'bar')} cannot be made", f"Choose 1 to {MAX_PIECE_BARS} bars."
            )
        if not self.sections or set(self.sections) - set(ascii_uppercase):
            raise InputError(
                f"{self.sections!a} is not a form",
                "Write a letter for each section, A to Z, such as AABA or ABAC.",
            )
        if self.bars % len(self.sections):
            less = self.bars - self.bars % len(self.sections)
            fitting = [bars for bars in (less, less + len(self.sections)) if 1 <= bars <= MAX_PIECE_BARS]
            raise InputError(
                f"{counted(self.bars, 'bar')} cannot be divided into {counted(len(self.sections), 'section')} of one "
                f"length, as {self.sections} asks",
                f"Choose {' or '.join(map(str, fitting))} bars, or another form."
                if fitting
                else "Choose another form.",
            )
        if not 0 <= self.variation <= 1:
            raise InputError(f"a variation of {self.variation:g} is not a share of bars", "Choose 0 to 1.")
        if self.variation and len(set(self.sections)) == len(self.sections):
            raise InputError(
                f"no section returns in {self.sections}, so that none can be varied",
                "Choose a form in which a letter returns, such as AABA.",
            )

    def __str__(self) -> str:
        form = f" {self.sections}" if len(self.sections) > 1 else ""
        return f"{counted(self.bars, 'bar')}{form}{', a loop' if self.loop else ''}"

    @property
    def section_bars(self) -> int:
        """Return how long a section is, in bars."""
        return self.bars // len(self.sections)

    def first_places(self) -> Int[np.ndarray, "bars"]:
        """Return for each bar the bar, from 0, that it repeats: itself where it is new."""
        first = np.array([self.sections.index(letter) for letter in self.sections]) * self.section_bars
        return (first[:, None] + np.arange(self.section_bars)).reshape(-1)

    def returns(self) -> Bool[np.ndarray, "sections"]:
        """Return which sections were there before."""
        return np.array([letter in self.sections[:index] for index, letter in enumerate(self.sections)])

    def draw_varied_bars(self, chance: np.random.Generator) -> Bool[np.ndarray, "bars"]:
        """Return which bars of the sections that return are not those of their first time.

        Those of a smaller variation are among those of a greater one.
        """
        rank = chance.permuted(np.tile(np.arange(self.section_bars), (len(self.sections), 1)), axis=1)
        varied = rank < max(1, round(self.variation * self.section_bars))
        return np.asarray((varied & self.returns()[:, None]).reshape(-1))

    def refuse_unfit(self, grid: Grid) -> None:
        """Raise InputError where a model with phrases on this grid cannot make such a piece."""
        phrase = counted(grid.bars, "bar")
        if grid.bars == 1:
            raise InputError(
                "the phrases of this model are one bar long, so it cannot know how music goes on",
                "Play a model of longer phrases.",
            )
        if self.section_bars < grid.bars:
            section = "a piece" if len(self.sections) == 1 else f"a section of {self.sections}"
            least = grid.bars * len(self.sections)
            raise InputError(
                f"{section} would have {counted(self.section_bars, 'bar')}; the phrases of this model have {phrase}",
                f"Choose at least {least} bars." if least <= MAX_PIECE_BARS else "Choose fewer sections.",
            )


def parse_form(bars: int, sections: str | None, *, loop: bool = False, variation: float = 0.0) -> PieceForm:
    """Return the form that a person asks for; without sections all is one. Raises InputError as PieceForm does."""
    return PieceForm(bars, "A" if sections is None else sections.strip().upper(), loop, variation)
