from dataclasses import replace

from ganola.judging.lead import ENERGY, FRECHET, Contrast, Lead, Measure, Resolution
from ganola.rendering.resolution import resolution_sentence
from tests.rendering.evaluations import EVALUATION


def said(measure: Measure | None, *resolutions: Resolution) -> str:
    return resolution_sentence(replace(EVALUATION, lead=Lead(measure, resolutions)))


def resolution(measure: Measure, fewest: int | None, bars: float, noise: float = 50.0) -> Resolution:
    """Wrong notes are told from `fewest` per cent on; bars and noise lie so many deviations off."""
    wrong = [
        Contrast(f"{share}% wrong notes", 1.2, 9.0 if fewest is not None and share >= fewest else 0.0, share / 100)
        for share in (1, 5, 20)
    ]
    return Resolution(measure, (*wrong, Contrast("shuffled bars", 4.0, bars), Contrast("noise", 90.0, noise)))


def test_what_is_told_and_what_is_not() -> None:
    assert said(FRECHET, resolution(FRECHET, 5, 1.4)) == (
        "The Fréchet distance tells 5% wrong notes or more and noise from real music here, but not shuffled bars and "
        "fewer wrong notes."
    )
    assert said(FRECHET, resolution(FRECHET, 1, 9.0)) == (
        "The Fréchet distance tells 1% wrong notes or more, shuffled bars and noise from real music here."
    )
    assert said(FRECHET, resolution(FRECHET, None, 9.0)) == (
        "The Fréchet distance tells shuffled bars and noise from real music here, but not wrong notes."
    )


def test_why_it_is_not_the_frechet_distance() -> None:
    assert said(ENERGY, resolution(FRECHET, 20, 9.0), resolution(ENERGY, 5, 9.0)) == (
        "The Fréchet distance puts 5% wrong notes only 1.2 times as far as real music here. The energy distance in "
        "whitened features tells 5% wrong notes or more, shuffled bars and noise from real music here, but not fewer "
        "wrong notes."
    )


def test_drums_have_no_wrong_notes() -> None:
    drums = Resolution(FRECHET, resolution(FRECHET, None, 9.0).contrasts[-2:])
    assert said(FRECHET, drums) == "The Fréchet distance tells shuffled bars and noise from real music here."


def test_where_nothing_is_known_the_order_of_the_controls_is_asked() -> None:
    assert said(FRECHET) == ""
    unordered = tuple(replace(one, trusted=False) for one in EVALUATION.measures)
    assert resolution_sentence(replace(EVALUATION, measures=unordered)) == (
        "It does not put the controls in order on this music, so that it tells little."
    )
    assert said(None) == "On this music no distance tells even noise from real music."
