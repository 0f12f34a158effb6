import torch
from torch.autograd import gradcheck

from ganola.networks.sustain import sustain_scan


def test_a_hold_sounds_what_sounded_and_nothing_after_a_rest() -> None:
    # Steps: C4, hold, hold, rest, hold, D4, hold.
    onset = torch.zeros(1, 1, 7, 3)
    onset[0, 0, 0, 0] = onset[0, 0, 5, 2] = 1
    hold = torch.tensor([[[0.0, 1, 1, 0, 1, 0, 1]]]).unsqueeze(3)
    sustain = sustain_scan(onset, hold)[0, 0]
    assert sustain[:, 0].tolist() == [0, 1, 1, 0, 0, 0, 0]
    assert sustain[:, 2].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_the_scan_has_the_gradient_of_what_it_computes() -> None:
    randomness = torch.Generator().manual_seed(1)
    onset = torch.rand(2, 1, 4, 3, dtype=torch.float64, generator=randomness, requires_grad=True)
    hold = torch.rand(2, 1, 4, 1, dtype=torch.float64, generator=randomness, requires_grad=True)
    assert gradcheck(sustain_scan, (onset, hold))
    before = torch.rand(2, 1, 3, dtype=torch.float64, generator=randomness, requires_grad=True)
    assert gradcheck(sustain_scan, (onset, hold.detach().expand(-1, -1, -1, 3).clone().requires_grad_(), before))
