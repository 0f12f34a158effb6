import io

import numpy as np
import pytest
from PIL import Image

from ganola.events import StepLogged, Validated
from ganola.rendering.curves import curves_figure, curves_png, phases_of, smoothed
from ganola.rendering.palette import BLUE, VERMILION, hex_code
from tests.rendering.figures import colours, drawing

CRITIC, GENERATOR = hex_code(BLUE), hex_code(VERMILION)


def logged(step: int, phase: str, metrics: dict[str, float], gradient_norms: dict[str, float]) -> StepLogged:
    return StepLogged(step, 64 * step, 0.5 * step, 0.5, 128.0, phase, metrics, gradient_norms)


def line(step: int, **changes: float) -> StepLogged:
    metrics = {
        "critic_loss": -3.0 + 2 / step,
        "generator_loss": 1.0 + 4 / step,
        "penalty": 0.5 / step,
        "real_logits": 1.25,
        "fake_logits": -0.75,
    }
    return logged(step, "adversarial", metrics | changes, {"critic": 3.0, "generator": 0.25})


def warmup_line(step: int) -> StepLogged:
    metrics = {"critic_loss": -3.0, "penalty": 0.5, "real_logits": 1.25, "fake_logits": -0.75}
    return logged(step, "critic_warmup", metrics, {"critic": 3.0})


def vae_line(step: int) -> StepLogged:
    return logged(step, "vae", {"reconstruction_loss": 90.0, "kl": 40.0}, {"vae": 0.25})


def flow_line(step: int) -> StepLogged:
    return logged(step, "flow", {"flow_loss": 12.0}, {"flow": 0.25})


def validated(step: int, ratio: float) -> Validated:
    return Validated(step, 64 * step, 0.5 * step, 2 * ratio, 2.0, ratio, ratio, 1)


def test_the_picture_is_a_png_that_shows_the_figure() -> None:
    lines, events = [line(step) for step in range(1, 41)], [validated(1, 80.0), validated(40, 15.0)]
    data = curves_png(lines, events, title="a run")
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("PNG", (1100, 1000))
    pixels = np.asarray(image.convert("RGB"))
    assert all((pixels == np.array(colour)).all(axis=-1).sum() > 400 for colour in (BLUE, VERMILION))
    assert data == curves_png(lines, events, title="a run")


def test_all_four_drawings_hold_their_curves() -> None:
    _, losses, logits, penalty, gradients = curves_figure([line(step) for step in range(1, 41)], [], title="").axes
    assert [colours(axes) for axes in (losses, logits, gradients)] == [{CRITIC, GENERATOR}] * 3
    assert colours(penalty) == {CRITIC}  # the penalty is the critic's
    minutes, values = losses.lines[0].get_data()
    assert minutes.tolist() == [0.5 * step / 60 for step in range(1, 41)]
    assert values.tolist() == [-3.0 + 2 / step for step in range(1, 41)]


def test_one_line_is_a_dot_in_each_drawing() -> None:
    for axes in curves_figure([line(1)], [], title="a run").axes[1:]:
        assert any(curve.get_marker() == "o" and len(curve.get_xdata()) == 1 for curve in axes.lines)


def test_the_distance_from_validation_music_is_drawn_over_the_others() -> None:
    lines = [line(step) for step in range(1, 41)]
    events = [validated(1, 80.0), validated(20, 12.0), validated(40, 15.0)]
    with_it, without = curves_figure(lines, events, title="a run"), curves_figure(lines, [], title="a run")
    assert colours(with_it.axes[0]) == {GENERATOR}
    assert with_it.axes[0].lines[0].get_ydata().tolist() == [80.0, 12.0, 15.0]
    assert not without.axes[0].lines
    assert [drawing(axes) for axes in with_it.axes[1:]] == [drawing(axes) for axes in without.axes[1:]]


def test_a_vae_has_its_own_drawing_beside_the_distance_and_the_game_begins_after_it() -> None:
    vae = [vae_line(step) for step in range(1, 21)]
    game = [warmup_line(21), *(line(step) for step in range(22, 41))]
    figure = curves_figure(vae + game, [validated(1, 80.0), validated(40, 15.0)], title="a run")
    titled = {axes.get_title(loc="left"): axes for axes in figure.axes}
    (before,) = (axes for title, axes in titled.items() if title.startswith("before the game"))
    assert colours(before) == {CRITIC, GENERATOR}
    assert titled["losses"].lines[0].get_xdata().min() == 0.5 * 21 / 60
    assert curves_figure(vae, [], title="no game yet").axes


