"""The phrase that a person means: one of a file of theirs, or one that a model plays, MODEL:seed:number."""

import re
from dataclasses import dataclass
from pathlib import Path

from ganola.app.music_files import find_music
from ganola.app.projects import existing_model, file_stem, model_name
from ganola.corpus.phrases import read_phrases
from ganola.errors import InputError
from ganola.music.io.files import read_provenance, read_score
from ganola.music.key import PITCH_CLASSES, key_of
from ganola.music.score import Score
from ganola.networks.config import ModelSpec
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.playing.generate import generate_phrase
from ganola.playing.windows import Music
from ganola.wording import counted, printable_path

_GENERATED = re.compile(r"(?P<model>.+):(?P<seed>\d{1,9}):(?P<number>\d{1,6})")


@dataclass(frozen=True)
class SourcePhrase:
    """A phrase on a model's grid and in its key; what it is called, and the tonic and tempo that it came with."""

    cells: Music
    name: str  # a part of the names of files
    tonic: str | None = None
    tempo: float | None = None


def find_phrase(given: str, model: Model, bar: int | None = None) -> SourcePhrase:
    """Return the phrase that a person means; of a file the first, or that which begins at `bar`.

    Raises InputError where there is none, and where it does not fit the model.
    """
    generated = _GENERATED.fullmatch(given)
    if generated is not None and not Path(given).exists():
        return _generated_phrase(given, generated, model)
    path = Path(given)
    files, rejected = find_music([path]) if not path.is_dir() else ([], [])
    if len(files) != 1:
        reason = rejected[0].reason if rejected else "is no file of music" if path.exists() else "does not exist"
        raise InputError(f"{printable_path(path)} {reason}", "Name one file of music, or MODEL:seed:number.")
    score = read_score(path)
    phrases = read_phrases(files, model.record.plan)
    if not len(phrases):
        reason = phrases.rejections[0].reason.replace("this corpus", "the model's corpus")
        raise InputError(f"{printable_path(path)}: {reason}", _what_a_phrase_has(model.spec))
    bars = phrases.bars_of_file(0)
    if bar is not None and bar not in bars:
        known = ", ".join(map(str, bars))
        raise InputError(f"no phrase of {printable_path(path)} begins at bar {bar}", f"Phrases begin at bars {known}.")
    cells = phrases.of_file(0)[0 if bar is None else bars.index(bar)]
    return SourcePhrase(cells, file_stem(path), _tonic(path, score, model), score.tempo)


def _generated_phrase(given: str, parts: re.Match[str], model: Model) -> SourcePhrase:
    path = existing_model(Path(parts["model"]))
    number, seed = int(parts["number"]), int(parts["seed"])
    if not number:
        raise InputError(f"{given} names no phrase", "The first phrase is number 1.")
    other = load_model(path)
    if (other.spec.grid, other.spec.tracks) != (model.spec.grid, model.spec.tracks):
        raise InputError(f"{given} is a phrase of another grid or other tracks", "Name a phrase of a model like this.")
    cells = generate_phrase(other, seed, number).cells
    return SourcePhrase(cells, f"{model_name(path)}-seed{seed}-{number:03d}")


def _what_a_phrase_has(spec: ModelSpec) -> str:
    """Return what a file has to have, as what to do."""
    names = ", ".join(track.name for track in spec.tracks)
    phrase = f"{counted(spec.grid.bars, 'bar')} of {spec.grid.metre}"
    return f"It takes {phrase} for {names}; tracks that a file lacks can be written by ganola infill."


def _tonic(path: Path, score: Score, model: Model) -> str | None:
    """Return the tonic in which a file's music is, where the model plays every piece in C."""
    if not model.record.common_tonic:
        return None
    about = read_provenance(path) or {}
    tonic = about.get("tonic")
    if isinstance(tonic, int) and 0 <= tonic < len(PITCH_CLASSES):
        return PITCH_CLASSES[tonic]
    key = key_of(score)
    return None if key is None else PITCH_CLASSES[key.tonic]
