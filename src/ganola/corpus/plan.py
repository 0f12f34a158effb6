"""The plan: how the pieces of a collection become rolls of one grid and the same tracks. TOML that people edit."""

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ganola.errors import InputError
from ganola.faults import toml_fault, value_fault
from ganola.music.grid import Grid, refuse_large_phrases
from ganola.music.metre import COMMON_TIME, TimeSignature
from ganola.music.tracks import MAX_TRACKS, Track, TrackName
from ganola.records import read_file
from ganola.wording import printable

TrackPolicy = Literal["merged", "named", "families", "voices"]
PLAN = "plan.toml"
RENAMED = {  # since 0.1
    "live": "free_timing",
    "steps_per_beat": "steps_per_quarter",
    "one_note": "monophonic",
}
DRUMS = "drums"
FAMILIES = (DRUMS, "bass", "guitar", "keys", "strings", "other")  # of instruments


class PlannedTrack(Track):
    """A track of the corpus, and which of a piece's tracks it takes: names, or families of instruments."""

    takes: tuple[TrackName, ...] = ()


class Plan(BaseModel):
    """What to make of a collection: which grid, which tracks, which pieces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracks_by: TrackPolicy = "merged"
    complete: bool = Field(False, description="leave out pieces that lack one of the tracks")
    metre: TimeSignature = COMMON_TIME
    bars: int = 4
    steps_per_quarter: int = 4
    lowest: int = 36
    pitches: int = 48
    common_tonic: bool = Field(True, description="bring every piece to the tonic C")
    free_timing: bool = Field(False, description="take pieces too whose notes keep to no beat")
    tracks: tuple[PlannedTrack, ...] = Field(min_length=1, max_length=MAX_TRACKS)

    @model_validator(mode="after")
    def _sound(self) -> "Plan":
        refuse_large_phrases(self.grid, len(self.tracks))
        if self.complete and self.tracks_by in ("merged", "voices"):
            raise ValueError(f"complete: music whose tracks are {self.tracks_by} has no others to lack")
        if self.tracks_by == "merged" and len(self.tracks) != 1:
            raise ValueError("tracks: merged music has one track")
        self._refuse_unsound_tracks([name.casefold() for track in self.tracks for name in track.takes])
        return self

    def _refuse_unsound_tracks(self, taken: list[str]) -> None:
        if self.tracks_by in ("named", "families") and not all(track.takes for track in self.tracks):
            raise ValueError(f"tracks: each needs takes = [...], which of a piece's {self.tracks_by} tracks it takes")
        names = [track.name for track in self.tracks]
        for what, listed in (("taken", taken), ("a name", names)):
            for name, times in Counter(listed).items():
                if times > 1:
                    raise ValueError(f"tracks: {name!r} is {what} twice")
        strange = [name for name in taken if self.tracks_by == "families" and name not in FAMILIES]
        if strange:
            raise ValueError(f"tracks: no family is called {strange[0]!r}; there are {', '.join(FAMILIES)}")

    @cached_property
    def grid(self) -> Grid:
        """The grid of the corpus."""
        return Grid(
            lowest=self.lowest,
            pitches=self.pitches,
            steps_per_quarter=self.steps_per_quarter,
            metre=self.metre,
            bars=self.bars,
        )

    @cached_property
    def track_by_name(self) -> dict[str, int]:
        """By each name that a track of the corpus takes, in small letters, the index of that track."""
        return {name.casefold(): index for index, track in enumerate(self.tracks) for name in track.takes}

    @cached_property
    def corpus_tracks(self) -> tuple[Track, ...]:
        """The tracks of the corpus."""
        return tuple(
            Track(name=track.name, program=track.program, drums=track.drums, monophonic=track.monophonic)
            for track in self.tracks
        )


@dataclass(frozen=True, slots=True)
class WrittenPlan:
    """A plan and the text that it was read from or is written as, with its remarks."""

    plan: Plan
    text: str


def load_plan(path: Path) -> WrittenPlan:
    """Return the plan in a TOML file. Raises InputError where it is none."""
    return parse_plan(read_file(path, "Name a plan.toml; ganola corpus survey FOLDER --out DIR makes one."), path)


def parse_plan(data: bytes, path: Path) -> WrittenPlan:
    """Return the plan that a TOML file holds. Raises InputError where it is none."""
    try:
        text = data.decode("utf-8-sig")
        values = tomllib.loads(text)
        _refuse_old_names(values, path)
        return WrittenPlan(Plan.model_validate(values), text)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text", "Name the plan.toml that corpus survey made.") from error
    except ValidationError as error:
        fault, meant = value_fault(error.errors()[0])
        raise InputError(f"{path}: {fault}", meant or "Mend it, or make a new plan with corpus survey.") from error
    except (ValueError, RecursionError) as error:  # no TOML, a number of thousands of digits, or nested too deep
        raise InputError(
            f"{path} {toml_fault(error)}", "Mend that line, or make a new plan with corpus survey."
        ) from error


def _refuse_old_names(values: dict[str, Any], path: Path) -> None:
    """Raise InputError for a plan of 0.1, with what its keys are called now."""
    tracks = values.get("tracks")
    keys = set(values).union(
        *(track for track in tracks if isinstance(track, dict)) if isinstance(tracks, list) else ()
    )
    renamed = [f"{old} is now {new}" for old, new in RENAMED.items() if old in keys]
    if renamed:
        raise InputError(
            f"{path} is a plan of ganola 0.1: {', '.join(renamed)}",
            "Rename that there, or make a new plan with corpus survey.",
        )


def plan_toml(plan: Plan, reasons: Mapping[str, str]) -> str:
    """Return `plan` as TOML, above each choice the reason for it."""
    values = plan.model_dump()
    lines = ["# What to make of this music. Edit it, then: ganola corpus build FOLDER --plan THIS_FILE", ""]
    for name, value in values.items():
        if name != "tracks":
            lines += [*_remark(reasons.get(name)), f"{name} = {_toml(value)}", ""]
    lines += _remark(reasons.get("tracks"))
    for track in plan.tracks:
        lines += ["[[tracks]]", *(f"{name} = {_toml(value)}" for name, value in _without_defaults(track).items()), ""]
    return "\n".join(lines)


def plan_key(plan: Plan) -> str:
    """Return the plan as one line that differs where any choice does."""
    return json.dumps(plan.model_dump(), sort_keys=True)


def _remark(reason: str | None) -> list[str]:
    """Return the lines of a comment; TOML allows no control characters in them."""
    return [f"# {printable(line)}" for line in (reason or "").splitlines()]


def _toml(value: Any) -> str:
    """Return a value in one line, lists too."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return tomli_w.dumps({"value": value}).removeprefix("value = ").strip()


def _without_defaults(track: PlannedTrack) -> dict[str, Any]:
    return {name: value for name, value in track.model_dump().items() if name in ("name", "program") or value}
