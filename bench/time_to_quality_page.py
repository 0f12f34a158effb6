"""The page and the picture of time to quality, from the lines of its results."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from common import Row, as_table
from ganola.rendering.numbers import percent, rough
from ganola.rendering.palette import track_colour
from ganola.storage import write_whole

PAGE, PICTURE = "time-to-quality.md", "time-to-quality.png"
SILENT = math.inf  # a silent model is further away than any number
OTHER = "musegan"  # what the recipe of the goals is to be closer than

_TEXT, _FRAME, _LINES = "#3A414C", "#969EAA", "#E2E6EC"
_PANELS_A_ROW = 3
_DOTS_PER_INCH = 100
_FEW = 10.0  # floors that a panel shows, so that what lies between 1 and 10 has to be named

INTRODUCTION = """
# Time to quality

How far from real music the recipes are after so many minutes of training, on the same music and the same cores.

![distance / floor against minutes of training, a line a recipe]({picture})

**distance / floor** is the Fréchet distance, over all musical features, of a model's phrases from test music, in
multiples of that of as many windows of training music: 1 is as close as other real music of the same collection
([measuring.md](measuring.md)). Where a collection has many styles that distance hears wrong notes badly, and the energy
distance, in multiples of its own floor, leads in `ganola evaluate`; it is in the tables of all models.
"""
REPEATING = """
## How to repeat

With corpora that `ganola corpus build` made, on a machine that has nothing else to do:

{commands}

Ctrl-C keeps everything, and the same command goes on with what is missing on the machine; another machine gets
sections of its own. `--recipes`, `--minutes`, `--seeds` and `--threads` choose what is trained; with `--processor-time`
the minutes are of the training's own work, so that a machine that does something else too says nearly the same;
`--only-report` writes this page from what is in `bench/results/time_to_quality.jsonl`.

## What is compared

- Minutes are of training. Judging on validation music while it goes on, and saving, do not count.
- The model that is judged is the best on validation music so far, as `ganola train` keeps it; it is judged as
  `ganola evaluate` does it, on test music, which chose nothing.
- The baselines were tuned less than `default` ([0029](decisions/0029-the-baselines-tuned.md)): `prototype` in twelve
  trainings of about a minute or less, on validation music of the chorales; `musegan` in three of two minutes. Both may
  come nearer than their lines say.
- A recipe that divides its budget into phases (`default`: a VAE, a flow, the game) has a training of its own
  for each budget. Any other has one training that is stopped at each budget, judged and gone on with; the only thing
  that stopping adds is one more judgement on validation music.
- The interval of one model (95%) says how well its ratio is known, given how few tunes the test music is of; all models
  share that music and the floor. The range over seeds says how much trainings differ.
- Dead tracks play in fewer than 1% of the phrases, though real music plays them. Copies are more like some place in
  training music than 99 in 100 windows of test music are, so that 1% is what real music has.

