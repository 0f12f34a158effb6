"""What a study found, in sentences."""

from collections.abc import Mapping, Sequence

from ganola.rendering.numbers import number
from ganola.study.report.comparison import Question, Speed, Spent, Value
from ganola.study.statistics import Effect
from ganola.wording import capitalised, counted, listed

MANY = 6  # values beside the same one, above which they are told together


def answer(question: Question) -> list[str]:
    """Return the sentences that answer a question: clear differences first, then what cannot be told, then what is
    missing in these numbers."""
    values = sorted(question.compared, key=lambda value: not _is_clear(value))
    found = _told_together(question, values) if _has_many(question) else map(_compared, values)
    together = [_compared(question.together)] if question.together else []
    return list(map(capitalised, [*together, *found, *_failures(question)]))


def speed_sentences(question: Question) -> list[str]:
    """Return how soon each value is good, beside the one that it is compared with."""
    if _has_many(question):
        return []
    found = []
    for value in question.compared:
        speeds = [(corpus, speed) for (name, corpus), speed in question.speeds.items() if name == value.name and speed]
        for behind in (False, True):
            own = {corpus: speed for corpus, speed in speeds if speed.ends_farther == behind}
            found += [capitalised(_speed_sentence(value, own))] if own else []
    return found


def span(effect: Effect) -> str:
    """Return the interval of an effect, as precise as a ratio near 1 has to be; nothing where there is none."""
    return "" if effect.low is None else f"{number(effect.low)} to {number(effect.high)}"


def duration(seconds: float) -> str:
    """Return a time as people say it: 0.4 s, 40 s, 2.5 min, 12 min, 3.5 h."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 10 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _has_many(question: Question) -> bool:
    """Return whether so many values stand beside the same one that they are told together."""
    return len(question.compared) > MANY and len({value.against for value in question.compared}) == 1


def _is_clear(value: Value) -> bool:
    return value.effect is not None and value.effect.clear


def _compared(value: Value) -> str:
    """Return how a value compares with the one that it is held against."""
    effect, one, other = value.effect, value.name, value.against
    if effect is None:
        return f"{one} cannot be compared with {other}: {_why_not_compared(value)}."
    if effect.low is None:
        return f"{one} ended {_times(effect)} as {other}, but {_basis(effect)} cannot tell that from chance."
    if effect.times == effect.low == effect.high == 1:
        return f"{one} ended exactly as {other} did: here it changes nothing."
    details = f"({span(effect)}; {_basis(effect)})"
    if not effect.clear:
        return (
            f"Between {one} and {other} there is no difference that this budget can show: {one} ended "
            f"{_times(effect)} {details}. Less than {number(effect.reach)} times could not have been told from chance."
        )
    if effect.times > 1:
        return f"{one} is {_times(effect)} from real music as {other} {details}.{_reservation(value)}"
    return f"{one} comes nearer to real music than {other}: {_times(effect)} {details}.{_reservation(value)}"


def _told_together(question: Question, values: Sequence[Value]) -> list[str]:
    """Return the same for many values beside one, in a sentence for each thing that can be said."""
    other = values[0].against
    clear = [value for value in values if _is_clear(value)]
    unclear = [value for value in values if value.effect and value.effect.low is not None and not _is_clear(value)]
    rest = [value for value in values if not value.effect or value.effect.low is None]
    said = (
        (f"Clearly nearer to real music than {other}", [one for one in clear if one.effect and one.effect.times < 1]),
        (
            f"Clearly farther from real music than {other}",
            [one for one in clear if one.effect and one.effect.times > 1],
        ),
        (f"No difference from {other} that this budget can show", unclear),
        (f"Too few trainings with a model to compare with {other}", rest),
    )
    best = f"{question.values[0].name} ended nearest to real music."
    return [best, *(f"{what}: {listed([_with_times(one) for one in group])}." for what, group in said if group)]


def _with_times(value: Value) -> str:
    effect = value.effect
    if effect is None:
        return value.name
    return f"{value.name} ({number(effect.times)} times{f', {span(effect)}' if span(effect) else ''})"


def _times(effect: Effect) -> str:
    return f"{number(effect.times)} times as far"


def _basis(effect: Effect) -> str:
    """Return what an effect rests on: 3 seeds on 2 collections."""
    each, left = divmod(effect.pairs, effect.collections)
    where = f" on {counted(effect.collections, 'collection')}" if effect.collections > 1 else ""
    return f"{counted(effect.pairs, 'pair')} of trainings{where}" if left else f"{counted(each, 'seed')}{where}"


def _reservation(value: Value) -> str:
    """Return what is to be said against a clear difference."""
    known = {corpus: own for corpus, own in value.effects.items() if own is not None}
    if len({own.times > 1 for own in known.values()}) > 1:
        return f" But collections differ: {listed([f'{number(own.times)} on {name}' for name, own in known.items()])}."
    if value.holds_in_study is False:
        return " One such difference may be chance, among all comparisons of this study."
    return ""


def _why_not_compared(value: Value) -> str:
    if not value.trials:
        return "it has not been trained yet"
    if value.without_model == len(value.trials):
        total = {1: "its only training", 2: "both its trainings"}
        return (
            f"{total.get(value.without_model, f'all {value.without_model} of its trainings')} left no model to measure"
        )
    return "there is no seed on any collection with which both were measured"


def _failures(question: Question) -> list[str]:
    """Return which values lack results, for what is compared is then kinder to them than they deserve."""
    found = [
        f"{value.without_model} of {counted(len(value.trials), 'training')} of {value.name}"
        for value in question.values
        if 0 < value.without_model < len(value.trials)
    ]
    whom = "it" if len(found) == 1 else "these"
    return (
        [f"{listed(found)} left no model to measure; the numbers leave them out, and flatter {whom}."] if found else []
    )


def _speed_sentence(value: Value, speeds: Mapping[str, Speed]) -> str:
    """Return how soon the better one was where the other ended, and what that took the other, on some collections."""
    behind = next(iter(speeds.values())).ends_farther
    first, last = (value.against, value.name) if behind else (value.name, value.against)
    ahead = [f"{_spent(speed.other if behind else speed.own)} on {corpus}" for corpus, speed in speeds.items()]
    late = [_spent(speed.own if behind else speed.other, "") for speed in speeds.values()]
    return (
        f"{first} needed {listed(ahead)} to come as near to real music as {last} ever came, which took {last} "
        f"{listed(late)}."
    )


def _spent(spent: Spent, of_what: str = " of processor time") -> str:
    return f"{round(spent.samples):,} samples ({duration(spent.processor_seconds)}{of_what})"
