"""`ganola evaluate`: how far music is from real music, and whether it was copied, as a report."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ganola.cli.console import counting, say, warn
from ganola.cli.generate import corpus_for
from ganola.cli.models import BUILT_IN, find_model, is_model
from ganola.errors import InputError
from ganola.storage import write_json, write_whole
from ganola.wording import counted, printable_path

if TYPE_CHECKING:
    from ganola.corpus.store import Corpus
    from ganola.folders import Unfinished
    from ganola.judging.reference import Reference
    from ganola.judging.results import Candidate, Evaluation

REPORT = "report"
LONGEST_LIST = 8  # files left out, each with its reason


def evaluate(
    music: Annotated[
        list[Path],
        typer.Argument(
            help=f"Models or runs ({BUILT_IN} comes with ganola), and folders or archives of music files.",
            metavar="MODEL|FOLDER...",
        ),
    ],
    corpus: Annotated[
        Path | None,
        typer.Option(help="Real music to hold it against; else the corpus that a run was trained on.", metavar="DIR"),
    ] = None,
    split: Annotated[
        Literal["test", "validation"], typer.Option(help="Which of its music that training never saw.")
    ] = "test",
    count: Annotated[
        int, typer.Option(help="Phrases of each model, and of each folder at most.", min=50, max=5000)
    ] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same report.", min=0)] = 0,
    to: Annotated[
        Path | None,
        typer.Option("--out", help="The report to write; else report-1.html, or the next.", metavar="REPORT"),
    ] = None,
    latex: Annotated[
        bool, typer.Option("--latex", help="Write the table of measures beside the report, for LaTeX, too.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="Threads and processes; else one a core.", min=1)] = None,
) -> None:
    """Say how far music is from real music, what differs, and whether it was copied.

    Models play their own phrases; files are read as the corpus reads its music. Several are compared side by side. The
    report is one HTML page with pictures and sound; the same numbers are beside it as JSON and, in short, as CSV.
    """
    opened = corpus_for(music, corpus)
    with _begin_report(to, latex=latex) as unfinished:
        evaluation = evaluated(music, opened, split, count, seed, workers or os.cpu_count() or 1)
        write_report(evaluation, unfinished, latex=latex)
        page = unfinished.finish()  # first, for what reads the output may close it
    tell(evaluation)
    beside = ", ".join(str(path) for path in _files(page, latex=latex)[1:])
    say(f"The report: {page} (and its numbers: {beside})")


def evaluated(music: Sequence[Path], corpus: "Corpus", split: str, count: int, seed: int, workers: int) -> "Evaluation":
    """The judgement of models and of folders of music while a person watches."""
    from ganola.judging.evaluate import evaluate as judge
    from ganola.judging.reference import load_reference

    with counting("steps", if_stopped="Nothing was written.") as advance:
        held = load_reference(corpus, split, seed)
        names = _names(music)
        candidates = [
            _of_model(path, name, held, count, seed)
            if is_model(path)
            else _of_files(path, name, held, count, seed, workers, advance)
            for path, name in zip(music, names, strict=True)
        ]
        return judge(held, candidates, seed, workers=workers, progress=lambda _, *far: advance("judging", *far))


def tell(evaluation: "Evaluation") -> None:
    """The verdict on each candidate, and its one number."""
    from ganola.rendering.verdict import verdict_sentence

    for judged in evaluation.results:
        say(f"{judged.candidate.music.name}: {verdict_sentence(judged, evaluation)}")
    told = next(measure.trusted for measure in evaluation.measures if measure.key == "ratio")
    for remark in evaluation.remarks:
        say(remark)
    for judged in evaluation.results:
        ratio, name = judged.scores.ratio, judged.candidate.music.name
        if ratio is None:
            say(f"{name}: no distance from real music. {judged.scores.reason_missing}")
            continue
        if not told:
            say(f"{name}: no distance from real music: on this corpus it does not tell the controls apart")
            continue
        say(
            f"{name}: {ratio.value:,.1f} times as far from held-out music as training music is "
            f"({ratio.low:,.1f} to {ratio.high:,.1f}; 1 is real)"
        )


def write_report(evaluation: "Evaluation", unfinished: "Unfinished", *, latex: bool = False) -> None:
    """The page, and beside it the same as JSON, the measures as CSV and, if asked for, as a table for LaTeX."""
    from ganola.rendering.report import report_html, report_json
    from ganola.rendering.tables import report_csv, report_latex

    page, plain, table, *paper = _files(unfinished.folder / unfinished.target.name, latex=latex)
    write_json(plain, report_json(evaluation))
    write_whole(table, report_csv(evaluation))
    for path in paper:
        write_whole(path, report_latex(evaluation))
    write_whole(page, report_html(evaluation))


def begin_report(page: Path, *, latex: bool = False, replace: bool = False) -> "Unfinished":
    """Begin the report `page`. Raises TakenError where something is there already, unless it may be replaced."""
    from ganola.folders import begin_files

    return begin_files(_files(page, latex=latex), replace=replace)


def _files(page: Path, *, latex: bool) -> list[Path]:
    """All that a report is made of: the page, its JSON, its CSV and its LaTeX."""
    return [page, *(page.with_suffix(f".{ending}") for ending in ("json", "csv", *(["tex"] if latex else [])))]


def _begin_report(given: Path | None, *, latex: bool) -> "Unfinished":
    """Begin the report that a person asks for, or the next."""
    from ganola.folders import first_free

    if given is None:
        return first_free(lambda number: begin_report(Path(f"{REPORT}-{number}.html"), latex=latex))
    named = given.suffix.lower() in (".html", ".htm")
    return begin_report(given if named else given.with_name(f"{given.name}.html"), latex=latex)


def _names(music: Sequence[Path]) -> list[str]:
    """What to call each: the names of their folders or files, with as much of the way there as tells them apart."""
    from ganola.networks.model_file import MODEL_FILE

    places = [path.resolve().parent if path.name == MODEL_FILE else path.resolve() for path in music]
    if len(set(places)) < len(places):
        raise InputError("the same music is named twice", "Name each once.")
    longest = max(len(place.parts) for place in places)
    # The last model of a run is known by its run, too.
    ends = (
        [place.parts[-depth - (place.suffix == ".safetensors") :] for place in places]
        for depth in range(1, longest + 1)
    )
    apart = next(own for own in ends if len(set(own)) == len(own))
    return [printable_path(Path(*end)) for end in apart]


def _of_model(path: Path, name: str, held: "Reference", count: int, seed: int) -> "Candidate":
    from ganola.networks.model_file import load_model
    from ganola.playing.audition import audition

    return audition(load_model(find_model(path)), name, held, count, seed)


def _of_files(
    path: Path,
    name: str,
    held: "Reference",
    count: int,
    seed: int,
    workers: int,
    advance: Callable[[str, int, int], None],
) -> "Candidate":
    """At most `count` phrases of the files in a folder or an archive, read as the corpus reads its own."""
    import numpy as np

    from ganola.cli.judge import music_in
    from ganola.corpus.phrases import read_phrases
    from ganola.corpus.recognition import recognise
    from ganola.corpus.twins import find_twins
    from ganola.judging.results import Candidate
    from ganola.judging.windows import WindowSet
    from ganola.randomness import Purpose, stream

    found, unfound = music_in([path])
    phrases = read_phrases(found, held.corpus.plan, workers=workers, progress=advance)
    left_out = [*unfound, *phrases.left_out]
    for one in left_out[:LONGEST_LIST]:
        warn(f"{one.file}: {one.reason}")
    if len(left_out) > LONGEST_LIST:
        warn(f"{counted(len(left_out) - LONGEST_LIST, 'more file was', 'more files were')} left out")
    if not len(phrases):
        raise InputError(f"{path} has no music that can be judged", "See above what is wrong with its files.")
    twins = find_twins(phrases)
    distinct = np.flatnonzero(~np.isin(phrases.file, list(twins)))
    chosen = np.sort(distinct[stream(seed, Purpose.JUDGED).permutation(len(distinct))[:count]])
    own = recognise(phrases, held.corpus).keys() - twins.keys()
    files = len(phrases.names) - len(twins)
    again = counted(len(twins), "more is", "more are")
    said = [
        counted(files, "file") + (f", {len(left_out):,} left out" if left_out else ""),
        *([f"{again} the same music in another format"] if twins else []),
        f"{len(chosen):,} of {counted(len(distinct), 'phrase')}",
    ]
    return Candidate(
        kind="folder",
        music=WindowSet(name, phrases.some(chosen), phrases.file[chosen]),
        about="; ".join(said),
        files=files,
        files_of_corpus=len(own),
        remarks=_of_the_corpus(len(own), files),
    )


def _of_the_corpus(own: int, files: int) -> tuple[str, ...]:
    """What there is to know where files are pieces of the corpus that they are held against."""
    if not own:
        return ()
    if 2 * own <= files:
        return (f"{own:,} of its {counted(files, 'file')} are pieces of the corpus itself.",)
    return (
        f"This is music of the corpus itself: {own:,} of {counted(files, 'file')} are pieces of it. So whether it "
        "copies is no question, and its distance says only how alike the corpus's own pieces are.",
    )
