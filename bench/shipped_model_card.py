"""The card of a model that comes with ganola: what it is, how it was made, how good it is, what it cannot do."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from common import Row, as_table
from ganola.corpus.collections import COLLECTIONS
from ganola.corpus.store import SPLITS, Corpus
from ganola.judging.bootstrap import Estimate
from ganola.judging.results import CandidateResult, CollectionScores, Evaluation, FeatureRow
from ganola.music.tracks import Track
from ganola.networks.model import Model, parameter_count
from ganola.networks.record import ModelRecord
from ganola.rendering.numbers import NARROW_SPACE, between, number, percent, rough
from ganola.rendering.sentences import clearly_off, furthest_first, usual
from ganola.training.recipe import Recipe, recipe_toml

MOST_RATIO, MOST_ACCURACY = (
    1.5,
    0.7,
)  # what the project wants of a model: distance / floor, right answers of a classifier
WORST = 5  # features
HEARS = 0.2  # Brier score below which a critic tells enough to be asked; 0.25 is saying a half of everything
WIDTH = 120  # of a line

TEMPLATE = """\
# {name}: a model that comes with ganola

A generator, an encoder and a critic that learned {learned}. It plays without any training:

    ganola generate {name} --count 16{key}

`bench/shipped_model.py` wrote this card and the model beside it; every number is of that very file, {digest}.

## How good it is

{verdicts}

`ganola evaluate {name}` says the same, with pictures: {compared:,} of its phrases (seed {seed}) against {held_out:,} \
phrases of {tunes} tunes that training never saw. In brackets is what 95 of 100 such numbers would be, had other tunes \
been held out.

{collections}

{untrusted}\
- **Validation**: on the music by which it was chosen among the models of its training, distance / floor was \
{validation}.
- **Diversity**: {distinct} of the phrases are unlike every earlier one; usually the nearest other phrase is {nearest} \
alike (of training music, the nearest of another tune is {nearest_real}). Dead tracks: {dead}. {collapsed}
- **Copying**: {copied} of the phrases are more like some training music than 99 of 100 held-out phrases are (of the \
held-out ones: {copied_held_out}). The most alike shares {most_alike} of its notes.
- **Its critic**: {critic_hears}

The {worst} features furthest from held-out music, in multiples of its spread. Of all {features}, {off} are clearly \
further from it than training music is.

{furthest}

## How it was made

- **Music**: {music}: {pieces} pieces ({splits}), as {grid}; {keys}. {about}
- **Its licence**: {licence} No music lies in the model's file.
- **Command**:

{command}

- **Length**: {length} of training. The model that was kept, the best of it on validation music, is that of \
{minutes:.1f} minutes, {samples:,} samples, {steps:,} steps.
- **Trained on**: {trained_on}.
- **Judged on**: {judged_on}.
- **Size**: {size:.2f} MB in float16; generator {generator:,} weights, encoder {encoder:,}, critic {critic:,}.
- **Corpus**: fingerprint {fingerprint}.

The recipe:

```toml
{recipe}```

## What it is for

To hear at once what ganola does, to try its commands, and to begin from: phrases to take apart and to write on with.

## What it cannot do

