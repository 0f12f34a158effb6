"""`ganola generate`: new phrases from a trained model, to hear, see and open elsewhere."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganola import __version__
from ganola.cli.console import counting, interrupted, say, warn
from ganola.cli.models import (
    BUILT_IN,
    built_in_models,
    corpus_remedy,
    existing_model,
    find_model,
    is_built_in,
    model_name,
    newest_model,
)
from ganola.cli.train import RUNS
from ganola.errors import InputError
from ganola.wording import counted, did_you_mean

if TYPE_CHECKING:
    from ganola.corpus.store import Corpus
    from ganola.judging.copying.detector import CopyDetector
    from ganola.networks.model import Model
    from ganola.playing.generate import Phrase

FORMATS = ("mid", "wav", "png", "musicxml")
USUAL = ("mid", "wav", "png")  # what is written where no formats are named
MOST_TRIES = 20  # phrases played for each that is kept


def generate(
    model: Annotated[
        Path | None,
        typer.Argument(
            help=f"A model file or a run; else the newest in {RUNS}/, or else {BUILT_IN}, which comes with ganola.",
            metavar="[MODEL]",
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="The folder to make; else phrases-1, or the next.", metavar="FOLDER")
    ] = None,
    count: Annotated[int, typer.Option(help="How many phrases.", min=1, max=100_000)] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same phrases.", min=0)] = 0,
    tempo: Annotated[
        float | None,
        typer.Option(help="Quarter notes a minute; else that of the music learned from.", min=10, max=400),
    ] = None,
    key: Annotated[str | None, typer.Option(help="The tonic: C, D, Bb, F# ...", metavar="K")] = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            help=f"Any of {','.join(FORMATS)}, joined by commas; else {','.join(USUAL)}. A wav takes 10 MB a minute.",
        ),
    ] = None,
    no_copies: Annotated[
        bool,
        typer.Option(
            "--no-copies",
            help="Leave out phrases that are more like the training music than held-out music is; see ganola evaluate.",
        ),
    ] = False,
    corpus: Annotated[
        Path | None, typer.Option(help="With --no-copies: the training music; else that of the run.", metavar="DIR")
    ] = None,
) -> None:
    """Play new phrases and write them as MIDI, sound, pictures or notation."""
    from ganola.folders import begin_folder, first_free, refuse_existing
    from ganola.networks.model_file import load_model
    from ganola.playing.generate import generate as generate_phrases

    chosen = usual_formats() if formats is None else parse_formats(formats)
    if corpus is not None and not no_copies:
        raise InputError("--corpus says what must not be copied", "Add --no-copies.")
    path = _chosen_model() if model is None else existing_model(model)
    loaded = load_model(path)
    writer = PhraseWriter(loaded, model_name(path), chosen, tempo, key)
    if to is not None:
        refuse_existing(to)  # before anything is compared, which takes its time
    sieve = _sieve(loaded, path, corpus) if no_copies else None
    phrases = generate_phrases(loaded, count, seed) if sieve is None else sieve.phrases(count, seed)
    files, written, kept = count * len(chosen), itertools.count(1), 0
    with begin_folder(to) if to else first_free(lambda number: begin_folder(Path(f"phrases-{number}"))) as unfinished:
        warn_if_far(loaded, path)
        try:
            with counting("files", if_stopped=None) as advance:
                advance("playing", 0, files)
                for phrase in phrases:
                    writer.write(phrase, unfinished.folder, lambda: advance("playing", next(written), files))
                    kept += 1
        except KeyboardInterrupt:
            if not kept:
                interrupted("No phrases were kept.")
        if len(writer.too_dense) == kept * len(chosen):
            raise writer.too_dense[0]
        folder = unfinished.finish()
    for error in writer.too_dense:
        warn(error.problem)
    if kept < count:
        interrupted(f"{kept:,} of {counted(count, 'phrase')} were kept: {folder}")
    say(f"{counted(count, 'phrase')}: {folder}")
    if sieve is not None:
        left_out = counted(sieve.rejected, "other was", "others were")
        say(f"{left_out} left out, more than {sieve.threshold:.2f} alike to training music")


def _chosen_model() -> Path:
    """The newest model in RUNS, unless anybody hears that its music is not real; else the one that comes with ganola.
    Which it is, and why, is said."""
    from ganola.judging.closeness import how_far
    from ganola.networks.model_file import load_model

    path = newest_model()
    far = far_from_real(load_model(path))
    if far is not None:
        say(f"{path.parent} is {how_far(far)}: anybody hears it.")
        say(f"To hear it all the same: ganola generate {path.parent}")
        path = built_in_models()[BUILT_IN]
    say(f"Playing {f'{path.stem}, which comes with ganola' if is_built_in(path) else f'{path}, the newest'}")
    return path


def far_from_real(model: "Model") -> float | None:
    """How far a model's music is from real music, where that is known and anybody hears it."""
    from ganola.judging.closeness import is_far

    judged = model.record.validation
    return judged.ratio if judged is not None and is_far(judged.ratio) else None


