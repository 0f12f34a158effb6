"""The timeline architecture: `mirror`, with a deeper generator.

Its voices learn longer to agree (docs/decisions/0022).
"""

from torch import nn

from ganola.networks.architectures.mirror import MirrorCritic, MirrorGenerator
from ganola.networks.config import Normalisation
from ganola.networks.generator import Architecture
from ganola.networks.layers import ResidualBlock, row_normalisation
from ganola.networks.time_convolutions import DoublingConvolution


class TimelineGenerator(MirrorGenerator):
    """The same transposed convolutions, with a residual block after each of them and before the first."""

    def build_layers(self, norm: Normalisation, width: int, outputs: int) -> tuple[nn.Sequential, nn.Sequential]:
        """Return the layers up to the first doubling, and all others."""
        return nn.Sequential(_residual(4 * width, norm), DoublingConvolution(4 * width, 4 * width)), nn.Sequential(
            _residual(4 * width, norm),
            DoublingConvolution(4 * width, 2 * width),
            _residual(2 * width, norm),
            DoublingConvolution(2 * width, 2 * width),
            _residual(2 * width, norm),
            nn.Linear(2 * width, outputs),
        )


ARCHITECTURE = Architecture(TimelineGenerator, MirrorCritic)


def _residual(channels: int, norm: Normalisation) -> nn.Sequential:
    return nn.Sequential(ResidualBlock(channels, norm), row_normalisation(norm, channels), nn.ReLU())
