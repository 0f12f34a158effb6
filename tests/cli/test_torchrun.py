"""Two processes that torchrun starts train one run, through all phases, and say things once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from ganola.networks.model_file import MODEL_FILE
from ganola.training.callbacks import log
from ganola.training.logs import LOG
from ganola.training.run import CHECKPOINT
from tests.cli import launched
from tests.cli.support import SMALL
from tests.corpora import tiny_corpus

SHARED = (
    *SMALL, "--set", "training.precision=float32", "--set", "training.critic_warmup=0.3",
    "--set", "vae.share=0.35", "--set", "vae.batch=5", "--set", "flow.batch=4",
    "--set", "training.trains=auto", "--set", "objective.penalty=gradient", "--set", "objective.penalty_every=1",
    "--steps", 10,
)  # fmt: skip
# Of a network's weights, what they differ by at most: ten steps by Adam, sums rounded in another order. Measured: 4e-9.
TOLERANCE = 1e-5


def run_launched(folder, *words: object) -> subprocess.CompletedProcess[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*torchrun, launched.__name__, *map(str, words)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def network_weights(run: Path, network: str) -> torch.Tensor:
    weights = load_file(run / CHECKPOINT)
    return torch.cat([weights[name].flatten() for name in sorted(weights) if name.startswith(f"{network}.")])


def test_two_processes_of_torchrun_train_as_one_and_one_of_them_speaks(ganola, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(log, "SECONDS_BETWEEN_LINES", 0.0)
    tiny_corpus(tmp_path)
    said = run_launched(tmp_path, "train", "tiny.corpus", *SHARED, "--out", "together")
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("To compute with: 2 processes.") == 1
    assert said.stdout.count("Hear it: ganola generate together") == 1
    assert (tmp_path / "together" / MODEL_FILE).exists()
    assert ganola("train", "tiny.corpus", *SHARED, "--threads", 1, "--out", "alone").status == 0
    lines = (tmp_path / "alone" / LOG).read_text().splitlines()
    assert list(dict.fromkeys(json.loads(line)["phase"] for line in lines)) == [
        *("vae", "flow", "critic_warmup", "adversarial")
    ]
    for network in ("generator", "critic", "encoder", "ema"):
        one, other = (network_weights(tmp_path / run, network) for run in ("alone", "together"))
        assert (one - other).norm() < TOLERANCE * one.norm()


def test_what_is_wrong_is_said_once(tmp_path) -> None:
    tiny_corpus(tmp_path)
    said = run_launched(tmp_path, "train", "tiny.corpus", *SHARED, "--set", "networks.generator_normalisation=batch")
    assert said.returncode == 1
    assert said.stderr.count("ganola: this recipe normalises over the batch") == 1
