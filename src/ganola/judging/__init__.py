"""How far generated music is from real music, from rolls alone."""
