"""Uniform numbers to numbers of other distributions, by the inverse of their distribution functions; in place."""

from jaxtyping import Float
from torch import Tensor

_LEAST, _MOST = 2.0**-20, 1 - 2.0**-20  # whose logarithms are finite


def to_gumbel(uniform: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Turn numbers from U[0, 1) into numbers of the standard Gumbel distribution, -log(-log u)."""
    return uniform.clamp_(_LEAST, _MOST).log_().neg_().log_().neg_()


def to_logistic(uniform: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Turn numbers from U[0, 1) into numbers of the standard logistic distribution, log u - log(1 - u)."""
    return uniform.clamp_(_LEAST, _MOST).logit_()
