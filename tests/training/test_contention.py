"""How busy the machine is, with clocks that are set by hand."""

import time
from dataclasses import dataclass

import pytest

from ganola.training.contention import QUIET_SHARE, Contention


@dataclass
class Clocks:
    """A clock on the wall, and one that runs while the thread computes."""

    wall: float = 100.0
    computed: float = 7.0
    trained: float = 0.0

    def watched(self) -> Contention:
        return Contention(lambda: self.wall, lambda: self.computed)

    def go(self, contention: Contention, seconds: int, share: float, trained: float = 1.0) -> None:
        """Let the thread compute for a share of so many seconds, of which so many are training, with a look at each."""
        for _ in range(seconds):
            self.wall += 1
            self.computed += share
            self.trained += trained
            contention.update(self.trained)


def test_a_thread_that_gets_half_of_the_time_goes_at_half_the_speed() -> None:
    clocks = Clocks()
    contention = clocks.watched()
    clocks.go(contention, 3, share=QUIET_SHARE / 2)
    assert contention.speed is None  # too early to say
    clocks.go(contention, 10, share=QUIET_SHARE / 2)
    assert contention.speed == pytest.approx(0.5)
    assert contention.mean_speed == pytest.approx(0.5)


def test_on_a_quiet_machine_it_is_full_speed_and_never_more() -> None:
    clocks = Clocks()
    contention = clocks.watched()
    clocks.go(contention, 20, share=1.0)
    assert (contention.speed, contention.mean_speed) == (1.0, 1.0)


def test_the_speed_is_that_of_lately_and_the_mean_is_of_all_that_was_trained() -> None:
    clocks = Clocks()
    contention = clocks.watched()
    clocks.go(contention, 31, share=QUIET_SHARE)
    clocks.go(contention, 10, share=QUIET_SHARE / 4, trained=0.5)  # the other half of which is judging
    assert contention.speed == pytest.approx(0.25)
    assert contention.mean_speed == pytest.approx((30 + 5 * 0.25) / 35)
    clocks.go(contention, 10, share=QUIET_SHARE)
    assert contention.speed == pytest.approx(1.0)


def test_of_hardly_any_training_nothing_is_said() -> None:
    clocks = Clocks()
    contention = clocks.watched()
    assert (contention.speed, contention.mean_speed) == (None, None)
    clocks.go(contention, 3, share=QUIET_SHARE / 4)
    assert contention.mean_speed is None


def test_its_own_clocks_tell_computing_from_waiting() -> None:
    contention = Contention()
    before = time.thread_time()
    contention.update(0.0)
    while time.thread_time() - before < 0.05:
        pass
    contention.update(5.0)
    computing = contention.mean_speed
    time.sleep(0.2)
    contention.update(10.0)
    waiting = contention.mean_speed
    assert computing is not None
    assert waiting is not None
    assert waiting < computing / 2 + 0.05  # the second half of it adds next to nothing
