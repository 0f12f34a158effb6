"""Several processes train as one does: in every phase, with shares that differ, and what happens where one is gone."""

import multiprocessing
import os
import signal
import sys

import pytest
import torch
from safetensors.torch import load_file

from ganola.errors import InputError, MachineError
from ganola.networks.inputs import CPU
from ganola.training import followers, loop, optimisation
from ganola.training.budget import Budget
from ganola.training.followers import count_processes, gather_team
from ganola.training.loop import train
from ganola.training.recipe import Recipe, load_recipe
from ganola.training.run import CHECKPOINT, Run, new_run, open_run
from ganola.training.team import ALONE, Team
from tests.training import members
from tests.training.support import MLP, Watcher, flow_recipe, small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")

# Of how far a training moves the weights of a network, what they differ by at most: sums are rounded in another order.
TOLERANCE = 1e-4

ALL_PHASES = {  # of ten steps: 4 of the VAE, 3 of the flow, 1 of warm-up, 2 of the game
    "gradient penalty, augmentation": flow_recipe(
        networks=MLP,
        vae={"share": 0.4, "transpose_after_epochs": 0.1},
        flow={"share": 0.3, "dropout": 0.2},
        objective={"penalty": "gradient", "penalty_every": 2, "augment": "all", "augment_probability": 0.4},
        training={"critic_warmup": 0.3},
    ),
    "R1, the flow alone, replay": flow_recipe(
        vae={"share": 0.4},
        flow={"share": 0.3, "replay_weight": 0.1},
        objective={"loss": "relativistic", "penalty": "r1"},
        training={"critic_warmup": 0.3, "trains": "flow"},
    ),
    "R1, all of the generator, replay": flow_recipe(
        networks=MLP,
        vae={"share": 0.4, "replay_weight": 0.01},
        flow={"share": 0.3, "replay_weight": 0.1},
        objective={"loss": "relativistic", "penalty": "r1"},
        training={"critic_warmup": 0.3},
    ),
}


@pytest.fixture(autouse=True)
def _no_process_left():
    yield
    assert multiprocessing.active_children() == []


def largest_difference(one: Run, other: Run, start: Run) -> float:
    """The largest difference of a network, in multiples of how far it has moved since the start."""
    weights, others, first = (load_file(run.folder / CHECKPOINT) for run in (one, other, start))
    assert weights.keys() == others.keys()
    found = []
    for network in ("generator", "critic", "encoder", "ema"):
        names = [name for name in weights if name.startswith(f"{network}.")]
        apart, moved = (
            sum(float((weights[name].double() - beside[name]).square().sum()) for name in names)
            for beside in (others, first)
        )
        assert moved > 0 or network == "encoder"
        found.append((apart / moved) ** 0.5 if moved else apart)
    return max(found)


@pytest.mark.parametrize("recipe", ALL_PHASES.values(), ids=ALL_PHASES)
def test_two_processes_take_the_steps_of_one_in_every_phase(tmp_path, corpus, monkeypatch, recipe) -> None:
    monkeypatch.setattr(optimisation, "Adam", members.Descent)
    monkeypatch.setattr(loop, "follow", members.follow_by_descent)
    alone, together, start = (
        new_run(tmp_path / name, corpus, recipe, Budget(steps=10)) for name in ("alone", "together", "start")
    )
    watchers = [Watcher(), Watcher()]
    train(start, stop=stop_after(0))
    train(alone, watchers[:1])
    train(together, watchers[1:], processes=2)
    assert largest_difference(alone, together, start) < TOLERANCE
    one, two = ([(step.phase, step.samples) for step in watcher.steps] for watcher in watchers)
    assert one == two
    assert [phase for phase, _ in one] == ["vae"] * 4 + ["flow"] * 3 + ["critic_warmup"] + ["adversarial"] * 2
    for by_one, by_two in zip(watchers[0].steps, watchers[1].steps, strict=True):
        assert by_two.metrics == pytest.approx(by_one.metrics, rel=1e-4, abs=1e-5)
        assert by_two.gradient_norms == pytest.approx(by_one.gradient_norms, rel=1e-4)


def shared_recipe(batch: int) -> Recipe:
    """The game alone, without batch normalisation."""
    return small_recipe(networks={"generator_normalisation": "none"}, training={"batch": batch})


class KillOne(Watcher):
    """Kills another process of the training after a step."""

    def on_step(self, event) -> None:
        if event.step == 3:
            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_where_a_process_is_killed_it_says_so_and_goes_on_later_with_another_number(tmp_path, corpus) -> None:
    recipe = shared_recipe(9)
    whole, killed, start = (
        new_run(tmp_path / name, corpus, recipe, Budget(steps=6)) for name in ("whole", "killed", "start")
    )
    train(start, stop=stop_after(0))
    train(whole)
    state = train(killed, stop=stop_after(2), processes=3)
    assert state.step == 2
    with pytest.raises(MachineError, match=r"a process of the training was killed \(signal 9\)") as error:
        train(open_run(killed.folder), [KillOne()], processes=2)
    assert f"--resume {killed.folder}" in error.value.remedy
    assert multiprocessing.active_children() == []
    assert train(open_run(killed.folder)).step == 6
    assert largest_difference(whole, killed, start) < 100 * TOLERANCE  # by Adam; see `members.Descent`


