"""`ganola attributes`: what of a model's music can be asked for more or less, and what comes of it."""

from ganola.cli.console import make_table, say, show
from ganola.cli.options import PlayedModel

EXAMPLE = "ganola attributes runs/bach"


def attributes(model: PlayedModel = None) -> None:
    """Show what --more can ask for, and what comes of it: how much phrases gain, how steadily, and what changes too.

    It is measured on phrases of the model.
    """
    from ganola.app.attributes import model_attributes
    from ganola.cli.watching import ConsoleWatcher

    reports = model_attributes(model, watcher=ConsoleWatcher())
    names = [one.attribute.name for one in reports]
    usual = make_table("attribute", "usual", "+1 is", "unit", title="Phrases of this model")
    gained = make_table("--more", *names, "steady", title="What comes of it, in standard deviations")
    for one in reports:
        attribute = one.attribute
        usual.add_row(attribute.name, f"{one.mean:.2f}", f"{one.deviation:+.2f}", attribute.unit)
        gains = (f"{one.gained[name]:+.2f}" for name in names)
        gained.add_row(f"{attribute.name}=+1", *gains, f"{one.monotone:.2f}")
    show(usual)
    show(gained)
    for one in reports:
        say(f"more {one.attribute.name}: {one.attribute.meaning}")
    say("steady: how surely more comes where more is asked for; 1 is always (Spearman)")
