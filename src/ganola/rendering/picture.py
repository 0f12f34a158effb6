"""Rolls as pictures: time from left to right, high pitches on top, one colour a track.

Each note begins with a darker edge, so that a repeated note differs from a held one. Tracks that sound in one
cell share its height, the first track on top.
"""

import base64
import functools
import importlib.util
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, UInt8
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from ganola.music.grid import Grid
from ganola.music.key import pitch_name
from ganola.music.roll import OFF, find_onsets
from ganola.music.tracks import Track
from ganola.rendering.palette import AXIS, FRAME, GRID, PAPER, SHADE, TEXT, track_colour

Cells = UInt8[np.ndarray, "tracks steps pitches"]
Pixels = UInt8[np.ndarray, "height width 3"]

PROVENANCE_KEY = "ganola"  # the PNG text chunk that says where a picture came from
ROLL_LEFT, ROLL_TOP = 46, 30  # pixels of a roll_image beside and above its first cell
ROLLS_A_LINE, STEPS_A_LINE = 4, 256  # of a contact sheet, at most; but one roll at least
STEPS_A_SYSTEM = 128  # of a roll longer than a phrase, at most; but one phrase at least

_EDGE = 0.35  # how light the edge of an onset is, compared with its note
_PALE = 0.3  # how much of its colour a pale note has
_BLACK_KEYS = (1, 3, 6, 8, 10)

_FONT = "mpl-data/fonts/ttf/DejaVuSans.ttf"  # within matplotlib
_LONGEST_NAME = 28  # characters of a track's name in a legend
_SWATCH = 11
_LEGEND_LINE = 20
_HEADING_LINE = 24


