import json
import os

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save, save_file
from torch.utils._python_dispatch import TorchDispatchMode

from ganola.checksums import blank_checksum, fill_checksum
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.networks.model import Networks, build_networks
from ganola.networks.model_file import halved, load_model, save_model
from tests.models import leave_out, record_of, rewrite
from tests.networks.support import normal, seeded


@pytest.fixture
def saved(make_spec, tmp_path):
    networks = build_networks(make_spec("mirror", generator_normalisation="batch"), np.random.default_rng(5))
    path = tmp_path / "model.safetensors"
    save_model(path, networks, record_of(networks.spec, steps=7))
    return networks, path


def test_the_slope_of_annealed_outputs_is_part_of_a_model(make_spec, tmp_path) -> None:
    networks, latents = build_networks(make_spec(output="slope-annealing"), seeded()), normal(16, 6)
    untrained = networks.generator.eval().rolls(latents)
    networks.generator.discretiser.raise_slope(20.0)
    save_model(tmp_path / "m.safetensors", networks, record_of(networks.spec))
    played = load_model(tmp_path / "m.safetensors").rolls(latents)
    assert torch.equal(played, networks.generator.rolls(latents))
    assert not torch.equal(played, untrained)


def test_a_model_comes_back_as_it_was(saved) -> None:
    networks, path = saved
    model = load_model(path)
    assert model.spec == networks.spec
    assert model.record == record_of(networks.spec, steps=7)
    latents = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    networks.generator.eval()
    assert torch.equal(model.generator(latents).pitch, networks.generator(latents).pitch)
    roll = model.rolls(latents).float()
    assert torch.equal(model.critic(roll), networks.critic(roll))


@pytest.fixture
def saved_in_half(saved, tmp_path):
    networks, whole = saved
    path = tmp_path / "half.safetensors"
    save_model(path, networks, record_of(networks.spec, steps=7), half=True)
    return networks, whole, path


def test_in_half_precision_a_model_is_half_as_large_and_its_header_the_same(saved_in_half) -> None:
    _, whole, half = saved_in_half
    weights = sum(tensor.numel() for tensor in load_file(whole).values())
    assert whole.stat().st_size - half.stat().st_size == pytest.approx(2 * weights, rel=0.02)
    headers = []
    for path in (whole, half):
        with safe_open(path, framework="pt") as file:
            headers.append(file.metadata())
    assert headers[0]["ganola"] == headers[1]["ganola"]
    assert load_model(half).record.steps == 7


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
    assert torch.equal(model.generator(latents).pitch, rounded(latents).pitch)


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(InputError, match="no file that can be read"):
        load_model(tmp_path / "pipe.safetensors")


