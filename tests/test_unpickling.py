"""Nothing of ganola makes objects or runs code of what lies in a file: a foreign model or corpus could be anything."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNPICKLERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "jsonpickle"}
LOADERS = {
    *("torch.load", "torch.jit.load", "torch.hub.load", "torch.package.PackageImporter"),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "pandas.read_pickle", "pd.read_pickle"),
    "dist.broadcast_object_list",
    *("eval", "exec", "runpy.run_path", "builtins.eval", "builtins.exec"),
}
ALLOWED = {
    # Pipes and sockets whose other end is this program itself.
    Path("src/ganola/corpus/pool.py"): {"recv"},
    Path("src/ganola/study/executors.py"): {"recv"},
    Path("src/ganola/training/followers.py"): {"recv"},
    Path("src/ganola/training/torchrun.py"): {"dist.broadcast_object_list"},
    Path("tests/extending.py"): {"exec"},  # the examples of this repository's own documentation
}


def found(code: str) -> Iterator[str]:
    """What in `code` unpickles, or runs what it is given."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.partition(".")[0] in UNPICKLERS)
            case ast.ImportFrom(module=str(module), names=names):
                whole = [f"{module}.{alias.name}" for alias in names]
                yield from (name for name in whole if name.partition(".")[0] in UNPICKLERS or name in LOADERS)
            case ast.Call(func=ast.Attribute(attr="recv")):
                yield "recv"
            case ast.Call(func=function) if (name := ast.unparse(function)) in LOADERS:
                yield name
            case ast.keyword(arg="allow_pickle", value=value) if ast.unparse(value) != "False":
                yield "allow_pickle"


@pytest.mark.parametrize("room", ["src", "tests", "bench", ".ci"])
def test_nothing_unpickles(room: str) -> None:
    paths = sorted((ROOT / room).rglob("*.py"))
    assert paths
    faults = {path.relative_to(ROOT): set(found(path.read_text(encoding="utf-8"))) for path in paths}
    assert {path: names for path, names in faults.items() if names} == {
        path: names for path, names in ALLOWED.items() if path.parts[0] == room
    }


@pytest.mark.parametrize(
    "code",
    [
        *("import pickle", "from pickle import loads as read", "import joblib", "import shelve as shelf"),
        *("torch.load(path)", "from torch import load", "yaml.load(text)", "eval(text)", "exec(text)", "pipe.recv()"),
        *("np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=trusted)", "import xml, marshal"),
    ],
)
def test_what_unpickles_would_be_found(code: str) -> None:
    assert list(found(code))


@pytest.mark.parametrize("code", ["model.eval()", "np.load(path, allow_pickle=False)", "json.load(file)"])
def test_what_does_not_is_not(code: str) -> None:
    assert not list(found(code))
