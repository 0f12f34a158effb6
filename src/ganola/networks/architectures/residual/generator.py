"""The generator of the residual architecture: a body over time, then a decoder for each track."""

from collections.abc import Iterator
from typing import cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ganola.networks.architectures.residual.track_decoder import Features, TrackDecoder, TrackRoll
from ganola.networks.architectures.residual.voice_lines import Lines, lines_of
from ganola.networks.config import ModelSpec
from ganola.networks.generator import Generator, GivenRoll, Latents, Played, Roll
from ganola.networks.latent_flow import latent_to_beats
from ganola.networks.layers import ROWS, PositionEmbedding, ResidualBlock, RowConvolution
from ganola.networks.outputs.logits import Logits


class ResidualGenerator(Generator):
    """Residual convolutions over beats, then over steps; then the tracks one by one, autoregressively.

    Tracks that were decoded independently would clash wherever a latent leaves a choice, and steps would leap; so each
    track's decoder gets what the tracks before it play, and where its own line is (see `TrackDecoder`). Each beat gets
    a few of the latent's numbers (see `latent_to_beats`). `width` is the channels of a step; a beat has twice as many.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, config, tracks = spec.grid, spec.networks, range(len(spec.tracks))
        norm, width = config.generator_normalisation, config.width
        self.beat_count, self.width = grid.pulses, width
        self.fewest_rows, self.most_rows = -(-ROWS // grid.pulses), 64  # its products have a row for each beat at least
        self.input_layer = nn.Sequential(
            RowConvolution(spec.latent_per_beat, 2 * width, 3),
            PositionEmbedding(2 * width, grid.pulses, channels_last=True),
        )
        self.beat_block = ResidualBlock(2 * width, norm)
        self.beats_to_steps = RowConvolution(2 * width, width * grid.steps_per_pulse, 1)
        self.step_block = ResidualBlock(width, norm)
        self.track_decoders = nn.ModuleList(TrackDecoder(spec, track) for track in tracks)
        self.track_inputs = nn.ModuleList(RowConvolution(spec.planes * grid.pitches, width, 3) for _ in tracks[1:])

    def forward(self, r: Latents) -> Logits:
        return self._decode(self.prior(r), noise=self.noise(r))[0]

    def decode(self, latent: Latents) -> Logits:
        return self._decode(latent)[0]

    def decode_teacher_forced(self, latent: Latents, roll: Roll) -> Logits:
        return self._decode(latent, roll)[0]

    def soft_rolls(self, r: Latents) -> Roll:
        if self.discretiser.is_binary and not torch.is_grad_enabled():
            return super().soft_rolls(r)
        return self._decode(self.prior(r), noise=self.noise(r))[1]

    @torch.no_grad()
    def play(self, latent: Latents, noise: Logits | None = None) -> Played:
        if not self.discretiser.is_binary:  # tracks get of those before them what the critic sees
            return self.discretiser.hard(self._decode(latent, noise=noise)[0], noise)
        return self._play(latent, noise, None)

    @torch.no_grad()
    def play_given(self, latent: Latents, given: GivenRoll, noise: Logits | None = None) -> Played:
        return (
            self._play(latent, noise, given) if self.discretiser.is_binary else super().play_given(latent, given, noise)
        )

    def _play(self, latent: Latents, noise: Logits | None, given: GivenRoll | None) -> Played:
        features, lines = self._features(latent)
        rolls = []
        for index, decoder in enumerate(self._decoders()):
            own = decoder.play(features, lines, noise and noise.of_track(index), given and given.of_track(index))
            features, lines = self._with_track(index, decoder, features, lines, own, own[:, None])
            rolls.append(own)
        return torch.stack(rolls, dim=1) > 0.5

    def kept_losses(
        self, latent: Latents, roll: Roll, kept: Bool[Tensor, "batch tracks steps"]
    ) -> Float[Tensor, "batch steps"]:
        """Return what `Generator.kept_losses` does, without the logits of tracks of which nothing is kept."""
        features, lines = self._features(latent)
        losses = latent.new_zeros(len(latent), kept.shape[2])
        kept_tracks = kept.any(dim=2).any(dim=0).tolist()
        for index, decoder in enumerate(self._decoders()):
            own = roll[:, index : index + 1]
            if kept_tracks[index]:
                logits = decoder.teacher_forced_logits(features, own[:, 0], lines)
                of_track = decoder.discretiser.step_losses(logits, own) * kept[:, index : index + 1]
                losses = losses + of_track.sum(dim=1)
            if not any(kept_tracks[index + 1 :]):
                break
            features, lines = self._with_track(index, decoder, features, lines, own[:, 0], own)
        return losses

    def _decode(self, latent: Latents, roll: Roll | None = None, noise: Logits | None = None) -> tuple[Logits, Roll]:
        """Decode the tracks in turn, each given itself and those before it: as in `roll`, or, without one, as chosen.

        Returns the logits, and the roll that tracks were given, as the critic sees it.
        Lines have no gradient, those of other tracks neither; the rolls of other tracks pass one.
        """
        features, lines = self._features(latent)
        of_tracks: list[Logits] = []
        rolls: list[Roll] = []
        for index, decoder in enumerate(self._decoders()):
            if roll is None:
                own_noise = noise and noise.of_track(index)
                logits, own = decoder.sample(features, lines, own_noise)
                track_roll = decoder.discretiser(logits, own_noise)
            else:
                own, track_roll = roll[:, index], roll[:, index : index + 1]
                logits = decoder.teacher_forced_logits(features, own, lines)
            of_tracks.append(logits)
            rolls.append(track_roll)
            features, lines = self._with_track(index, decoder, features, lines, own, track_roll)
        return _joined(of_tracks), torch.cat(rolls, dim=1)

    def _features(self, latent: Latents) -> tuple[Features, Lines]:
        """Return what the first track is decoded from: the features of each step, and no lines."""
        beats = self.beat_block(self.input_layer(latent_to_beats(latent, self.beat_count).transpose(1, 2)))
        by_step = self.beats_to_steps(beats).unflatten(2, (self.width, -1)).transpose(2, 3)
        features = self.step_block(by_step.flatten(1, 2))
        return features, torch.empty(*features.shape[:2], 0, dtype=torch.long, device=features.device)

    def _with_track(
        self, index: int, decoder: TrackDecoder, features: Features, lines: Lines, own: TrackRoll, roll: Roll
    ) -> tuple[Features, Lines]:
        """Return what the next track is decoded from, after this one: its lines as in `own`, the rest as in `roll`."""
        if index == len(self.track_inputs):
            return features, lines
        features = features + self.track_inputs[index](roll.permute(0, 3, 1, 2, 4).flatten(2))
        return features, torch.cat([lines_of(own.amax(dim=1), decoder.track), lines], dim=2)

    def _decoders(self) -> Iterator[TrackDecoder]:
        return (cast("TrackDecoder", decoder) for decoder in self.track_decoders)


def _joined(of_tracks: list[Logits]) -> Logits:
    """Return the logits of all tracks as one; for polyphonic ones, zeros in place of those of rest and hold."""
    pitch = torch.cat([logits.pitch for logits in of_tracks], dim=1)
    if all(logits.rest_hold is None for logits in of_tracks):
        return Logits(pitch)
    zeros = pitch.new_zeros(len(pitch), 1, 2, pitch.shape[3])
    return Logits(pitch, torch.cat([zeros if one.rest_hold is None else one.rest_hold for one in of_tracks], dim=1))
