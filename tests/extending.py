"""The examples of docs/extending.md."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"


def example(heading: str) -> str:
    """The code below a heading."""
    found = re.search(rf"^## {heading}$.*?^```python$(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert found is not None, f"docs/extending.md has no example of {heading}"
    return found[1]
