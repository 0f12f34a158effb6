"""The doctor: from how a training measures at its judged moments to what is wrong with it and what to change.

Plain values come in, findings go out; nothing here knows a network or a file. What was seen before is all that it
remembers, so the same charts in the same order give the same findings.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ganola.judging.diversity import ALWAYS
from ganola.training.recipe import SECTIONS, Player, Recipe

# For so many judged moments on end must a symptom show before it is said, or be absent before it counts as gone. Young
# generators are silent or monotonous for a moment, and players take turns in being ahead; that is no illness.
PATIENCE = 3

# Music that is nearer to validation music than this share of the best before is still learning fast. What it plays is
# no complaint yet: the first music of MuseGAN's recipe is one dense noise, from any latent, and thins out by itself.
LEARNING = 0.9

# Of the difference between real phrases: generated ones that differ less play nearly the same for every latent.
# Healthy trainings measured 0.5 (the prototype's first minute) to 1; a generator that forgets its latent measures 0.
SAME = 0.3

# The critic ranks all but one pair in a hundred rightly. By itself that is no illness: a healthy critic often does.
TOLD = 0.99
# Its slope at generated rolls, as the generator's loss passes it on, in units of the straight slope from there to real
# ones. A linear critic has 1 or more; healthy games measured 1 (the prototype) to 40 (the default), at one moment 0.14.
NO_WAY = 0.03
# What a saturated loss still asks of the critic, of 1 at most where nothing is learned yet: a hundredth is over 4 nats
# of judgement on the right side for nearly every roll. Healthy games measured 0.04 and more.
NOTHING_ASKED = 0.01

# Chance ranks half of the pairs rightly, give or take 0.05 for as many rolls as are asked about: 0.6 is within two
# such errors of it.
BLIND = 0.6
# Multiples of the floor (1: as good as other real music): music so far off can be told from real by a few features
# alone, so a critic that cannot tell is to blame. Nearer than that, not being told apart is what is wanted.
FAR = 3.0

# Times the gradient of a player's first step. Healthy games stayed within 50 times, but for the prototype: its first
# weights are so small that its generator's gradient grows 500 times and stays there. What runs away passes any limit.
GROWN = 10_000.0
# Times the best distance from validation music. Healthy games of the recipes strayed to 1.5 times their best; one of a
# few dozen tunes began at 2.3 times the warm start's best and came back. Chorales without `prior.anchor` reached 4.
WORSE = 3.0

# The critic ranks training music above validation music in so many pairs: two kinds of real music, so a half is
# healthy; healthy games measured 0.38 to 0.63, those on a few dozen tunes among them.
KNOWN = 0.9
# Where validation music is judged, from training music (0) to generated music (1): from here on nearer to generated.
# Healthy games measured -0.15 to 0.15; Karras et al. 2020 (arXiv 2006.06676) act at 0.6.
STRANGE = 0.5


@dataclass(frozen=True, slots=True)
class Chart:
    """A training at one moment. What cannot be said is None: of the critic outside of the game, of the distance
    where there is no validation music."""

    step: int
    samples: int
    learns: Player  # beside the critic, which plays where the generator learns: in the game
    waits: bool  # whether the generator does not learn at the moment, to let the critic lead
    silent: float  # share of its phrases in which nothing sounds
    dead: tuple[str, ...]  # tracks that never play though those of real music do
    variety: float | None  # how much its phrases differ from one another, of how much real ones do
    ratio: float | None = None  # distance from validation music, in multiples of the floor
    best: float | None = None  # the least ratio so far
    told: float | None = None  # share of pairs in which training music is judged above what the generator makes
    way: float | None = None  # the slope that the generator feels, in units of the straight one to real music
    asked: float | None = None  # how much the critic's loss asks of it still, 1 at most but of least squares
    known: float | None = None  # share of pairs in which training music is judged above validation music
    strange: float | None = None  # where validation music is judged, from training (0) to generated music (1)
    growth: float | None = None  # times its first value that a gradient is, of the player whose grew most
    grown: Player | None = None  # who that is


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a training, and what to change in the next one."""

    name: str
    step: int
    samples: int
    sees: str
    advice: tuple[str, ...]  # key=value

    @property
    def change(self) -> str:
        """What to give to `ganola train` next time."""
        return " ".join(f"--set {change}" for change in self.advice)

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return f"{self.sees}. Next time: {self.change}"


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that can go wrong: how it shows, how it is said, and what helps."""

    name: str
    shows: Callable[[Chart], bool]
    sees: Callable[[Chart], str]
    advice: Callable[[Recipe, Chart], tuple[str, ...]]
    of_youth: bool = False  # whether music that is still learning fast may show it


@dataclass(slots=True)
class _Course:
    """How long a symptom has shown, or been absent, and whether it has been said."""

    unlike: int = 0  # moments on end at which it was not as it is believed to be
    believed: bool = False

    def turned(self, shows: bool) -> bool:
        """Whether, with this moment, it has begun or has gone."""
        self.unlike = self.unlike + 1 if shows != self.believed else 0
        if self.unlike < PATIENCE:
            return False
        self.unlike, self.believed = 0, shows
        return True


@dataclass(slots=True)
class Doctor:
    """Sees chart after chart of one training, and says each finding when it begins."""

    recipe: Recipe
    present: dict[str, Finding] = field(default_factory=dict)  # what is found and has not gone, as it is now
    courses: dict[str, _Course] = field(default_factory=dict)
    best: float = float("inf")  # the least ratio of those charts

    def examine(self, chart: Chart) -> list[Finding]:
        """What is found with this chart that was not found before. Later charts come later."""
        begun, learning = [], self._learning(chart)
        for symptom in SYMPTOMS:
            course = self.courses.setdefault(symptom.name, _Course())
            shows = symptom.shows(chart) and not (symptom.of_youth and learning)
            turned = course.turned(shows)
            if shows and course.believed:
                advice = symptom.advice(self.recipe, chart)
                finding = Finding(symptom.name, chart.step, chart.samples, symptom.sees(chart), advice)
                self.present[symptom.name] = finding
                if turned:
                    begun.append(finding)
            elif turned:
                del self.present[symptom.name]
        return begun

    def _learning(self, chart: Chart) -> bool:
        """Whether the music is much better than it ever was. Never where nothing says how good it is."""
        if chart.ratio is None:
            return False
        before, self.best = self.best, min(chart.ratio, self.best)
        return before < float("inf") and chart.ratio < LEARNING * before


def growth(first: dict[Player, float], now: dict[Player, float]) -> tuple[float | None, Player | None]:
    """How many times its first gradient a player's is now, and whose grew most."""
    grown = {player: norm / first[player] for player, norm in now.items() if first.get(player)}
    player = max(grown, key=grown.__getitem__, default=None)
    return (grown[player], player) if player else (None, None)