def warn_if_far(model: "Model", path: Path) -> None:
    """Say of a model that anybody hears that its music is not real, or that nobody knows; nothing else."""
    from ganola.judging.closeness import how_far
    from ganola.training.run import RUN

    far = far_from_real(model)
    if far is not None:
        train = f"ganola train --resume {path.parent}" if (path.parent / RUN).exists() else "ganola train"
        warn(f"Anybody hears that this is not real music: it is {how_far(far)}.")
        warn(f"To come nearer, train longer: {train}, with more --minutes.")
    elif model.record.validation is None:
        warn("How far this model is from real music is not known: it was not judged when it was trained.")


def _sieve(model: "Model", path: Path, given: Path | None) -> "_Sieve":
    """What lets no copies through, made while a person watches."""
    from ganola.judging.copying.detector import build_copy_detector
    from ganola.judging.reference import refuse_other_music

    with counting("places of training music", if_stopped="Nothing was played.") as advance:
        corpus = corpus_for([path], given)
        refuse_other_music(corpus, model.spec.grid, model.spec.tracks, str(path))
        return _Sieve(model, build_copy_detector(corpus, lambda *far: advance("comparing", *far)))


class _Sieve:
    """Lets through the phrases of a model that are no copies. Phrase k of a seed is the same as without it."""

    def __init__(self, model: "Model", original: "CopyDetector") -> None:
        self.model = model
        self._original = original
        self.threshold = original.threshold
        self.rejected = 0

    def phrases(self, count: int, seed: int) -> "Iterator[Phrase]":
        """`count` phrases that are no copies. Raises InputError where the model plays hardly anything else."""
        from ganola.playing.generate import generate as generate_phrases

        kept = 0
        for phrase in generate_phrases(self.model, MOST_TRIES * count, seed):
            if self._original.is_copy(phrase.cells[None])[0]:
                self.rejected += 1
                continue
            yield phrase
            kept += 1
            if kept == count:
                return
        raise InputError(
            f"only {kept} of {MOST_TRIES * count} phrases were no copies of training music",
            "Ask for fewer, or train on more music.",
        )


