"""ganola: give it a folder of music and it learns to play in that style.

What `__all__` names is imported from `ganola.api` when it is first used, so that `import ganola` takes no time.
"""

import importlib
import os

TYPE_CHECKING = False  # as in typing, which takes longer to import than all else here
if TYPE_CHECKING:
    from ganola.api.functions import build_corpus, evaluate, load, open_corpus, read, run_study, train

__version__ = "0.1.0"
__all__ = ["__version__", "build_corpus", "evaluate", "load", "open_corpus", "read", "run_study", "train"]

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # each says how OpenMP's threads wait for one another

# Threads that wait spin for a moment, then sleep. Else they spin many times as long, which makes a training
# several times slower beside one busy process; to sleep at once makes it slower on a quiet machine (bench/busy.py).
# torch and scikit-learn read this when they are imported, so it stands before all else; child processes inherit it.
if not any(name in os.environ for name in WAITING):
    os.environ["GOMP_SPINCOUNT"] = "5000"  # turns, some tenths of a millisecond: libgomp, on Linux
    os.environ["KMP_BLOCKTIME"] = "1"  # milliseconds: LLVM's and Intel's OpenMP, on macOS and Windows


def __getattr__(name: str) -> object:  # PEP 562
    if name not in __all__:
        raise AttributeError(f"module 'ganola' has no attribute {name!r}")
    return getattr(importlib.import_module("ganola.api.functions"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