- It knows {knows} and nothing else: {tracks}, {at_a_time}, MIDI pitches {lowest} to {highest}.
- Every phrase is {bars} bars of {metre}, on a grid of {steps_per_quarter} steps a quarter note. Longer music \
(`--bars`) goes on from phrase to phrase. A phrase need not begin or end as a piece does.
{tonic}- No words, no velocities, no tempo of its own ({tempo:g} quarter notes a minute, unless `--tempo` says another).
"""

TONIC = "- It learned everything with the tonic C, major and minor alike; `--key` moves what it plays.\n"


@dataclass(frozen=True)
class Shipped:
    """A model that comes with ganola, by its music: its own words for that, where it comes from, and its licence."""

    name: str
    learned: str
    knows: str
    about: str
    licence: str
    built_in: bool = False  # whether the music is a built-in collection of the same name; else a folder


_CHORALES = COLLECTIONS["chorales"]
SHIPPED = {
    one.name: one
    for one in (
        Shipped("chorales", "Bach's chorales", "four-part chorales", _CHORALES.about, _CHORALES.licence, built_in=True),
        Shipped(
            "drums",
            "how people play the drums",
            "drum patterns",
            about="Performances on an electronic drum kit to a click, a selection of 219 from the Groove MIDI Dataset "
            "(Gillick, Roberts, Engel, Eck and Bamman 2019, arXiv 1905.06118; magenta.tensorflow.org/datasets/groove).",
            licence="Made available by Google LLC under CC BY 4.0 (creativecommons.org/licenses/by/4.0).",
        ),
    )
}


@dataclass(frozen=True)
class Made:
    """How a model came about, and how large its file is."""

    shipped: Shipped
    corpus: Corpus
    recipe: Recipe
    length: str
    command: tuple[str, ...]
    trained_on: str
    judged_on: str
    minutes: float  # of training, by which the model was made
    model: Model
    size: int  # bytes


def card(made: Made, evaluation: Evaluation) -> str:
    """The card, in Markdown; the model is the first that was judged, its float32 original the second."""
    found, manifest, record = evaluation.results[0], made.corpus.manifest, made.model.record
    diversity, grid, shipped = found.diversity, evaluation.grid, made.shipped
    in_c = manifest.common_tonic and not all(track.drums for track in evaluation.tracks)
    splits = Counter(piece.split for piece in made.corpus.pieces)
    filled = TEMPLATE.format(
        name=shipped.name,
        learned=shipped.learned,
        knows=shipped.knows,
        key=" --key D" if in_c else "",
        music=f"the built-in collection `{manifest.source}`" if shipped.built_in else "a folder of MIDI files",
        at_a_time=at_a_time(evaluation.tracks),
        tonic=TONIC if in_c else "",
        digest=made.model.digest,
        verdicts="\n".join(verdicts(found.scores, evaluation)),
        compared=evaluation.compared,
        seed=evaluation.seed,
        held_out=len(evaluation.held_out),
        tunes=evaluation.tunes,
        collections=collections(evaluation),
        untrusted=untrusted(evaluation),
        validation=validation(record),
        distinct=percent(diversity.distinct),
        nearest=percent(usual(diversity.nearest)),
        nearest_real=percent(usual(diversity.nearest_real)),
        dead=", ".join(diversity.dead_tracks) or "none",
        collapsed=f"It has collapsed: {diversity.why}" if diversity.why else "It has not collapsed.",
        copied=percent(found.copying.copied),
        copied_held_out=percent(evaluation.copying[0].copied),
        most_alike=percent(found.copying.similarity[-1]),
        critic_hears=hearing(found, shipped.name),
        worst=WORST,
        features=len(found.features),
        off=sum(map(clearly_off, found.features)),
        furthest=as_table([feature(row) for row in furthest_first(found.features)[:WORST]]),
        pieces=len(made.corpus.pieces),
        splits=", ".join(f"{split} {splits[split]}" for split in SPLITS),
        grid=grid,
        keys="every piece brought to the tonic C" if in_c else "no piece transposed",
        about=shipped.about,
        licence=shipped.licence,
        command="\n".join(f"      {line}" for line in made.command),
        length=made.length,
        minutes=made.minutes,
        samples=record.samples,
        steps=record.steps,
        trained_on=made.trained_on,
        judged_on=made.judged_on,
        size=made.size / 1e6,
        generator=parameter_count(made.model.generator),
        encoder=parameter_count(made.model.encoder) if made.model.encoder else 0,
        critic=parameter_count(made.model.critic) if made.model.critic else 0,
        fingerprint=manifest.fingerprint,
        recipe=recipe_toml(made.recipe),
        tracks=", ".join(track.name for track in evaluation.tracks),
        lowest=grid.lowest,
        highest=grid.lowest + grid.pitches - 1,
        bars=grid.bars,
        metre=grid.metre,
        steps_per_quarter=grid.steps_per_quarter,
        tempo=record.tempo,
    )
    return "".join(f"{wrapped(line)}\n" for line in filled.splitlines())


def at_a_time(tracks: Sequence[Track]) -> str:
    """How many notes its tracks play at a time."""
    if all(track.monophonic for track in tracks):
        return "each one note at a time"
    return "any number of notes at a time" if not any(track.monophonic for track in tracks) else "one note or many"


def validation(record: ModelRecord) -> str:
    """How far its phrases were from validation music when it was kept."""
    found = record.validation
    return "not measured" if found is None else f"{found.ratio:.2f} (distance {found.distance:.1f})"


def wrapped(line: str) -> str:
    """A line of prose as lines of WIDTH; tables and code as they are."""
    if line.startswith(("|", " ")):
        return line
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def verdicts(scores: CollectionScores, evaluation: Evaluation) -> list[str]:
    """The project's goals, and whether they are reached."""
    ratio, accuracies = scores.ratio, [scores.c2st_trees, scores.c2st_network]
    other = evaluation.real[-1]
    if ratio is None or None in accuracies:
        return [f"- No distances: {scores.reason_missing}"]
    most = max(accuracy.value for accuracy in accuracies if accuracy is not None)
    reached = {True: "reached", False: "**missed**"}
    return [
        f"- Distance / floor at most {MOST_RATIO:g}: {reached[ratio.value <= MOST_RATIO]}, with "
        f"{estimated(ratio, 'ratio')}. Real music that training never saw has {estimated(other.ratio, 'ratio')}.",
        f"- A classifier that learned to tell it from real music is right at most {percent(MOST_ACCURACY)} of the "
        f"time: {reached[most <= MOST_ACCURACY]}, with {percent(value_of(scores.c2st_trees))} by features and "
        f"{percent(value_of(scores.c2st_network))} by rolls. Of other real music it is right "
        f"{percent(value_of(other.c2st_trees))} and {percent(value_of(other.c2st_network))}; guessing is right "
        f"50{NARROW_SPACE}% of the time.",
    ]


