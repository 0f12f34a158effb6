"""`ganola attributes`: what of a model's music can be asked for more or less, and what comes of it."""

from ganola.cli.console import make_table, say, show
from ganola.cli.options import PlayedModel

EXAMPLE = "ganola attributes runs/bach"


def attributes(model: PlayedModel = None) -> None:
    """Show what --more can ask for: how it is distributed, how steadily it follows, and what changes with it.

    The last columns say by how many standard deviations each attribute rises for each that is asked for.
    """
    from ganola.app.attributes import model_attributes
    from ganola.cli.watching import ConsoleWatcher

    reports = model_attributes(model, watcher=ConsoleWatcher())
    names = [one.attribute.name for one in reports]
    rows = make_table("--more", "usual", "deviation", "steady", *(f"+{name}" for name in names))
    for one in reports:
        gained = (f"{one.gained[name]:+.2f}" for name in names)
        usual, deviation = f"{one.mean:.2f}", f"{one.deviation:.2f}"
        rows.add_row(one.attribute.name, usual, deviation, f"{one.monotone:.2f}", *gained)
    show(rows)
    for one in reports:
        say(f"{one.attribute.name} ({one.attribute.unit}): +1 is {one.attribute.meaning}")
    say("steady: Spearman's rank correlation of what is asked for with what is played")
