"""How music sounds that was made anew around what was kept: distance / floor, how often it is what was there, time.

Test music is infilled, and its windows are compared with validation music, so that nothing is compared with itself.
Beside each: the model's free phrases, real music, and what a deaf accompaniment or an unrelated phrase spliced in
reaches.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool

from common import Row, options, report
from ganola.corpus.store import open_corpus
from ganola.judging.analysis import Cells
from ganola.judging.reference import sample_windows
from ganola.judging.validation import ValidationSet, load_validation
from ganola.music.roll import find_onsets
from ganola.networks.model import Model
from ganola.networks.model_file import load_model
from ganola.playing.generate import play_latents
from ganola.playing.given import Given
from ganola.playing.infill import infill, tries_for
from ganola.playing.tries import play_best
from ganola.playing.vary import vary
from ganola.randomness import Purpose, latents, stream

MINUTE = 22  # bars of 4/4 at 90 quarter notes a minute
ROUNDS = 3
TRAINING = 2000  # windows of which the most common notes are counted

Kept = Bool[np.ndarray, "tracks steps"]
Onsets = Bool[np.ndarray, "*phrases tracks steps pitches"]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--windows", type=int, default=96, help="of test music that are infilled")
    parser.add_argument("--seed", type=int, default=0, help="which windows they are")
    parser.add_argument("--answers", type=int, default=1, help="to each phrase, compared with one another")
    parser.add_argument("--seconds", action="store_true", help="measure also how long long music takes")
    parser.add_argument("--only", default="", help="masks, joined by commas: what is kept, as in the table")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    model, corpus = load_model(chosen.model), open_corpus(chosen.corpus)
    validation = load_validation(corpus, chosen.windows)
    if validation is None:
        raise SystemExit(f"{chosen.corpus} has no validation music")
    music = sample_windows(corpus, "test", chosen.windows, chosen.seed).cells
    common = most_common_notes(sample_windows(corpus, "train", TRAINING, seed=0).cells)
    wanted = chosen.only.split(",") if chosen.only else None
    rows = [
        row(model, validation, music, common, name, kept, chosen.answers)
        for name, kept in masks(model)
        if wanted is None or name in wanted
    ]
    tables = {
        "Real and free, distance / floor": [real_and_free(model, validation, music)],
        "What is kept, distance / floor": rows,
        "Seconds of this process": [seconds(model, music)] if chosen.seconds else [],
    }
    tables = {title: rows for title, rows in tables.items() if rows}
    report("playing", tables, chosen.save)


def masks(model: Model) -> Iterator[tuple[str, Kept]]:
    """Yield what is kept: each track in turn, all tracks but one, and bars."""
    grid, tracks = model.spec.grid, model.spec.tracks
    none = np.zeros((len(tracks), grid.steps), np.bool_)
    for index, track in enumerate(tracks):
        kept = none.copy()
        kept[index] = True
        yield track.name, kept
        yield f"all but {track.name}", ~kept
    half = grid.steps // 2
    first, outer = none.copy(), none.copy()
    first[:, :half] = True
    outer[:, : half // 2] = outer[:, -half // 2 :] = True
    yield "first half", first
    yield "all but the middle", outer


def real_and_free(model: Model, validation: ValidationSet, music: Cells) -> Row:
    r = latents(len(music), model.spec.latent, stream(0, Purpose.VALIDATION))
    return {"real": validation.score(music).ratio, "free": validation.score(play_latents(model, r)).ratio}


def row(
    model: Model, validation: ValidationSet, music: Cells, common: Onsets, name: str, kept: Kept, answers: int
) -> Row:
    began = time.process_time()
    made = answer(model, music, kept, answers)
    spent = time.process_time() - began
    deaf = play_latents(model, latents(len(music), model.spec.latent, stream(1, Purpose.VALIDATION)))
    other = np.roll(music, len(music) // 2, axis=0)
    return {
        "kept": name,
        "infilled": validation.score(made[0]).ratio,
        "deaf": validation.score(paste(music, kept, deaf)).ratio,
        "real on real": validation.score(paste(music, kept, other)).ratio,
        "the very notes, %": 100 * shared(find_onsets(made[0]), music, kept),
        "by chance, %": 100 * shared(find_onsets(other), music, kept),
        "by the most common, %": 100 * shared(common, music, kept),
        "answers alike, %": 100 * alike(made, kept) if answers > 1 else None,
        "kept exactly, %": 100 * float(np.mean((made[0] == music).all(axis=3)[:, kept])),
        "s an answer": spent / len(music) / answers,
    }


def answer(model: Model, music: Cells, kept: Kept, answers: int) -> list[Cells]:
    """Return so many answers to each phrase, made as `infill` makes those of one window."""
    tries, everywhere = tries_for(kept), np.repeat(kept[None], len(music), axis=0)
    draws = [latents(len(music) * tries, model.spec.latent, stream(0, Purpose.INFILL, one)) for one in range(answers)]
    return [play_best(model, music, everywhere, r.unflatten(0, (len(music), tries)))[0] for r in draws]


def paste(music: Cells, kept: Kept, other: Cells) -> Cells:
    return np.where(kept[..., None], music, other)


def most_common_notes(training: Cells) -> Onsets:
    """Return at each step of each track the pitch that begins there most often, if one begins more often than not."""
    onsets = find_onsets(training)
    likely = onsets.any(axis=3).mean(axis=0) > 0.5
    return likely[..., None] & (onsets.sum(axis=0).argmax(axis=2)[..., None] == np.arange(onsets.shape[3]))


def shared(onsets: Onsets, real: Cells, kept: Kept) -> float:
    """Return the share of the real music's notes, where it is not kept, that are among these onsets."""
    there = find_onsets(real) & ~kept[..., None]
    return float((there & onsets).sum() / max(there.sum(), 1))


def alike(answers: list[Cells], kept: Kept) -> float:
    """Return the mean Jaccard index of the new notes of two answers to the same music."""
    onsets = [find_onsets(cells) & ~kept[..., None] for cells in answers]
    pairs = [(one & other, one | other) for one, other in combinations(onsets, 2)]
    shared, either = (np.stack(part).sum(axis=(2, 3, 4)) for part in zip(*pairs, strict=True))
    return float((shared / np.maximum(either, 1)).mean())


def seconds(model: Model, music: Cells) -> Row:
    grid = model.spec.grid
    phrases = -(-MINUTE // grid.bars)
    minute = np.concatenate(list(music[:phrases]), axis=1)[:, : MINUTE * grid.steps_per_bar]
    row: Row = {}
    for index, track in enumerate(model.spec.tracks):
        kept = np.zeros(minute.shape[:2], np.bool_)
        kept[index] = True
        given = Given(minute, kept)
        row[f"a minute, {track.name} kept"] = least(lambda given=given: infill(model, given, 1, 0))
    longer = np.concatenate([music[0], np.zeros_like(music[0][:, : grid.steps // 2])], axis=1)
    begun = np.zeros(longer.shape[:2], np.bool_)
    begun[:, : grid.steps] = True
    row["a phrase continued by a half"] = least(lambda: infill(model, Given(longer, begun), 1, 0))
    row["a phrase varied"] = least(lambda: vary(model, music[0], 0.5, 1, 0))
    row["a phrase varied eight times"] = least(lambda: vary(model, music[0], 0.5, 8, 0))
    return row


def least(action: object) -> float:
    """Return the least seconds of work that the action takes: what else is busy only adds to them."""
    assert callable(action)  # noqa: S101
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        action()
        spent.append(time.process_time() - began)
    return min(spent)


if __name__ == "__main__":
    main()
