"""ganola: give it a folder of music and it learns to play in that style."""

__version__ = "0.1.0"
