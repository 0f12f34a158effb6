"""Judge music files: how real each of their phrases is to a model's critic, and which notes speak against it."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from jaxtyping import Float, UInt8
from numpy import ndarray

from ganola.app.music_files import find_music
from ganola.app.projects import existing_model
from ganola.app.watcher import SILENT, Watcher
from ganola.corpus.phrases import Phrases, read_phrases
from ganola.corpus.pieces import Rejection
from ganola.errors import InputError
from ganola.folders import all_or_none, begin_folder
from ganola.judging.attribution import attribution, note_attribution
from ganola.judging.calibration import probability_real
from ganola.judging.critic_scores import critic_scores
from ganola.music.roll import decode
from ganola.networks.model import Model
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.rendering.judged import JudgedPhrase, judged_images
from ganola.rendering.picture import png_bytes
from ganola.storage import json_bytes, write_whole
from ganola.training.run import LAST
from ganola.wording import none_of

LONGEST_STEM = 150  # bytes of a written file's name, before its ending


@dataclass(frozen=True)
class JudgedFile:
    """A file, and of each of its phrases the bar at which it begins, the critic's raw number D, and J."""

    name: str
    cells: UInt8[ndarray, "phrases tracks steps pitches"]
    bars: list[int]
    raw: Float[ndarray, "phrases"]
    judgements: Float[ndarray, "phrases"]

    @property
    def judgement(self) -> float:
        """Return J of the file: the mean of its phrases'."""
        return float(self.judgements.mean())


@dataclass(frozen=True)
class JudgedMusic:
    """The files that were judged, of `total` that could be, and those that could not, with the reason."""

    files: tuple[JudgedFile, ...]
    left_out: tuple[Rejection, ...]
    total: int
    bars: int  # of a phrase
    blind: bool  # whether the critic cannot tell real music from generated, so that J is 0.5 for all

    @property
    def complete(self) -> bool:
        """Return whether nobody stopped it before its end."""
        return len(self.files) == self.total


def judge_music(
    model: Path,
    music: Sequence[Path],
    *,
    folder: Path | None = None,
    workers: int | None = None,
    watcher: Watcher = SILENT,
) -> JudgedMusic:
    """Judge every file at `music`, and write pictures and numbers of each to `folder`, if one is given.

    KeyboardInterrupt keeps the files that were judged before it, and is raised where there are none. Raises InputError
    for a model that cannot judge, where no file can be judged, or where `folder` holds something.
    """
    path = existing_model(model)
    judge = FileJudge(load_model(path), path)
    judged: list[JudgedFile] = []
    with begin_folder(folder) if folder else nullcontext() as unfinished:
        with watcher.task("judge") as progress:
            try:
                found, not_found = find_music(music)
                phrases = read_phrases(found, judge.plan, workers=workers or os.cpu_count() or 1, progress=progress)
                left_out = _reasons([*not_found, *phrases.rejections])
                if not len(phrases):
                    _refuse(left_out, watcher)
                for file in judge.files(phrases):
                    if unfinished is not None:
                        _write_together(judge.render(file), unfinished.folder)
                    judged.append(file)
                    progress("judging", len(judged), len(phrases.names))
            except KeyboardInterrupt:
                if not judged:
                    raise
        if unfinished is not None:
            unfinished.finish()
    return JudgedMusic(tuple(judged), left_out, len(phrases.names), judge.plan.bars, judge.calibration.is_constant)