@dataclass(frozen=True, slots=True)
class CellSize:
    """A cell in pixels: `gap` of its rows, on top, stay free; an onset's edge is `edge` wide."""

    width: int
    height: int

    @property
    def gap(self) -> int:
        """Return the free rows, so that neighbours can be told apart."""
        return 1 if self.height > 4 else 0

    @property
    def edge(self) -> int:
        """Return the columns of the darker edge."""
        return max(1, self.width // 5)


_SMALL = CellSize(5, 4)


def roll_image(
    cells: Cells,
    grid: Grid,
    tracks: tuple[Track, ...],
    heading: str = "",
    pale: Bool[np.ndarray, "tracks steps"] | None = None,
) -> Image.Image:
    """Return a piano roll with pitch names, bar numbers and a legend; 896 by 403 pixels for 64 steps, 48 pitches.

    What is longer than a phrase goes on below, as a score does. A `heading` stands above it in a line of its own.
    Steps that are `pale` are shown so: what was there before something was made beside it.
    """
    steps, pitches = cells.shape[1:]
    a_line = min(max(STEPS_A_SYSTEM // grid.steps_per_bar * grid.steps_per_bar, grid.steps), steps)
    size = CellSize(width=min(max(832 // a_line, 3), 26), height=min(max(336 // pitches, 4), 14))
    left, top, right, gap = ROLL_LEFT, ROLL_TOP + (_HEADING_LINE if heading else 0), 18, 13
    pixels = paint(cells, grid, size, None if pale is None else pale_colours(pale, cells.shape[2]))
    height, width = pixels.shape[0], a_line * size.width
    places = _legend_places(tracks, width)
    tops = [top + line * (height + ROLL_TOP) for line in range(math.ceil(steps / a_line))]
    bottom = tops[-1] + height + gap
    sheet = Image.new("RGB", (left + width + right, bottom + _legend_height(places) + 4), PAPER)
    draw = ImageDraw.Draw(sheet)
    for line, line_top in enumerate(tops):
        _draw_line(sheet, draw, pixels[:, line * width : (line + 1) * width], (left, line_top))
        write_pitches(draw, grid, size, left, line_top)
        first, of_line = line * a_line, min(a_line, steps - line * a_line)
        write_bars(draw, grid, size, of_line, left, line_top, first=first // grid.steps_per_bar + 1)
    draw.text((left, _HEADING_LINE - 3), _fitting(heading, width, 14), fill=TEXT, font=font(14), anchor="ls")
    _draw_legend(draw, tracks, places, left, bottom)
    return sheet


def _draw_line(sheet: Image.Image, draw: ImageDraw.ImageDraw, pixels: Pixels, place: tuple[int, int]) -> None:
    """Draw one line of a roll in its frame."""
    (height, width), (left, top) = pixels.shape[:2], place
    sheet.paste(Image.fromarray(pixels), place)
    draw.rectangle((left - 1, top - 1, left + width, top + height), outline=FRAME)


def contact_sheet(rows: Sequence[tuple[str, Sequence[Cells]]], grid: Grid, tracks: tuple[Track, ...]) -> Image.Image:
    """Return small rolls with their bar numbers, four a line (fewer of long phrases), each row of `rows` under its
    label, and one legend."""
    margin, between, below, heading = 18, 14, 24, 44
    width, height = grid.steps * _SMALL.width + 2, grid.pitches * _SMALL.height + 2
    a_line = min(max(STEPS_A_LINE // grid.steps, 1), ROLLS_A_LINE)
    across = a_line * (width + between) - between
    places = _legend_places(tracks, across)
    lines = sum(math.ceil(len(rolls) / a_line) for _, rolls in rows)
    down = margin + len(rows) * heading + lines * (height + below) + _legend_height(places) + margin // 2
    sheet = Image.new("RGB", (across + 2 * margin, down), PAPER)
    draw = ImageDraw.Draw(sheet)
    top = margin
    for label, rolls in rows:
        draw.text((margin, top + heading - 27), _fitting(label, across, 16), fill=TEXT, font=font(16), anchor="ls")
        top += heading
        for index, cells in enumerate(rolls):
            line, column = divmod(index, a_line)
            place = (margin + column * (width + between), top + line * (height + below))
            sheet.paste(_framed(paint(cells, grid, _SMALL)), place)
            write_bars(draw, grid, _SMALL, cells.shape[1], *place)
        top += math.ceil(len(rolls) / a_line) * (height + below)
    _draw_legend(draw, tracks, places, margin, top)
    return sheet


def roll_array(cells: Cells, grid: Grid) -> Pixels:
    """Return the bare piano roll as red, green and blue, 0 to 255, without words; quick to draw."""
    return paint(cells, grid, _SMALL)


def png_bytes(image: Image.Image, provenance: dict[str, Any] | None = None) -> bytes:
    """Return `image` as PNG, the same bytes each time; `provenance` becomes a text chunk."""
    notes = PngInfo()
    if provenance is not None:
        notes.add_text(PROVENANCE_KEY, json.dumps(provenance, sort_keys=True, separators=(",", ":")))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True, pnginfo=notes)
    return buffer.getvalue()


def data_uri(image: Image.Image) -> str:
    """Return `image` as part of a page."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(image)).decode()


def pale_colours(pale: Bool[np.ndarray, "tracks steps"], pitches: int) -> UInt8[np.ndarray, "tracks steps pitches 3"]:
    """Return the colour of each cell: that of its track, or a pale one."""
    own = np.array([track_colour(index) for index in range(len(pale))])[:, None]
    shown = np.where(pale[..., None], 255 - _PALE * (255 - own), own).astype(np.uint8)
    return np.broadcast_to(shown[:, :, None], (*pale.shape, pitches, 3))


def paint(
    cells: Cells, grid: Grid, size: CellSize, colours: UInt8[np.ndarray, "tracks steps pitches 3"] | None = None
) -> Pixels:
    """Return the cells over keys, beats and bars; without colours of their own, in that of their track."""
    tracks, steps, pitches = cells.shape
    if colours is None:
        of_tracks = np.array([track_colour(index) for index in range(tracks)], dtype=np.uint8).reshape(-1, 1, 1, 3)
        colours = np.broadcast_to(of_tracks, (*cells.shape, 3))
    palette = colours.reshape(-1, 3)
    pixels = _background(steps, pitches, grid, size)
    owner, find_onsets = _owners(cells, size.height - size.gap)
    place = np.arange(steps) * pitches + np.arange(pitches - 1, -1, -1)[:, None, None]  # of a cell within its track
    shown = _as_pixels(np.where(owner < 0, -1, owner * (steps * pitches) + place), size, empty=-1)
    edge = np.arange(steps * size.width) % size.width < size.edge
    find_onsets = _as_pixels(find_onsets, size, empty=False) & edge
    pixels[shown >= 0] = palette[shown[shown >= 0]]
    pixels[find_onsets] = (palette * _EDGE).astype(np.uint8)[shown[find_onsets]]
    return pixels


def _owners(
    cells: Cells, lanes: int
) -> tuple[Int[np.ndarray, "pitches lanes steps"], Bool[np.ndarray, "pitches lanes steps"]]:
    """Return the track that each lane of a cell shows (-1: none), high pitches first; where its notes begin."""
    sounding = cells != OFF
    sounding, beginning = (plane.transpose(0, 2, 1)[:, ::-1, None, :] for plane in (sounding, find_onsets(cells)))
    rank = np.cumsum(sounding, axis=0) - 1
    shown = np.arange(lanes)[:, None] * sounding.sum(axis=0) // lanes  # the rank that a lane shows
    owner = np.full(shown.shape, -1)
    begun = np.zeros(shown.shape, dtype=bool)
    for track in range(len(cells)):
        here = sounding[track] & (shown == rank[track])
        owner[here] = track
        begun |= here & beginning[track]
    return owner, begun


def _as_pixels(lanes: np.ndarray, size: CellSize, *, empty: int | bool) -> np.ndarray:
    """Return lanes (pitches, lanes, steps) as pixels (height, width), the gap on top of each cell `empty`."""
    pitches, _, steps = lanes.shape
    rows = np.full((pitches, size.height, steps), empty, dtype=lanes.dtype)
    rows[:, size.gap :] = lanes
    return rows.reshape(-1, steps).repeat(size.width, axis=1)


def _background(steps: int, pitches: int, grid: Grid, size: CellSize) -> Pixels:
    pitch = np.arange(grid.lowest + pitches - 1, grid.lowest - 1, -1)
    keys = np.where(np.isin(pitch % 12, _BLACK_KEYS)[:, None], SHADE, PAPER).astype(np.uint8)
    pixels = np.repeat(keys[:, None], steps * size.width, axis=1).repeat(size.height, axis=0)
    pixels[size.height - 1 :: size.height][pitch % 12 == 0] = AXIS
    beat, bar = grid.steps_per_bar // grid.pulses_per_bar * size.width, grid.steps_per_bar * size.width
    pixels[:, beat::beat] = GRID
    pixels[:, bar::bar] = FRAME
    return pixels


def _framed(pixels: Pixels) -> Image.Image:
    framed = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
    framed[[0, -1]] = framed[:, [0, -1]] = FRAME
    return Image.fromarray(framed)


def write_pitches(draw: ImageDraw.ImageDraw, grid: Grid, size: CellSize, left: int, top: int) -> None:
    """Return the name of each C (of the lowest pitch, where there is none) beside its row."""
    named = [pitch for pitch in range(grid.lowest, grid.highest + 1) if pitch % 12 == 0] or [grid.lowest]
    for pitch in named:
        middle = top + (grid.highest - pitch + 0.5) * size.height
        draw.text((left - 7, middle), pitch_name(pitch), fill=TEXT, font=font(12), anchor="rm")


def write_bars(
    draw: ImageDraw.ImageDraw, grid: Grid, size: CellSize, steps: int, left: int, top: int, first: int = 1
) -> None:
    """Return the numbers of the bars above their lines, from `first` on, as many as there is room for."""
    bar = grid.steps_per_bar * size.width
    every = math.ceil(26 / bar)
    for number in range(0, math.ceil(steps / grid.steps_per_bar), every):
        draw.text((left + number * bar, top - 6), str(first + number), fill=TEXT, font=font(12), anchor="ls")


def _legend_places(tracks: tuple[Track, ...], width: int) -> list[tuple[int, int]]:
    """Return for each track, how far right in the legend and on which of its lines it stands."""
    places = []
    x = line = 0
    for track in tracks:
        needed = _SWATCH + 6 + math.ceil(font(13).getlength(_one_line(track.name)))
        if x and x + needed > width:
            x, line = 0, line + 1
        places.append((x, line))
        x += needed + 20
    return places


def _legend_height(places: list[tuple[int, int]]) -> int:
    return (places[-1][1] + 1) * _LEGEND_LINE if places else 0


def _draw_legend(
    draw: ImageDraw.ImageDraw, tracks: tuple[Track, ...], places: list[tuple[int, int]], left: int, top: int
) -> None:
    for index, (track, (right, line)) in enumerate(zip(tracks, places, strict=True)):
        x, y = left + right, top + line * _LEGEND_LINE
        draw.rectangle((x, y, x + _SWATCH - 1, y + _SWATCH - 1), fill=track_colour(index))
        text = (x + _SWATCH + 6, y + _SWATCH // 2)
        draw.text(text, _one_line(track.name), fill=TEXT, font=font(13), anchor="lm")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 3] + "..."


def _fitting(text: str, width: int, size: int) -> str:
    """Return as much of a line of text, so many pixels high, as `width` pixels have room for."""
    line = " ".join(text.split())
    if font(size).getlength(line) <= width:
        return line
    while line and font(size).getlength(line + "...") > width:
        line = line[:-1]
    return line + "..."


@functools.cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font of all pictures, so many pixels high: matplotlib's, which has the letters of many languages."""
    package = importlib.util.find_spec("matplotlib")  # it is slow to import, and only its file is needed
    folders = package.submodule_search_locations if package else None
    return ImageFont.truetype(Path(*(folders or ())) / _FONT, size)
