"""Copies of training music: the nearest training window of a phrase, shared melodies, and what counts as a copy."""
