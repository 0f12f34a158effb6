"""The examples of docs/extending.md, and running them: they are this repository's own code."""

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"


def example(heading: str) -> str:
    """The code below a heading."""
    found = re.search(rf"^## {heading}$.*?^```python$(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert found is not None, f"docs/extending.md has no example of {heading}"
    return found[1]


def run_example(heading: str, names: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the code below a heading, which knows `names`, and return all names that it then has."""
    known: dict[str, Any] = {} if names is None else names
    exec(example(heading), known)  # noqa: S102
    return known
