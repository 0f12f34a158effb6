"""All discretisers by name, as recipes have them in `networks.output`."""

from ganola.networks.outputs.cells import Bernoulli, Sigmoid, SlopeAnnealing, StraightThrough
from ganola.networks.outputs.choices import GumbelSoftmax, Softmax
from ganola.networks.outputs.discretiser import Discretiser

DISCRETISERS: dict[str, type[Discretiser]] = {
    "sigmoid": Sigmoid,
    "straight-through": StraightThrough,
    "softmax": Softmax,
    "bernoulli": Bernoulli,
    "slope-annealing": SlopeAnnealing,
    "gumbel-softmax": GumbelSoftmax,
}
