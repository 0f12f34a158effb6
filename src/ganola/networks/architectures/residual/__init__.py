"""The residual architecture: residual convolutions over time, of beats and of steps, with pitch relations built in."""

from ganola.networks.architectures.residual.critic import ResidualCritic
from ganola.networks.architectures.residual.generator import ResidualGenerator
from ganola.networks.generator import Architecture

ARCHITECTURE = Architecture(ResidualGenerator, ResidualCritic)
