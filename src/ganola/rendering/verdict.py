"""The verdict of an evaluation on one candidate: one sentence, which a report begins with.

What makes all other numbers worthless comes first: music of the corpus itself, a collapse, copies, too little music.
Then how well classifiers tell the music from real music, or, where these cannot be trusted, how far it is; and in which
features it clearly differs.
"""

from ganola.judging.bootstrap import Estimate
from ganola.judging.real_baseline import FEW_TUNES
from ganola.judging.results import CandidateResult, CollectionScores, Evaluation, FeatureRow
from ganola.rendering.numbers import percent, rough
from ganola.rendering.sentences import clearly_off, copies, furthest_first
from ganola.wording import counted

CLASSIFIERS = ("c2st_trees", "c2st_network")
HARD, OFTEN = 0.75, 0.9  # right answers of a classifier, from which music is often told, and is easily told
CLOSE, DISTANT = 2.0, 5.0  # distance / floor, from which music is some way off, and is far
NAMED = 2  # features in which it differs

# Names of features that do not read well in a sentence.
_IN_A_SENTENCE = {
    "in one scale": "how much stays in one scale",
    "notes a bar": "how many notes begin in a bar",
    "notes at once": "how many notes sound at once",
    "tracks that play": "which tracks play",
}


def verdict_sentence(judged: CandidateResult, evaluation: Evaluation) -> str:
    """Return what is to be thought of a candidate, in one sentence."""
    scores = judged.scores
    if judged.candidate.is_the_corpus:
        return "This is music of the corpus itself, which is no test of whether music is like it."
    if judged.collapsed:
        return f"It has collapsed, so that no other number counts: {_first_sentence(judged.diversity.why)}"
    if copies(judged):
        return (
            f"It copies: {percent(judged.copying.copied)} of its phrases are nearly training music, so that it says "
            "little how close to real music it is."
        )
    if scores.reason_missing:
        return f"Too little music for a verdict: {_first_sentence(scores.reason_missing)}"
    known = _told(scores, evaluation) or _distant(scores, evaluation)
    if not known:
        return "No verdict: on this music no measure can tell real music even from noise."
    return f"{known}{_differences(judged)}{_roughly(evaluation.tunes)}."


def _told(scores: CollectionScores, evaluation: Evaluation) -> str:
    """Return how well the better of the classifiers that can be trusted tells it from real music."""
    answers = {
        key: (own, real)
        for key in CLASSIFIERS
        if key in _trusted(evaluation)
        and (own := getattr(scores, key)) is not None
        and (real := getattr(evaluation.real[0], key)) is not None
    }
    if not answers:
        return ""
    best = max(answers.values(), key=lambda pair: pair[0].value)[0]
    right = f"(a classifier is right {percent(best.value)} of the time, and guessing is right {percent(0.5)})"
    if not any(_clearly_above(own, real) for own, real in answers.values()):
        return f"Cannot be told from real music {right}"
    if best.value < HARD:
        return f"Hard to tell from real music {right}"
    return f"{'Often' if best.value < OFTEN else 'Easily'} told from real music {right}"


def _clearly_above(own: Estimate, real: Estimate) -> bool:
    """Return whether a classifier does better than on real music of the same collection, whichever the tunes."""
    return own.low > max(real.high, 0.5)


def _distant(scores: CollectionScores, evaluation: Evaluation) -> str:
    """Return how far it is from real music, where that can be trusted."""
    ratio = evaluation.number(scores)
    if ratio is None:
        return ""
    times = f"({rough(ratio.value)} times as far as other real music)"
    if ratio.low <= 1:
        return f"As close to real music as other real music is {times}"
    if ratio.value < CLOSE:
        return f"Close to real music {times}"
    return f"{'Some way' if ratio.value < DISTANT else 'Far'} from real music {times}"


def _trusted(evaluation: Evaluation) -> set[str]:
    return {measure.key for measure in evaluation.measures if measure.trusted}


def _differences(judged: CandidateResult) -> str:
    """Return the features that are furthest off, of those that clearly are: no claim that a classifier goes by them."""
    off = [_noun(row) for row in furthest_first(judged.features) if clearly_off(row)][:NAMED]
    return f"; it clearly differs in {' and '.join(off)}" if off else ""


def _noun(row: FeatureRow) -> str:
    return _IN_A_SENTENCE.get(row.name, row.name)


def _roughly(tunes: int) -> str:
    return f", as far as {counted(tunes, 'held-out tune')} can say" if tunes < FEW_TUNES else ""


def _first_sentence(text: str) -> str:
    first = text.split(". ")[0].rstrip(".")
    return f"{first[0].lower()}{first[1:]}."
