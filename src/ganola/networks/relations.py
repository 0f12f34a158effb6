"""What a critic hears of each step beside the roll itself: who plays, begins, holds or rests, pitch classes, and
intervals.

A linear layer cannot see an interval, for it is a product of two notes. Here they are, once and for all: how many notes
lie so many semitones apart, in time and across tracks, as correlations, by Fourier transforms of the pitch axis (twice
differentiable, as a gradient penalty needs).
"""

from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganola.networks.choices import ModelSpec
from ganola.networks.discretise import of_tracks

Roll = Float[Tensor, "batch tracks planes steps pitches"]
Channels = Float[Tensor, "batch channels steps"]

OCTAVE = 12
CLASSES = OCTAVE // 2 + 1  # unison to tritone
MOVES = 3  # something begins, something is held, nothing sounds
MOST_PAIRS = 10  # of tracks; where there are more, each track is heard against all others together


class Relations(nn.Module):
    """A roll's own cells and their relations as channels of each step."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.lowest = spec.grid.lowest
        self.pitched = [index for index, track in enumerate(spec.tracks) if not track.drums]
        voices = len(self.pitched)
        # A voice of one note at a time has no intervals within. Were they heard, a generator would be told of each
        # other pitch how it clashes with the one that it would replace.
        self.alone = [place for place, index in enumerate(self.pitched) if spec.tracks[index].one_note]
        self.chords = [place for place in range(voices) if place not in self.alone]
        self.cells = 2 * len(spec.tracks) * spec.grid.pitches  # the first channels, the roll's own
        self.pairs = list(combinations(range(voices), 2))
        together = len(self.pairs) if len(self.pairs) <= MOST_PAIRS else voices
        self.channels = (
            self.cells
            + (2 + MOVES) * len(spec.tracks)
            + voices * (OCTAVE + 2 * OCTAVE + 1)
            + len(self.chords) * CLASSES
            + together * OCTAVE
            + CLASSES * (voices > 0)
        )

    def forward(self, roll: Roll) -> Channels:
        onset, frame = roll[:, :, 0], roll.sum(dim=2)
        cells = [planes.transpose(2, 3).flatten(1, 2) for planes in (onset, frame)]
        begin, sound = onset.sum(dim=3), frame.sum(dim=3)
        parts = [*cells, begin, sound, _moves(begin if roll.shape[2] == 2 else _begun(frame), sound)]
        if self.pitched:
            parts += self._relations(of_tracks(onset, self.pitched), of_tracks(frame, self.pitched))
        return torch.cat(parts, dim=1)

    def _relations(
        self, onset: Float[Tensor, "batch voices steps pitches"], frame: Float[Tensor, "batch voices steps pitches"]
    ) -> list[Channels]:
        chroma = self._chroma(frame)
        spectrum = torch.fft.rfft(chroma)
        whole = spectrum.sum(dim=1, keepdim=True)
        own = _correlated(spectrum, spectrum, OCTAVE)[..., :CLASSES]
        everything = _correlated(whole, whole, OCTAVE)[..., :CLASSES]
        for place in self.alone:
            everything = everything - own[:, place : place + 1]
        within = [of_tracks(own, self.chords)] if self.chords else []
        heard = [chroma, _melodic(onset, frame), *within, everything, *self._across(spectrum, whole)]
        return [values.transpose(2, 3).flatten(1, 2) for values in heard]

    def _across(self, spectrum: Tensor, whole: Tensor) -> list[Tensor]:
        """Of each two tracks (or each and all others) how many notes lie each number of semitones apart."""
        if not self.pairs:
            return []
        if len(self.pairs) > MOST_PAIRS:
            return [_correlated(spectrum, whole - spectrum, OCTAVE)]
        one, other = ([pair[side] for pair in self.pairs] for side in (0, 1))
        return [_correlated(of_tracks(spectrum, one), of_tracks(spectrum, other), OCTAVE)]

    def _chroma(self, frame: Float[Tensor, "batch voices steps pitches"]) -> Float[Tensor, "batch voices steps 12"]:
        below = self.lowest % OCTAVE
        above = -(below + frame.shape[3]) % OCTAVE
        return pad(frame, (below, above)).unflatten(3, (-1, OCTAVE)).sum(dim=3)


def by_beat(channels: Channels, steps: int) -> Float[Tensor, "batch channels beats"]:
    """The mean over each beat of so many steps: of a cell how long it sounds, of an interval how long it is heard."""
    return channels.unflatten(2, (-1, steps)).mean(dim=3)


def _moves(
    onset: Float[Tensor, "batch tracks steps"], frame: Float[Tensor, "batch tracks steps"]
) -> Float[Tensor, "batch moves steps"]:
    """Of each track and step whether something begins, something is held, and nothing sounds, from how many notes begin
    and how many sound: zeros and ones for a roll of zeros and ones, between them for one between."""
    begins, holds, sounds = (count.clamp(max=1) for count in (onset, frame - onset, frame))
    return torch.stack([begins, holds, 1 - sounds], dim=2).flatten(1, 2)


def _begun(frame: Float[Tensor, "batch tracks steps pitches"]) -> Float[Tensor, "batch tracks steps"]:
    """How many notes begin where all that is known is what sounds: a pitch that sounded the step before is held."""
    return (frame * (1 - pad(frame, (0, 0, 1, 0))[:, :, :-1])).sum(dim=3)


def _melodic(
    onset: Float[Tensor, "batch voices steps pitches"], frame: Float[Tensor, "batch voices steps pitches"]
) -> Float[Tensor, "batch voices steps 25"]:
    """Of what begins at each step, how many semitones up (0 to 12) or down (-12 to -1) from what sounded before."""
    before = pad(frame, (0, 0, 1, 0))[:, :, :-1]
    size = frame.shape[3] + OCTAVE  # room for an octave, so that no interval is met from the other end
    found = _correlated(torch.fft.rfft(onset, n=size), torch.fft.rfft(before, n=size), size)
    return torch.cat([found[..., : OCTAVE + 1], found[..., -OCTAVE:]], dim=3)


def _correlated(one: Tensor, other: Tensor, size: int) -> Tensor:
    """sum over p of one(p + d) other(p) for each d, circular, of spectra."""
    return torch.fft.irfft(one * other.conj(), n=size)
