"""A model that plays, and its phrases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import nn

from ganola.api.answer import MusicAnswer, answer_music
from ganola.api.played import PlayedMusic, Roll
from ganola.api.saving import Location
from ganola.api.variation import MusicVariation, as_values, find_music
from ganola.errors import InputError
from ganola.music.roll import from_planes
from ganola.music.score import Score
from ganola.music.tracks import Track
from ganola.networks import model as networks
from ganola.playing import generate as playing
from ganola.playing.attribute_report import AttributeReport, report_attributes
from ganola.playing.export import Exporter, Rendition
from ganola.playing.interpolate import interpolate
from ganola.playing.latents import encode_cells
from ganola.playing.long_pieces import generate_piece
from ganola.playing.origins import interpolation_origin, variation_origin
from ganola.playing.piece_form import parse_form
from ganola.playing.revision import continue_after, revise
from ganola.playing.selection import select
from ganola.playing.steer import generate_with_more
from ganola.playing.vary import vary

Rolls = Bool[np.ndarray, "phrases tracks 2 steps pitches"]
Latents = Float[np.ndarray, "phrases latent"]


@dataclass(frozen=True, eq=False)
class ModelPhrase(PlayedMusic):
    """A phrase that a model plays. It is a value: `transpose` returns another one.

    `roll` has two planes, onset and sustain, and is as the model sees it, whatever the key; `latent` is the r ~ N(0, I)
    that plays it, so that `model.decode(phrase.latent[None])` is the same phrase. Longer music has the latent of the
    phrase that it begins with.
    """

    source: playing.Phrase = field(repr=False)
    model: "MusicModel" = field(repr=False)

    @property
    def cells(self) -> UInt8[np.ndarray, "tracks steps pitches"]:
        """Return the phrase on the model's grid, whatever the key."""
        return self.source.cells

    @property
    def latent(self) -> Float[np.ndarray, "latent"]:
        """Return the latent that plays this phrase."""
        return self.source.latent.numpy()

    def render(self) -> Rendition:
        """Return the phrase in its key, as it is exported."""
        return Exporter(self.model.network, self.model.name, key=self.key).render(self.source)


