"""`ganola info`: what a model file is and how it came about."""

from ganola.cli.console import say
from ganola.cli.options import Model
from ganola.wording import counted

EXAMPLE = "ganola info runs/bach"


def info(model: Model) -> None:
    """Say what a model plays, how large it is, and how it was trained."""
    from ganola.app.info import model_info

    known = model_info(model)
    record, spec, weights = known.model.record, known.model.spec, known.weights
    trained = f"{counted(record.steps, 'step')} on {counted(record.samples, 'sample')}"
    if known.seconds is not None:
        trained += f" in {known.seconds / 60:.1f} minutes"
    say(f"{known.path}  {known.size / 1e6:.1f} MB, hash {known.model.digest}")
    say(f"  plays {spec.grid}; tracks: {', '.join(track.name for track in spec.tracks)}")
    critic = f"critic {weights['critic']:,}" if "critic" in weights else "no critic"
    encoder = f", encoder {weights['encoder']:,}" if "encoder" in weights else ""
    say(f"  generator {weights['generator']:,} weights, {critic}{encoder}")
    say(f"  learned from {record.corpus} (corpus {record.corpus_fingerprint})")
    if record.from_model is not None:
        say(f"  began with the weights of {record.from_model.name} (hash {record.from_model.digest})")
    say(f"  trained {trained}")
    say("  recipe:")
    for line in known.recipe.splitlines():
        if line:
            say(f"    {line}" if line.startswith("[") else f"      {line}")
