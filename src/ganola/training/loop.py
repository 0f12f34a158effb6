"""The training loop: batches to steps to checkpoints, until the budget is spent or someone says stop."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Int

from ganola.corpus.balance import thin_largest_tune
from ganola.corpus.windows import Windows, windows_of
from ganola.errors import MachineError, TrainingError
from ganola.folders import lock_folder
from ganola.judging.calibration import calibrate
from ganola.judging.critic_scores import critic_scores
from ganola.judging.real_baseline import DistanceToReal
from ganola.judging.reference import too_few_tunes
from ganola.judging.validation import PHRASES, ValidationSet, load_validation
from ganola.music.roll import Cells, from_planes, sounding
from ganola.networks.inputs import to_network_input
from ganola.networks.record import Calibration, ValidationRecord
from ganola.randomness import Purpose, latents, stream
from ganola.training.checkup import Checkup, gradients
from ganola.training.doctor import Doctor, Finding
from ganola.training.logs import DOCTOR, JUDGED, LOG, DoctorLine, JudgedMoment, Log, LogLine
from ganola.training.order import Order
from ganola.training.recipe import SECTIONS, Player
from ganola.training.run import Run
from ganola.training.state import State, begin_phase, encode
from ganola.training.steps import (
    Measured,
    NotFiniteError,
    Rolls,
    StepRecord,
    prior_step,
    refuse_what_is_not_finite,
    training_step,
    warm_step,
)
from ganola.wording import counted

SNAPSHOTS = 10  # evenly over the budget, besides the one before the first step
SNAPSHOT_PHRASES = 8
BEFORE_THE_GAME = 20  # judgements in a budget without a game
PHRASES_AT_ONCE = 32
ENCODED = 16_384  # windows, at most, from which the prior learns
SECONDS_BETWEEN_SAVES = 60.0
SECONDS_BETWEEN_LOG_LINES = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a training is, for those who watch."""

    step: int
    samples: int
    seconds: float
    spent: float  # fraction of the budget
    samples_per_second: float
    record: StepRecord
    judged: int  # how often the music was judged since this training began or went on
    beside: float  # seconds that have passed since then beside training: judging, snapshots, saving


@runtime_checkable
class Observer(Protocol):
    """Who watches a training: is told of each logged moment, and shown the fixed latents' music now and then."""

    def moment(self, moment: Moment) -> None:
        """The training is here now."""

    def judged(self, moment: JudgedMoment) -> None:
        """This is how far the music is from validation music now."""

    def found(self, finding: Finding) -> None:
        """The doctor has found something that was not so before."""

    def snapshot(self, samples: int, rolls: Bool[np.ndarray, "phrases tracks planes steps pitches"]) -> None:
        """The fixed latents sound like this after so many samples."""


def train(
    run: Run, observers: list[Observer], stop: Callable[[], bool] = lambda: False, *, strict: bool = False
) -> State:
    """Train until the budget is spent or `stop` says so; everything is saved either way.

    Raises MachineError where a gradient is no longer finite; the last good model is kept. A `strict` one raises
    TrainingError where the doctor finds something wrong, with everything saved; and TakenError where another ganola is
    at work in the run.
    """
    # Numbers too small to matter would slow every product that they are part of. Before anything is computed, for the
    # threads that compute heed it from their birth only.
    torch.set_flush_denormal(True)
    with lock_folder(run.folder):
        run.write_down()
        state = run.start()
        with closing(_Log(run, state)) as log:
            watching: list[Observer] = [log, *observers]
            judge = _Judge(run, watching)
            with closing(_Practice(run, state, judge.validation, watching, strict)) as practice:
                _play_the_game(run, state, watching, judge, practice, stop)
    return state