@dataclass(frozen=True, eq=False)
class MusicModel:
    """A trained model. `generator`, `critic` and `encoder` are plain modules of torch."""

    network: networks.Model = field(repr=False)
    name: str

    @property
    def generator(self) -> nn.Module:
        """Return the network that turns r (batch, latent) into logits."""
        return self.network.generator

    @property
    def critic(self) -> nn.Module | None:
        """Return the network that turns rolls (batch, tracks, planes, steps, pitches) into D; None where it is gone."""
        return self.network.critic

    @property
    def encoder(self) -> nn.Module | None:
        """Return the encoder of a warm start, if there was one. Its latents are not those of `encode`."""
        return self.network.encoder

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Return who plays."""
        return self.network.spec.tracks

    def generate(self, count: int = 8, *, seed: int = 0, more: Mapping[str, float] | None = None) -> list[ModelPhrase]:
        """Return `count` new phrases. Phrase k of a seed is the same whatever the count.

        `more` asks for more of some attributes, in standard deviations, such as {"density": 1}.
        """
        return [ModelPhrase(phrase, self) for phrase in generate_with_more(self.network, count, seed, more or {})]

    def generate_piece(
        self,
        bars: int,
        *,
        seed: int = 0,
        number: int = 1,
        form: str | None = None,
        loop: bool = False,
        variation: float = 0.0,
        more: Mapping[str, float] | None = None,
    ) -> ModelPhrase:
        """Return music of so many bars that begins with phrase `number` of a seed: always the same for the same.

        The letters of `form`, such as "AABA", are sections of one length; one that returns is the same music, but for
        `variation`, the share of its bars that are new then. The end of a `loop` meets its beginning. `more` asks for
        more of some attributes. Raises InputError for what is no form, and for sections shorter than a phrase.
        """
        wanted = parse_form(bars, form, loop=loop, variation=variation)
        return ModelPhrase(generate_piece(self.network, wanted, seed, number, more=more or {}), self)

    def infill(
        self,
        music: Location | Score,
        *,
        keep: str | Sequence[str] = (),
        redo: str | Sequence[str] = (),
        count: int = 4,
        seed: int = 0,
        more: Mapping[str, float] | None = None,
    ) -> list[MusicAnswer]:
        """Return `count` answers to a file or a score: what `redo` names is new, or all but what `keep` names.

        Both are written as for the command: "Alto,Tenor:3-4", "3-4", "Bass", joined by ";" or several of them. `more`
        asks for more of some attributes in what is new. Raises InputError for names and bars that are not there, and
        where the model cannot be given this music.
        """
        spec = self.network.spec
        kept, redone = ((text,) if isinstance(text, str) else tuple(text) for text in (keep, redo))
        return answer_music(
            self.network,
            music,
            "infill",
            lambda own: revise(own, select(own, spec, keep=kept, redo=redone), spec),
            count,
            seed,
            more or {},
        )

    def continue_music(
        self,
        music: Location | Score,
        *,
        bars: int = 8,
        count: int = 4,
        seed: int = 0,
        more: Mapping[str, float] | None = None,
    ) -> list[MusicAnswer]:
        """Return `count` answers to a file or a score, which so many new bars follow, with `more` of some attributes.

        Raises InputError where the model cannot be given this music.
        """
        spec, asked = self.network.spec, more or {}
        return answer_music(
            self.network, music, "continue", lambda own: continue_after(own, bars, spec), count, seed, asked
        )

    def encode(self, rolls: Roll | Rolls) -> Latents:
        """Return the latents of one or several rolls, in the space that `generate` draws from.

        The encoder gives the mean of the latents that a roll may have; the flow, where the model has one, is solved
        backwards from there, which is exact to about 1e-5. The latents that phrases were generated from are not found
        again, for other latents play the same notes; what the found ones play is like the rolls. Raises InputError
        for a model without an encoder, and for rolls of another shape.
        """
        given = np.asarray(rolls, dtype=bool)
        given = given[None] if given.ndim == 4 else given
        spec = self.network.spec
        wanted = (len(spec.tracks), 2, spec.grid.steps, spec.grid.pitches)
        if given.ndim != 5 or given.shape[1:] != wanted:
            raise InputError(
                f"rolls of the shape {given.shape} are not this model's",
                f"Give (phrases, tracks, planes, steps, pitches), the last four {wanted}.",
            )
        return encode_cells(self.network, from_planes(given)).numpy()

    def vary(
        self,
        music: Roll | Location,
        amount: float = 0.3,
        count: int = 8,
        *,
        seed: int = 0,
        more: Mapping[str, float] | None = None,
    ) -> list[MusicVariation]:
        """Return variations of a roll, a phrase long or longer whole bars, or of the first phrase of a file.

        With an amount of 0 they are the music itself, with 1 they are unrelated to it. `more` asks for more of some
        attributes, in standard deviations. Raises InputError as `ganola.playing.vary.vary` does, and for a file that
        does not fit the model.
        """
        own, asked = find_music(music, self.network), more or {}
        played = vary(self.network, own.cells, amount, count, seed, more=asked)
        return as_values(
            played,
            own,
            self.network,
            lambda number: variation_origin(self.network, own.cells, amount, asked, seed, number),
        )

    def interpolate(
        self,
        one: Roll | Location,
        other: Roll | Location,
        steps: int = 8,
        *,
        seed: int = 0,
        more: Mapping[str, float] | None = None,
    ) -> list[MusicVariation]:
        """Return phrases from one to another, each a roll or the first phrase of a file: the first and last are these.

        `more` asks for more of some attributes half-way. Raises InputError as `ganola.playing.interpolate.interpolate`
        does, and for a file that does not fit the model.
        """
        first, last = (find_music(music, self.network) for music in (one, other))
        asked = more or {}
        played = interpolate(self.network, first.cells, last.cells, steps, seed, more=asked)
        return as_values(
            played,
            first,
            self.network,
            lambda number: interpolation_origin(self.network, first.cells, last.cells, steps, asked, seed, number),
        )

    def attributes(self) -> tuple[AttributeReport, ...]:
        """Return what `more` can ask for, and what comes of it."""
        return report_attributes(self.network)

    def decode(self, latents: Latents) -> list[ModelPhrase]:
        """Return the phrases that latents play: of those of `generate` exactly the phrases that it returned.

        Raises InputError for latents of another length.
        """
        drawn = torch.from_numpy(np.array(latents, dtype=np.float32))
        length = self.network.spec.latent
        if drawn.ndim != 2 or drawn.shape[1] != length:
            raise InputError(
                f"latents of the shape {tuple(drawn.shape)} are not this model's", f"Give (phrases, {length})."
            )
        cells = playing.play_latents(self.network, drawn)
        numbered = enumerate(zip(cells, drawn, strict=True), start=1)
        return [ModelPhrase(playing.Phrase(None, number, own, latent), self) for number, (own, latent) in numbered]
