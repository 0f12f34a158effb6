"""What can go wrong, as a person should read it: what is wrong and where, and what to do about it."""

from collections.abc import Sequence

INTERRUPTED = 130  # the exit status by which shells know a command that Ctrl-C ended


class GanolaError(Exception):
    """A failure with a remedy; a face shows both and exits with `exit_status`, without a traceback.

    `details` are lines that belong to the problem, such as all faults of a file.
    """

    exit_status = 1

    def __init__(self, problem: str, remedy: str, details: Sequence[str] = ()) -> None:
        super().__init__("\n".join([problem, *details]))
        self.problem = problem
        self.remedy = remedy
        self.details = tuple(details)

    def __reduce__(self) -> tuple[type["GanolaError"], tuple[str, str, tuple[str, ...]]]:
        # Exceptions cross from worker processes with all of their constructor's arguments.
        return type(self), (self.problem, self.remedy, self.details)


class InputError(GanolaError):
    """Something the person gave is not what it should be (exit status 2)."""

    exit_status = 2


class MachineError(GanolaError):
    """The machine failed: a full disk, a file that cannot be written (exit status 1)."""


class TrainingError(GanolaError):
    """A training does not go well, and its person wanted it stopped then (exit status 3)."""

    exit_status = 3
