"""Make the pictures and sounds of docs/playing.md, with the model that comes with ganola.

The music is a chorale by Bach that training never saw, read from music21's own copy. Nobody chose among the answers:
they are the first ones of seed 0. In the pictures, what is kept is pale.
"""

import ganola  # isort: skip - before torch: it says how threads wait

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool
from music21 import corpus
from PIL import Image, ImageDraw

from ganola.api.answer import MusicAnswer
from ganola.api.model import MusicModel
from ganola.app.defaults import BUILT_IN
from ganola.music.grid import Grid
from ganola.music.roll import to_score
from ganola.music.score import Score
from ganola.music.tracks import Track
from ganola.playing.answers import render_answer
from ganola.playing.own_music import read_own_music
from ganola.playing.revision import revise, to_given
from ganola.rendering.palette import FRAME, PAPER, TEXT, track_colour
from ganola.rendering.picture import Cells, CellSize, font, paint, png_bytes, write_bars
from ganola.rendering.sound import compressed_sound
from ganola.storage import write_whole

DOCS = Path(__file__).resolve().parents[1] / "docs"
CHORALE = Path(corpus.__file__).parent / "bach" / "bwv140.7.mxl"  # Wachet auf, of the test split
BARS, SEED, TEMPO = 8, 0, 96.0
CELL, PALE, COLOURS = CellSize(5, 4), 0.3, 64
MARGIN, BETWEEN, HEADING, LEGEND, SWATCH = 16, 14, 42, 24, 11


@dataclass(frozen=True)
class Panel:
    """A roll under its label; `new` says which of its cells are not pale, None all of them."""

    label: str
    cells: Cells
    grid: Grid
    new: Bool[np.ndarray, "tracks steps pitches"] | None = None


Shown = tuple[list[Panel], int, list[Score]]  # the panels of a picture, how many stand in a line, and what is heard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DOCS, metavar="FOLDER", help="where pictures/ and sounds/ lie")
    parser.add_argument("--only", default="", help=f"some of {','.join(VERBS)}")
    chosen = parser.parse_args()
    model = ganola.load(BUILT_IN)
    bach = first_bars(ganola.read(CHORALE)[0], BARS)
    for name in chosen.only.split(",") if chosen.only else VERBS:
        panels, in_a_line, heard = VERBS[name](model, bach)
        picture = png_bytes(draw(panels, in_a_line, model.tracks).quantize(COLOURS))
        write_whole(chosen.out / "pictures" / f"playing-{name}.png", picture)
        print(f"{name}: picture {len(picture):,} bytes")
        if heard:
            sound, _ = compressed_sound(in_a_row(heard))
            write_whole(chosen.out / "sounds" / f"playing-{name}.mp3", sound)
            print(f"{name}: sound {len(sound):,} bytes")


def show_accompaniment(model: MusicModel, bach: Score) -> Shown:
    answers = model.infill(bach, keep="Soprano", count=2, seed=SEED)
    first, second = (panel_of(model, answer, f"Answer {answer.number}") for answer in answers)
    known = replace(first, label="Bach", cells=as_model(model, bach), new=None)
    return [known, first, second], 1, [bach, answers[0].score]


def show_gap(model: MusicModel, bach: Score) -> Shown:
    (answer,) = model.infill(bach, redo="4-5", count=1, seed=SEED)
    return [panel_of(model, answer, "Bars 4 and 5 are new")], 1, []


def show_continuation(model: MusicModel, bach: Score) -> Shown:
    (answer,) = model.continue_music(first_bars(bach, 4), bars=4, count=1, seed=SEED)
    return [panel_of(model, answer, "Four bars by Bach, and four that follow")], 1, [answer.score]


def show_variations(model: MusicModel, bach: Score) -> Shown:
    del bach
    (phrase,) = model.generate(1, seed=SEED)
    panels = [Panel("A phrase", phrase.source.cells, model.network.spec.grid)]
    for amount in (0.1, 0.3, 0.7):
        (one,) = model.vary(phrase.roll, amount=amount, count=1, seed=SEED)
        label = f"--amount {amount}: {one.distance:.0%} of what begins differs"
        panels.append(Panel(label, one.cells, model.network.spec.grid, one.cells != phrase.source.cells))
    return panels, 2, [scored(model, panel.cells) for panel in panels[::2]]


def show_interpolation(model: MusicModel, bach: Score) -> Shown:
    del bach
    one, other = model.generate(2, seed=SEED)
    steps = model.interpolate(one.roll, other.roll, steps=6, seed=SEED)
    panels = [Panel(f"Step {step.number}", step.cells, model.network.spec.grid) for step in steps]
    return panels, 2, []


