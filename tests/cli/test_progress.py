"""What a training says as it goes: the line of progress, the time that is left, the parts, a busy machine."""

import pytest

from ganola.app.stopwatch import Stopwatch
from ganola.cli import progress
from ganola.cli.progress import Display, clock_time, measure_line, progress_line
from ganola.events import Diagnosed, StepLogged, Validated
from ganola.training.budget import Budget
from ganola.training.phases.registry import PHASES
from ganola.training.run import new_run
from ganola.wording import phase_title
from tests.corpora import tiny_corpus
from tests.training.support import small_recipe, vae_recipe

VAE, GAME = "vae", "adversarial"


@pytest.fixture(params=[small_recipe()], ids=["the game alone"])
def run(tmp_path, request):
    return new_run(tmp_path / "run", tiny_corpus(tmp_path), request.param, Budget(minutes=5))


def logged(phase: str, spent: float) -> StepLogged:
    return StepLogged(1, 100, 60 * 5 * spent, spent, 80.0, phase, {}, {}, 1, 3.0)


def test_a_line_says_the_part_the_distance_and_the_time_left() -> None:
    line = progress_line("learning to play", 141.3, None, 250.0)
    assert line == "learning to play  distance 141 (1 is real)  4:10 left"
    assert progress_line("the game", 2.36, 0.6, 59.6) == "the game  distance 2.4 busy: 60 %  1:00 left"
    assert progress_line("the game", None, 0.6, 5.0) == "the game  busy: 60 %  0:05 left"
    assert progress_line("the game", None, None, 5.0) == "the game  0:05 left"


@pytest.mark.parametrize("part", [phase_title(phase.name) for phase in PHASES])
def test_it_fits_beside_its_bar_in_80_columns(part) -> None:
    beside = progress.BAR_WIDTH + 1 + len("100%") + 1
    for ratio, busy in ((1234.5, None), (None, 0.749), (1234.5, 0.749)):
        assert beside + len(progress_line(part, ratio, busy, 99 * 60.0)) <= 79


def test_times_are_minutes_and_seconds_and_long_ones_hours() -> None:
    assert [clock_time(seconds) for seconds in (0.4, 59.6, 61.0, 5999.0, 6000.0, 90_060.0)] == [
        "0:00", "1:00", "1:01", "99:59", "1 h 40 min", "25 h 1 min",
    ]  # fmt: skip


@pytest.mark.parametrize("run", [vae_recipe()], indirect=True, ids=["a VAE first"])
def test_each_part_is_said_once_as_it_begins_and_the_time_by_the_clock_first(run, capsys) -> None:
    with Display(run, Stopwatch(run), measured=True) as display:
        for spent, phase in ((0.1, VAE), (0.2, VAE), (0.7, GAME), (0.8, GAME)):
            display.on_step(logged(phase, spent))
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("By the clock it takes about ")
    assert [line.split(":")[0] for line in said[1:]] == ["Learning to play", "The game"]


def test_a_line_is_printed_now_and_then_where_there_is_no_terminal(run, capsys, monkeypatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    with Display(run, Stopwatch(run), measured=True) as display:
        display.on_validated(Validated(0, 0, 0.0, 5.0, 2.0, 2.5, 2.5, 1))
        display.on_step(logged(GAME, 0.25))
    assert capsys.readouterr().out.splitlines()[-1].startswith(" 25%  the game  distance 2.5 (1 is real)  ")


def test_a_busy_machine_is_said_once_and_shown_as_long_as_it_is(run, capsys, monkeypatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    speeds = [None, 0.9, 0.6, 0.4, 0.9]

    class Scripted(Stopwatch):
        speed = None

    watch = Scripted(run)
    with Display(run, watch, measured=False) as display:
        for spent, watch.speed in zip((0.1, 0.2, 0.3, 0.4, 0.5), speeds, strict=True):
            display.on_step(logged(GAME, spent))
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "The machine is busy: 60 % of full speed. It is faster with other programs closed."
    ]
    lines = [line for line in said.out.splitlines() if "left" in line]
    assert ["busy: 60 %" in line for line in lines] == [False, False, True, False, False]
    assert ["busy: 40 %" in line for line in lines] == [False, False, False, True, False]


def test_what_the_doctor_finds_is_said_at_once(run, capsys) -> None:
    problem = Diagnosed("silence", 3, 30, "The generator is silent", ("vae.share=0.5",))
    with Display(run, Stopwatch(run), measured=True) as display:
        display.on_diagnosed(problem)
    assert "After 30 samples: The generator is silent." in capsys.readouterr().err


def test_which_distance_it_is_and_what_it_tells() -> None:
    assert measure_line("energy", 0.05) == (
        "It is the energy distance in whitened features, which on this music tells 5 % wrong notes from real music."
    )
