"""Generators, critics, what turns logits into cells, and the one file that holds a trained model."""
