"""Small functions from a model to music."""
