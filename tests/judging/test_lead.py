"""Which distance leads, by made-up resolutions; and what distances tell of made-up music whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pytest

from ganola.judging import lead as leading
from ganola.judging.features.catalogue import Catalogue
from ganola.judging.lead import (
    ENERGY,
    FRECHET,
    UNKNOWN,
    Contrast,
    Lead,
    Measure,
    Resolution,
    choose_lead,
    find_lead,
)
from ganola.judging.real_baseline import RealBaseline
from ganola.judging.windows import WindowSet
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from tests.judging.test_real_baseline import AsGiven, baseline

# Shares of wrong notes, then shuffled bars and noise: (times as far as real music, deviations).
SHARES = (0.01, 0.05, 0.2)


def resolution(measure: Measure, *found: tuple[float, float]) -> Resolution:
    names = [*(f"{100 * share:g}% wrong notes" for share in SHARES), "shuffled bars", "noise"]
    shares = [*SHARES, None, None]
    return Resolution(
        measure,
        tuple(Contrast(name, *own, share) for name, own, share in zip(names, found, shares, strict=True)),
    )


RANKS = resolution(FRECHET, (1.0, 0.1), (1.6, 2.0), (4.0, 9.0), (1.5, 1.4), (200.0, 14.0))
BLIND = resolution(FRECHET, (1.0, 0.1), (1.3, 2.8), (4.0, 9.0), (4.0, 9.0), (40.0, 30.0))
SHARP = resolution(ENERGY, (1.0, 0.1), (1.4, 5.0), (4.0, 20.0), (9.0, 30.0), (100.0, 60.0))
NOTHING = tuple(resolution(one, *[(1.0, 0.0)] * 5) for one in (FRECHET, ENERGY))


def test_the_frechet_distance_leads_where_its_number_shows_the_controls() -> None:
    assert choose_lead([RANKS, SHARP]) == FRECHET


def test_where_it_does_not_the_one_that_tells_most_leads() -> None:
    assert choose_lead([BLIND, SHARP]) == ENERGY
    dull = resolution(ENERGY, (1.0, 0.1), (1.4, 2.9), (4.0, 2.9), (9.0, 30.0), (100.0, 60.0))
    assert choose_lead([BLIND, dull]) == FRECHET  # it tells three kinds, and the other one two
    assert choose_lead([BLIND, Resolution(ENERGY, BLIND.contrasts)]) == FRECHET  # of equals the first


def test_what_does_not_tell_noise_does_not_lead() -> None:
    silent = resolution(FRECHET, (9.0, 9.0), (9.0, 9.0), (9.0, 9.0), (9.0, 9.0), (9.0, 2.9))
    assert choose_lead([silent, SHARP]) == ENERGY
    assert choose_lead(NOTHING) is None
    assert Lead(None, NOTHING).resolution is None


def test_the_smallest_share_of_wrong_notes_is_one_from_which_on_all_are_told() -> None:
    assert SHARP.fewest_wrong_notes == 0.05
    assert BLIND.fewest_wrong_notes == 0.2
    by_luck = resolution(ENERGY, (1.1, 3.1), (1.0, 2.0), (4.0, 20.0), (9.0, 30.0), (100.0, 60.0))
    assert by_luck.fewest_wrong_notes == 0.2
    assert NOTHING[0].fewest_wrong_notes is None
    assert Resolution(ENERGY, SHARP.contrasts[-2:]).fewest_wrong_notes is None  # drums alone have no wrong notes


# Music of two numbers a window: its style, which is wide, and what is wrong with it, which never is in real music.
STYLES = 60


@dataclass(frozen=True)
class StyleAndFault(AsGiven):
    """The features of a window are both numbers' sum and difference."""

    def measure(self, cells, *, workers: int = 1):
        style, fault, _ = super().measure(cells, workers=workers).T
        return np.stack([style + fault, style - fault, 0 * style], axis=1)


GRID = Grid(bars=1)
CATALOGUE: Catalogue = StyleAndFault(GRID, (Track(name="Flute"),), (), ())


def styled(randomness: np.random.Generator, count: int) -> WindowSet:
    style = randomness.integers(40, 200, count).repeat(8)
    fault = randomness.integers(10, 13, 8 * count)
    cells = np.stack([style, fault, 0 * style], axis=1).astype(np.uint8).reshape(-1, 1, 1, 3)
    return WindowSet("styled", cells, np.arange(count).repeat(8))


def altered(real: WindowSet, by: float) -> WindowSet:
    return WindowSet("altered", real.cells + np.array([0, round(by), 0], dtype=np.uint8), real.group)


@pytest.fixture
def _made_up_controls(monkeypatch) -> None:
    """Wrong notes add to a window's fault, as many as there are; noise is all fault."""
    monkeypatch.setattr(leading, "add_wrong_notes", lambda real, share, **_: altered(real, 15 * share))
    monkeypatch.setattr(leading, "noise", lambda real, **_: altered(real, 200))


@pytest.mark.usefixtures("_made_up_controls")
def test_among_many_styles_the_energy_distance_leads_and_says_what_it_tells() -> None:
    randomness = np.random.default_rng(0)
    real = RealBaseline(styled(randomness, 30), styled(randomness, STYLES), CATALOGUE, seed=0)
    found = find_lead(real, 100, seed=0)
    assert found.measure == ENERGY
    frechet, energy = found.resolutions
    assert not frechet.ranks_controls
    assert frechet.fewest_wrong_notes == 0.2 or frechet.fewest_wrong_notes is None
    assert energy.fewest_wrong_notes == 0.05  # one more, of what varies between 10 and 12; fewer add nothing
    assert [one.name for one in energy.contrasts] == [
        *("1% wrong notes", "2% wrong notes", "5% wrong notes", "10% wrong notes", "20% wrong notes"),
        "noise",  # one bar has no order
    ]
    assert find_lead(real, 100, seed=0) == found


@pytest.mark.usefixtures("_made_up_controls")
def test_real_music_is_not_told_from_itself(monkeypatch) -> None:
    monkeypatch.setattr(leading, "add_wrong_notes", lambda real, **_: real)
    randomness = np.random.default_rng(1)
    real = RealBaseline(styled(randomness, 30), styled(randomness, STYLES), CATALOGUE, seed=0)
    for resolution in find_lead(real, 100, seed=0).resolutions:
        assert [one.deviations for one in resolution.contrasts[:-1]] == [0.0] * 5
        assert [one.times for one in resolution.contrasts[:-1]] == [1.0] * 5
        assert resolution.tells_noise


def test_of_few_tunes_nothing_is_chosen() -> None:
    assert find_lead(baseline(np.random.default_rng(2), 3, 9), 50, seed=0) == UNKNOWN
    assert UNKNOWN.measure == FRECHET
    assert UNKNOWN.resolution is None
