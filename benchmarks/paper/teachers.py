"""Networks trained on random trees, kept in a cache: `python -m benchmarks.paper.teachers`."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.paper.network import (
    Report,
    ResidualNetwork,
    Schedule,
    logits,
    new_network,
    paper_schedule,
    quick_schedule,
    train,
)
from benchmarks.paper.random_trees import RandomTree, full_tree, random_bits

__all__ = ["TrainedTeacher", "cache_folder", "fresh_accuracy", "trained_teacher"]

TRAINING_VERSION = 1
"""Part of the cache's key: raise it when a change to trees, network or training changes what is trained."""

FRESH_ROWS = 20_000
SCHEDULES: dict[str, Callable[[int], Schedule]] = {"paper": paper_schedule, "quick": quick_schedule}


@dataclass(frozen=True)
class TrainedTeacher:
    """A trained network beside the tree it was trained on.

    Parameters
    ----------
    network : ResidualNetwork
        Bits (n, p) to logits (n, 1), in float32.
    tree : RandomTree
        The tree that labelled the training rows.
    accuracy : float
        Share of `FRESH_ROWS` rows, not used in training, on which the network gives the tree's label.
    steps : int
        Training steps done.
    seconds : float
        Wall time of the training, when it was done.
    """

    network: ResidualNetwork
    tree: RandomTree
    accuracy: float
    steps: int
    seconds: float


@dataclass(frozen=True)
class Settings:
    """Everything that determines a teacher."""

    depth: int
    seed: int
    n_variables: int
    width: int
    n_maps: int
    schedule: Schedule
    version: int = TRAINING_VERSION

    def key(self) -> str:
        """Hash of the content, which names the files of the cache."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def rng(self, stream: int) -> np.random.Generator:
        """One of the independent random streams: 0 tree, 1 training rows, 2 fresh rows."""
        return np.random.default_rng([self.seed, self.depth, stream])


def cache_folder() -> Path:
    """`LIMBECK_CACHE`, or a folder of the user's."""
    return Path(os.environ.get("LIMBECK_CACHE", Path.home() / ".cache" / "limbeck" / "paper"))


def trained_teacher(
    depth: int,
    seed: int,
    schedule: str | Schedule = "quick",
    *,
    n_variables: int = 100,
    width: int = 1000,
    n_maps: int = 5,
    cache: Path | None = None,
    report: Report = lambda step, loss: None,
) -> TrainedTeacher:
    """Load the teacher of these settings, or train it and keep it.

    The tree depends on `seed`, `depth` and `n_variables` alone, so that every schedule is given the same one.
    """
    chosen = SCHEDULES[schedule](depth) if isinstance(schedule, str) else schedule
    settings = Settings(depth, seed, n_variables, width, n_maps, chosen)
    folder = cache or cache_folder()
    record = folder / f"{settings.key()}.json"
    if record.exists():
        return _load(record, settings)
    teacher = _trained(settings, report)
    _save(teacher, settings, record)
    return teacher


def fresh_accuracy(network: torch.nn.Module, tree: RandomTree, n_rows: int, rng: np.random.Generator) -> float:
    """Share of fresh rows on which the sign of the logit is the tree's label."""
    x = random_bits(n_rows, tree.n_variables, rng)
    return float(((logits(network, x) > 0) == (tree.labels(x) > 0)).mean())


def _trained(settings: Settings, report: Report) -> TrainedTeacher:
    """Draw the tree and the network, train, and measure."""
    tree = full_tree(settings.depth, settings.n_variables, settings.rng(0))
    network = new_network(settings.n_variables, settings.width, settings.n_maps, settings.seed)
    start = time.perf_counter()
    steps = train(network, tree, settings.schedule, settings.rng(1), report)
    seconds = time.perf_counter() - start
    network.eval()
    return TrainedTeacher(network, tree, fresh_accuracy(network, tree, FRESH_ROWS, settings.rng(2)), steps, seconds)


def _save(teacher: TrainedTeacher, settings: Settings, record: Path) -> None:
    """Write the weights, then the record whose presence says that they are there."""
    record.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.contiguous() for name, value in teacher.network.state_dict().items()}
    if find_spec("safetensors"):
        from safetensors.torch import save_file

        weights, write = record.with_suffix(".safetensors"), save_file
    else:
        weights, write = record.with_suffix(".pt"), torch.save
    _replace(weights, lambda path: write(state, path))
    tree = {name: value.tolist() for name, value in vars(teacher.tree).items() if isinstance(value, np.ndarray)}
    content = {
        "settings": asdict(settings),
        "weights": weights.name,
        "accuracy": teacher.accuracy,
        "steps": teacher.steps,
        "seconds": teacher.seconds,
        # NumPy may change what a seed draws, so the tree is kept too.
        "tree": tree,
    }
    _replace(record, lambda path: path.write_text(json.dumps(content)))


def _load(record: Path, settings: Settings) -> TrainedTeacher:
    """Read a teacher back; weights are plain tensors, never pickled objects."""
    content: dict[str, Any] = json.loads(record.read_text())
    weights = record.with_name(content["weights"])
    if weights.suffix == ".safetensors":
        from safetensors.torch import load_file

        state = load_file(weights)
    else:
        state = torch.load(weights, weights_only=True)
    network = new_network(settings.n_variables, settings.width, settings.n_maps, settings.seed)
    network.load_state_dict(state)
    arrays = {name: np.array(value, np.int8 if name == "label" else np.intp) for name, value in content["tree"].items()}
    tree = RandomTree(n_variables=settings.n_variables, **arrays)
    return TrainedTeacher(network.eval(), tree, content["accuracy"], content["steps"], content["seconds"])


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside and rename, so that no reader sees half a file."""
    part = path.with_name(f"{path.stem}.{os.getpid()}{path.suffix}")
    write(part)
    part.replace(path)


def main() -> None:
    """Train every teacher that is asked for and print a table."""
    parser = argparse.ArgumentParser(description="Train the paper's networks on random trees, or find them cached.")
    parser.add_argument("--depths", type=int, nargs="+", default=[2, 3, 4, 5])
    parser.add_argument("--trees", type=int, default=5, help="trees of each depth, seeds 0, 1, ...")
    parser.add_argument("--schedule", choices=sorted(SCHEDULES), default="quick")
    parser.add_argument("--variables", type=int, default=100)
    parser.add_argument("--threads", type=int, help="PyTorch threads; all cores by default")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    print(f"{'depth':>5} {'tree':>4} {'leaves':>6} {'pruned':>6} {'accuracy':>8} {'steps':>7} {'seconds':>7}")
    for depth in arguments.depths:
        for seed in range(arguments.trees):
            teacher = trained_teacher(
                depth,
                seed,
                arguments.schedule,
                n_variables=arguments.variables,
                report=lambda step, loss, name=f"depth {depth} tree {seed}": print(
                    f"\r{name}: step {step}, loss {loss:.4f}   ", end="", file=sys.stderr, flush=True
                ),
            )
            tree, blank = teacher.tree, "\r" + " " * 60 + "\r"
            print(blank, end="", file=sys.stderr, flush=True)
            print(
                f"{depth:5} {seed:4} {tree.n_leaves:6} {tree.n_pruned_leaves:6} {teacher.accuracy:8.4%} "
                f"{teacher.steps:7} {teacher.seconds:7.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