def test_where_no_step_is_left_no_process_starts(tmp_path, corpus, monkeypatch) -> None:
    run = new_run(tmp_path / "run", corpus, shared_recipe(9), Budget(steps=1))
    train(run)
    monkeypatch.setattr(followers, "_Follower", None)
    assert train(open_run(run.folder), processes=2).step == 1
    with pytest.raises(TypeError):
        train(open_run(run.folder, Budget(steps=2)), processes=2)


def test_all_of_a_team_have_the_same_bits(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, shared_recipe(9), Budget(steps=1))
    with gather_team(run, 3, members.take_part) as connect:
        team = connect()
        own = members.exchange(team)
        every = team.gather(members.flatten(own))
    assert torch.equal(every, every[:1].expand(3, -1))
    expected = torch.stack([torch.randn((), generator=torch.Generator().manual_seed(rank)) for rank in range(3)]).sum()
    assert own[0].item() == pytest.approx(expected.item(), rel=1e-5)
    assert own[3].tolist() == [[1, 1], [2, 2], [2, 2]]
    assert own[4].tolist() == [0.1, 5.0]


@pytest.mark.parametrize(
    ("follow", "kind", "words"),
    [
        (members.refuse, InputError, "a wrong note"),
        (members.stumble, ZeroDivisionError, "by a rest"),
        (members.die_early, MachineError, r"a process of the training ended \(exit status 3\)"),
    ],
)
def test_what_ends_another_process_is_raised_here(tmp_path, corpus, follow, kind, words) -> None:
    run = new_run(tmp_path / "run", corpus, shared_recipe(9), Budget(steps=1))
    hook = sys.excepthook
    with pytest.raises(kind, match=words), gather_team(run, 2, follow) as connect:
        connect().sum([torch.zeros(3)])
    assert multiprocessing.active_children() == []
    assert sys.excepthook is hook
    assert followers._INTERFACE not in os.environ


@pytest.mark.parametrize(("count", "size"), [(32, 1), (32, 3), (5, 2), (3, 3), (2, 3)])
def test_shares_are_all_rows_once_and_weigh_one(count, size) -> None:
    shares = [Team(rank, size).share(count) for rank in range(size)]
    assert [row for share in shares for row in range(count)[share.rows]] == list(range(count))
    assert sum(share.weight for share in shares) == pytest.approx(1)
    lengths = [len(range(count)[share.rows]) for share in shares]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize(("count", "size", "step"), [(32, 3, 4), (5, 2, 3), (3, 3, 2), (8, 2, 1)])
def test_every_few_rows_are_the_same_however_they_are_shared(count, size, step) -> None:
    shares = [Team(rank, size).share(count) for rank in range(size)]
    found = [(range(count)[share.rows], *share.every(step)) for share in shares]
    assert [row for rows, some, _ in found for row in rows[some]] == list(range(0, count, step))
    assert sum(weight for *_, weight in found) == pytest.approx(1)
    assert all(weight == len(rows[some]) / len(range(0, count, step)) for rows, some, weight in found)


def test_a_team_of_one_changes_nothing() -> None:
    values = [torch.ones(2), torch.zeros(())]
    assert all(one is other for one, other in zip(ALONE.sum(values), values, strict=True))
    assert ALONE.agree([0.5]) == [0.5]
    rows = torch.arange(6.0).view(3, 2)
    assert torch.equal(ALONE.gather(rows), rows)
    assert ALONE.share(7).weight == 1


PROCESSES = {
    "a core each": ("default", (), 4, 4),
    "four rows each at the least": ("default", (), 64, 8),
    "of the smallest batch": ("default", ("vae.batch=9",), 8, 2),
    "too small a batch": ("default", ("training.batch=7",), 8, 1),
    "batch normalisation": ("prototype", (), 8, 1),
    "the same without it": ("prototype", ("networks.generator_normalisation=none",), 8, 4),
}


@pytest.mark.parametrize(("recipe", "changes", "cores", "expected"), PROCESSES.values(), ids=PROCESSES)
def test_how_many_processes_pay(recipe, changes, cores, expected) -> None:
    assert count_processes(load_recipe(recipe, changes), CPU, cores) == expected
    assert count_processes(load_recipe(recipe, changes), torch.device("cuda"), cores) == 1


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"networks": {"generator_normalisation": "batch"}}, "normalises over the batch"),
        ({"networks": {"generator_normalisation": "none"}}, "6 processes cannot share a batch of 5"),
    ],
)
def test_a_batch_that_cannot_be_shared_is_refused(tmp_path, corpus, sections, words) -> None:
    run = new_run(tmp_path / "run", corpus, small_recipe(**sections), Budget(steps=1))
    with pytest.raises(InputError, match=words):
        train(run, processes=6)
