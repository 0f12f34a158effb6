"""The doctor: from the diagnostics of a training, moment by moment, to what is wrong with it and what to change.

Plain values come in, problems go out. The doctor remembers only what it saw, so the same diagnostics in the same order
give the same problems.
"""

from dataclasses import dataclass, field

from ganola.events import Diagnosed
from ganola.training.diagnostics import Diagnostics
from ganola.training.recipe import Recipe
from ganola.training.symptoms import SYMPTOMS

# A symptom must show at so many moments in a row before it is reported, or be absent before it counts as gone. Young
# generators are silent or monotonous for a moment, and players take turns in being ahead; that is no problem.
PATIENCE = 3

# Music whose distance from validation music is below this share of the best one before is improving fast. What it plays
# is no problem yet: the first music of MuseGAN's recipe is one dense noise, from any latent, and thins out by itself.
IMPROVING = 0.9


@dataclass(slots=True)
class Debounce:
    """Turns a signal that flickers into one that changes only after `PATIENCE` moments in a row."""

    differing: int = 0  # moments in a row at which the signal was not as `present` says
    present: bool = False

    def update(self, shows: bool) -> bool:
        """Take the signal of one moment, and return whether `present` changed."""
        self.differing = self.differing + 1 if shows != self.present else 0
        if self.differing < PATIENCE:
            return False
        self.differing, self.present = 0, shows
        return True


@dataclass(slots=True)
class Doctor:
    """Sees the diagnostics of one training, the earlier ones first, and reports each problem when it begins."""

    recipe: Recipe
    present: dict[str, Diagnosed] = field(default_factory=dict)  # the problems that are there, as they are now
    signals: dict[str, Debounce] = field(default_factory=dict)
    best_ratio: float = float("inf")  # the least of those diagnostics

    def diagnose(self, diagnostics: Diagnostics) -> list[Diagnosed]:
        """Return the problems that begin with these diagnostics."""
        begun, improving = [], self._is_improving(diagnostics)
        for symptom in SYMPTOMS:
            signal = self.signals.setdefault(symptom.name, Debounce())
            shows = symptom.shows(diagnostics) and not (symptom.allow_while_improving and improving)
            changed = signal.update(shows)
            if shows and signal.present:
                advice = symptom.advice(self.recipe, diagnostics)
                found = Diagnosed(
                    symptom.name, diagnostics.step, diagnostics.samples, symptom.problem(diagnostics), advice
                )
                self.present[symptom.name] = found
                if changed:
                    begun.append(found)
            elif changed:
                del self.present[symptom.name]
        return begun

    def _is_improving(self, diagnostics: Diagnostics) -> bool:
        """Return whether the music is much better than it ever was; False where nothing says how good it is."""
        if diagnostics.ratio is None:
            return False
        before, self.best_ratio = self.best_ratio, min(diagnostics.ratio, self.best_ratio)
        return before < float("inf") and diagnostics.ratio < IMPROVING * before
