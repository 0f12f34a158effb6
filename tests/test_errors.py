import copy

import pytest

from ganola.errors import GanolaError, InputError, MachineError


@pytest.mark.parametrize(("kind", "status"), [(InputError, 2), (MachineError, 1)])
def test_an_error_says_what_is_wrong_and_what_to_do(kind: type[GanolaError], status: int):
    error = kind("no notes in it", "Leave it out.")
    assert (str(error), error.remedy, error.exit_status) == ("no notes in it", "Leave it out.", status)


def test_an_error_is_made_again_whole_as_for_another_process():
    again = copy.copy(InputError("no notes in it", "Leave it out."))  # by what it says of itself, as pickling is
    assert isinstance(again, InputError)
    assert (again.problem, again.remedy) == ("no notes in it", "Leave it out.")
