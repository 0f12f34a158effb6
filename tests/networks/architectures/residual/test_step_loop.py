"""The numpy loop beside the one in torch, which says step by step what is meant."""

import pytest
import torch

from ganola.music.tracks import Track
from ganola.networks.architectures.residual.step_loop import choose_steps
from ganola.networks.architectures.residual.track_decoder import TrackDecoder
from ganola.networks.generator import Generator, GivenRoll
from ganola.networks.model import build_networks
from tests.networks.support import SMALL_GRID, normal, seeded

TRACKS = {
    "voice": Track(name="voice", monophonic=True),
    "chords": Track(name="chords"),
    "drums": Track(name="drums", drums=True),
}
PHRASES, WIDTH, LATENT = 5, 8, 6


def lively(make_spec, output: str, planes: str, *tracks: str, **choices: object) -> Generator:
    """A generator whose tracks move: its scores of intervals are not zero, as they are before training."""
    spec = make_spec("residual", output, planes, **choices)
    spec = spec.model_copy(update={"tracks": tuple(TRACKS[name] for name in tracks)})
    generator = build_networks(spec, seeded()).generator
    for decoder in generator.track_decoders:
        if decoder.score_head is not None:
            decoder.score_head.weight.data.copy_(0.3 * normal(*decoder.score_head.weight.shape))
    return generator


OUTPUTS = [
    ("sigmoid", 0.0),
    ("softmax", 0.0),
    ("softmax", 1.0),
    ("bernoulli", 0.0),
    ("slope-annealing", 0.0),
    ("gumbel-softmax", 0.0),
]


