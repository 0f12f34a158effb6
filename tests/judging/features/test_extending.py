"""The example of docs/extending.md for features works once it is added."""

import numpy as np

from ganola.judging.features import catalogue
from ganola.judging.features.catalogue import FEATURES, Catalogue
from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes
from ganola.music.tracks import Track
from tests.extending import run_example

GRID = Grid(lowest=60, pitches=12, bars=1)


def test_a_feature_is_one_entry(monkeypatch) -> None:
    page = run_example("A feature")
    monkeypatch.setattr(catalogue, "FEATURES", (*FEATURES, page["SHORT"]))
    cells = encode(Notes.of([(0, 0, 1, 60), (0, 1, 4, 62), (0, 4, 5, 64), (0, 5, 6, 65)]), 1, GRID.steps, GRID)
    found = Catalogue.of(GRID, (Track(name="tune"),))
    table = found.measure(np.stack([cells, np.zeros_like(cells)]))
    assert found.features[-1].name == "short notes"
    assert table[0, -1] == 0.75
    assert np.isnan(table[1, -1])
    assert Catalogue.of(GRID, (Track(name="drums", drums=True),)).features[-1].name != "short notes"
