import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ganola.errors import InputError
from ganola.networks.model import build_networks, load_model, save_model


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
    with pytest.raises(InputError, match="format 99, this one reads 4"):
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
