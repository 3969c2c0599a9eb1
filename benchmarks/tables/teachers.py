"""The teachers: networks of two hidden layers and boosted trees, trained on true labels and kept in a cache."""

from __future__ import annotations

import hashlib
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from benchmarks.tables.columns import Columns, is_numeric
from limbeck.teachers import Teacher, as_teacher

__all__ = ["TEACHERS", "TableTeacher", "cache_folder", "train_teacher"]

TRAINING_VERSION = 1
"""Part of the cache's key: raise it when a change here changes what is trained."""

TEACHERS = ("mlp", "boosting")
WIDTHS, BATCH, STEPS, MOST_EPOCHS, RATE, DECAY = (128, 64), 128, 3000, 100, 2e-3, 1e-4


@dataclass(frozen=True, eq=False)
class TableTeacher:
    """A trained model of raw rows.

    Parameters
    ----------
    model : Module or Pipeline
        The network, or the pipeline of preprocessing and boosted trees.
    columns : Columns or None
        The network's preprocessing.
    task : {"classification", "regression"}
        What it was trained for.
    """

    model: Any
    columns: Columns | None
    task: str

    def outputs(self, rows: pd.DataFrame) -> NDArray[Any]:
        """Return scores (n, classes), or values (n,) for regression."""
        if self.columns is not None:
            with torch.no_grad():
                return self.model(torch.from_numpy(self.columns(rows))).numpy()
        return self.model.predict_proba(rows) if self.task == "classification" else self.model.predict(rows)

    def __call__(self, rows: pd.DataFrame) -> NDArray[Any]:
        """Return the numbers of the classes, or the values, on raw rows: what a tree has to answer."""
        outputs = self.outputs(rows)
        if self.task == "regression":
            return outputs.astype(np.float64)
        return (outputs.argmax(axis=1) if self.columns is not None else self.model.predict(rows)).astype(np.int64)

    def for_limbeck(self) -> Teacher:
        """Return what a user would hand to `limbeck.distill`: the network with its preprocessing, or the pipeline."""
        return as_teacher(self.model, preprocess=self.columns) if self.columns is not None else as_teacher(self.model)


def cache_folder() -> Path:
    """`LIMBECK_CACHE`, or a folder of the user's."""
    return Path(os.environ.get("LIMBECK_CACHE", Path.home() / ".cache" / "limbeck")) / "tables"


def train_teacher(kind: str, rows: pd.DataFrame, y: NDArray[Any], task: str, n_classes: int, seed: int) -> TableTeacher:
    """Return the teacher of these rows and this seed, from the cache when it was trained before."""
    content = hashlib.sha256(pickle.dumps([TRAINING_VERSION, kind, task, n_classes, seed, list(rows), y]))
    content.update(pd.util.hash_pandas_object(rows).to_numpy().tobytes())
    path = cache_folder() / f"{content.hexdigest()[:20]}.{'pt' if kind == 'mlp' else 'pickle'}"
    train = _network if kind == "mlp" else _boosting
    return train(path, rows, y, task, n_classes, seed)


def _network(path: Path, rows: pd.DataFrame, y: NDArray[Any], task: str, n_classes: int, seed: int) -> TableTeacher:
    """Load the weights, or train by Adam and keep them."""
    columns = Columns(rows, standardise=True)
    inputs = torch.from_numpy(columns(rows))
    torch.manual_seed(seed)
    net = _untrained(inputs.shape[1], n_classes)
    if path.exists():
        net.load_state_dict(torch.load(path, weights_only=True))
    elif task == "classification":
        _train(net, inputs, torch.from_numpy(y.astype(np.int64)), torch.nn.functional.cross_entropy)
    else:
        mean, spread = float(y.mean()), float(y.std())
        _train(net, inputs, torch.from_numpy(((y - mean) / spread).astype(np.float32)), torch.nn.functional.mse_loss)
        with torch.no_grad():  # the last layer answers in the target's own unit
            net[4].weight.mul_(spread)
            net[4].bias.mul_(spread).add_(mean)
    if not path.exists():
        _replace(path, lambda part: torch.save(net.state_dict(), part))
    return TableTeacher(net.eval(), columns, task)


def _untrained(inputs: int, n_classes: int) -> torch.nn.Sequential:
    """Return the network: one score a class, or one number a row."""
    last = torch.nn.Linear(WIDTHS[1], n_classes or 1)
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, WIDTHS[0]), torch.nn.ReLU(), torch.nn.Linear(*WIDTHS), torch.nn.ReLU(), last,
        *(() if n_classes else (torch.nn.Flatten(0),)),
    )  # fmt: skip


def _train(net: torch.nn.Sequential, inputs: torch.Tensor, targets: torch.Tensor, loss_of: Any) -> None:
    """Train with one thread, so that the same seed gives the same weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    batches = -(-len(targets) // BATCH)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE, weight_decay=DECAY)
    for _ in range(min(MOST_EPOCHS, -(-STEPS // batches))):
        for batch in torch.randperm(len(targets)).split(BATCH):
            optimiser.zero_grad()
            loss_of(net(inputs[batch]), targets[batch]).backward()
            optimiser.step()
    torch.set_num_threads(threads)


def _boosting(path: Path, rows: pd.DataFrame, y: NDArray[Any], task: str, n_classes: int, seed: int) -> TableTeacher:
    """Load the pipeline that this machine kept, or fit it and keep it."""
    if path.exists():
        return TableTeacher(pickle.loads(path.read_bytes()), None, task)
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    nominal = [name for name in rows if not is_numeric(rows[name])]
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), nominal), remainder="passthrough"
    )
    boosted = HistGradientBoostingClassifier if task == "classification" else HistGradientBoostingRegressor
    model = make_pipeline(encode, boosted(random_state=seed, early_stopping=False)).fit(rows, y)
    _replace(path, lambda part: part.write_bytes(pickle.dumps(model)))
    return TableTeacher(model, None, task)


def _replace(path: Path, write: Any) -> None:
    """Write beside and rename, so that no reader sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}.{os.getpid()}{path.suffix}")
    write(part)
    part.replace(path)
