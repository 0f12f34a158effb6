"""Records of models that never were, and model files whose content is changed, for tests that need one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from ganola.corpus.plan import Plan, PlannedTrack
from ganola.networks.config import ModelSpec
from ganola.networks.record import ModelRecord
from ganola.networks.tensor_file import write_tensors


def record_of(spec: ModelSpec, **changes: object) -> ModelRecord:
    """The record of a model of this spec, untrained, by a plan that takes each track by its name."""
    about: dict[str, Any] = {
        "corpus": "tunes",
        "corpus_fingerprint": "0123456789abcdef",
        "common_tonic": True,
        "tempo": 97.0,
        "plan": plan_of(spec),
        "recipe": {},
        "steps": 0,
        "samples": 0,
    }
    return ModelRecord(**about | changes)


def plan_of(spec: ModelSpec) -> Plan:
    tracks = tuple(PlannedTrack(**track.model_dump(), takes=(track.name,)) for track in spec.tracks)
    return Plan(tracks_by="named" if len(tracks) > 1 else "merged", tracks=tracks, **spec.grid.model_dump())


def rewrite(
    path: Path,
    header: Callable[[dict[str, Any]], object] = lambda _: None,
    tensors: Callable[[dict[str, Tensor]], object] = lambda _: None,
    key: str = "ganola",
) -> None:
    """Change what a model or checkpoint says or holds, as by somebody who mends its checksum too."""
    with safe_open(path, framework="pt") as file:
        said = json.loads(file.metadata()[key])
    held = load_file(path)
    header(said)
    tensors(held)
    write_tensors(path, held, key, said)


@contextmanager
def few_phrases() -> Iterator[None]:
    """Within, a training's music is validated by few phrases, few times drawn, and few are seen and heard: for tests
    that do not ask how good a model is."""
    few = {
        "ganola.training.callbacks.validation.PHRASES": 32,
        "ganola.playing.audition.PHRASES": 32,
        "ganola.playing.audition.ANGLED": 8,
        "ganola.judging.bootstrap.RESAMPLES": 10,
        "ganola.judging.real_baseline.RESAMPLES": 10,
        "ganola.training.callbacks.snapshots.SNAPSHOTS": 2,
        "ganola.training.callbacks.snapshots.PHRASES": 2,
        "ganola.rendering.diary.PHRASES_HEARD": 1,
    }
    with pytest.MonkeyPatch.context() as patch:
        for place, count in few.items():
            patch.setattr(place, count)
        yield


def leave_out(tensors: dict[str, Tensor], beginning: str) -> None:
    for name in [name for name in tensors if name.startswith(beginning)]:
        del tensors[name]