FOREIGN = {
    "a safetensors file of another program": save({"weight": torch.zeros(3)}),
    "a safetensors file with another header": save({"weight": torch.zeros(3)}, metadata={"format": "pt"}),
    "a text": b"# My music\n\nSome words about it.\n",
    "a MIDI file": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0",
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_another_program_wrote_is_no_model(tmp_path, data) -> None:
    (tmp_path / "other.safetensors").write_bytes(data)
    with pytest.raises(InputError, match="is not a model that ganola made"):
        load_model(tmp_path / "other.safetensors")


def test_another_versions_model_is_refused_with_both_versions(saved) -> None:
    _, path = saved
    rewrite(path, lambda header: header.update(format_version=99))
    with pytest.raises(InputError, match=r"another version of ganola \(its format is 99, this version reads 10\)"):
        load_model(path)


def test_a_model_from_before_there_were_checksums_is_one_of_another_version(saved) -> None:
    _, path = saved
    header = json.dumps({"format_version": 7, "spec": {}, "record": {}})
    save_file(load_file(path), path, metadata={"ganola": header})
    with pytest.raises(InputError, match=r"another version of ganola \(its format is 7, "):
        load_model(path)


def test_the_same_model_is_the_same_file_each_time(saved, tmp_path) -> None:
    networks, path = saved
    for again in range(8):  # safetensors by itself writes a header's two values in either order
        save_model(tmp_path / f"{again}.safetensors", networks, record_of(networks.spec, steps=7))
        assert (tmp_path / f"{again}.safetensors").read_bytes() == path.read_bytes()


def test_every_changed_byte_of_a_model_is_noticed(make_spec, tmp_path) -> None:
    path = tmp_path / "model.safetensors"
    tiny = Grid(lowest=60, pitches=2, steps_per_quarter=1, metre="2/4", bars=1)
    networks = build_networks(make_spec("mlp", monophonic=(True,), grid=tiny, generator_normalisation="none"), seeded())
    save_model(path, networks, record_of(networks.spec))
    whole = path.read_bytes()
    header_end = 8 + int.from_bytes(whole[:8], "little")
    chosen = np.random.default_rng(0).integers(header_end, len(whole), 200)
    for at in (*range(header_end), *map(int, chosen)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        with pytest.raises(InputError):
            load_model(path)


RECORDS = {
    "a tempo of nothing": {"tempo": 0},
    "a tempo that is no number": {"tempo": float("nan")},
    "a tempo backwards": {"tempo": -120},
    "a tempo that nobody plays": {"tempo": 1e9},
    "a tempo in words": {"tempo": "andante"},
    "steps backwards": {"steps": -1},
    "samples that are a list": {"samples": []},
    "no plan": {"plan": None},
    "a plan of other music": {"plan": {"tracks": [{"name": "Tune"}]}},
    "a plan that is a number": {"plan": 7},
    "a recipe that is a list": {"recipe": [1, 2]},
    "a recipe of lists": {"recipe": {"training": {"batch": [1]}}},
    "a tonic that is none": {"common_tonic": "perhaps"},
    "a corpus without a name": {"corpus": None},
    "a fingerprint that is a number": {"corpus_fingerprint": 5},
    "a calibration upside down": {"calibration": {"slope": -1.0, "offset": 0.0}},
    "a calibration that is infinite": {"calibration": {"slope": float("inf"), "offset": 0.0}},
    "half a calibration": {"calibration": {"slope": 1.0}},
    "a distance that is no number": {"validation": {"distance": float("nan"), "floor": 1.0, "ratio": 1.0}},
    "something unknown": {"seconds": 1.0},
}


@pytest.mark.parametrize("change", RECORDS.values(), ids=RECORDS.keys())
def test_a_record_of_wrong_types_or_out_of_bounds_is_refused_in_one_line(saved, change) -> None:
    _, path = saved
    rewrite(path, lambda header: header["record"].update(change))
    with pytest.raises(InputError, match="is cut off or damaged") as refused:
        load_model(path)
    assert "\n" not in refused.value.problem


@pytest.mark.parametrize("field", ["spec", "record"])
@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [[[]]]])
def test_a_header_of_wrong_types_is_refused(saved, field, value) -> None:
    _, path = saved
    rewrite(path, lambda header: header.update({field: value}))
    with pytest.raises(InputError, match="is cut off or damaged"):
        load_model(path)


@pytest.mark.parametrize("field", ["spec", "record"])
def test_a_header_that_lacks_something_is_refused(saved, field) -> None:
    _, path = saved
    rewrite(path, lambda header: header.pop(field))
    with pytest.raises(InputError, match=f"{field} is missing"):
        load_model(path)


@pytest.mark.parametrize("text", ["[]", "7", '"text"', "null", "{", "", "[" * 100_000, '{"a":' * 100_000, "9" * 9_999])
def test_a_header_that_is_no_record_is_refused(saved, text) -> None:
    _, path = saved
    tensors = load_file(path)
    path.write_bytes(fill_checksum(save(tensors, metadata={"ganola": text} | blank_checksum())))
    with pytest.raises(InputError, match=r"is (cut off or damaged|not a model)"):
        load_model(path)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e30])
@pytest.mark.parametrize("player", ["generator", "critic"])
def test_weights_that_no_training_leads_to_are_refused_though_the_checksum_is_right(saved, number, player) -> None:
    _, path = saved

    def spoil(tensors) -> None:
        name = next(name for name in tensors if name.startswith(player) and name.endswith("weight"))
        tensors[name].view(-1)[3] = number

    rewrite(path, tensors=spoil)
    with pytest.raises(InputError, match="are not finite, or far too large"):
        load_model(path)


def test_weights_that_do_not_fit_their_spec_are_refused(saved) -> None:
    _, path = saved
    rewrite(path, lambda header: header["spec"]["networks"].update(width=9))
    with pytest.raises(InputError, match="do not fit together"):
        load_model(path)


def test_a_model_kept_without_its_critic_plays_all_the_same(saved) -> None:
    networks, path = saved
    rewrite(path, tensors=lambda held: leave_out(held, "critic."))
    model = load_model(path)
    assert model.critic is None
    latents = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    networks.generator.eval()
    assert torch.equal(model.generator(latents).pitch, networks.generator(latents).pitch)


