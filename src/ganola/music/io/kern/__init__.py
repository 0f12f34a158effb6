"""Humdrum **kern, in."""
