"""The best value of each question by validation music, and how its models do on test music."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.judging.evaluate import evaluate
from ganola.judging.reference import Reference, load_reference
from ganola.judging.results import Candidate, CandidateResult, Evaluation
from ganola.judging.sufficiency import reason_not_scored
from ganola.music.roll import OFF
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.audition import audition
from ganola.study.design import Setting, Study, list_settings
from ganola.study.records import CellId, TestRecord, TrialRecord
from ganola.study.statistics import log_ratio

JUDGING_SEED = 0  # the default of `ganola evaluate`
ALL_SILENT, NO_MODEL = "All phrases are silent.", "There is no model to judge."


@dataclass(frozen=True)
class Finalist:
    """A value whose models are judged on test music of a corpus: their trainings, one a seed."""

    id: CellId
    corpus: str
    trials: tuple[TrialRecord, ...]


def find_finalists(study: Study, records: Iterable[TrialRecord]) -> list[Finalist]:
    """Return for each corpus the base and the best value of each question, each once."""
    by_key = {record.key: record for record in records}
    found: dict[tuple[CellId, str], Finalist] = {}
    questions = _questions(list_settings(study)).values()
    for corpus in study.corpus_names:
        for settings in questions:
            trials = {
                setting.id: [by_key[key] for seed in study.seeds if (key := (setting.id, corpus, seed)) in by_key]
                for setting in settings
            }
            best = best_cell(trials)
            if best is not None:
                found[best, corpus] = Finalist(best, corpus, tuple(trials[best]))
    return list(found.values())


def best_cell(trials: Mapping[CellId, Sequence[TrialRecord]]) -> CellId | None:
    """Return the value whose mean log ratio on validation music is least; None where none has a ratio.

    A value of which a training left no ratio comes after all others.
    """
    scores = {value: score for value, own in trials.items() if (score := _score(own)) is not None}
    return min(scores, key=lambda value: scores[value]) if scores else None


def _score(trials: Sequence[TrialRecord]) -> tuple[int, float] | None:
    logs = [log_ratio(trial.ratio.value) for trial in trials if trial.ratio is not None]
    return (len(trials) - len(logs), sum(logs) / len(logs)) if logs else None


def _questions(settings: Iterable[Setting]) -> dict[str, list[Setting]]:
    """Return the settings that answer each question; the base answers its own, and those of which it is a value."""
    found: dict[str, list[Setting]] = {}
    for setting in settings:
        for question in dict.fromkeys(cell.question for cell in setting.answers):
            found.setdefault(question, []).append(setting)
    return found


def judge_finalist(
    finalist: Finalist, held: Reference, folder: Path, *, phrases: int, workers: int, progress: Callable[..., None]
) -> Iterator[TestRecord]:
    """Yield what comes of a finalist's models on test music, as `ganola evaluate` judges them."""
    sounding: list[tuple[TrialRecord, Candidate]] = []
    for trial in finalist.trials:
        model = folder / trial.folder / MODEL_FILE
        if not model.exists():
            yield _test_record(trial, collapsed=NO_MODEL)
            continue
        candidate = audition(load_model(model), trial.folder, held, phrases, JUDGING_SEED)
        if (candidate.music.cells != OFF).any():
            sounding.append((trial, candidate))
        else:
            yield _test_record(trial, collapsed=ALL_SILENT)
    if sounding:
        found = evaluate(held, [one for _, one in sounding], JUDGING_SEED, workers=workers, progress=progress)
        for (trial, _), result in zip(sounding, found.results, strict=True):
            yield _judged(trial, found, result)


def load_test_music(corpus: Corpus) -> tuple[Reference | None, str]:
    """Return test music to judge by; or None, and why there is too little."""
    try:
        held = load_reference(corpus, "test", JUDGING_SEED)
    except InputError as error:
        return None, f"{error.problem}."
    reason = reason_not_scored(held.held_out, held)
    return (None, reason) if reason else (held, "")


def _judged(trial: TrialRecord, found: Evaluation, result: CandidateResult) -> TestRecord:
    number, scores = found.number(result.scores), result.scores
    return _test_record(
        trial,
        ratio=number,
        c2st_features=scores.c2st_trees.value if scores.c2st_trees else None,
        c2st_rolls=scores.c2st_network.value if scores.c2st_network else None,
        copied=result.copying.copied,
        collapsed=result.diversity.why if result.collapsed else "",
    )


def _test_record(trial: TrialRecord, **found: object) -> TestRecord:
    who = {"question": trial.question, "value": trial.value, "corpus": trial.corpus, "seed": trial.seed}
    return TestRecord.model_validate(who | found)