<!-- Written by bench/time_to_quality.py: change that, not this. -->
"""

Line = dict[str, Any]


@dataclass(frozen=True)
class Goal:
    """What `recipe` is to reach on a corpus: a ratio of at most so much, or times closer than OTHER."""

    corpus: str
    minutes: float
    most: float = math.inf
    times_closer: float = 0.0
    recipe: str = "default"

    @property
    def words(self) -> str:
        """The goal as people say it."""
        after = f"after {self.minutes:g} minutes"
        if self.times_closer:
            return f"`{self.recipe}`: {self.times_closer:g} times closer than `{OTHER}` {after}"
        return f"`{self.recipe}`: at most {self.most:g} {after}"


GOALS = (
    Goal("chorales", 10, most=1.2),
    Goal("chorales", 10, times_closer=100),
    Goal("folk", 20, most=2),
    Goal("freedoom", 20, most=4),
    Goal("groove", 20, most=3),
    Goal("pop909", 20, most=1.3),
    Goal("chorales", 10, most=5, recipe="gan"),
    Goal("chorales", 60, most=2, recipe="gan"),
    Goal("freedoom", 20, most=6, recipe="gan"),
)


@dataclass(frozen=True)
class Section:
    """What is known of one corpus on one machine."""

    corpus: str
    lines: list[Line]
    left_out: int  # of an older corpus or recipe of the same name

    @property
    def machine(self) -> str:
        """The machine in words."""
        line = self.lines[-1]
        facts = line["machine"]
        words = f"{facts['cpu']}, {counted(facts['cores'], 'core')}, {counted(facts['threads'], 'thread')}"
        return words + (", minutes of processor time" if line.get("processor_time") else "")

    @property
    def options(self) -> str:
        """Those that repeat how it was trained."""
        line = self.lines[-1]
        return f"--threads {line['machine']['threads']}" + (" --processor-time" if line.get("processor_time") else "")

    @property
    def recipes(self) -> list[str]:
        """Their names, in the order of the first results."""
        return list(dict.fromkeys(line["recipe"] for line in self.lines))

    @property
    def minutes(self) -> list[float]:
        """All budgets."""
        return sorted({line["minutes"] for line in self.lines})

    @property
    def goals(self) -> list[Goal]:
        """Those that are set for this corpus."""
        return [goal for goal in GOALS if goal.corpus == self.corpus.casefold()]

    def ratios(self, recipe: str, minutes: float) -> list[float]:
        """distance / floor of each seed."""
        return [ratio(line) for line in self.lines if (line["recipe"], line["minutes"]) == (recipe, minutes)]


def write_page(lines: list[Line], presets: dict[str, str], docs: Path) -> None:
    """Write the page and its picture into `docs`; `presets` are the hashes of the recipes as they are now."""
    found = sections(lines, presets)
    write_whole(docs / PICTURE, picture(found))
    write_whole(docs / PAGE, page(found))


def sections(lines: list[Line], presets: dict[str, str]) -> list[Section]:
    """The results by corpus and machine, of presets those of today; of a corpus or any other recipe the latest."""
    kinds: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        machine = line["machine"]
        kind = (line["corpus"], *(str(machine[key]) for key in ("cpu", "cores", "threads")))
        kinds.setdefault((*kind, str(line.get("processor_time", False))), []).append(line)
    found = [section(kind[0], own, presets) for kind, own in kinds.items()]
    return sorted([one for one in found if one.lines], key=lambda one: one.corpus)


def section(corpus: str, lines: list[Line], presets: dict[str, str]) -> Section:
    last = lines[-1]
    same = [line for line in lines if all(line[key] == last[key] for key in ("corpus_fingerprint", "phrases"))]
    latest = {line["recipe"]: line["recipe_hash"] for line in same} | presets
    current = [line for line in same if line["recipe_hash"] == latest[line["recipe"]]]
    return Section(corpus, current, len(lines) - len(current))


def ratio(line: Line) -> float:
    return SILENT if line["silent"] else float(line["ratio"])


def page(found: Sequence[Section]) -> str:
    """The whole page as Markdown."""
    commands = dict.fromkeys(f"    python bench/time_to_quality.py {one.corpus}.corpus {one.options}" for one in found)
    parts = [
        INTRODUCTION.format(picture=PICTURE),
        *(part for one in found for part in of_section(one)),
        REPEATING.format(commands="\n".join(commands)),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def of_section(one: Section) -> list[str]:
    parts = [f"## {one.corpus}", about(one)]
    if not all(line.get("trusted", True) for line in one.lines):
        parts.append("**On this corpus the distance does not tell the controls apart, so that it says little.**")
    parts += [as_table([of_recipe(one, recipe) for recipe in one.recipes])]
    if one.goals:
        parts += ["Goals of the project, by the median:", as_table([of_goal(one, g) for g in one.goals])]
    parts += ["Every model:", as_table([of_line(line) for line in in_order(one)])]
    failed = [line for line in in_order(one) if line["failed"]]
    if failed:
        parts.append("Trainings that broke off, so that their best model until then counts:")
        parts.append("\n".join(f"- {of_training(line)}: {line['failed']}" for line in failed))
    return parts


def of_training(line: Line) -> str:
    return f"`{line['recipe']}`, seed {line['seed']}, {line['minutes']:g} minutes"


def about(one: Section) -> str:
    facts, last = one.lines[-1]["machine"], one.lines[-1]
    judged = next((line for line in reversed(one.lines) if not line["silent"]), None)
    against = f" against {judged['held_out']:,} windows of {judged['tunes']:,} tunes of test music" if judged else ""
    loads = [line["machine"]["load"] for line in one.lines if line["machine"]["load"] is not None]
    load = f", load after training {min(loads):.1f} to {max(loads):.1f}" if loads else ""
    words = (
        f"{one.machine}{load}; torch {facts['torch']}, ganola {facts['ganola']}. {last['phrases']:,} phrases of each "
        f"model{against}. Median over the seeds, least and most in brackets."
    )
    if one.left_out:
        words += f" {counted(one.left_out, 'older result')} of another recipe or corpus of the same name left out."
    return words


def of_recipe(one: Section, recipe: str) -> Row:
    row: Row = {"distance / floor": f"`{recipe}`"}
    for minutes in one.minutes:
        row[f"{minutes:g} min"] = spread(one.ratios(recipe, minutes))
    return row


def spread(ratios: list[float]) -> str:
    if not ratios:
        return "not yet"
    if len(ratios) == 1:
        return f"{far(ratios[0])}, 1 seed"
    return f"{far(median(ratios))} ({far(min(ratios))} to {far(max(ratios))}), {len(ratios)} seeds"


def of_goal(one: Section, goal: Goal) -> Row:
    own, other = one.ratios(goal.recipe, goal.minutes), one.ratios(OTHER, goal.minutes)
    if not own or (goal.times_closer and not other):
        return {"goal": goal.words, "measured": "not yet", "reached": ""}
    middle = median(own)
    if not goal.times_closer:
        return {"goal": goal.words, "measured": far(middle), "reached": yes(middle <= goal.most)}
    if math.isinf(middle):
        return {"goal": goal.words, "measured": "silent", "reached": "no"}
    times = median(other) / middle
    measured = f"`{OTHER}` is silent" if math.isinf(times) else f"{rough(times)} times"
    return {"goal": goal.words, "measured": measured, "reached": yes(times >= goal.times_closer)}


def in_order(one: Section) -> list[Line]:
    return sorted(one.lines, key=lambda line: (one.recipes.index(line["recipe"]), line["minutes"], line["seed"]))


def of_line(line: Line) -> Row:
    """One model: how long it trained and when it was best, how far it is, and what is wrong with it."""
    row: Row = {
        "recipe": f"`{line['recipe']}`",
        "minutes": f"{line['minutes']:g}",
        "seed": line["seed"],
        "commit": line.get("commit") or "",
        "samples": line["samples"],
        "best at": "" if line["kept_seconds"] is None else f"{line['kept_seconds'] / 60:.1f} min",
    }
    if line["silent"]:
        return row | {
            "distance": "silent",
            "floor": "",
            "distance / floor": "",
            "95%": "",
            "energy": "",
            "dead tracks": "all",
            "collapsed": "yes",
            "copies": "",
        }
    low, high = line["interval"]
    return row | {
        "distance": rough(line["distance"]),
        "floor": rough(line["floor"]),
        "distance / floor": rough(line["ratio"]),
        "95%": f"{rough(low)} to {rough(high)}",
        "energy": rough(line["energy"]) if line.get("energy") is not None else "",
        "dead tracks": ", ".join(line["dead_tracks"]) or "none",
        "collapsed": yes(bool(line["collapsed"])),
        "copies": percent(line["copied"]),
    }


def picture(found: Sequence[Section]) -> bytes:
    """A PNG: distance / floor against minutes, a panel a section, a line a recipe through the medians of its seeds."""
    colours = {name: index for index, name in enumerate(dict.fromkeys(r for one in found for r in one.recipes))}
    columns = min(len(found), _PANELS_A_ROW)
    rows = -(-len(found) // columns)
    figure = Figure(figsize=(7 * columns, 5.4 * rows), dpi=_DOTS_PER_INCH, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes, one in zip(panels, found, strict=False):
        draw(axes, one, colours)
    for empty in panels[len(found) :]:
        empty.set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()


def draw(axes: Axes, one: Section, colours: dict[str, int]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.axhline(1, color=_FRAME, linewidth=1.2, linestyle="--", label="other real music (the floor)")
    for recipe in one.recipes:
        colour = tuple(part / 255 for part in track_colour(colours[recipe]))
        middles = [(minutes, median(own)) for minutes in one.minutes if (own := one.ratios(recipe, minutes))]
        drawn = [(minutes, middle) for minutes, middle in middles if math.isfinite(middle)]
        if drawn:
            axes.plot(*np.transpose(drawn), color=colour, linewidth=1.8, label=recipe)
        dots = [(minutes, far) for minutes in one.minutes for far in one.ratios(recipe, minutes) if math.isfinite(far)]
        if dots:
            across, up = np.transpose(dots)
            axes.scatter(across, up, s=26, color=colour, alpha=0.75, linewidths=0, zorder=3)
    goals = [(goal.minutes, goal.most) for goal in one.goals if goal.recipe in one.recipes and math.isfinite(goal.most)]
    if goals:
        across, up = np.transpose(goals)
        axes.scatter(across, up, marker="D", s=46, facecolors="none", edgecolors=_TEXT, label="goals")
    dress(axes, one)


def dress(axes: Axes, one: Section) -> None:
    axes.set_title(f"{one.corpus}\n{one.machine}", color=_TEXT, fontsize=10, loc="left")
    axes.set_xlabel("minutes of training", color=_TEXT)
    axes.set_ylabel("distance from test music, in multiples of the floor", color=_TEXT)
    axes.set_xticks(one.minutes, [f"{minutes:g}" for minutes in one.minutes])
    axes.set_xticks([], minor=True)
    axes.set_ylim(bottom=min(axes.get_ylim()[0], 0.7))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.yaxis.set_minor_formatter(lambda value, _: f"{value:,.10g}" if axes.get_ylim()[1] < _FEW else "")
    axes.grid(color=_LINES, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_TEXT, labelsize=9, which="both")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FRAME)
    axes.legend(frameon=False, labelcolor=_TEXT, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3)


def far(value: float) -> str:
    return "silent" if math.isinf(value) else rough(value)


def yes(truth: bool) -> str:
    return "yes" if truth else "no"


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
