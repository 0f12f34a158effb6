"""The attributes of a model's music, and how well more or less of each can be asked for."""

from pathlib import Path

from ganola.app.generate import choose
from ganola.app.projects import existing_model
from ganola.app.watcher import SILENT, Watcher
from ganola.networks.model_file import load_model
from ganola.playing.attribute_report import AttributeReport, report_attributes


def model_attributes(given: Path | None = None, watcher: Watcher = SILENT) -> tuple[AttributeReport, ...]:
    """Return a report of each attribute of a model, by default the one that `generate` plays.

    Raises InputError where there is no such model.
    """
    path = choose(watcher) if given is None else existing_model(given)
    loaded = load_model(path)
    with watcher.task("vary") as progress:
        return report_attributes(loaded, progress=lambda done, total: progress("measuring", done, total))
