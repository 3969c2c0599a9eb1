"""A PyTorch network on the Adult census table: trained in seconds, then handed to limbeck with its preprocessing.

`python -m examples.adult` trains the network on half of the table and keeps its weights; `examples.adult:teacher` is
what `limbeck distill` opens. It is distilled on the other half, because a certificate needs rows that did not train
the teacher either.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from limbeck.teachers import Teacher, as_teacher

DATA = Path(__file__).parent / "data"
TRAINING, UNSEEN = DATA / "adult-train.csv.gz", DATA / "adult-unseen.csv.gz"
WEIGHTS = Path(os.environ.get("LIMBECK_CACHE", Path.home() / ".cache" / "limbeck")) / "adult-demo.pt"
LABEL, CLASSES = "target", ("<=50K", ">50K")
HIDDEN, EPOCHS, BATCH, SEED = 64, 6, 256, 0


class Encoder:
    """The network's own preprocessing: numbers standardised, categories one-hot."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.numbers = [name for name in rows if pd.api.types.is_numeric_dtype(rows[name])]
        self.mean, self.std = rows[self.numbers].mean(), rows[self.numbers].std()
        self.categories = {name: sorted(rows[name].unique()) for name in rows if name not in self.numbers}

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        """Turn raw rows into the network's input, shape (n, inputs)."""
        parts = [((rows[self.numbers] - self.mean) / self.std).to_numpy(np.float32)]
        for name, known in self.categories.items():
            parts.append((rows[name].to_numpy(object)[:, None] == np.array(known, object)).astype(np.float32))
        return np.hstack(parts)


def network(inputs: int) -> torch.nn.Module:
    """Return the untrained network."""
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, HIDDEN), torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, 2),
    )  # fmt: skip


def training_rows() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the half of the table that the network learns from, and its labels."""
    table = pd.read_csv(TRAINING)
    return table.drop(columns=LABEL), (table[LABEL] == CLASSES[1]).to_numpy(np.int64)


def train() -> torch.nn.Module:
    """Train the network by Adam on cross-entropy."""
    torch.manual_seed(SEED)
    rows, labels = training_rows()
    inputs, targets = torch.tensor(Encoder(rows)(rows)), torch.tensor(labels)
    net = network(inputs.shape[1])
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(targets))
        for batch in order.split(BATCH):
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(inputs[batch]), targets[batch])
            loss.backward()
            optimiser.step()
        print(f"  epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.3f}")
    return net.eval()


def teacher() -> Teacher:
    """Return the trained network as a teacher of raw rows."""
    encode = Encoder(training_rows()[0])
    if not WEIGHTS.exists():
        main()
    net = network(len(encode.numbers) + sum(len(known) for known in encode.categories.values()))
    net.load_state_dict(torch.load(WEIGHTS, weights_only=True))
    made = as_teacher(net.eval(), preprocess=encode)
    made.classes = CLASSES  # a network has no names for its outputs
    return made


def main() -> None:
    """Train once and keep the weights."""
    if WEIGHTS.exists():
        print(f"The network is trained already: {WEIGHTS}")
        return
    start = time.monotonic()
    print("Training a network of two hidden layers on half of the Adult table:")
    net = train()
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), WEIGHTS)
    print(f"Trained in {time.monotonic() - start:.1f} s, weights in {WEIGHTS}")


if __name__ == "__main__":
    main()
