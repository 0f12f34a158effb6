"""A file that kills the process that reads it, in a module of its own, which that process can import."""

import os
import signal

from ganola.corpus.source import SourceFile


class KillingFile(SourceFile):
    """A file of music whose reader dies of it."""

    def read(self) -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")
