"""Which latents a generator draws from: N(0, I), brought to where encoded music lies."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

LEAST_VARIANCE = 1e-4  # of a direction in which encoded music does not differ at all


class Prior(nn.Module):
    """mean + root r: what r ~ N(0, I) becomes before a generator sees it. Before it is fitted, r itself.

    A warm start leaves encoded music distributed otherwise than N(0, I), and music drawn from elsewhere sounds worse;
    a normal distribution fitted to it afterwards mends most of that (Ghosh et al. 2020, arXiv 1903.12436, section 4).
    """

    def __init__(self, length: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.empty(length))
        self.register_buffer("root", torch.empty(length, length))
        self.mean: Tensor
        self.root: Tensor

    def reset_parameters(self) -> None:
        """Begin as N(0, I)."""
        self.mean.zero_()
        self.root.copy_(torch.eye(len(self.mean)))

    def fit(self, means: Float[Tensor, "phrases latent"], variances: Float[Tensor, "phrases latent"]) -> None:
        """Take on the mean and the covariance of encoded phrases, each itself a normal distribution of latents."""
        covariance = torch.cov(means.T).reshape(len(self.mean), -1) + torch.diag(variances.mean(dim=0))
        self.mean.copy_(means.mean(dim=0))
        self.root.copy_(torch.linalg.cholesky(covariance + LEAST_VARIANCE * torch.eye(len(self.mean))))

    def forward(self, r: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent"]:
        return torch.addmm(self.mean, r, self.root.T)

    def inverse(self, latent: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent"]:
        """The r that becomes this latent: where encoded music lies among what a generator is asked for."""
        return torch.linalg.solve_triangular(self.root, (latent - self.mean).T, upper=False).T
