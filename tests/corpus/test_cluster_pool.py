"""A corpus that the workers of a Ray cluster build is the one that this machine builds, whatever happens to them."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ganola.app.build import build_corpus
from ganola.cluster import Cluster
from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.source import Source, SourceFile
from ganola.corpus.store import Corpus
from ganola.errors import InputError
from tests.corpus.conftest import OPTIONS
from tests.corpus.killing import KillingFile, WorkerKillingFile


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def change_file(source: Source, name: str, kind: type[SourceFile]) -> Source:
    """Another class of one of the files."""
    changed = [kind(file.name, file.path) if file.name == name else file for file in source.files]
    return replace(source, files=tuple(changed))


def test_a_cluster_builds_the_same_bytes(
    cluster: Cluster, corpus: Corpus, collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[tuple[str, int, int]] = []
    source = open_source(str(collection))
    build(source, Path("corpus"), OPTIONS, cluster=cluster, progress=lambda *now: told.append(now))
    assert contents(tmp_path / "corpus") == contents(corpus.folder)
    assert told[0] == ("reading", 0, 25)
    assert told[-1] == ("packing", 22, 22)


def test_files_that_kill_cost_themselves_alone_and_a_dead_worker_nothing(
    cluster: Cluster, collection: Path, tmp_path: Path
) -> None:
    shutil.copytree(collection, tmp_path / "tunes")
    source = change_file(open_source(str(tmp_path / "tunes")), "tune-07.mid", KillingFile)
    here = build(source, tmp_path / "here", OPTIONS, workers=1)
    assert [one.file for one in here.rejected if "killed" in one.reason] == ["tune-07.mid"]
    source = change_file(source, "tune-18.mid", WorkerKillingFile)
    build(source, tmp_path / "there", OPTIONS, cluster=cluster)
    assert (tmp_path / "tunes" / "tune-18.mid.read").exists()
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_processes_of_this_machine_and_a_cluster_are_not_both(collection: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--workers counts processes of this machine"):
        build_corpus(str(collection), tmp_path / "corpus", workers=2, cluster="local")
    assert not (tmp_path / "corpus").exists()
