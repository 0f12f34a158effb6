"""`ganola info`: what a model file is and how it came about."""

from pathlib import Path
from typing import Annotated

import typer

from ganola.cli.console import say
from ganola.cli.models import MODEL_HELP, existing_model
from ganola.wording import counted


def info(model: Annotated[Path, typer.Argument(help=MODEL_HELP, metavar="MODEL")]) -> None:
    """Say what a model plays, how large it is, and how it was trained."""
    from ganola.networks.model import parameter_count
    from ganola.networks.model_file import load_model
    from ganola.training.logs import seconds_at
    from ganola.training.recipe import parse_recipe, recipe_toml
    from ganola.training.run import RUN

    path = existing_model(model)
    loaded = load_model(path)
    record, spec = loaded.record, loaded.spec
    trained = f"{counted(record.steps, 'step')} on {counted(record.samples, 'sample')}"
    seconds = seconds_at(path.parent, record.steps) if (path.parent / RUN).exists() else None
    if seconds is not None:
        trained += f" in {seconds / 60:.1f} minutes"
    recipe = recipe_toml(parse_recipe(record.recipe, f"of {path}"))
    say(f"{path}  {path.stat().st_size / 1e6:.1f} MB, hash {loaded.digest}")
    say(f"  plays {spec.grid}; tracks: {', '.join(track.name for track in spec.tracks)}")
    critic = f"critic {parameter_count(loaded.critic):,}" if loaded.critic else "no critic"
    encoder = f", encoder {parameter_count(loaded.encoder):,}" if loaded.encoder else ""
    say(f"  generator {parameter_count(loaded.generator):,} weights, {critic}{encoder}")
    say(f"  learned from {record.corpus} (corpus {record.corpus_fingerprint})")
    say(f"  trained {trained}")
    say("  recipe:")
    for line in recipe.splitlines():
        if line:
            say(f"    {line}" if line.startswith("[") else f"      {line}")