def _play_the_game(
    run: Run,
    state: State,
    observers: list[Observer],
    judge: "_Judge",
    practice: "_Practice",
    stop: Callable[[], bool],
) -> None:
    windows = windows_of(run.corpus, "train")
    seed = run.recipe.training.seed
    order, places = Order(windows.tune, seed), Order(np.arange(len(_encoded(windows))), seed)
    begun = time.monotonic() - state.seconds
    if state.step == 0:
        _show(run, state, observers)
        judge.judge(state)
        run.save(state)
    snapshots_taken = int(run.budget.spent(state) * SNAPSHOTS)
    saved = logged = time.monotonic()
    logged_samples, logged_seconds = state.samples, state.seconds
    while run.budget.spent(state) < 1 and not stop():
        _ready(run, state, windows)
        began, before = time.monotonic(), (state.samples, run.budget.spent(state))
        with _stopped_in_words(run, state):
            measured = _step(run, state, windows, order, places)
            if time.monotonic() - logged >= SECONDS_BETWEEN_LOG_LINES:
                refuse_what_is_not_finite(state)  # here, for to wait for the device is part of the step
        now = time.monotonic()
        state.seconds += now - began
        spent = min(1.0, run.budget.spent(state))
        if now - logged >= SECONDS_BETWEEN_LOG_LINES or spent == 1:
            speed = (state.samples - logged_samples) / max(state.seconds - logged_seconds, 1e-9)
            _refuse(run, state)
            record = measured.numbers()
            beside = now - begun - state.seconds
            moment = Moment(state.step, state.samples, state.seconds, spent, speed, record, judge.count, beside)
            for observer in observers:
                observer.moment(moment)
            logged, logged_samples, logged_seconds = now, state.samples, state.seconds
        practice.took(state, measured)
        if judge.due(state, before, spent) or spent == 1:
            _refuse(run, state)
            practice.examine(state, measured.numbers(), judge.judge(state))
        if now - saved >= SECONDS_BETWEEN_SAVES:
            _refuse(run, state)
            run.save(state)
            saved = time.monotonic()
        if int(spent * SNAPSHOTS) > snapshots_taken:
            snapshots_taken = int(spent * SNAPSHOTS)
            _show(run, state, observers)
        practice.stop_the_ill(state)
    _refuse(run, state)
    run.save(state)


def _refuse(run: Run, state: State) -> None:
    """Let nothing be shown, judged or kept of a training that is no longer finite. Raises MachineError."""
    with _stopped_in_words(run, state):
        refuse_what_is_not_finite(state)


@contextmanager
def _stopped_in_words(run: Run, state: State) -> Iterator[None]:
    try:
        yield
    except NotFiniteError as error:
        section = SECTIONS[error.player]
        rate = getattr(run.recipe, section).learning_rate / 10
        raise MachineError(
            f"{error}, at step {state.step} after {counted(state.samples, 'sample')}",
            f"What was saved before that is in {run.folder}. Try a lower learning rate, "
            f"for example --set {section}.learning_rate={rate:.1g}, in a new run.",
        ) from error


def _ready(run: Run, state: State, windows: Windows) -> None:
    """Begin the next phase when this one has had its share of the budget, and have what it needs. No training yet, so
    that it does not count as such.

    Of a larger budget a phase under way has its share too, counted from where it began.
    """
    shares = run.recipe.shares
    if state.phase in shares and run.budget.spent_in_phase(state) >= shares[state.phase]:
        phases = [*shares, "game"]
        begin_phase(state, phases[phases.index(state.phase) + 1])
    hears_codes = state.phase == "prior" or (state.phase != "warm start" and run.recipe.anchored)
    if hears_codes and state.encoded is None:
        encode(state, _some_music(run, windows))


def _step(run: Run, state: State, windows: Windows, order: Order, places: Order) -> Measured:
    choices, spent = run.recipe, run.budget.spent_in_phase(state)

    def rolls(index: int, size: int) -> Rolls:
        return to_network_input(
            windows.rolls(order.batch(state.samples + index * size, size)), run.spec.planes, state.device
        )

    if state.phase == "warm start":
        progress, passes = spent / choices.warm_start.share, state.samples / order.total
        return warm_step(state, rolls(0, choices.warm_start.batch), progress, passes)
    if state.phase == "prior":
        return prior_step(state, places.batch(state.samples, choices.prior.batch), spent / choices.prior.share)
    game = choices.training
    return training_step(state, [rolls(index, game.batch) for index in range(game.critic_steps)])


