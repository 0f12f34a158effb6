"""Charts of a report as inline SVG, each a function that returns a string (docs/decisions/0019: why not matplotlib)."""