def show_more(model: MusicModel, bach: Score) -> Shown:
    del bach
    panels = []
    for amount in (-1.5, 0.0, 1.5):
        (phrase,) = model.generate(1, seed=SEED, more={"density": amount} if amount else None)
        label = f"--more density={amount:+g}" if amount else "A phrase"
        notes = len(phrase.notes) / model.network.spec.grid.bars
        panels.append(Panel(f"{label}: {notes:.0f} notes a bar", phrase.source.cells, model.network.spec.grid))
    return panels, 3, []


VERBS: dict[str, Callable[[MusicModel, Score], Shown]] = {
    "accompaniment": show_accompaniment,
    "gap": show_gap,
    "continuation": show_continuation,
    "variations": show_variations,
    "interpolation": show_interpolation,
    "more": show_more,
}


def first_bars(score: Score, bars: int) -> Score:
    """Return the first bars of a piece in 4/4 that has no pickup, at TEMPO."""
    end = 4 * bars * score.ticks_per_quarter
    notes = score.notes.where(score.notes.start < end)
    return replace(score, notes=replace(notes, end=np.minimum(notes.end, end)), end=end, tempo=TEMPO, tempos=())


def panel_of(model: MusicModel, answer: MusicAnswer, label: str) -> Panel:
    """Return an answer as its own picture shows it, in the key of the file."""
    shown = render_answer(model.network, answer.revision, answer.answer, answer.question)
    made = answer.revision.made[:, answer.revision.timeline.first_step :][:, : shown.cells.shape[1], None]
    return Panel(label, shown.cells, shown.grid, np.broadcast_to(made, shown.cells.shape))


def as_model(model: MusicModel, score: Score) -> Cells:
    """Return a score on the model's grid."""
    music = read_own_music(score, model.network)
    made = np.zeros((len(model.tracks), music.timeline.steps), np.bool_)
    return to_given(revise(music, made, model.network.spec), model.network.spec).cells


def scored(model: MusicModel, cells: Cells) -> Score:
    return to_score(cells, model.network.spec.grid, model.tracks, TEMPO)


def in_a_row(scores: Sequence[Score]) -> Score:
    """Return scores of the same tracks and ticks, one after the other."""
    first, at = scores[0], 0
    rows = []
    for score in scores:
        own = score.notes.shift(ticks=at)
        rows += own.rows()
        at += score.end
    return replace(first, notes=type(first.notes).of(rows), end=at)


def draw(panels: Sequence[Panel], in_a_line: int, tracks: tuple[Track, ...]) -> Image.Image:
    rolls = [paint(panel.cells, panel.grid, CELL, colours(panel)) for panel in panels]
    height, width = rolls[0].shape[:2]
    lines = -(-len(rolls) // in_a_line)
    size = in_a_line * (width + BETWEEN) - BETWEEN + 2 * MARGIN, lines * (HEADING + height) + LEGEND + MARGIN
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    for index, (panel, roll) in enumerate(zip(panels, rolls, strict=True)):
        line, column = divmod(index, in_a_line)
        left, top = MARGIN + column * (width + BETWEEN), (line + 1) * HEADING + line * height
        pen.text((left, top - 22), panel.label, fill=TEXT, font=font(14), anchor="ls")
        sheet.paste(Image.fromarray(roll), (left, top))
        pen.rectangle((left - 1, top - 1, left + width, top + height), outline=FRAME)
        write_bars(pen, panel.grid, CELL, panel.cells.shape[1], left, top)
    x, y = MARGIN, lines * (HEADING + height) + LEGEND // 2
    for index, track in enumerate(tracks):
        pen.rectangle((x, y, x + SWATCH, y + SWATCH), fill=track_colour(index))
        pen.text((x + SWATCH + 6, y + SWATCH // 2), track.name, fill=TEXT, font=font(13), anchor="lm")
        x += SWATCH + 26 + round(font(13).getlength(track.name))
    return sheet


def colours(panel: Panel) -> np.ndarray:
    """Return the colour of each cell: of its track, or pale."""
    own = np.array([track_colour(index) for index in range(len(panel.cells))])[:, None, None]
    pale = 255 - PALE * (255 - own)
    new = np.ones(panel.cells.shape, bool) if panel.new is None else panel.new
    return np.where(new[..., None], own, pale).astype(np.uint8)


if __name__ == "__main__":
    main()
