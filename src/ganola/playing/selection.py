"""What of a piece is to be made anew, in a person's words: "Alto,Tenor:3-4", "3-4", "Bass"; several joined by ;.

Tracks go by the model's names or the file's. Bars are those of the file as musicians count: a pickup is bar 0.
"""

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from ganola.errors import InputError
from ganola.networks.config import ModelSpec
from ganola.playing.own_music import OwnMusic
from ganola.playing.timeline import OUTSIDE, FileBar
from ganola.playing.track_matching import NONE
from ganola.wording import did_you_mean, printable

_BARS = re.compile(r"\s*(\d{1,6})\s*(?:[-\u2013]\s*(\d{1,6})\s*)?")
Selected = Bool[np.ndarray, "tracks steps"]


def select(music: OwnMusic, spec: ModelSpec, *, keep: Sequence[str] = (), redo: Sequence[str] = ()) -> Selected:
    """Return which steps of the model's tracks are to be made anew: those of `redo`, or all but those of `keep`.

    Where only bars are named, their tracks are those that the file has. Raises InputError for names and bars that are
    not there, and where nothing or everything would be made anew.
    """
    refuse_both_or_neither(keep, redo)
    option = "--keep" if keep else "--redo"
    named = np.zeros((len(spec.tracks), music.timeline.steps), dtype=bool)
    for item in ";".join(keep or redo).split(";"):
        if not item.strip():
            raise InputError(f"{option} is empty", f'Name tracks, bars or both: {option} "Alto,Tenor:3-4".')
        named |= _select_item(item.strip(), music, spec, keeps=bool(keep))
    barred = np.zeros_like(named)
    for bar in music.bars:
        if bar.step != OUTSIDE:
            barred[:, bar.step : bar.step + bar.steps] = True
    made = barred & (~named if keep else named)
    if not made.any():
        raise InputError("everything is kept, so that nothing is made anew", "Name less with --keep.")
    present = np.array([[bool(home)] for home in music.homes])
    if not (barred & present & ~made).any():
        raise InputError(
            "nothing is kept, so that what is made anew has nothing to do with the file",
            "Keep some of it, or make new music: ganola generate",
        )
    return made


def refuse_both_or_neither(keep: Sequence[str], redo: Sequence[str]) -> None:
    """Raise InputError unless one of the two says something."""
    if bool(keep) == bool(redo):
        raise InputError(
            "nothing says what to make anew" if not keep else "both what to keep and what to make anew are given",
            'Give one of the two: --keep "Soprano,Bass", or --redo "Alto:3-4".',
        )


def _select_item(item: str, music: OwnMusic, spec: ModelSpec, *, keeps: bool) -> Selected:
    """Return the steps that an item names: tracks, bars, or tracks in bars."""
    chosen = np.zeros((len(spec.tracks), music.timeline.steps), dtype=bool)
    names, colon, bars = item.rpartition(":")
    if not colon and all(_BARS.fullmatch(part) for part in item.split(",")):
        names, bars = "", item
    elif not colon:
        names, bars = item, ""
    elif not names.strip() or not bars.strip():
        raise InputError(f"{printable(item)} lacks tracks or bars beside its colon", 'Write it as "Alto,Tenor:3-4".')
    tracks = (
        [track for name in names.split(",") for track in _find_tracks(name.strip(), music, spec, keeps=keeps)]
        if names
        else [index for index, home in enumerate(music.homes) if home]
    )
    spans = _find_bars(bars, music.bars, spec) if bars else [bar for bar in music.bars if bar.step != OUTSIDE]
    for bar in spans:
        chosen[tracks, bar.step : bar.step + bar.steps] = True
    return chosen


def _find_tracks(name: str, music: OwnMusic, spec: ModelSpec, *, keeps: bool) -> list[int]:
    """Return the model's tracks that a name means, one of the model's names or one of the file's."""
    own = {track.name.casefold(): index for index, track in enumerate(spec.tracks)}
    if name.casefold() in own:
        return [own[name.casefold()]]
    found = [index for index, match in enumerate(music.matches) if match.name.casefold() == name.casefold()]
    if not found:
        known = dict.fromkeys([track.name for track in spec.tracks] + [printable(one.name) for one in music.matches])
        otherwise = f"The tracks are: {', '.join(known)}."
        raise InputError(
            f"there is no track {printable(name) or '(no name)'}", did_you_mean(name, list(known), otherwise)
        )
    track = found[0]
    if music.matches[track].own == NONE:
        if keeps:
            return []  # it stays in any case
        others = ", ".join(one.name for one in spec.tracks)
        raise InputError(
            f"{printable(music.matches[track].name)} is none of the model's tracks, so it cannot be made anew",
            f"Those of the model are: {others}.",
        )
    owners = [index for index, home in enumerate(music.homes) if track in home]
    sharing = {other for index in owners for other in music.homes[index]} - {track}
    if sharing:
        names = ", ".join(printable(music.matches[index].name) for index in sorted(sharing))
        raise InputError(
            f"{printable(music.matches[track].name)} is one track of the model together with {names}",
            f"Name the model's: {', '.join(spec.tracks[index].name for index in owners)}.",
        )
    return owners


def _find_bars(text: str, bars: Sequence[FileBar], spec: ModelSpec) -> list[FileBar]:
    by_number = {bar.number: bar for bar in bars}
    there = f"The file has bars {bars[0].number} to {bars[-1].number}."
    chosen = []
    for part in text.split(","):
        written = _BARS.fullmatch(part)
        if written is None:
            raise InputError(f"{printable(part.strip()) or '(nothing)'} is no bar", "Write bars as 3, 3-4 or 1-2,7-8.")
        first, last = int(written[1]), int(written[2] or written[1])
        if last < first:
            raise InputError(f"bars {first}-{last} go backwards", f"Write {last}-{first}.")
        missing = [number for number in (first, last) if number not in by_number]
        if missing:
            raise InputError(f"there is no bar {missing[0]:,}", there)
        chosen += [by_number[number] for number in range(first, last + 1)]
    for bar in chosen:
        if bar.step == OUTSIDE:
            raise InputError(
                f"bar {bar.number} is in {bar.metre}, or not whole; this model plays {spec.grid.metre}",
                "Name bars in that metre; the others stay as they are.",
            )
    return chosen
