"""The phases of a training, one a file."""
