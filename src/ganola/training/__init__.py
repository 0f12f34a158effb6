"""Recipes, the training step in the order of the notes, the loop, and checkpoints."""
