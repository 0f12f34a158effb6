"""A file that kills the process that reads it, in a module of its own, which that process can import."""

import os
import signal
import time
from pathlib import Path

from ganola.corpus.source import SourceFile


class KillingFile(SourceFile):
    """A file of music whose reader dies of it."""

    def read(self) -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


class WorkerKillingFile(SourceFile):
    """A file of music that, read for the first time, kills the process that started its reader."""

    def read(self) -> bytes:
        mark = Path(f"{self.path}.read")
        if not mark.exists():
            mark.touch()
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)  # the reader ends with its parent
            raise AssertionError("still alive")
        return super().read()
