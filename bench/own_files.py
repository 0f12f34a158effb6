"""Files of ganola's own, damaged at random and changed on purpose: `python bench/fuzz.py --own-files`.

A small corpus, a build that was stopped, a run and its models are made once. Each mutant is one of their files with
bytes changed, with a value changed and all checksums made right again, or with something else in its place (nothing, a
folder, a pipe, a device). Then the commands that read it are run, as a person would. A damaged file must be refused in
words, or change nothing; of a log the damaged lines may be left out. One that was changed on purpose may also be taken
as what it says. Whatever else happens is a finding: an error that is not in words, a process that dies or hangs, and
damage that changes the music or the numbers in silence.
"""

import contextlib
import hashlib
import io
import json
import math
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import Row
from forging import MUTATORS
from ganola.corpus.pool import Begin
from ganola.errors import GanolaError
from ganola.music.io.midi.read import read_midi
from ganola.music.io.midi.write import write_midi
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

STEPS, STEPS_MORE = 24, 26
MUTANTS_A_JOB = 50
SECONDS = 60.0  # that the commands may take with one mutant
LONGEST_ANSWER = 30  # lines: one screen
RECIPE = """[networks]
architecture = "mlp"
width = 16
latent = 6
output = "softmax"

[training]
batch = 5
critic_steps = 2
ema_half_life_samples = 40.0
validate_every_samples = 20
"""
OUTCOMES = (
    "refused", "same", "lines left out", "taken as it is", "unchanged",
    "unreadable", "silent", "error", "killed", "hung",
)  # fmt: skip
FINDINGS = ("unreadable", "silent", "error", "killed", "hung")


@dataclass(frozen=True)
class Place:
    """Files of one kind in the world: their names, and what is run to read them."""

    kind: str
    names: tuple[str, ...]
    read: Callable[[Path], str]  # of the world; what came of it, as one text
    typed_by_people: bool = False  # so that a change that still makes sense is no damage
    lines_may_go: bool = False  # a log: it may lose lines, but no whole checkpoint


@dataclass(frozen=True)
class Answer:
    """What a command said and made."""

    status: int
    text: str
    made: str = ""


def make_world(world: Path) -> None:
    """One of everything that ganola writes and reads again."""
    write_tunes(world / "tunes")
    told("corpus", "build", f"{world}/tunes/", "--bars", 2, "--steps-per-quarter", 2, "--out", world / "tiny.corpus")
    build_half(world)
    (world / "small.toml").write_text(RECIPE)
    told("train", world / "tiny.corpus", "--recipe", world / "small.toml", "--steps", STEPS, "--out", world / "run")
    told("corpus", "survey", f"{world}/tunes/", "--out", world / "survey")
    for place in PLACES:
        for name in files_of(place, world):
            (world / name).stat()


def write_tunes(folder: Path) -> None:
    """Twelve tunes of a melody over a bass, each another walk in C."""
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12])
    for tune in range(12):
        walk = np.random.default_rng(tune)
        rows = [(0, step, step + 2, int(60 + walk.choice(scale))) for step in range(0, 48, 2)]
        rows += [(1, step, step + 8, int(36 + walk.choice(scale[[0, 3, 4]]))) for step in range(0, 48, 8)]
        tracks = (Track(name="Melody", program=73), Track(name="Bass", program=32))
        write_midi(
            Score(tracks, Notes.of(rows), 2, (MetreChange(0, TimeSignature(4, 4)),)), folder / f"tune-{tune:02d}.mid"
        )


def build_half(world: Path) -> None:
    """A build that was stopped when all was read and packed, but not yet put together."""
    from unittest import mock

    from ganola.corpus import build as building

    with mock.patch.object(building, "assemble", side_effect=KeyboardInterrupt), contextlib.suppress(KeyboardInterrupt):
        build_on(world)


def build_on(world: Path) -> str:
    """The fingerprint of the corpus that the stopped build becomes."""
    from ganola.corpus.build import build
    from ganola.corpus.open import open_source
    from ganola.corpus.options import BuildOptions

    made = build(
        open_source(f"{world}/tunes/"), world / "half.corpus", BuildOptions(bars=2, steps_per_quarter=2), workers=0
    )
    return made.manifest.fingerprint


def command(*words: object) -> Answer:
    """Run a command in this process; raises what is no error in words."""
    from ganola.cli.main import main

    said = io.StringIO()
    before = sys.argv
    sys.argv = ["ganola", *map(str, words)]
    try:
        with printing_to(said):
            main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.argv = before
    return Answer(status, said.getvalue())


