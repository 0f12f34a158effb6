"""`ganola judge`: how real music sounds to a model's critic, phrase by phrase, and which notes speak against it."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ganola.cli.console import counting, interrupted, say, show, table, warn
from ganola.cli.models import MODEL_HELP, existing_model
from ganola.errors import InputError
from ganola.wording import counted, none_of, printable_path

if TYPE_CHECKING:
    import numpy as np

    from ganola.corpus.phrases import Phrases
    from ganola.corpus.pieces import Rejection
    from ganola.corpus.sources import SourceFile
    from ganola.networks.model import Model
    from ganola.rendering.judged import JudgedPhrase

LONGEST_STEM = 150  # bytes of a written file's name, before its ending


@dataclass(frozen=True)
class JudgedFile:
    """A file, and of each of its phrases the bar at which it begins, the critic's raw number D, and J."""

    name: str
    cells: "np.ndarray"  # phrases, tracks, steps, pitches
    bars: list[int]
    raw: "np.ndarray"
    judgements: "np.ndarray"

    @property
    def judgement(self) -> float:
        """J of the file: the mean of its phrases'."""
        return float(self.judgements.mean())


def judge(
    model: Annotated[Path, typer.Argument(help=MODEL_HELP, metavar="MODEL")],
    files: Annotated[list[Path], typer.Argument(help="Music files, or folders of them.", metavar="FILE...")],
    to: Annotated[
        Path | None,
        typer.Option("--out", help="A folder to make, for pictures and the numbers of each file.", metavar="FOLDER"),
    ] = None,
) -> None:
    """Judge music: J, from 0 to 1, is how probably it is real to this model's critic, not generated.

    J is as probable as it says where real and generated phrases are equally frequent. It is about the music that
    the model has learned: of other music it says little.
    """
    from ganola.corpus.phrases import read_phrases
    from ganola.folders import begin_folder
    from ganola.networks.model_file import load_model

    path = existing_model(model)
    loaded = load_model(path)
    judging = Judge(loaded, path)
    judged: list[JudgedFile] = []
    with begin_folder(to) if to else nullcontext() as unfinished:
        try:
            with counting("files", if_stopped=None) as advance:
                found, unfound = music_in(files)
                phrases = read_phrases(found, judging.plan, workers=os.cpu_count() or 1, progress=advance)
                # To the person who asks, it is the model that has a corpus.
                left_out = [
                    (one.file, one.reason.replace("this corpus", "the model's corpus"))
                    for one in (*unfound, *phrases.left_out)
                ]
                if not len(phrases):
                    _refuse(left_out)
                for file in judging.files(phrases):
                    if unfinished is not None:
                        judging.write(file, unfinished.folder)
                    judged.append(file)
                    advance("judging", len(judged), len(phrases.names))
        except KeyboardInterrupt:
            if not judged:
                interrupted("Nothing was judged.")
        if unfinished is not None:
            unfinished.finish()
    for name, reason in left_out:
        warn(f"{name}: {reason}")
    if judging.calibration.is_constant:
        warn("This model's critic cannot tell real music from generated, so J is 0.5 whatever it hears.")
    _print(judged, judging.plan.bars)
    if to is not None:
        say(f"Pictures and numbers: {to}")
    if len(judged) < len(phrases.names):
        interrupted(f"{len(judged):,} of {counted(len(phrases.names), 'file')} were judged.")


