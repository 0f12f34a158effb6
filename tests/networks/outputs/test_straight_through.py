import torch

from ganola.networks.outputs.straight_through import binary_step, straight_through, straight_through_argmax


def test_straight_through_has_the_hard_value_and_the_soft_gradient() -> None:
    logits = torch.tensor([-2.0, 0.5, 3.0], requires_grad=True)
    pitch = binary_step(logits)
    assert pitch.tolist() == [0.0, 1.0, 1.0]
    pitch.sum().backward()
    soft = logits.detach().sigmoid()
    assert torch.allclose(logits.grad, soft * (1 - soft))


def test_straight_through_values_are_exact() -> None:
    soft = torch.rand(1000, generator=torch.Generator().manual_seed(0))
    hard = (soft > 0.5).float()
    assert torch.equal(straight_through(hard, soft), hard)


def test_argmax_chooses_the_likeliest_with_the_softmax_gradient() -> None:
    logits = torch.tensor([[0.1, 2.0, -1.0]], requires_grad=True)
    chosen = straight_through_argmax(logits)
    assert chosen.tolist() == [[0.0, 1.0, 0.0]]
    chosen[0, 0].backward()
    p = logits.detach().softmax(-1)[0]
    assert torch.allclose(logits.grad[0], torch.stack([p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]]))


def test_choices_that_are_skipped_get_no_gradient() -> None:
    logits = torch.tensor([3.0, 1.0, 0.0, 2.0], requires_grad=True)
    chosen = straight_through_argmax(logits, skip=1)
    assert chosen.tolist() == [1, 0, 0, 0]
    worth = torch.tensor([5.0, 1.0, -1.0, 2.0])
    (gradient,) = torch.autograd.grad((chosen * worth).sum(), logits)
    others = logits.detach()[1:].softmax(dim=0)
    expected = others * (worth[1:] - (others * worth[1:]).sum())
    assert gradient[0].item() == 0
    assert torch.allclose(gradient[1:], expected)