class PhraseWriter:
    """Writes phrases of one model in some formats, tempo and key; each says where it came from.

    `too_dense` says which of its files were not written, for no notation can hold what the model played.
    """

    def __init__(
        self, model: "Model", name: str, formats: Iterable[str], tempo: float | None = None, key: str | None = None
    ) -> None:
        from ganola.music.key import parse_tonic

        if key is not None and not model.record.common_tonic:
            raise InputError(
                "this model plays in every key its corpus had, so --key has no meaning", "Leave --key out."
            )
        self.model = model
        self.name = name
        self.formats = tuple(formats)
        self.too_dense: list[InputError] = []
        self.tempo = tempo or model.record.tempo
        self.tonic = parse_tonic(key) if key is not None else 0

    def write(self, phrase: "Phrase", folder: Path, advance: Callable[[], None] = lambda: None) -> None:
        """Write `phrase` to `folder`, a file a format: all of them, each whole, or none; `advance` is called after
        each."""
        from ganola.folders import all_or_none
        from ganola.music.engraving import musicxml_bytes
        from ganola.music.key import key_of
        from ganola.music.midi import write_midi
        from ganola.music.roll import to_score
        from ganola.music.spelling import key_name
        from ganola.playing.transpose import semitones_to
        from ganola.rendering.picture import png_bytes, roll_image
        from ganola.rendering.sound import wav_bytes
        from ganola.storage import write_whole

        spec = self.model.spec
        score = to_score(phrase.cells, spec.grid, spec.tracks, self.tempo)
        semitones = semitones_to(self.tonic, score)
        about = self._about(phrase, semitones)
        score = score.transposed(semitones)
        key = key_of(score, self.tonic if self.model.record.common_tonic else None)
        title = f"{self.name}, seed {phrase.seed}, phrase {phrase.number}"
        stem = f"{self.name}-seed{phrase.seed}-{phrase.number:03d}"
        paths = {suffix: folder / f"{stem}.{suffix}" for suffix in self.formats}
        with all_or_none(list(paths.values())):
            for suffix, path in paths.items():
                if suffix == "mid":
                    write_midi(score, path, about, title=title, key=key)
                elif suffix == "musicxml":
                    try:
                        document = musicxml_bytes(score, about, title=title, key=key)
                    except InputError as error:
                        self.too_dense.append(InputError(f"{path.name} was not written: {error.problem}", error.remedy))
                    else:
                        write_whole(path, document)
                elif suffix == "wav":
                    write_whole(path, wav_bytes(score, about))
                else:
                    heading = [title, *([key_name(key)] if key else []), f"{self.tempo:g} quarter notes a minute"]
                    shown = spec.grid.model_copy(update={"lowest": spec.grid.lowest + semitones})
                    image = roll_image(phrase.cells, shown, spec.tracks, " · ".join(heading))
                    write_whole(path, png_bytes(image, about))
                advance()

    def _about(self, phrase: "Phrase", semitones: int) -> dict[str, Any]:
        return {
            "version": __version__,
            "model": self.model.digest,
            "seed": phrase.seed,
            "phrase": phrase.number,
            "tempo": self.tempo,
            "tonic": self.tonic,
            "transposed": semitones if self.model.record.common_tonic else None,
        }


def corpus_for(music: Sequence[Path], given: Path | None) -> "Corpus":
    """The corpus that a person names, or that of the first run named.

    Raises InputError where there is neither, or no music where some is named.
    """
    from ganola.corpus.store import open_corpus
    from ganola.networks.model_file import MODEL_FILE
    from ganola.training.run import corpus_beside

    for path in music:
        if not path.exists() and not find_model(path).exists():
            remedy = did_you_mean(str(path), [*built_in_models(), *map(str, RUNS.glob("*"))], "Check the name.")
            raise InputError(f"{path} does not exist", remedy)
    if given is not None:
        return open_corpus(given)
    for path in music:
        try:
            beside = corpus_beside(path / MODEL_FILE if path.is_dir() else path)
        except InputError as error:
            remedy = "Name the corpus that the model was trained on, wherever it is now: --corpus DIR."
            raise InputError(error.problem, remedy) from error
        if beside is not None:
            return beside
    raise InputError("nothing says which corpus of real music to hold this against", corpus_remedy(music))


def usual_formats() -> tuple[str, ...]:
    """The formats in which phrases are written where none are named; without sound, if none can be made here."""
    from ganola.rendering.sound import no_sound

    reason = no_sound()
    if reason:
        warn(f"No sound files: {reason}")
    return tuple(suffix for suffix in USUAL if suffix != "wav" or not reason)


def parse_formats(text: str) -> tuple[str, ...]:
    """The formats in `text`. Raises InputError for an unknown one."""
    formats = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [part for part in formats if part not in FORMATS]
    choices = f"Choose from: {', '.join(FORMATS)}."
    if unknown or not formats:
        raise InputError(
            f"unknown format {', '.join(unknown) or '(none)'}",
            did_you_mean(unknown[0], FORMATS, choices) if unknown else choices,
        )
    return formats
