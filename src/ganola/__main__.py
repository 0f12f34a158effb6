"""The entrance: `ganola` and `python -m ganola`, which Ctrl-C ends in one line, also while all else is imported."""

import signal
import sys

from ganola.errors import INTERRUPTED


def main() -> None:
    """Run a command; where Ctrl-C ends it, say so and leave with status 130."""
    try:
        from ganola.cli.main import main as run_command

        run_command()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")  # not by the console, which may not be imported yet
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # from here another Ctrl-C ends the process at once


if __name__ == "__main__":
    main()
