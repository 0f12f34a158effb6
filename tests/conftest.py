"""What every test shares: shapes and types are checked as the tests run, and examples are the same each time."""

import signal

import hypothesis

from tests.type_checks import install_checks

# Before anything of ganola is imported: every annotated call and record is then checked as the tests run.
install_checks()

hypothesis.settings.register_profile("ganola", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("ganola")

# A shell has what runs in its background ignore Ctrl-C, and a command that is told so goes on doing so: not in tests.
signal.signal(signal.SIGINT, signal.default_int_handler)
