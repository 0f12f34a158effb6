import pickle

import pytest

from ganola.errors import GanolaError, InputError, MachineError


@pytest.mark.parametrize(("kind", "status"), [(InputError, 2), (MachineError, 1)])
def test_an_error_says_what_is_wrong_and_what_to_do(kind: type[GanolaError], status: int):
    error = kind("no notes in it", "Leave it out.")
    assert (str(error), error.remedy, error.exit_status) == ("no notes in it", "Leave it out.", status)


def test_an_error_crosses_to_another_process_whole():
    copy = pickle.loads(pickle.dumps(InputError("no notes in it", "Leave it out.")))  # noqa: S301 - our own bytes
    assert isinstance(copy, InputError)
    assert (copy.problem, copy.remedy) == ("no notes in it", "Leave it out.")
