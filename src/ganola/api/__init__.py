"""The public Python API, behind the names of `ganola` itself; `docs/python.md` shows it."""
