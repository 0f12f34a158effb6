"""A picture of what a collection holds: its pitches, its rhythm, its metres and its tracks."""

import io
import warnings
from collections import Counter

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from ganola.corpus.proposal import Proposal
from ganola.music.key import pitch_name
from ganola.rendering import palette
from ganola.rendering.palette import hex_code
from ganola.wording import counted

_COLOURS = tuple(hex_code(colour) for colour in palette.SERIES[:6])
_TEXT, _FRAME, _PALE = (hex_code(colour) for colour in (palette.TEXT, palette.FRAME, palette.GRID))
_DOTS_PER_INCH = 100
_MARGINS = {"left": 0.09, "right": 0.98, "bottom": 0.08, "top": 0.9, "wspace": 0.22, "hspace": 0.32}
_MOST_BARS = 10
_LONGEST_NAME = 14
_MOST_NAMES = 8  # beyond so many tracks, a legend would cover the drawing
_BINS_A_BEAT = 48


def survey_png(proposal: Proposal, *, title: str) -> bytes:
    """Return the figure of `survey_figure` as PNG."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # of a script that the font lacks, which it draws as boxes
        survey_figure(proposal, title=title).savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()


def survey_figure(proposal: Proposal, *, title: str) -> Figure:
    """Return a figure of the pitches of the planned tracks, where in the beat notes begin, metres, and tracks."""
    survey = proposal.survey
    figure = Figure(figsize=(11, 7.5), dpi=_DOTS_PER_INCH)
    figure.subplots_adjust(**_MARGINS)
    figure.suptitle(
        f"{title}: {counted(survey.pieces, 'piece')}, {counted(survey.notes, 'note')}",
        color=_TEXT,
        fontsize=14,
        parse_math=False,
    )
    (pitches, beat), (metres, tracks) = figure.subplots(2, 2)
    _draw_pitches(pitches, proposal)
    _draw_beat(beat, proposal)
    counts = Counter({str(metre): count for metre, count in survey.metres.items()})
    counts.update({f"{metre}, estimated": count for metre, count in survey.estimated_metres.items()})
    _draw_counts(metres, counts, "pieces in each metre", survey.pieces)
    names = Counter({survey.spelling[name]: count for name, count in survey.names.items()})
    named = proposal.plan.tracks_by == "named"
    what = "pieces with a track of this name" if named else "pieces with instruments of this family"
    _draw_counts(tracks, names if named else survey.families, what, survey.pieces)
    return figure


def _draw_pitches(axes: Axes, proposal: Proposal) -> None:
    grid = proposal.plan.grid
    below = np.zeros(128)
    struck = np.flatnonzero(proposal.pitches.sum(axis=0))
    for index, (track, counts) in enumerate(zip(proposal.plan.tracks, proposal.pitches, strict=True)):
        colour = _COLOURS[index % len(_COLOURS)]
        label = f" {_short(track.name)}"  # a legend leaves out what begins with _
        axes.bar(np.arange(128), counts, bottom=below, width=1, color=colour, label=label)
        below += counts
    axes.axvspan(grid.lowest - 0.5, grid.highest + 0.5, color=_PALE, zorder=0)
    low, high = min(int(struck.min()), grid.lowest), max(int(struck.max()), grid.highest)
    axes.set_xlim(low - 2, high + 2)
    _write_whole_numbers(axes.yaxis)
    octaves = [pitch for pitch in range(0, 128, 12) if low <= pitch <= high]
    axes.set_xticks(octaves, [pitch_name(pitch) for pitch in octaves])
    where = ", in C" if proposal.plan.common_tonic else ""
    _finish(axes, f"how often each pitch is struck{where}; shaded: the range")
    if len(proposal.plan.tracks) <= _MOST_NAMES:
        for text in axes.legend(frameon=False, fontsize=8, loc="upper left").get_texts():
            text.set_parse_math(False)


def _draw_beat(axes: Axes, proposal: Proposal) -> None:
    phases = proposal.survey.phases
    width = len(phases) // _BINS_A_BEAT
    centred = np.roll(phases, width // 2).reshape(_BINS_A_BEAT, width).sum(axis=1)
    axes.bar(np.arange(_BINS_A_BEAT) / _BINS_A_BEAT, centred, width=0.8 / _BINS_A_BEAT, color=_COLOURS[0])
    steps = proposal.plan.steps_per_quarter
    for step in range(steps + 1):
        axes.axvline(step / steps, color=_PALE, zorder=0)
    axes.set_xlim(-0.03, 1.03)
    _write_whole_numbers(axes.yaxis)
    axes.set_xticks(np.arange(0, 1.01, 0.25), ["beat", "1/4", "1/2", "3/4", "next"])
    _finish(axes, f"where in a quarter note notes begin; lines: {counted(steps, 'step')}")


def _draw_counts(axes: Axes, counts: Counter[str], title: str, pieces: int) -> None:
    most = counts.most_common(_MOST_BARS)[::-1]
    axes.barh(range(len(most)), [count for _, count in most], color=_COLOURS[0], height=0.7)
    axes.set_yticks(range(len(most)), [_short(name) for name, _ in most])
    axes.set_xlim(0, pieces * 1.12)
    _write_whole_numbers(axes.xaxis)
    for place, (_, count) in enumerate(most):
        axes.text(count + pieces * 0.01, place, f"{count:,}", va="center", color=_TEXT, fontsize=8)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    rest = len(counts) - len(most)
    _finish(axes, title + (f" (and {counted(rest, 'other')})" if rest else ""))


def _write_whole_numbers(axis: Axis) -> None:
    axis.set_major_locator(MaxNLocator(integer=True))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title, color=_TEXT, fontsize=10, loc="left", parse_math=False)
    axes.tick_params(colors=_TEXT, labelsize=8)
    for side in axes.spines.values():
        side.set_color(_FRAME)
    axes.spines[["top", "right"]].set_visible(False)
