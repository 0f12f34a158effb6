"""Rolls as pictures and as sound."""