def _silent(chart: Chart) -> bool:
    return chart.silent >= ALWAYS


def _beyond(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit


def _below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _ahead(chart: Chart) -> bool:
    """In the lead that a recipe gives it, a critic is to be ahead."""
    won = _below(chart.way, NO_WAY) or _below(chart.asked, NOTHING_ASKED)
    return not chart.waits and _beyond(chart.told, TOLD) and won


def _ahead_in_words(chart: Chart) -> str:
    nothing = "the generator feels no slope" if _below(chart.way, NO_WAY) else "its loss has nothing left to ask"
    return (
        f"The critic is too far ahead: it judges real music above generated in {_share(chart.told)} of pairs, "
        f"so far that {nothing}"
    )


def _of_latents(recipe: Recipe, chart: Chart) -> tuple[str, ...]:
    """Against a generator that ignores its latents: in a warm start the divergence is what silences them."""
    if chart.learns == "autoencoder" and recipe.warm_start.kl_weight:
        return (f"warm_start.kl_weight={_rounded(recipe.warm_start.kl_weight / 3)}",)
    return _without_a_penalty(recipe) or _from_real_music(recipe, chart)


def _from_real_music(recipe: Recipe, chart: Chart) -> tuple[str, ...]:
    """What teaches a generator that real music plays: a warm start; where there was one, smaller steps after it."""
    return ("warm_start.share=0.5",) if not recipe.warm_start.share else _slower_generator(recipe, chart)


def _slower_generator(recipe: Recipe, chart: Chart) -> tuple[str, ...]:
    return (_third(recipe, SECTIONS[chart.learns]),)


def _slower_critic(recipe: Recipe, _: Chart) -> tuple[str, ...]:
    """A penalty where there is none, else smaller steps. Minimax is what loses its slope (Goodfellow et al. 2014)."""
    if recipe.objective.loss == "minimax":
        return ("objective.loss=non-saturating", *_without_a_penalty(recipe))
    return _without_a_penalty(recipe) or (_third(recipe, "critic"),)


def _faster_critic(recipe: Recipe, _: Chart) -> tuple[str, ...]:
    return (f"training.critic_steps={recipe.training.critic_steps + 2}",)


def _calmer(recipe: Recipe, chart: Chart) -> tuple[str, ...]:
    """The player whose gradients grow makes smaller steps; Wasserstein's critic needs a penalty above all."""
    section = SECTIONS[chart.grown or chart.learns]
    rate = f"{section}.learning_rate={_rounded(getattr(recipe, section).learning_rate / 10)}"
    return (*(_without_a_penalty(recipe) if chart.learns == "generator" else ()), rate)


def _less_by_heart(recipe: Recipe, _: Chart) -> tuple[str, ...]:
    """R1 keeps a critic flat around training music, three times as much where it is there already."""
    if recipe.objective.penalty in ("r1", "r1-r2") and recipe.objective.penalty_weight:
        return (f"objective.penalty_weight={_rounded(3 * recipe.objective.penalty_weight)}",)
    return _without_a_penalty(recipe) or (_third(recipe, "critic"),)


def _without_a_penalty(recipe: Recipe) -> tuple[str, ...]:
    """A penalty, where there is none: the loss's own. No penalty goes with batch normalisation in a critic."""
    if recipe.objective.penalty != "none" and recipe.objective.penalty_weight:
        return ()
    wasserstein = recipe.objective.loss == "wasserstein"
    penalty = ("objective.penalty=gradient", "objective.penalty_weight=10") if wasserstein else _R1
    batch = recipe.networks.critic_normalisation == "batch"
    return (*penalty, *(("networks.critic_normalisation=none",) if batch else ()))


_R1 = ("objective.penalty=r1", "objective.penalty_weight=0.2")


def _third(recipe: Recipe, section: str) -> str:
    return f"{section}.learning_rate={_rounded(getattr(recipe, section).learning_rate / 3)}"


def _rounded(value: float) -> str:
    return f"{value:.1g}"


def _share(value: float | None) -> str:
    return f"{100 * (value or 0):.0f} %"


SYMPTOMS = (
    Symptom(
        "silence",
        shows=_silent,
        sees=lambda chart: f"The generator is silent: {_share(chart.silent)} of its phrases have no note",
        advice=_from_real_music,
        of_youth=True,
    ),
    Symptom(
        "dead tracks",
        shows=lambda chart: bool(chart.dead) and not _silent(chart),
        sees=lambda chart: f"Tracks never play, though those of real music do: {', '.join(chart.dead)}",
        advice=_from_real_music,
        of_youth=True,
    ),
    Symptom(
        "collapse",
        shows=lambda chart: _below(chart.variety, SAME) and not _silent(chart),
        sees=lambda chart: (
            "The generator plays nearly the same for every latent: its phrases differ "
            f"{_share(chart.variety)} as much as real ones"
        ),
        advice=_of_latents,
        of_youth=True,
    ),
    Symptom("critic ahead", shows=_ahead, sees=_ahead_in_words, advice=_slower_critic),
    Symptom(
        "critic blind",
        shows=lambda chart: _below(chart.told, BLIND) and _beyond(chart.ratio, FAR),
        sees=lambda chart: (
            f"The critic is blind: it judges real music above generated in {_share(chart.told)} of pairs, chance being "
            f"50 %, though the music is {chart.ratio:,.0f} times as far from validation music as training music is"
        ),
        advice=_faster_critic,
    ),
    Symptom(
        "exploding gradients",
        shows=lambda chart: _beyond(chart.growth, GROWN),
        sees=lambda chart: f"Gradients grow without bound: the {chart.grown}'s is {chart.growth:,.0f} times its first",
        advice=_calmer,
    ),
    Symptom(
        "worsening",
        shows=lambda chart: _beyond(chart.ratio, WORSE * (chart.best or 0)),
        sees=lambda chart: (
            f"The music has got worse and stays so: {chart.ratio:,.1f} times as far from validation music as training "
            f"music is, at best {chart.best:,.1f}, which is kept to be played"
        ),
        advice=_slower_generator,
    ),
    Symptom(
        "over-fitted critic",
        shows=lambda chart: (
            _beyond(chart.told, KNOWN) and _beyond(chart.known, KNOWN) and _beyond(chart.strange, STRANGE)
        ),
        sees=lambda chart: (
            f"The critic knows its training music by heart: it judges it above validation music in "
            f"{_share(chart.known)} of pairs, and validation music {_share(chart.strange)} of the way down to generated"
        ),
        advice=_less_by_heart,
    ),
)
