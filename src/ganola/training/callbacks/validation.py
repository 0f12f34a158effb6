"""Validates a training's music now and then, keeps the best model, and validation.jsonl."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch

from ganola.events import Callback, Validated
from ganola.judging.calibration import calibrate
from ganola.judging.copying.detector import COPIES_ALLOWED, CopyDetector, calibrate_copy_detector
from ganola.judging.critic_scores import critic_scores
from ganola.judging.diversity import silent_share
from ganola.judging.features.catalogue import FEATURES_VERSION
from ganola.judging.real_baseline import DistanceToReal
from ganola.judging.reference import too_few_tunes
from ganola.judging.validation import PHRASES, ValidationSet, load_validation
from ganola.music.roll import Cells, from_planes
from ganola.networks.record import Calibration, ValidationRecord
from ganola.randomness import Purpose, latents, stream
from ganola.training.callbacks.base import LoopCallback, StepTaken
from ganola.training.logs import VALIDATION, JsonlLog
from ganola.training.run import Run
from ganola.training.state import State

PHRASES_AT_ONCE = 32
SILENT = 0.5  # of the phrases, from which on they are no music


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Phrases of a training at one moment, and their verdict: None for silence, or without validation music."""

    cells: Cells
    verdict: DistanceToReal | None
    kept: bool = False  # as the best model so far


class ValidationCallback(LoopCallback):
    """Validates when the phase says so, and at the end of the budget."""

    def __init__(self, run: Run, state: State, watchers: Callback) -> None:
        self.run, self.state, self.watchers = run, state, watchers
        self.validation: ValidationSet | None = load_validation(run.corpus)
        blind = self.validation is not None and self.validation.lead.measure is None
        self.ratio_means_something = not blind and not too_few_tunes(run.corpus)
        self.count = 0
        self.result: ValidationResult | None = None  # of the step just taken, where it was validated
        # What has not taken a step yet is validated anew.
        self.lines = JsonlLog(run.folder / VALIDATION, Validated, state.step or -1)

    def on_start(self) -> None:
        if self.state.step == 0:
            self.validate()

    def after_step(self, step: StepTaken) -> None:
        self.result = None
        if step.phase.is_validation_due(step.samples, step.spent) or step.is_last:
            self.run.check_finite(self.state)
            self.result = self.validate()

    def validate(self) -> ValidationResult:
        """Validate the music as it is, and keep the model if it is the best so far, or none could be validated so far.

        The best has the least distance, times how often it copies more than COPIES_ALLOWED, if it does. Silence, of
        SILENT of the phrases, gets no verdict: it is no music, though by distance it is nearer to music than a bad
        model is. Before the first step no model is kept, for it has learned nothing.
        """
        self.count += 1
        run, state, cells = self.run, self.state, self.generate_phrases()
        if self.validation is None or silent_share(cells) >= SILENT:
            if state.step and state.best_ratio is None:
                run.keep(state)
            return ValidationResult(cells, None)
        verdict = self.validation.score(cells)
        copied = self._measure_copies(cells, verdict) if state.step else None
        kept = False
        if copied is not None and weigh(verdict.ratio, copied) < self._best():
            kept = True
            state.best_ratio, state.best_copied = verdict.ratio, copied
            run.keep(state, self._record(verdict), self._calibrate_critic(cells))
        best = verdict.ratio if state.best_ratio is None else state.best_ratio
        resolution = self.validation.lead.resolution
        event = Validated(
            step=state.step,
            samples=state.samples,
            seconds=state.seconds,
            distance=verdict.distance,
            floor=verdict.floor,
            ratio=verdict.ratio,
            best_ratio=best,
            features_version=FEATURES_VERSION,
            measure=self.validation.measure,
            tells_wrong_notes=resolution.fewest_wrong_notes if resolution else None,
            processor_seconds=state.processor_seconds,
            copied=copied,
        )
        self.lines.add(event)
        self.watchers.on_validated(event)
        return ValidationResult(cells, verdict, kept)

    def _measure_copies(self, cells: Cells, verdict: DistanceToReal) -> float | None:
        """Return the share of phrases that are copies; None where they are too far from music to be the best anyway."""
        return float(self._copies.is_copy(cells).mean()) if verdict.ratio < self._best() else None

    def _best(self) -> float:
        """Return what a model has to be below to be the best."""
        state = self.state
        return math.inf if state.best_ratio is None else weigh(state.best_ratio, state.best_copied)

    @cached_property
    def _copies(self) -> CopyDetector:
        assert self.validation is not None  # noqa: S101 - there was a verdict
        return calibrate_copy_detector(self.run.corpus, self.validation.music)

    def _record(self, verdict: DistanceToReal) -> ValidationRecord | None:
        """Return the verdict as a model's file keeps it; None where it means nothing."""
        if self.validation is None or not self.ratio_means_something:
            return None
        return ValidationRecord(
            distance=verdict.distance, floor=verdict.floor, ratio=verdict.ratio, measure=self.validation.measure
        )

    @torch.inference_mode()
    def generate_phrases(self) -> Cells:
        """Return phrases of the same latents each time, so that what differs is the training."""
        run, state = self.run, self.state
        r = latents(PHRASES, run.spec.latent, stream(run.recipe.training.seed, Purpose.VALIDATION))
        rolls = [state.ema.rolls(part.to(state.device)).cpu() for part in r.split(PHRASES_AT_ONCE)]
        return from_planes(torch.cat(rolls).numpy())

    def _calibrate_critic(self, cells: Cells) -> Calibration:
        """Return how the critic's logits become probabilities, for the model's record."""
        assert self.validation is not None  # noqa: S101 - there was a verdict
        critic, planes = self.state.networks.critic, self.run.spec.planes
        logits = [critic_scores(critic, music, planes) for music in (self.validation.music.cells, cells)]
        return calibrate(*logits)

    def close(self) -> None:
        self.lines.close()


def weigh(ratio: float, copied: float) -> float:
    """Return by what models are compared: distance / floor, times how often more than COPIES_ALLOWED are copies."""
    return ratio * max(1.0, copied / COPIES_ALLOWED)