@contextlib.contextmanager
def printing_to(said: io.StringIO) -> Iterator[None]:
    """What ganola prints goes to `said`."""
    from ganola.cli import console

    consoles = (console.out, console.err)
    files = [one.file for one in consoles]
    for one in consoles:
        one.file = said
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            yield
    finally:
        for one, file in zip(consoles, files, strict=True):
            one.file = file


def told(*words: object) -> str:
    """The same; what it said where it succeeded. Raises RefusedError where it did not."""
    answer = command(*words)
    if answer.status:
        raise RefusedError(answer)
    return answer.text


class RefusedError(Exception):
    """A command has refused a file, in words."""


def read_corpus(world: Path) -> str:
    """What `corpus show` says, all windows of all splits, and the plan."""
    from ganola.corpus.store import SPLITS, open_corpus
    from ganola.corpus.windows import windows_of

    said = told("corpus", "show", world / "tiny.corpus", "--files")
    corpus = open_corpus(world / "tiny.corpus")
    digest = hashlib.sha256(str(corpus.plan).encode())
    for split in SPLITS:
        windows = windows_of(corpus, split)
        digest.update(windows.rolls(np.arange(len(windows))).tobytes())
    return said + digest.hexdigest()


def read_model(world: Path) -> str:
    """What a model says of itself, plays and judges."""
    out = world / "phrases"
    said = told("info", world / "run/model.safetensors")
    told("generate", world / "run/model.safetensors", "--count", 2, "--format", "mid", "--out", out)
    played = [read_midi(path.read_bytes()).notes.rows() for path in sorted(out.iterdir())]
    return f"{said}{played}{judge(world / 'run/model.safetensors', world / 'tunes/tune-00.mid')}"


def judge(model: Path, music: Path) -> str:
    """What a model's critic says of a file, as `ganola judge` does, but read in this process."""
    from ganola.app.judge import FileJudge
    from ganola.app.music_files import find_music
    from ganola.corpus.phrases import read_phrases
    from ganola.networks.model_file import load_model

    judging = FileJudge(load_model(model), model)
    phrases = read_phrases(find_music([music])[0], judging.plan, workers=0)
    return str([(file.raw.tolist(), file.judgement) for file in judging.files(phrases)])


def read_run(world: Path) -> str:
    """The weights that come of going on with a run."""
    said = told("train", "--resume", world / "run", "--steps", STEPS_MORE)
    weights = hashlib.sha256((world / "run/last.safetensors").read_bytes()).hexdigest()
    curves = (world / "run/curves.png").read_bytes()[:8]
    return f"{'left out' in said} {weights} {curves!r}"


def read_logs(world: Path) -> str:
    """The weights that come of going on with a run whose logs are read again, and whether its curves can be drawn."""
    from ganola.app.train import draw_curves
    from ganola.training.budget import Budget
    from ganola.training.logs import damaged_lines
    from ganola.training.loop import train
    from ganola.training.run import open_run

    lost = damaged_lines(world / "run")
    run = open_run(world / "run", Budget(steps=STEPS_MORE))
    train(run, [])
    draw_curves(run)
    weights = hashlib.sha256((world / "run/last.safetensors").read_bytes()).hexdigest()
    return f"{bool(lost)} {weights}"


def read_plan(world: Path) -> str:
    """The corpus that is built by a plan."""
    from ganola.corpus.plan import load_plan

    return str(load_plan(world / "survey/plan.toml").plan)


def read_recipe(world: Path) -> str:
    from ganola.training.recipe import load_recipe

    return str(load_recipe(str(world / "small.toml"), []))


PLACES = (
    Place("corpus", ("tiny.corpus/*",), read_corpus),
    Place("model", ("run/model.safetensors",), read_model),
    Place("run", ("run/run.json", "run/recipe.toml", "run/checkpoint/state.safetensors"), read_run),
    Place("log", ("run/*.jsonl",), read_logs, lines_may_go=True),
    Place("stopped build", ("half.corpus/**/*",), build_on),
    Place("plan", ("survey/plan.toml",), read_plan, typed_by_people=True),
    Place("recipe", ("small.toml",), read_recipe, typed_by_people=True),
)
SHARES = {"corpus": 0.36, "model": 0.33, "run": 0.08, "log": 0.03, "stopped build": 0.1, "plan": 0.05, "recipe": 0.05}


def files_of(place: Place, world: Path) -> list[str]:
    """The files of a kind, relative to the world."""
    found = {path for name in place.names for path in world.glob(name) if path.is_file()}
    return sorted(path.relative_to(world).as_posix() for path in found)


