"""What the tests of commands share: how a command ended, how to run one in this process, and small networks."""

import sys
from dataclasses import dataclass

import pytest

from ganola.cli.main import main

SMALL = (
    "--set", "networks.architecture=mlp", "--set", "networks.width=16", "--set", "networks.encoder_width=8",
    "--set", "networks.flow_width=8", "--set", "training.batch=4",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str


def run_command(*words: object) -> int:
    """Run a command in this process and this folder, and return its exit status."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ganola", *map(str, words)])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0