def _show(run: Run, state: State, observers: list[Observer]) -> None:
    fixed = latents(
        SNAPSHOT_PHRASES,
        run.recipe.networks.latent,
        stream(run.recipe.training.seed, Purpose.SNAPSHOTS),
    )
    with torch.inference_mode():
        rolls = run.spec.discretiser.hard(state.average(fixed.to(state.device))).cpu().numpy()
    for observer in observers:
        observer.snapshot(state.samples, rolls)


def _some_music(run: Run, windows: Windows) -> Iterator[Rolls]:
    """Training music from all over the corpus, to see where it is encoded."""
    chosen = _encoded(windows)
    for begin in range(0, len(chosen), PHRASES_AT_ONCE):
        yield to_network_input(windows.rolls(chosen[begin : begin + PHRASES_AT_ONCE]), run.spec.planes, run.device)


def _encoded(windows: Windows) -> Int[np.ndarray, "encoded"]:
    """Return which windows are encoded for the prior: as many of a tune as an epoch shows."""
    among = thin_largest_tune(np.arange(len(windows)), windows.tune)
    return among[np.linspace(0, len(among) - 1, min(ENCODED, len(among))).astype(np.int64)]


@dataclass(frozen=True, slots=True)
class _Heard:
    """Phrases of a training at one moment, and what validation music said of them; nothing where they are silent."""

    cells: Cells
    verdict: DistanceToReal | None


class _Judge:
    """Judges a training's music on validation music now and then, and has the best of it kept.

    Before the game that is at every twentieth of the budget, in it after so many samples; so when depends on how far a
    training is, and never on when it was stopped, but for the end of a budget.
    """

    def __init__(self, run: Run, observers: list[Observer]) -> None:
        self.run = run
        self.observers = observers
        self.validation: ValidationSet | None = load_validation(run.corpus)
        self.told = not too_few_tunes(run.corpus)  # whether the ratio says something to who plays a model
        self.count = 0  # how often it has judged

    def due(self, state: State, before: tuple[int, float], spent: float) -> bool:
        """Whether the last step, from so many samples and so much of the budget to `spent`, passed a moment at which to
        judge. While the critic leads there is nothing new to hear."""
        if state.phase == "critic's lead":
            return False
        if state.phase != "game":
            return int(spent * BEFORE_THE_GAME) > int(before[1] * BEFORE_THE_GAME)
        every = self.run.recipe.training.judge_every
        return state.samples // every > before[0] // every

    def judge(self, state: State) -> _Heard:
        """Judge the music as it is, and keep it if it is the best so far, or where nothing could be judged so far.

        Of silence nothing is said: it is no music, though by distance it is nearer to music than noise is. Before the
        first step nothing is kept, for there is nothing learned to play.
        """
        self.count += 1
        cells = self._phrases(state)
        if self.validation is None or not sounding(cells).any():
            if state.step and state.best is None:
                self.run.keep(state)
            return _Heard(cells, None)
        verdict = self.validation.score(cells)
        if state.step and (state.best is None or verdict.ratio < state.best):
            state.best = verdict.ratio
            validated = ValidationRecord(distance=verdict.distance, floor=verdict.floor, ratio=verdict.ratio)
            self.run.keep(state, validated if self.told else None, self._calibration(state, cells))
        best = verdict.ratio if state.best is None else state.best
        moment = JudgedMoment(
            state.step, state.samples, state.seconds, verdict.distance, verdict.floor, verdict.ratio, best
        )
        for observer in self.observers:
            observer.judged(moment)
        return _Heard(cells, verdict)

    @torch.inference_mode()
    def _phrases(self, state: State) -> Cells:
        """Phrases of the same latents each time, so that what differs is the training."""
        choices = self.run.recipe
        r = latents(PHRASES, choices.networks.latent, stream(choices.training.seed, Purpose.VALIDATION))
        discretiser = self.run.spec.discretiser
        rolls = [discretiser.hard(state.average(part.to(state.device))).cpu() for part in r.split(PHRASES_AT_ONCE)]
        return from_planes(torch.cat(rolls).numpy())

    def _calibration(self, state: State, cells: Cells) -> Calibration:
        """How the critic's D becomes a probability, for the model's record."""
        assert self.validation is not None  # noqa: S101 - there was a verdict
        planes = self.run.spec.planes
        said = [critic_scores(state.networks.critic, music, planes) for music in (self.validation.music.cells, cells)]
        return calibrate(*said)


