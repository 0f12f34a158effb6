"""All discretisers by name, as recipes have them in `networks.output`."""

from ganola.networks.outputs.cells import Sigmoid, StraightThrough
from ganola.networks.outputs.choices import Softmax
from ganola.networks.outputs.discretiser import Discretiser

DISCRETISERS: dict[str, type[Discretiser]] = {
    "sigmoid": Sigmoid,
    "straight-through": StraightThrough,
    "softmax": Softmax,
}
