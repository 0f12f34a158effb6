"""What every test shares: shapes and types are checked as the tests run, and examples are the same each time."""

import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.type_checks import install_checks

# Before anything of ganola is imported: every annotated call and record is then checked as the tests run.
install_checks()

hypothesis.settings.register_profile("ganola", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("ganola")

if TYPE_CHECKING:
    from ganola.cluster import Cluster

# A shell has what runs in its background ignore Ctrl-C, and a command that is told so goes on doing so: not in tests.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def cluster() -> "Iterator[Cluster]":
    """A real cluster of Ray with two workers, on this machine."""
    if find_spec("ray") is None:
        pytest.skip("the extra cluster is not installed")
    from ganola.cluster import connect

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, sys.path)))  # workers have the same modules
        with connect("local", cores=2) as connected:
            yield connected
