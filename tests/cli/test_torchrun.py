"""Two processes that torchrun starts train one run, and say things once."""

import os
import subprocess
import sys

import torch
from safetensors.torch import load_file

from ganola.networks.model_file import MODEL_FILE
from ganola.training.run import CHECKPOINT
from tests.cli import launched
from tests.cli.support import SMALL
from tests.corpora import tiny_corpus

SHARED = (*SMALL, "--set", "vae.batch=5", "--set", "flow.batch=4", "--steps", 6)


def run_launched(folder, *words: object) -> subprocess.CompletedProcess[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*torchrun, launched.__name__, *map(str, words)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def test_two_processes_of_torchrun_train_as_one_and_one_of_them_speaks(ganola, tmp_path) -> None:
    tiny_corpus(tmp_path)
    said = run_launched(tmp_path, "train", "tiny.corpus", *SHARED, "--out", "together")
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("To compute with: 2 processes.") == 1
    assert said.stdout.count("Hear it: ganola generate together") == 1
    assert (tmp_path / "together" / MODEL_FILE).exists()
    assert ganola("train", "tiny.corpus", *SHARED, "--threads", 1, "--out", "alone").status == 0
    one, other = (load_file(tmp_path / name / CHECKPOINT) for name in ("alone", "together"))
    assert one.keys() == other.keys()
    for network in ("generator", "critic", "encoder"):
        weights, others = (
            torch.cat([own[name].flatten() for name in sorted(own) if name.startswith(f"{network}.")])
            for own in (one, other)
        )
        assert (weights - others).norm() < 1e-3 * weights.norm()


def test_what_is_wrong_is_said_once(tmp_path) -> None:
    tiny_corpus(tmp_path)
    said = run_launched(tmp_path, "train", "tiny.corpus", *SHARED, "--set", "networks.generator_normalisation=batch")
    assert said.returncode == 1
    assert said.stderr.count("ganola: this recipe normalises over the batch") == 1
