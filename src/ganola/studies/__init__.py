"""Studies as data: one TOML file a study."""
