"""`ganola demo`: the whole instrument in one command, from chorales to music one can hear and see."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganola.app.defaults import DEMO
from ganola.cli.console import interrupted, make_table, say, show
from ganola.cli.verdict import print_verdict

if TYPE_CHECKING:
    from ganola.judging.results import Evaluation

EXAMPLE = "ganola demo --minutes 5 --out demo"


def demo(
    minutes: Annotated[float, typer.Option(help="Minutes of training.", min=0.01)] = 5.0,
    recipe: Annotated[str, typer.Option(help="A preset, or a TOML file.", metavar="NAME|FILE")] = "default",
    to: Annotated[Path, typer.Option("--out", help="The folder to use.", metavar="FOLDER")] = DEMO,
) -> None:
    """Build the chorales, train on them, and leave phrases, pictures, curves and a report of how real they are.

    A second run reuses what is there; with more minutes it trains on.
    """
    from ganola.app.demo import run_demo
    from ganola.cli.training import DemoWatcher

    result = run_demo(to, recipe, minutes, watcher=DemoWatcher(go_on=_command(to, recipe)))
    if result.evaluation is None:
        interrupted("Everything is saved. The same command goes on where it was.")
    _print_features(result.evaluation)
    print_verdict(result.evaluation)
    for what, place in result.places.items():
        say(f"  {what}: {place}")


def _command(folder: Path, recipe: str) -> str:
    """Return the command that trains on: this one, but for its minutes."""
    from ganola.training.recipe import DEFAULT

    places = f" --out {folder}" if folder != DEMO else ""
    return f"ganola demo{places}{f' --recipe {recipe}' if recipe != DEFAULT else ''}"


def _print_features(evaluation: "Evaluation") -> None:
    rows = make_table(
        "feature",
        "generated",
        "held-out",
        "distance",
        "floor",
        title="Means of musical features; distance of generated, and of training (floor), from held-out music",
    )
    for row in evaluation.results[0].features:
        if len(row.labels) == 1:  # the others are drawn in the report
            means = (f"{mean:.2f}" if mean is not None else "-" for mean in (row.generated[0], row.held_out[0]))
            rows.add_row(row.name, *means, f"{row.distance.value:.2f}", f"{row.floor.value:.2f}")
    show(rows)
