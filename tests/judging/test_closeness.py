import pytest

from ganola.judging.closeness import SCALE, how_far, is_far, times


@pytest.mark.parametrize(("ratio", "far"), [(1.0, False), (3.0, False), (3.04, False), (3.06, True), (137.4, True)])
def test_what_is_written_as_more_than_three_is_far(ratio, far) -> None:
    assert is_far(ratio) == far
    assert (float(times(ratio)) > 3) == far


def test_it_is_said_in_multiples_and_the_scale_says_what_is_good() -> None:
    assert how_far(2.36) == "2.4 times as far from real music as real music is from itself"
    assert [times(ratio) for ratio in (9.94, 9.96, 1234.5)] == ["9.9", "10", "1,234"]
    assert SCALE == "1 is real; above 3 anybody hears it"
