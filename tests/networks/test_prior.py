import torch

from ganola.networks.prior import LEAST_VARIANCE, Prior


def prior(length: int) -> Prior:
    made = Prior(length)
    made.reset_parameters()
    return made


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_before_it_is_fitted_it_changes_nothing() -> None:
    r = drawn(5, 3)
    assert torch.equal(prior(3)(r), r)


def test_fitted_it_draws_from_the_mean_and_covariance_of_encoded_music() -> None:
    fitted = prior(2)
    means = torch.tensor([[1.0, 0.0], [3.0, 4.0], [5.0, 2.0]])
    variances = torch.tensor([[0.5, 0.1], [0.2, 0.3], [0.2, 0.2]])
    fitted.fit(means, variances)
    expected = torch.tensor([[4.0 + 0.3, 2.0], [2.0, 4.0 + 0.2]]) + LEAST_VARIANCE * torch.eye(2)
    found = fitted(drawn(200_000, 2))
    assert torch.allclose(found.mean(dim=0), torch.tensor([3.0, 2.0]), atol=0.03)
    assert torch.allclose(torch.cov(found.T), expected, atol=0.06)


def test_its_inverse_leads_back() -> None:
    fitted = prior(6)
    fitted.fit(drawn(50, 6) @ drawn(6, 6), drawn(50, 6).square())
    r = drawn(4, 6)
    assert torch.allclose(fitted.inverse(fitted(r)), r, atol=1e-4)


def test_one_phrase_over_and_over_leaves_it_usable() -> None:
    fitted = prior(3)
    fitted.fit(torch.ones(4, 3), torch.zeros(4, 3))
    assert fitted(drawn(2, 3)).isfinite().all()
    assert torch.allclose(fitted(torch.zeros(1, 3)), torch.ones(1, 3))
