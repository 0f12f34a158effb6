import pytest
import torch

from ganola.music.grid import Grid
from ganola.networks.model import build_networks
from tests.networks.support import normal, seeded


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_phrase_is_the_same_bits_among_few_as_among_many(make_spec, count) -> None:
    spec = make_spec("timeline", generator_normalisation="batch", grid=Grid(lowest=36, pitches=48))
    generator = build_networks(spec, seeded()).generator.eval()
    r = normal(generator.most_rows, 6)
    few = max(count, generator.fewest_rows)
    one, other = generator(r[:few]), generator(r)
    assert torch.equal(one.pitch, other.pitch[:few])
    assert torch.equal(one.rest_hold, other.rest_hold[:few])
