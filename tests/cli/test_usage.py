import inspect
import re

import pytest
import typer

from ganola.cli.main import app
from ganola.cli.usage import Command, Group

COMMANDS = [(), ("corpus",), ("corpus", "survey"), ("corpus", "build"), ("corpus", "show"), ("corpus", "export")] + [
    (name,) for name in ("train", "generate", "judge", "evaluate", "info", "demo")
]
OF_LIBRARIES = (
    r"<\w|range\]|RANGE|\[required\]|\[default|Input should|Invalid value|No such|Usage:|Try '|Show this message"
)

# What is called, what is wrong with it, and what to do.
CALLS = {
    "an unknown command": (("sing",), "there is no command sing", "The commands are: train, generate,"),
    "a command misspelt": (("trian",), "there is no command trian", "Did you mean train?"),
    "one within a group": (("corpus", "buld"), "there is no command buld", "Did you mean build?"),
    "an unknown option": (("generate", "-x"), "there is no option -x", "See: ganola generate --help"),
    "an option misspelt": (("train", "--minuts", "3"), "there is no option --minuts", "Did you mean --minutes?"),
    "an option before a command": (("--foo", "train"), "there is no option --foo", "See: ganola --help"),
    "an option without its value": (("train", "--set"), "--set needs a value after it", "See: ganola train --help"),
    "a flag with a value": (("generate", "--no-copies=3"), "--no-copies takes no value", "See: ganola generate --help"),
    "too many words": (("info", "a", "b"), "b is one word too many", "See: ganola info --help"),
    "no argument": (("judge",), "MODEL is missing", "See: ganola judge --help"),
    "not all arguments": (("judge", "chorales"), "FILE... is missing", "See: ganola judge --help"),
    "no option that is needed": (("corpus", "build", "x"), "--out is missing", "See: ganola corpus build --help"),
    "too small a number": (
        ("train", "--minutes", "0"),
        "--minutes is 0, and has to be a number, 0.01 or more",
        "See: ganola train --help",
    ),
    "too large a number": (
        ("generate", "--count", "100001"),
        "--count is 100001, and has to be a whole number, from 1 to 100,000",
        "See: ganola generate --help",
    ),
    "no number": (
        ("train", "--steps", "many"),
        "--steps is many, and has to be a whole number, 1 or more",
        "See: ganola train --help",
    ),
    "no finite number": (
        ("generate", "--tempo=nan"),
        "--tempo is nan, and has to be a number, from 10 to 400",
        "See: ganola generate --help",
    ),
    "the last of several values": (
        ("train", "--seed=1", "--seed=-1"),
        "--seed is -1, and has to be a whole number, 0 or more",
        "See: ganola train --help",
    ),
    "nothing for a number": (
        ("generate", "--seed="),
        "--seed is empty, and has to be a whole number, 0 or more",
        "See: ganola generate --help",
    ),
    "a choice misspelt": (
        ("evaluate", "chorales", "--split", "tset"),
        "--split is tset, and has to be test or validation",
        "Did you mean test?",
    ),
    "a collection misspelt": (
        ("corpus", "build", "chorals", "--out", "x"),
        "there is no folder chorals",
        "Did you mean chorales?",
    ),
    "music to train on misspelt": (
        ("train", "choralse", "--out", "x"),
        "there is no folder choralse",
        "Did you mean chorales?",
    ),
    "a model misspelt": (("generate", "choral"), "there is no file choral", "Did you mean chorales?"),
    "music to judge by a model misspelt": (("info", "Choral"), "there is no file Choral", "Did you mean chorales?"),
    "music to evaluate misspelt": (
        ("evaluate", "choarles", "--corpus", "c"),
        "choarles does not exist",
        "Did you mean chorales?",
    ),
    "a recipe misspelt": (("train", "--recipe", "defalt"), "there is no recipe defalt", "Did you mean default?"),
    "a format misspelt": (("generate", "--format", "musicxlm"), "unknown format musicxlm", "Did you mean musicxml?"),
    "a key of a recipe misspelt": (
        ("train", "--set", "training.bacth=3"),
        "a recipe has no key training.bacth",
        "Did you mean training.batch?",
    ),
    "a key without its section": (
        ("train", "--set", "bacth=3"),
        "a recipe has no key bacth",
        "Did you mean vae.batch, flow.batch or training.batch?",
    ),
    "a key that is like none": (
        ("train", "--set", "zzz=3"),
        "a recipe has no key zzz",
        "ganola info chorales shows all",
    ),
    "a choice of a recipe misspelt": (
        ("train", "--set", "objective.loss=wasserstien"),
        "objective.loss is wasserstien, and has to be wasserstein, minimax,",
        "Did you mean wasserstein?",
    ),
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command) or "ganola")
def test_help_is_in_ganolas_own_words(ganola, command) -> None:
    said = ganola(*command, "--help")
    assert said.status == 0
    assert not re.search(OF_LIBRARIES, said.out)
    assert max(map(len, said.out.splitlines())) <= 80


def test_help_says_what_a_value_can_be_and_what_it_is_else(ganola) -> None:
    text = " ".join(ganola("corpus", "build", "--help").out.split())
    assert "ganola corpus build SOURCE --out DIR [OPTIONS]" in text
    assert "--bars NUMBER Bars in a phrase. (from 1 to 64; default 4)" in text
    assert "--keep-keys Leave every piece in its key." in text
    assert "--out DIR The folder to make. (required)" in text
    assert "(merged, named, families or voices)" in text
    generate = " ".join(ganola("generate", "--help").out.split())
    assert "ganola generate [MODEL] [OPTIONS]" in generate
    assert "from 1 to 100,000; default 8" in generate


@pytest.mark.parametrize(("words", "problem", "remedy"), CALLS.values(), ids=CALLS.keys())
def test_a_wrong_call_gets_two_lines_that_say_what_to_do(ganola, words, problem, remedy) -> None:
    said = ganola(*words)
    assert said.status == 2, said.out + said.err
    first, second = said.err.strip().splitlines()
    assert first.startswith("ganola: ")
    assert problem in first
    assert second.startswith(f"  {remedy}")


@pytest.mark.parametrize("words", [(), ("--",), ("corpus",)], ids=str)
def test_a_group_without_a_command_shows_its_help_and_has_status_2(ganola, words) -> None:
    said = ganola(*words)
    assert said.status == 2
    assert "Commands" in said.out
    assert not said.err


def test_every_command_speaks_in_own_words() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, Group)
    for command in group.commands.values():
        assert isinstance(command, Command | Group)
    assert all(isinstance(own, Command) for own in group.commands["corpus"].commands.values())


def test_every_option_and_argument_of_a_command_is_explained() -> None:
    group = typer.main.get_command(app)
    for command in [*group.commands.values(), *group.commands["corpus"].commands.values()]:
        declared = inspect.signature(command.callback).parameters if command.callback else {}
        assert all(param.help for param in command.params if param.name in declared)