def random_lines(phrases: int, lines: int) -> torch.Tensor:
    """Lines that often stay, and now and then rest."""
    steps, pitches = SMALL_GRID.steps, SMALL_GRID.pitches
    moving = (normal(phrases, steps, lines).abs() * 1e4).long() % (pitches + 1)
    return moving[:, torch.arange(steps) // 2 * 2]


@pytest.mark.parametrize("planes", ["sounding", "onset-sustain"])
@pytest.mark.parametrize(
    ("output", "temperature"), [("straight-through", 0.0), ("softmax", 0.0), ("softmax", 1.0), ("bernoulli", 0.0)]
)
@pytest.mark.parametrize(
    "tracks",
    [("voice",), ("chords",), ("voice", "chords"), ("chords", "voice"), ("drums", "chords"), ("chords", "drums")],
)
@pytest.mark.parametrize("previous_frame", [False, True])
def test_it_chooses_what_the_loop_in_torch_chooses(
    make_spec, planes, output, temperature, tracks, previous_frame
) -> None:
    generator = lively(make_spec, output, planes, *tracks, temperature=temperature, previous_frame=previous_frame)
    decoder: TrackDecoder = generator.track_decoders[-1]
    noise = generator.noise(normal(PHRASES, LATENT))
    noise = noise and noise.of_track(len(tracks) - 1)
    context, lines = normal(PHRASES, SMALL_GRID.steps, WIDTH), random_lines(PHRASES, decoder.others)
    expected = decoder.choose_in_torch(context, lines, noise)
    assert torch.equal(torch.from_numpy(choose_steps(decoder, context, lines, noise)), expected > 0.5)
    assert 0 < expected.mean() < 1
    assert len(expected.unique(dim=0)) == PHRASES


@pytest.mark.parametrize("planes", ["sounding", "onset-sustain"])
@pytest.mark.parametrize("output", ["straight-through", "softmax"])
@pytest.mark.parametrize("tracks", [("voice",), ("chords",), ("voice", "chords"), ("chords", "voice")])
def test_it_plays_around_what_is_given_as_the_loop_in_torch_does(make_spec, planes, output, tracks) -> None:
    """Each phrase has a mask of its own; of one all steps are given, of one none."""
    generator = lively(make_spec, output, planes, *tracks)
    decoder: TrackDecoder = generator.track_decoders[-1]
    context, lines = 0.3 * normal(PHRASES, SMALL_GRID.steps, WIDTH), random_lines(PHRASES, decoder.others)
    kept = normal(PHRASES, 1, SMALL_GRID.steps // 2, seed=1).repeat_interleave(2, dim=2) > 0.3
    kept[0], kept[1], kept[2, :, :3] = True, False, True
    roll = torch.from_numpy(choose_steps(decoder, normal(*context.shape, seed=2), lines))[:, None]
    roll[..., SMALL_GRID.pitches // 2 :] = False  # where cells are free, the highest pitch would sound almost always
    given = GivenRoll(roll, kept)
    played = torch.from_numpy(choose_steps(decoder, context, lines, None, given))
    assert torch.equal(played, decoder.choose_in_torch(context, lines, None, given) > 0.5)
    free = ~kept[:, 0, None, :, None]
    assert torch.equal(played & ~free, roll[:, 0] & ~free)
    alone = torch.from_numpy(choose_steps(decoder, context, lines))
    assert torch.equal(played[1], alone[1])
    assert not torch.equal(played & free, alone & free)  # lines go on from what is given


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_later_tracks_hear_what_is_given(make_spec, output) -> None:
    generator = lively(make_spec, output, "onset-sustain", "voice", "chords", "drums").eval()
    latent, other = normal(PHRASES, LATENT), normal(PHRASES, LATENT, seed=1)
    kept = torch.zeros(PHRASES, 3, SMALL_GRID.steps, dtype=torch.bool)
    kept[:, 0], kept[:, 2, 2:4] = True, True
    alone, roll = (generator.discretiser.hard(generator.decode(one)) for one in (latent, other))
    played = generator.play_given(latent, GivenRoll(roll, kept))
    assert torch.equal(played[:, 0], roll[:, 0])
    assert torch.equal(played[:, 2, :, 2:4], roll[:, 2, :, 2:4])
    assert torch.equal(played[:, 1], alone[:, 1]) == (output == "sigmoid")  # whose tracks get more than is played
    assert torch.equal(generator.play_given(latent, GivenRoll(alone, kept)), alone)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("tracks", [("voice", "chords"), ("chords", "voice"), ("voice", "drums")])
@pytest.mark.parametrize("phrases", [1, 2, 3, 7, 40])
def test_a_phrase_is_the_same_in_any_company(make_spec, temperature, tracks, phrases) -> None:
    generator = lively(make_spec, "softmax", "onset-sustain", *tracks, temperature=temperature).eval()
    r = normal(60, LATENT)
    assert torch.equal(generator.rolls(r[:phrases].repeat(2, 1))[:phrases], generator.rolls(r)[:phrases])


@pytest.mark.parametrize("output", ["straight-through", "softmax"])
def test_a_generator_plays_what_its_logits_say(make_spec, output) -> None:
    generator = lively(make_spec, output, "onset-sustain", "voice", "chords", "drums")
    latent = normal(PHRASES, LATENT)
    rolls = generator.play(latent)
    assert torch.equal(rolls, generator.discretiser.hard(generator.decode(latent)))
    assert rolls.any(dim=(2, 3, 4)).all()


@pytest.mark.parametrize(("output", "temperature"), OUTPUTS)
def test_a_generator_plays_what_training_shows_the_critic(make_spec, output, temperature) -> None:
    generator = lively(make_spec, output, "onset-sustain", "voice", "chords", "drums", temperature=temperature)
    r = normal(PHRASES, LATENT)
    rolls = generator.rolls(r)
    assert torch.equal(rolls, generator.discretiser.hard(generator(r), generator.noise(r)))
    if output != "gumbel-softmax":  # of which training shows shares
        assert torch.equal(rolls, generator.soft_rolls(r) > 0.5)
    is_drawn = temperature > 0 or output in ("bernoulli", "slope-annealing", "gumbel-softmax")
    assert torch.equal(rolls, generator.play(generator.prior(r))) == (not is_drawn)


def generator_latent(generator: Generator) -> int:
    return 6
