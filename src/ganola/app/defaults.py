"""What is used where nobody says otherwise. Nothing heavy is imported here, so that help can show it at once."""

from pathlib import Path

BUILT_IN = "chorales"  # the model that is played where none is named, and there is none in RUNS
RUNS = Path("runs")
DEFAULT_MUSIC, DEFAULT_CORPUS = "chorales", "chorales.corpus"
DEFAULT_MINUTES = 5.0
DEMO = Path("demo")
