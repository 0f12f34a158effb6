import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ganola.errors import InputError
from ganola.networks.model import Networks, build_networks, halved, load_model, save_model


@pytest.fixture
def saved(make_spec, tmp_path):
    networks = build_networks(make_spec("mirror", generator_normalisation="batch"), np.random.default_rng(5))
    path = tmp_path / "model.safetensors"
    save_model(path, networks, {"steps": 7})
    return networks, path


def test_a_model_comes_back_as_it_was(saved) -> None:
    networks, path = saved
    model = load_model(path)
    assert model.spec == networks.spec
    assert model.record == {"steps": 7}
    latents = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    networks.generator.eval()
    assert torch.equal(model.generator(latents).cells, networks.generator(latents).cells)
    roll = model.rolls(latents).float()
    assert torch.equal(model.critic(roll), networks.critic(roll))


@pytest.fixture
def saved_in_half(saved, tmp_path):
    networks, whole = saved
    path = tmp_path / "half.safetensors"
    save_model(path, networks, {"steps": 7}, half=True)
    return networks, whole, path


def test_in_half_precision_a_model_is_half_as_large_and_its_header_the_same(saved_in_half) -> None:
    _, whole, half = saved_in_half
    weights = sum(tensor.numel() for tensor in load_file(whole).values())
    assert whole.stat().st_size - half.stat().st_size == pytest.approx(2 * weights, rel=0.02)
    headers = []
    for path in (whole, half):
        with safe_open(path, framework="pt") as file:
            headers.append(file.metadata())
    assert headers[0] == headers[1]
    assert load_model(half).record == {"steps": 7}


def test_after_the_first_rounding_a_model_is_rounded_no_further(saved_in_half, tmp_path) -> None:
    _, _, path = saved_in_half
    model = load_model(path)
    again = tmp_path / "again.safetensors"
    save_model(again, Networks(model.spec, model.generator, model.critic), model.record, half=True)
    assert again.read_bytes() == path.read_bytes()


def test_a_model_in_half_precision_plays_as_its_rounded_weights_do(saved_in_half) -> None:
    networks, _, path = saved_in_half
    model = load_model(path)
    rounded = networks.generator.eval()
    weights = dict(rounded.named_parameters())
    with torch.no_grad():
        for name, tensor in rounded.state_dict().items():
            tensor.copy_(halved(tensor, together=name in weights))
    assert any(tensor.dtype == torch.float16 for tensor in load_file(path).values())
    assert all(weight.dtype == torch.float32 for weight in model.generator.parameters())
    latents = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.generator(latents).cells, rounded(latents).cells)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("numbers", "fits"),
    [
        ([1.0, -0.25, 65504.0], True),
        ([1 / 3, -0.1, 0.0], True),  # rounded
        ([1.0, 70_000.0], False),  # no number of float16
        ([1e300, 1.0], False),
        ([1e-6, 3e-7], False),  # hardly a digit left
        ([1.0, float("nan")], False),
        ([1.0, float("inf")], False),
        ([0.0, 0.0], True),
    ],
)
def test_what_float16_cannot_hold_stays_as_it_is(numbers, fits, together) -> None:
    tensor = torch.tensor(numbers, dtype=torch.float64)
    kept = halved(tensor, together=together)
    assert kept.dtype == (torch.float16 if fits else torch.float64)
    if fits:
        assert torch.allclose(kept.double(), tensor, rtol=2**-11, atol=0)


def test_a_tiny_weight_vanishes_among_larger_ones_but_a_tiny_variance_does_not() -> None:
    tensor = torch.tensor([0.5, 1e-7])
    assert halved(tensor, together=True).dtype == torch.float16
    assert halved(tensor, together=False) is tensor


def test_counters_stay_whole_numbers() -> None:
    counter = torch.tensor(4097)
    assert halved(counter, together=False) is counter


def test_a_model_cut_off_anywhere_is_refused_in_words(saved) -> None:
    _, path = saved
    whole = path.read_bytes()
    for length in (0, 4, 8, 200, len(whole) // 3, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="cut off or damaged"):
            load_model(path)


def test_a_missing_model_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"nothing\.safetensors"):
        load_model(tmp_path / "nothing.safetensors")


def test_someone_elses_safetensors_file_is_refused(tmp_path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="not made by ganola"):
        load_model(tmp_path / "other.safetensors")


def change_header(path, change) -> None:
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["ganola"])
    change(header)
    save_file(load_file(path), path, metadata={"ganola": json.dumps(header)})


def test_another_versions_model_is_refused_with_both_versions(saved) -> None:
    _, path = saved
    change_header(path, lambda header: header.update(format_version=99))
    with pytest.raises(InputError, match="format 99, this one reads 6"):
        load_model(path)


def test_weights_that_do_not_fit_their_spec_are_refused(saved) -> None:
    _, path = saved
    change_header(path, lambda header: header["spec"]["networks"].update(width=9))
    with pytest.raises(InputError, match="do not fit together"):
        load_model(path)


def test_a_model_kept_without_its_critic_plays_all_the_same(saved) -> None:
    networks, path = saved
    kept = {name: tensor for name, tensor in load_file(path).items() if not name.startswith("critic.")}
    with safe_open(path, framework="pt") as file:
        save_file(kept, path, metadata=file.metadata())
    model = load_model(path)
    assert model.critic is None
    latents = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    networks.generator.eval()
    assert torch.equal(model.generator(latents).cells, networks.generator(latents).cells)


def test_half_a_critic_is_damage(saved) -> None:
    _, path = saved
    kept = load_file(path)
    del kept[next(name for name in kept if name.startswith("critic."))]
    with safe_open(path, framework="pt") as file:
        save_file(kept, path, metadata=file.metadata())
    with pytest.raises(InputError, match="do not fit together"):
        load_model(path)


def test_a_model_without_its_generator_is_damage(saved) -> None:
    _, path = saved
    kept = {name: tensor for name, tensor in load_file(path).items() if name.startswith("critic.")}
    with safe_open(path, framework="pt") as file:
        save_file(kept, path, metadata=file.metadata())
    with pytest.raises(InputError, match="do not fit together"):
        load_model(path)
