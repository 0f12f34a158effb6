"""What candidates are called in a report."""

import pytest

from ganola.app.evaluate import name_candidates
from ganola.errors import InputError


def test_candidates_are_called_as_their_folders_are_with_as_much_of_the_way_as_tells_them_apart(tmp_path) -> None:
    here = tmp_path
    assert name_candidates([here / "a" / "bach", here / "b" / "folk"]) == ["bach", "folk"]
    assert name_candidates([here / "a" / "bach", here / "b" / "bach"]) == ["a/bach", "b/bach"]
    assert name_candidates([here / "bach" / "model.safetensors", here / "bach" / "last.safetensors"]) == [
        "bach",
        "bach/last.safetensors",
    ]
    assert name_candidates([here / "bach", here / "my songs.zip"]) == ["bach", "my songs.zip"]
    with pytest.raises(InputError, match="named twice"):
        name_candidates([here / "bach", here / "bach" / "model.safetensors"])