def test_no_lines_make_a_picture_that_says_so() -> None:
    figure = curves_figure([], [], title="a run")
    assert [text.get_text() for text in figure.texts] == ["a run", "nothing was logged"]
    assert not figure.axes


@pytest.mark.parametrize("penalty", [0.0, float("nan")])
def test_a_penalty_without_a_logarithm_is_drawn(penalty: float) -> None:
    assert curves_png([line(step, penalty=penalty) for step in range(1, 4)], [], title="a run")


def test_a_title_is_words_and_never_mathematics() -> None:
    assert curves_png([], [], title="$a_{b$ $")


def test_smoothing_spreads_one_value_over_its_neighbours() -> None:
    values = np.zeros(160)
    values[80] = 10.0
    expected = np.zeros(160)
    expected[78:83] = 2.0
    np.testing.assert_allclose(smoothed(values), expected, atol=1e-12)


def test_smoothing_keeps_a_constant_to_its_ends_and_leaves_few_values_alone() -> None:
    np.testing.assert_allclose(smoothed(np.full(500, 3.5)), 3.5)
    few = np.array([1.0, 5.0, -2.0])
    np.testing.assert_array_equal(smoothed(few), few)


def test_no_curve_is_cut_off_at_the_right() -> None:
    """A VAE's curves end long before those of the game, and all share an axis."""
    vae = [vae_line(step) for step in range(1, 20)]
    game = [line(step) for step in range(20, 200)]
    for axes in curves_figure([*vae, *game], [validated(200, 3.0)], title="run").axes:
        assert axes.get_xlim()[0] == 0
        assert axes.get_xlim()[1] >= 0.5 * 199 / 60


PHASE_NAMES = ["learning to play", "learning where music lies", "the game"]


def whole_training() -> list[StepLogged]:
    """Half a second a step: 40 steps of a VAE, 20 of a flow, 20 of the critic's warm-up, 80 of the game."""
    lines = [(vae_line, range(1, 41)), (flow_line, range(41, 61)), (warmup_line, range(61, 81)), (line, range(81, 161))]
    return [make(step) for make, steps in lines for step in steps]


def test_the_log_tells_the_phases_of_a_training_apart() -> None:
    bounds = [0, 20 / 60, 30 / 60, 80 / 60]
    found = phases_of(whole_training())
    assert [phase.name for phase in found] == PHASE_NAMES
    assert [phase.begin for phase in found] == pytest.approx(bounds[:-1])
    assert [phase.end for phase in found] == pytest.approx(bounds[1:])
    assert [phase.name for phase in phases_of([line(step) for step in range(1, 9)])] == ["the game"]
    assert phases_of([]) == []


def test_phases_are_marked_in_every_drawing_where_there_are_several() -> None:
    figures = (
        curves_figure(whole_training(), [validated(160, 3.0)], title="run"),
        curves_figure([line(step) for step in range(1, 9)], [], title="run"),
    )
    several, one = ([[text.get_text() for text in axes.texts] for axes in figure.axes] for figure in figures)
    assert len(several) == 6
    for own in several:
        assert [text for text in own if "kept" not in text] == PHASE_NAMES
    assert not any("the game" in own for own in one)


def test_what_was_not_yet_learned_is_not_what_is_kept() -> None:
    lines = [line(1), line(2)]
    figures = (
        curves_figure(lines, [validated(0, 2.0), validated(1, 9.0), validated(2, 5.0)], title="run"),
        curves_figure(lines, [validated(0, 2.0)], title="run"),
    )
    assert [[text.get_text() for text in figure.axes[0].texts] for figure in figures] == [["kept: 5.0"], []]


def test_a_phase_that_is_too_short_for_its_name_is_marked_without_it() -> None:
    lines = whole_training()
    axes = curves_figure([*lines[:42], *lines[80:]], [], title="run").axes[1]
    assert [text.get_text() for text in axes.texts] == ["learning to play", "the game"]
    assert len(axes.patches) == 3


def test_numbers_of_a_scale_of_factors_are_written_out() -> None:
    figure = curves_figure([line(1), line(2)], [validated(1, 3_000.0), validated(2, 2.0)], title="run")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert {"1", "10", "100", "1,000"} <= set(labels)
