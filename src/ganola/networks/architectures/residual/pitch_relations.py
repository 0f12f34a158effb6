"""Features of each step that a critic gets beside the roll: onsets, holds and rests, pitch classes, and intervals.

A linear layer cannot compute an interval, for it is a product of two notes. Here all of them are computed: how many
pairs of notes lie each number of semitones apart, in time and across tracks, as correlations, by Fourier transforms of
the pitch axis (twice differentiable, as a gradient penalty needs).
"""

from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganola.networks.config import ModelSpec
from ganola.networks.layers import join
from ganola.networks.outputs.logits import select_tracks

Roll = Float[Tensor, "batch tracks planes steps pitches"]
Channels = Float[Tensor, "batch steps channels"]

OCTAVE = 12
CLASSES = OCTAVE // 2 + 1  # unison to tritone
STATES = 3  # something begins, something is held, nothing sounds
MAX_PAIRS = 10  # of tracks; where there are more, each track is correlated with all others together


class PitchRelationFeatures(nn.Module):
    """The cells of a roll and the relations of its notes, as channels of each step."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.lowest = spec.grid.lowest
        self.pitched = [index for index, track in enumerate(spec.tracks) if not track.drums]
        voices = len(self.pitched)
        # A monophonic voice has no intervals within. Were they among the features, the gradient of each other pitch
        # would be how it clashes with the one that it would replace.
        self.voices = [place for place, index in enumerate(self.pitched) if spec.tracks[index].monophonic]
        self.chords = [place for place in range(voices) if place not in self.voices]
        self.cells = 2 * len(spec.tracks) * spec.grid.pitches  # the first channels, the roll's own
        self.pairs = list(combinations(range(voices), 2))
        together = len(self.pairs) if len(self.pairs) <= MAX_PAIRS else voices
        self.channels = (
            self.cells
            + (2 + STATES) * len(spec.tracks)
            + voices * (OCTAVE + 2 * OCTAVE + 1)
            + len(self.chords) * CLASSES
            + together * OCTAVE
            + CLASSES * (voices > 0)
        )

    def forward(self, roll: Roll) -> Channels:
        """Return the features of each roll."""
        onset, frame = roll[:, :, 0], roll.sum(dim=2)
        begin, sound = onset.sum(dim=3), frame.sum(dim=3)
        states = _states(begin if roll.shape[2] == 2 else _begun(frame), sound)
        parts = [_channels(onset), _channels(frame), begin.transpose(1, 2), sound.transpose(1, 2), states]
        if self.pitched:
            parts += self._relations(select_tracks(onset, self.pitched), select_tracks(frame, self.pitched))
        return join(parts)

    def _relations(
        self, onset: Float[Tensor, "batch voices steps pitches"], frame: Float[Tensor, "batch voices steps pitches"]
    ) -> list[Channels]:
        chroma = self._chroma(frame)
        spectrum = torch.fft.rfft(chroma)
        whole = spectrum.sum(dim=1, keepdim=True)
        own = _correlated(spectrum, spectrum, OCTAVE)[..., :CLASSES]
        everything = _correlated(whole, whole, OCTAVE)[..., :CLASSES]
        for place in self.voices:
            everything = everything - own[:, place : place + 1]
        within = [select_tracks(own, self.chords)] if self.chords else []
        features = [chroma, _melodic(onset, frame), *within, everything, *self._across(spectrum, whole)]
        return [_channels(values) for values in features]

    def _across(self, spectrum: Tensor, whole: Tensor) -> list[Tensor]:
        """Return how many notes of each two tracks (or of each and all others) lie each number of semitones apart."""
        if not self.pairs:
            return []
        if len(self.pairs) > MAX_PAIRS:
            return [_correlated(spectrum, whole - spectrum, OCTAVE)]
        one, other = ([pair[side] for pair in self.pairs] for side in (0, 1))
        return [_correlated(select_tracks(spectrum, one), select_tracks(spectrum, other), OCTAVE)]

    def _chroma(self, frame: Float[Tensor, "batch voices steps pitches"]) -> Float[Tensor, "batch voices steps 12"]:
        below = self.lowest % OCTAVE
        above = -(below + frame.shape[3]) % OCTAVE
        return pad(frame, (below, above)).unflatten(3, (-1, OCTAVE)).sum(dim=3)


def mean_over_beats(channels: Channels, steps: int) -> Float[Tensor, "batch beats channels"]:
    """Return the mean over each beat of so many steps: the share of the beat for which a cell or an interval sounds."""
    return channels.unflatten(1, (-1, steps)).mean(dim=2)


def _channels(values: Float[Tensor, "batch tracks steps _"]) -> Channels:
    """Return what there is of each track at each step as channels of the step."""
    return values.transpose(1, 2).flatten(start_dim=2)


def _states(onset: Float[Tensor, "batch tracks steps"], frame: Float[Tensor, "batch tracks steps"]) -> Channels:
    """Return whether something begins, something is held and nothing sounds, of each track and step.

    Computed from how many notes begin and how many sound. Zeros and ones for a roll of zeros and ones, between them for
    one between.
    """
    begins, holds, sounds = (count.clamp(max=1) for count in (onset, frame - onset, frame))
    return _channels(torch.stack([begins, holds, 1 - sounds], dim=3))


def _begun(frame: Float[Tensor, "batch tracks steps pitches"]) -> Float[Tensor, "batch tracks steps"]:
    """Return how many notes begin, where only what sounds is known: a pitch that sounded the step before is held."""
    return (frame * (1 - pad(frame, (0, 0, 1, 0))[:, :, :-1])).sum(dim=3)


def _melodic(
    onset: Float[Tensor, "batch voices steps pitches"], frame: Float[Tensor, "batch voices steps pitches"]
) -> Float[Tensor, "batch voices steps 25"]:
    """Return how many notes begin each number of semitones (0 to 12, then -12 to -1) from what sounded before."""
    before = pad(frame, (0, 0, 1, 0))[:, :, :-1]
    size = frame.shape[3] + OCTAVE  # padded by an octave, so that no interval wraps around
    found = _correlated(torch.fft.rfft(onset, n=size), torch.fft.rfft(before, n=size), size)
    return torch.cat([found[..., : OCTAVE + 1], found[..., -OCTAVE:]], dim=3)


def _correlated(one: Tensor, other: Tensor, size: int) -> Tensor:
    """Return sum over p of one(p + d) other(p) for each d, circular, from the spectra of both."""
    return torch.fft.irfft(one * other.conj(), n=size)