def whole_numbers(held) -> None:
    held.update({name: tensor.long() for name, tensor in held.items() if name.endswith("weight")})


PARTS = {
    "half a critic": lambda held: held.pop(next(name for name in held if name.startswith("critic."))),
    "no generator": lambda held: leave_out(held, "generator."),
    "half an encoder": lambda held: held.update({"encoder.weight": torch.zeros(3)}),
    "another player": lambda held: held.update({"listener.weight": torch.zeros(3)}),
    "weights that are whole numbers": whole_numbers,
}


@pytest.mark.parametrize("change", PARTS.values(), ids=PARTS.keys())
def test_parts_that_are_no_model_are_damage(saved, change) -> None:
    _, path = saved
    rewrite(path, tensors=change)
    with pytest.raises(InputError, match="do not fit together"):
        load_model(path)


HUGE = 10**9


class LargestTensor(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that takes memory."""

    numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor) and made.device.type != "meta":
            self.numbers = max(self.numbers, made.numel())
        return made


def change_grid(header, **grid) -> None:
    """Change the grid of a model and of the plan by which music is read for it."""
    header["spec"]["grid"].update(grid)
    header["record"]["plan"].update(grid)


def change_tracks(header, count: int) -> None:
    """Give a model, and its plan, so many tracks."""
    tracks = [{"name": f"track {index}", "monophonic": True} for index in range(count)]
    header["spec"]["tracks"] = tracks
    header["record"]["plan"]["tracks"] = [track | {"takes": [track["name"]]} for track in tracks]


BEYOND_BOUNDS = {
    "tracks": lambda header: change_tracks(header, 100_000),
    "no tracks": lambda header: change_tracks(header, 0),
    "latent": lambda header: header["spec"]["networks"].update(latent=HUGE),
    "width": lambda header: header["spec"]["networks"].update(width=HUGE),
    "prior": lambda header: header["spec"]["networks"].update(prior="flow", flow_width=HUGE),
    "encoder": lambda header: header["spec"]["networks"].update(encoder_width=HUGE),
    "guidance": lambda header: header["spec"]["networks"].update(guidance=HUGE),
    "bars": lambda header: change_grid(header, bars=HUGE),
    "pitches": lambda header: change_grid(header, pitches=HUGE),
    "steps": lambda header: change_grid(header, metre="99/1", steps_per_quarter=48, bars=64),
}
BEYOND_THE_FILE = {
    "layers": lambda header: header["spec"]["networks"].update(architecture="mlp", width=2048, latent=4096),
    "steps": lambda header: change_grid(header, bars=64, steps_per_quarter=48),
    "tracks": lambda header: change_tracks(header, 255),
}


def refused_without_memory_taken(path, said: str) -> None:
    largest = max(tensor.numel() for tensor in load_file(path).values())
    with LargestTensor() as seen, pytest.raises(InputError, match=said):
        load_model(path)
    assert seen.numbers <= largest


@pytest.mark.parametrize("change", BEYOND_BOUNDS.values(), ids=BEYOND_BOUNDS.keys())
def test_a_header_that_asks_for_more_than_a_laptop_has_is_damage(saved, change) -> None:
    _, path = saved
    rewrite(path, change)
    refused_without_memory_taken(path, "damaged: spec")


@pytest.mark.parametrize("change", BEYOND_THE_FILE.values(), ids=BEYOND_THE_FILE.keys())
def test_a_header_that_asks_for_more_than_the_file_has_is_damage(saved, change) -> None:
    _, path = saved
    rewrite(path, change)
    refused_without_memory_taken(path, "do not fit together")


def test_a_models_weights_are_of_the_files_numbers_and_learn_and_lie_as_built_ones_do(saved) -> None:
    networks, path = saved
    model = load_model(path)
    for own, loaded in ((networks.generator, model.generator), (networks.critic, model.critic)):
        expected, weights = own.state_dict(), loaded.state_dict()
        assert weights.keys() == expected.keys()
        assert all(torch.equal(weights[name], tensor) for name, tensor in expected.items())
        assert {tensor.device.type for tensor in weights.values()} == {"cpu"}
        assert all(tensor.data_ptr() % 64 == 0 for tensor in weights.values())
        assert all(parameter.requires_grad for parameter in loaded.parameters())