class _Practice:
    """The doctor at work: looks at each judged moment, says what is found, and keeps it all in doctor.jsonl.

    What went before is read again from there, so that a resumed training is examined as the uninterrupted one. Nothing
    of it touches the training; but a strict one ends where something is found.
    """

    def __init__(
        self, run: Run, state: State, validation: ValidationSet | None, observers: list[Observer], strict: bool
    ) -> None:
        self.run, self.observers, self.strict = run, observers, strict
        self.too_ill = False
        self.doctor = Doctor(run.recipe)
        self.checkup = Checkup(run.corpus, run.spec, validation)
        self.first: dict[Player, float] = {}  # the gradient of each player's first step
        self.lines = Log(run.folder / DOCTOR, DoctorLine, state.step)
        for line in self.lines.kept:
            self.first |= line.first or {}
            if line.chart is not None:
                self.doctor.examine(line.chart)

    def took(self, state: State, measured: Measured) -> None:
        """Remember each player's first gradient."""
        first = {player: norm for player, norm in gradients(measured).items() if player not in self.first}
        if first:
            _refuse(self.run, state)
            self.first |= {player: float(norm) for player, norm in first.items()}
            known = {player: self.first[player] for player in first}
            self.lines.add(DoctorLine(state.step, state.samples, first=known))

    def examine(self, state: State, record: StepRecord, heard: _Heard) -> None:
        """Look at a training after the step that gave `record`."""
        chart = self.checkup.chart(state, record, self.first, heard.cells, heard.verdict)
        begun = self.doctor.examine(chart)
        present = tuple(sorted(self.doctor.present))
        self.lines.add(DoctorLine(state.step, state.samples, found=tuple(begun), present=present, chart=chart))
        for finding in begun:
            for observer in self.observers:
                observer.found(finding)
        self.too_ill = self.strict and bool(self.doctor.present)

    def stop_the_ill(self, state: State) -> None:
        """Save and end a strict training of which something was found at this moment. Raises TrainingError."""
        if self.too_ill:
            self.run.save(state)
            raise _too_ill(self.run, list(self.doctor.present.values()))

    def close(self) -> None:
        self.lines.close()


def _too_ill(run: Run, findings: list[Finding]) -> TrainingError:
    last = findings[0]
    return TrainingError(
        f"stopped at step {last.step:,}, after {counted(last.samples, 'sample')}: "
        + " ".join(f"{finding.sees}." for finding in findings),
        "\n  ".join(
            [
                *(f"Against {finding.name}, in a new run: {finding.change}" for finding in findings),
                f"Everything is saved. To go on all the same: ganola train --resume {run.folder}",
            ]
        ),
    )


class _Log:
    """log.jsonl and judged.jsonl, a line a moment; lines from after the checkpoint that a run goes on from go."""

    def __init__(self, run: Run, state: State) -> None:
        self.moments = Log(run.folder / LOG, LogLine, state.step)
        # What has not taken a step is judged anew.
        self.judgements = Log(run.folder / JUDGED, JudgedMoment, state.step or -1)

    def moment(self, moment: Moment) -> None:
        when = (moment.step, moment.samples, moment.seconds, moment.spent, moment.samples_per_second)
        self.moments.add(LogLine(*when, **asdict(moment.record)))

    def judged(self, moment: JudgedMoment) -> None:
        self.judgements.add(moment)

    def found(self, finding: Finding) -> None:
        pass

    def snapshot(self, samples: int, rolls: Bool[np.ndarray, "phrases tracks planes steps pitches"]) -> None:
        pass

    def close(self) -> None:
        self.moments.close()
        self.judgements.close()
