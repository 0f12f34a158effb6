"""Phrases as a critic hears them: each note in the colour of what it does to the judgement, darker the worse.

A line a phrase, in order of time, its judgement J beside it; below it, step by step, what speaks for the phrase
(upwards) and against it (downwards).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from ganola.judging.attribution import note_attribution
from ganola.music.grid import Grid
from ganola.music.roll import OFF, decode
from ganola.rendering.palette import AXIS, FRAME, PAPER, RAMP, TEXT, Colour
from ganola.rendering.picture import CellSize, font, paint, write_bars, write_pitches

PAGE_HEIGHT = 1400  # pixels of a picture at most, if one phrase fits into them: a page of paper, upright
FULL_BLAME = math.log(2)  # of a note or a step that has the deepest colour: it halves the odds

_RAMP = np.array(RAMP, dtype=np.float64)

_LEFT, _RIGHT, _MARGIN = 46, 104, 14
_HEADING, _BAR_NUMBERS, _STRIP, _BETWEEN, _LEGEND = 40, 20, 34, 14, 40
_GAUGE_WIDTH = 10
_LONGEST_TITLE = 60  # characters, the last ones of a path
_LEGEND_WORDS = {  # by share of the full blame
    0.0: "speaks for it, or hardly against it",
    0.5: "against it",
    1.0: "halves the odds that it is real, or worse",
}
_SPARE_PITCHES = 2  # rows shown above the highest note and below the lowest


@dataclass(frozen=True)
class JudgedPhrase:
    """A phrase, the bar at which it begins, its J, and what each cell adds to the log-odds that it is real."""

    bar: int
    judgement: float
    cells: UInt8[np.ndarray, "tracks steps pitches"]
    blame: Float[np.ndarray, "tracks steps pitches"]


def judged_images(title: str, judgement: float, phrases: Sequence[JudgedPhrase], grid: Grid) -> list[Image.Image]:
    """Return the phrases of a piece whose mean J is `judgement` as pages, one or several, each of bounded height."""
    shown, rows = _used(phrases, grid)
    size = CellSize(width=min(max(832 // grid.steps, 3), 26), height=min(max(280 // shown.pitches, 4), 9))
    line = _BAR_NUMBERS + size.height * shown.pitches + _STRIP + _BETWEEN
    width = _LEFT + size.width * grid.steps + _RIGHT
    lines = max(1, (PAGE_HEIGHT - _HEADING - _LEGEND) // line)
    pages = [phrases[first : first + lines] for first in range(0, len(phrases), lines)]
    images = []
    for number, page in enumerate(pages, start=1):
        image = Image.new("RGB", (width, _HEADING + line * len(page) + _LEGEND), PAPER)
        draw = ImageDraw.Draw(image)
        part = f"  ({number} of {len(pages)})" if len(pages) > 1 else ""
        draw.text(
            (_MARGIN, 25), " ".join(title.split())[-_LONGEST_TITLE:] + part, fill=TEXT, font=font(17), anchor="ls"
        )
        draw.text((width - _MARGIN, 25), f"J {judgement:.2f}", fill=TEXT, font=font(17), anchor="rs")
        for index, phrase in enumerate(page):
            _draw_phrase(image, phrase, shown, rows, size, _HEADING + index * line + _BAR_NUMBERS)
        _draw_legend(draw, _HEADING + line * len(page) + 8)
        images.append(image)
    return images


def shade(blame: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape 3"]:
    """Return the colour of what adds `blame` to the log-odds: grey from zero up, orange and red the further below."""
    depth = np.clip(-blame / FULL_BLAME, 0, 1) * (len(_RAMP) - 1)
    below = np.minimum(depth.astype(np.int64), len(_RAMP) - 2)
    part = (depth - below)[..., None]
    return np.round(_RAMP[below] * (1 - part) + _RAMP[below + 1] * part).astype(np.uint8)


def _colour(blame: float) -> Colour:
    red, green, blue = (int(part) for part in shade(np.array(blame)))
    return red, green, blue


def _used(phrases: Sequence[JudgedPhrase], grid: Grid) -> tuple[Grid, slice]:
    """Return the range of pitches that sound somewhere, as a grid and as rows of cells."""
    sounding = np.flatnonzero(sum((phrase.cells != OFF).any(axis=(0, 1)) for phrase in phrases))
    low = max(int(sounding[0]) - _SPARE_PITCHES, 0)
    high = min(int(sounding[-1]) + _SPARE_PITCHES, grid.pitches - 1)
    return grid.model_copy(update={"lowest": grid.lowest + low, "pitches": high - low + 1}), slice(low, high + 1)


def _draw_phrase(image: Image.Image, phrase: JudgedPhrase, grid: Grid, rows: slice, size: CellSize, top: int) -> None:
    draw = ImageDraw.Draw(image)
    cells = phrase.cells[:, :, rows]
    pixels = paint(cells, grid, size, shade(_by_note(cells, phrase.blame[:, :, rows], grid)))
    height, width = pixels.shape[:2]
    image.paste(Image.fromarray(pixels), (_LEFT, top))
    draw.rectangle((_LEFT - 1, top - 1, _LEFT + width, top + height), outline=FRAME)
    write_pitches(draw, grid, size, _LEFT, top)
    write_bars(draw, grid, size, grid.steps, _LEFT, top, first=phrase.bar)
    _draw_steps(draw, phrase.blame.sum(axis=(0, 2)), size, top + height + 3)
    _draw_gauge(draw, phrase.judgement, _LEFT + width + 14, top, height)


def _by_note(
    cells: UInt8[np.ndarray, "tracks steps pitches"], blame: Float[np.ndarray, "tracks steps pitches"], grid: Grid
) -> Float[np.ndarray, "tracks steps pitches"]:
    """Return at each cell what the note adds that sounds there."""
    notes = decode(cells, grid)
    step, length = notes.steps()
    spread = np.zeros(cells.shape)
    place = (notes.track.repeat(length), step, notes.pitch.repeat(length) - grid.lowest)
    spread[place] = note_attribution(blame, notes, grid).repeat(length)
    return spread


def _draw_steps(draw: ImageDraw.ImageDraw, blame: Float[np.ndarray, "steps"], size: CellSize, top: int) -> None:
    """Return a bar a step: grey upwards for the phrase, coloured downwards against it."""
    half = (_STRIP - 4) // 2
    axis = top + half
    draw.line((_LEFT, axis, _LEFT + size.width * len(blame) - 1, axis), fill=AXIS)
    depth = np.round(np.clip(np.abs(blame) / FULL_BLAME, 0, 1) * half).astype(int)
    for step, (value, long) in enumerate(zip(blame, depth, strict=True)):
        if long:
            left, right = _LEFT + step * size.width, _LEFT + (step + 1) * size.width - 2
            first, last = (axis - int(long), axis - 1) if value > 0 else (axis + 1, axis + int(long))
            draw.rectangle((left, first, right, last), fill=_colour(float(value)))


def _draw_gauge(draw: ImageDraw.ImageDraw, judgement: float, left: int, top: int, height: int) -> None:
    """Draw J as a number and as a column filled so far."""
    draw.rectangle((left, top - 1, left + _GAUGE_WIDTH, top + height), outline=FRAME)
    filled = top + round((1 - judgement) * height)
    if filled < top + height:
        draw.rectangle((left + 1, filled, left + _GAUGE_WIDTH - 1, top + height - 1), fill=TEXT)
    draw.text((left + _GAUGE_WIDTH + 9, top), f"{judgement:.2f}", fill=TEXT, font=font(20), anchor="lt")


def _draw_legend(draw: ImageDraw.ImageDraw, top: int) -> None:
    left = _LEFT
    for share, words in _LEGEND_WORDS.items():
        draw.rectangle((left, top, left + 10, top + 10), fill=_colour(-share * FULL_BLAME))
        draw.text((left + 17, top + 5), words, fill=TEXT, font=font(13), anchor="lm")
        left += 17 + math.ceil(font(13).getlength(words)) + 22
