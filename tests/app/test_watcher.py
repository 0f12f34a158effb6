"""What is reported while something is done; and that nothing is printed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ganola.app.build import build_corpus, make_build_options
from ganola.app.defaults import BUILT_IN
from ganola.app.generate import generate_files
from ganola.app.output import Output
from ganola.app.watcher import Progress, Task, Watcher
from tests.corpora import write_tunes


class Recorder(Watcher):
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.last: dict[Task, tuple[str, int, int]] = {}
        self.proposals: list[object] = []

    @contextmanager
    def task(self, task: Task) -> Iterator[Progress]:
        def keep(*progress: object) -> None:
            self.last[task] = progress

        yield keep

    def on_plan(self, proposal: object) -> None:
        self.proposals.append(proposal)


def test_phrases_are_written_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watcher = Recorder()
    made = generate_files(Path(BUILT_IN), count=2, output=Output(tmp_path / "some", ("mid", "png")), watcher=watcher)
    assert sorted(path.suffix for path in made.folder.iterdir()) == [".mid", ".mid", ".png", ".png"]
    assert (made.written, made.unwritten, made.copies) == (2, (), None)
    assert watcher.last == {"generate": ("playing", 4, 4)}
    assert capsys.readouterr() == ("", "")


def test_a_corpus_is_built_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tunes(tmp_path / "tunes", count=3)
    watcher, options = Recorder(), make_build_options(bars=2, steps_per_quarter=2)
    corpus = build_corpus(str(tmp_path / "tunes"), tmp_path / "c", options, workers=1, watcher=watcher)
    assert len(corpus.pieces) == 3
    assert watcher.last["build"][1:] == (3, 3)
    assert [proposal.plan for proposal in watcher.proposals] == [corpus.plan]
    assert capsys.readouterr() == ("", "")