def collections(evaluation: Evaluation) -> str:
    """Every measure of the model, of what it was rounded from, of real music and of music with something wrong."""
    rows = [*(one.scores for one in evaluation.results), *evaluation.real, *evaluation.controls]

    def name(row: CollectionScores) -> Row:
        return {"music": "other real music" if row.name in SPLITS else row.name}

    return as_table(
        [
            name(row)
            | {measure.name: estimated(getattr(row, measure.key), measure.key) for measure in evaluation.measures}
            for row in rows
        ]
    )


def untrusted(evaluation: Evaluation) -> str:
    """Which measures mean nothing on this music, as a paragraph, or nothing."""
    names = [measure.name for measure in evaluation.measures if not measure.trusted]
    return f"Not to be trusted on this music, for it does not tell the controls apart: {', '.join(names)}.\n\n" * bool(
        names
    )


def feature(row: FeatureRow) -> dict[str, str | int | float | None]:
    """A feature's line in the table."""
    return {
        "feature": row.name,
        "distance": estimated(row.distance, "distance"),
        "training music": estimated(row.floor, "distance"),
        "what it measures": row.meaning,
    }


def hearing(found: CandidateResult, name: str) -> str:
    """What its critic's J is worth."""
    reliability = found.candidate.reliability
    if reliability is None:
        return "it is not calibrated, so it judges nothing."
    score = (
        f"Over phrases that are half real and half the model's own its Brier score is {number(reliability.brier)} "
        "(0.25 is saying a half of everything), and it gives the model's own J = "
        f"{number(found.candidate.mean_judgement)} on average."
    )
    if reliability.brier > HEARS:
        return f"it hardly tells real phrases from the model's own, so `ganola judge {name}` says little. {score}"
    return f"it tells real phrases from the model's own, not from those of others (`ganola judge {name}`). {score}"


def estimated(estimate: Estimate | None, key: str) -> str:
    """A number and its interval, of the measure called `key`."""
    if estimate is None:
        return "-"
    interval = between(estimate, key)
    return f"{number(estimate.value)} ({interval})" if interval else rough(estimate.value)


def value_of(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value