class FileJudge:
    """A model's critic, its calibration, and how it reads music. Raises InputError for a model that cannot judge."""

    def __init__(self, model: Model, path: Path) -> None:
        if model.critic is None:
            raise InputError(
                f"{path} was kept without its critic, and it is the critic who judges",
                "Name the model.safetensors in the folder of its run, which has both.",
            )
        calibration = model.record.calibration
        if calibration is None:
            if path.name == LAST:
                raise InputError(
                    f"{path} is not calibrated: a run calibrates the best of its models, and this is its last",
                    f"Name the {MODEL_FILE} beside it.",
                )
            raise InputError(
                f"{path} was never calibrated: its corpus had no validation pieces, or an older ganola trained it",
                "Train again, on a corpus with enough pieces to keep some for validation.",
            )
        self.model, self.critic = model, model.critic
        self.calibration, self.plan = calibration, model.record.plan
        self._stems: set[str] = set()

    def files(self, phrases: Phrases) -> Iterator[JudgedFile]:
        """Yield every file that has phrases, judged when it is asked for."""
        for index, name in enumerate(phrases.names):
            cells = phrases.of_file(index)
            raw = critic_scores(self.critic, cells, self.model.spec.planes)
            yield JudgedFile(name, cells, phrases.bars_of_file(index), raw, probability_real(self.calibration, raw))

    def render(self, file: JudgedFile) -> dict[str, bytes]:
        """Return the pages of a file as PNG, and its numbers as JSON, by the names of their files."""
        about = {"file": file.name, "model": self.model.digest}
        blamed = attribution(self.critic, file.cells, self.model.spec.planes) * self.calibration.slope
        phrases = [
            JudgedPhrase(bar, float(judgement), cells, own)
            for bar, judgement, cells, own in zip(file.bars, file.judgements, file.cells, blamed, strict=True)
        ]
        stem = self._stem(file.name)
        images = judged_images(file.name, file.judgement, phrases, self.plan.grid)
        pages = [stem] if len(images) == 1 else [self._stem(f"{stem}-{page}") for page in range(1, len(images) + 1)]
        pictures = {f"{name}.png": png_bytes(image, about) for name, image in zip(pages, images, strict=True)}
        numbers = [self._numbers(phrase, float(raw)) for phrase, raw in zip(phrases, file.raw, strict=True)]
        found = {"J": round(file.judgement, 4), "phrases": numbers, "pictures": list(pictures)}
        return {**pictures, f"{stem}.json": json_bytes(about | found)}

    def _numbers(self, phrase: JudgedPhrase, raw: float) -> dict[str, object]:
        """Return what is known of a phrase; what steps and notes add is in log-odds that it is real."""
        grid, tracks = self.plan.grid, self.plan.tracks
        notes = decode(phrase.cells, grid)
        adds = note_attribution(phrase.blame, notes, grid)
        return {
            "bars": [phrase.bar, phrase.bar + grid.bars - 1],
            "J": round(phrase.judgement, 4),
            "D": round(raw, 4),
            "steps": [round(float(value), 4) for value in phrase.blame.sum(axis=(0, 2))],
            "notes": [
                {
                    "track": tracks[track].name,
                    "step": start,
                    "length": end - start,
                    "pitch": pitch,
                    "adds": round(float(value), 4),
                }
                for (track, start, end, pitch), value in zip(notes.rows(), adds, strict=True)
            ],
        }

    def _stem(self, name: str) -> str:
        """Return what the files about the file `name` are called: no folder, nothing odd, and no two alike."""
        bare = re.sub(r"\.\w+(?=#\d+$|$)", "", name.split("/")[-1])
        clean = "".join(sign if sign.isalnum() or sign in " -_.#" else "_" for sign in bare)
        stem = clean.encode()[:LONGEST_STEM].decode(errors="ignore").strip(" .") or "music"
        free, number = stem, 1
        while free.casefold() in self._stems:
            number += 1
            free = f"{stem}-{number}"
        self._stems.add(free.casefold())
        return free


def _write_together(files: dict[str, bytes], folder: Path) -> None:
    """Write files that belong together: all of them, each whole, or none."""
    paths = [folder / name for name in files]
    with all_or_none(paths):
        for path, data in zip(paths, files.values(), strict=True):
            write_whole(path, data)


def _reasons(left_out: Sequence[Rejection]) -> tuple[Rejection, ...]:
    """Return the same in words for the person who asks, to whom it is the model that has a corpus."""
    return tuple(Rejection(one.file, one.reason.replace("this corpus", "the model's corpus")) for one in left_out)


def _refuse(left_out: Sequence[Rejection], watcher: Watcher) -> NoReturn:
    """Raise InputError, for nothing could be judged; where the files are many, each says why in a notice."""
    remedy = "Name music that fits what the model plays; ganola info says what that is."
    if len(left_out) == 1:
        raise InputError(f"{left_out[0].file}: {left_out[0].reason}", remedy)
    for one in left_out:
        watcher.on_notice(f"{one.file}: {one.reason}")
    raise InputError(f"{none_of(len(left_out), 'file')} could be judged", remedy)