class Judge:
    """A model's critic, its calibration, and how it reads music. Raises InputError for a model that cannot judge."""

    def __init__(self, model: "Model", path: Path) -> None:
        from ganola.networks.model_file import MODEL_FILE
        from ganola.training.run import LAST

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

    def files(self, phrases: "Phrases") -> Iterator[JudgedFile]:
        """Every file that has phrases, judged when it is asked for."""
        from ganola.judging.calibration import probability_real
        from ganola.judging.critic_scores import critic_scores

        for index, name in enumerate(phrases.names):
            cells = phrases.of_file(index)
            raw = critic_scores(self.critic, cells, self.model.spec.planes)
            yield JudgedFile(name, cells, phrases.bars_of_file(index), raw, probability_real(self.calibration, raw))

    def write(self, file: JudgedFile, folder: Path) -> None:
        """The pages and the numbers of a file, written to `folder`: all of them, each whole, or none."""
        from ganola.folders import all_or_none
        from ganola.judging.attribution import attribution
        from ganola.rendering.judged import JudgedPhrase, judged_images
        from ganola.rendering.picture import png_bytes
        from ganola.storage import write_json, write_whole

        about = {"file": file.name, "model": self.model.digest}
        blamed = attribution(self.critic, file.cells, self.model.spec.planes) * self.calibration.slope
        phrases = [
            JudgedPhrase(bar, float(judgement), cells, own)
            for bar, judgement, cells, own in zip(file.bars, file.judgements, file.cells, blamed, strict=True)
        ]
        stem = self._stem(file.name)
        images = judged_images(file.name, file.judgement, phrases, self.plan.grid)
        pages = [stem] if len(images) == 1 else [self._stem(f"{stem}-{page}") for page in range(1, len(images) + 1)]
        numbers = [self._numbers(phrase, float(raw)) for phrase, raw in zip(phrases, file.raw, strict=True)]
        plain, pictures = folder / f"{stem}.json", [folder / f"{name}.png" for name in pages]
        found = {"J": round(file.judgement, 4), "phrases": numbers, "pictures": [path.name for path in pictures]}
        with all_or_none([plain, *pictures]):
            for path, image in zip(pictures, images, strict=True):
                write_whole(path, png_bytes(image, about))
            write_json(plain, about | found)

    def _numbers(self, phrase: "JudgedPhrase", raw: float) -> dict[str, object]:
        """What is known of a phrase; what steps and notes add is in log-odds that it is real."""
        from ganola.judging.attribution import note_attribution
        from ganola.music.roll import decode

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
        """What the files about the file called `name` are called: no folder, nothing odd, and no two alike."""
        bare = re.sub(r"\.\w+(?=#\d+$|$)", "", name.split("/")[-1])
        clean = "".join(sign if sign.isalnum() or sign in " -_.#" else "_" for sign in bare)
        stem = clean.encode()[:LONGEST_STEM].decode(errors="ignore").strip(" .") or "music"
        free, number = stem, 1
        while free.casefold() in self._stems:
            number += 1
            free = f"{stem}-{number}"
        self._stems.add(free.casefold())
        return free


def music_in(paths: "Sequence[Path]") -> "tuple[list[SourceFile], list[Rejection]]":
    """The files of music that a person names, those in folders and archives among them; and what is none, and why."""
    from ganola.corpus.archives import ARCHIVE_SUFFIX
    from ganola.corpus.pieces import Rejection
    from ganola.corpus.sources import SourceFile, open_source

    found: list[SourceFile] = []
    unfound: list[Rejection] = []
    for path in paths:
        name = printable_path(path)
        if path.is_dir() or (path.is_file() and path.suffix.lower() == ARCHIVE_SUFFIX):
            try:
                source = open_source(f"{path}{os.sep if path.is_dir() else ''}")
            except InputError as error:
                unfound.append(Rejection(name, error.problem.replace(f" in {path}", " in it")))
                continue
            found += [replace(file, name=f"{name}/{file.name}") for file in source.files]
            unfound += [Rejection(f"{name}/{own}", reason) for own, reason in source.unread.items()]
        elif path.is_file():
            found.append(SourceFile(name, path))
        else:
            unfound.append(Rejection(name, "no file" if path.exists() else "does not exist"))
    return found, unfound


def _refuse(left_out: list[tuple[str, str]]) -> NoReturn:
    """Nothing could be judged: say why, each on a line where they are many."""
    remedy = "Name music that fits what the model plays; ganola info says what that is."
    if len(left_out) == 1:
        raise InputError(": ".join(left_out[0]), remedy)
    for name, reason in left_out:
        warn(f"{name}: {reason}")
    raise InputError(f"{none_of(len(left_out), 'file')} could be judged", remedy)


def _print(judged: list[JudgedFile], bars: int) -> None:
    from rich.text import Text

    rows = table("music", "J")
    for file in judged:
        rows.add_row(Text(file.name, overflow="fold"), f"{file.judgement:.2f}", style="bold")
        for bar, judgement in zip(file.bars, file.judgements, strict=True):
            rows.add_row(f"  bars {bar}-{bar + bars - 1}" if bars > 1 else f"  bar {bar}", f"{judgement:.2f}")
    show(rows)
