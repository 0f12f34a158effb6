"""What installing ganola installs: each dependency that it names, what that brings along, and the megabytes on disk."""

from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from common import Row, options, report

MEGABYTE = 1e6


@dataclass(frozen=True)
class Closure:
    """Packages by name, each with all that it needs."""

    packages: dict[str, Distribution]

    @property
    def megabytes(self) -> float:
        return sum(map(megabytes, self.packages.values()))


def main() -> None:
    chosen = options(__doc__).parse_args()
    named = needs(distribution("ganola"))
    everything = closure(named)
    rows = [row(name, named, everything) for name in sorted(named)]
    rows.append({"dependency": "all", "MB": everything.megabytes, "MB that go with it": None, "brings along": ""})
    report("closure", {f"{len(everything.packages)} packages": rows}, chosen.save)


def row(name: str, named: set[str], everything: Closure) -> Row:
    """One dependency: its size, and what would not be installed if ganola did not name it."""
    without = closure(named - {name})
    brought = sorted(set(closure({name}).packages) - {name})
    return {
        "dependency": name,
        "MB": megabytes(everything.packages[name]),
        "MB that go with it": everything.megabytes - without.megabytes,
        "brings along": ", ".join(brought),
    }


def closure(names: set[str]) -> Closure:
    """These packages and all that they need, as installed here."""
    found: dict[str, Distribution] = {}
    todo = set(names)
    while todo:
        name = todo.pop()
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # not for this machine, by a marker that names what is not asked for
        todo |= needs(found[name]) - found.keys()
    return Closure(found)


def needs(package: Distribution) -> set[str]:
    """The names of what a package needs on this machine, its extras aside."""
    requirements = map(Requirement, package.requires or ())
    return {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }


def megabytes(package: Distribution) -> float:
    """The size of its files on disk."""
    files = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(path.stat().st_size for path in files if path.is_file()) / MEGABYTE


if __name__ == "__main__":
    main()
