"""Presets as data: one TOML file a recipe."""