def try_mutant(place: Place, number: int, world: Path, scratch: Path) -> tuple[str, str]:
    """What becomes of a mutant, always the same for a number; and what it is, with what went wrong, if anything."""
    chance = random.Random(f"{place.kind} {number}")
    name = chance.choice(files_of(place, world))
    if scratch.exists():
        shutil.rmtree(scratch)
    shutil.copytree(world, scratch, ignore=shutil.ignore_patterns("samples", "tensorboard"))
    how = chance.choices(["damage", "forgery", "no file"], [0.6, 0.35, 0.05])[0]
    try:
        changed = MUTATORS[how](scratch, name, chance)
        outcome = judged(place, how, world, scratch) if changed else "unchanged"
        return outcome, f"{name}: {how}"
    except Exception:
        return "error", f"{name}: {how}\n{traceback.format_exc()}"


def judged(place: Place, how: str, world: Path, scratch: Path) -> str:
    """What the commands made of a mutant, one of OUTCOMES."""
    try:
        came = place.read(scratch)
    except GanolaError as error:
        return "refused" if readable(f"{error.problem}\n{error.remedy}") else "unreadable"
    except RefusedError as refusal:
        return "refused" if readable(refusal.args[0].text) else "unreadable"
    if came.replace(str(scratch), "") == sound(place, world).replace(str(world), ""):
        return "same"
    if place.lines_may_go and "True" in came:
        return "lines left out"
    return "taken as it is" if how == "forgery" or place.typed_by_people else "silent"


def readable(text: str) -> bool:
    """Whether words are fit for a terminal: on one screen, without codes that move or colour it."""
    return len(text.splitlines()) <= LONGEST_ANSWER and all(sign.isprintable() or sign == "\n" for sign in text)


_sound: dict[tuple[str, Path], str] = {}


def sound(place: Place, world: Path) -> str:
    """What comes of the files as they were written."""
    if (place.kind, world) not in _sound:
        copy = world.with_name(f"{world.name}-{os.getpid()}-sound")
        shutil.copytree(world, copy)
        try:
            _sound[place.kind, world] = place.read(copy).replace(str(copy), str(world))
        finally:
            shutil.rmtree(copy)
    return _sound[place.kind, world]


@dataclass(frozen=True)
class OwnJob:
    """Mutants `first` to `first + count - 1` of a kind."""

    kind: str
    first: int
    count: int
    world: Path
    results: Path
    findings: Path


def plan_own_jobs(mutants: int, world: Path, results: Path, findings: Path) -> list[OwnJob]:
    counts = {kind: round(mutants * share) for kind, share in SHARES.items()}
    return [
        OwnJob(kind, first, min(MUTANTS_A_JOB, count - first), world, results, findings)
        for kind, count in counts.items()
        for first in range(0, count, MUTANTS_A_JOB)
    ]


def work_on_own(job: OwnJob, lost: Mapping[int, str], begin: Begin) -> None:
    """Try every mutant of a job, and keep how it went."""
    place = next(place for place in PLACES if place.kind == job.kind)
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    job.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for index in range(job.count):
            number = job.first + index
            begin(index, SECONDS)
            start = time.process_time()
            if index in lost:
                outcome, what = "killed" if "killed" in lost[index] else "hung", lost[index]
            else:
                outcome, what = try_mutant(place, number, job.world, Path(folder, "scratch"))
            slowest = max(slowest, time.process_time() - start)
            outcomes[outcome] += 1
            if outcome in FINDINGS:
                (job.findings / f"{job.kind} {number} {outcome}.txt").write_text(what, encoding="utf-8")
    begin(job.count, math.inf)
    line = {"kind": job.kind, "slowest": slowest, "outcomes": outcomes}
    (job.results / f"{job.kind}-{job.first}.json").write_text(json.dumps(line))


def tables_of_own(results: Path) -> dict[str, list[Row]]:
    """What became of the mutants of each kind."""
    rows: list[Row] = []
    for kind in [*SHARES, "all"]:
        lines = [json.loads(path.read_text()) for path in results.glob("*.json")]
        lines = [line for line in lines if kind in (line["kind"], "all")]
        outcomes: Counter[str] = Counter()
        for line in lines:
            outcomes.update(line["outcomes"])
        if lines:
            counted = {name: outcomes[name] for name in OUTCOMES}
            slowest = max(line["slowest"] for line in lines)
            rows.append({"kind": kind, "mutants": outcomes.total(), **counted, "slowest, s CPU": slowest})
    return {"Mutants of ganola's own files": rows}
