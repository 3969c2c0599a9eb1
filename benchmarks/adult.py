"""The main job on the Adult census table, 32 561 rows: a trained torch MLP, distilled directly and through ONNX.

The network is trained on half of the table. A quarter that it has not seen is kept for the certificate.

`python -m benchmarks.adult` prints the figures of `benchmarks/README.md`.
"""

from __future__ import annotations

import resource
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from examples import adult
from sklearn.tree import DecisionTreeClassifier

import limbeck
from limbeck.core import as_table
from limbeck.teachers import Teacher


def main() -> None:
    """Distil twice, compare the trees, and put scikit-learn's greedy tree beside them."""
    if not adult.WEIGHTS.exists():
        adult.main()
    teacher = adult.teacher()
    seen, unseen = (pd.read_csv(path).drop(columns=adult.LABEL) for path in (adult.TRAINING, adult.UNSEEN))
    half = len(unseen) // 2
    rows, kept = pd.concat([seen, unseen[:half]], ignore_index=True), unseen[half:]
    encode = adult.Encoder(adult.training_rows()[0])
    results = {}
    through_onnx = limbeck.as_teacher(_onnx_file(encode), preprocess=encode)
    through_onnx.classes = adult.CLASSES
    for name, model in (("torch", teacher), ("ONNX", through_onnx)):
        start = time.monotonic()
        results[name] = limbeck.distill(model, rows, max_leaves=16, certificate_rows=kept)
        seconds = time.monotonic() - start
        claim = results[name].certificate
        print(
            f"{name:6s} {seconds:5.1f} s  {results[name].tree.n_leaves} leaves  fidelity {claim.fidelity:.4f} on "
            f"{claim.n_rows} certificate rows, at least {claim.fidelity_limit:.4f} (delta = {claim.delta})"
        )
    same = results["torch"].tree == results["ONNX"].tree
    print(f"same tree through torch and ONNX: {same}")
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    _greedy(teacher, unseen)


def _onnx_file(encode: adult.Encoder) -> Path:
    """Export the trained network."""
    inputs = len(encode.numbers) + sum(len(known) for known in encode.categories.values())
    net = adult.network(inputs)
    net.load_state_dict(torch.load(adult.WEIGHTS, weights_only=True))
    path = Path(tempfile.mkdtemp()) / "adult.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net.eval(), (torch.zeros(2, inputs),), str(path),
            dynamic_shapes=({0: torch.export.Dim("rows")},), verbose=False,
        )  # fmt: skip
    return path


def _greedy(teacher: Teacher, rows: pd.DataFrame) -> None:
    """Put scikit-learn's greedy tree beside limbeck's, both from three quarters of the rows, tested on the rest."""
    order = np.random.default_rng(0).permutation(len(rows))
    fit, test = np.split(order, [3 * len(rows) // 4])
    labels = np.array(adult.CLASSES)[teacher.predict(as_table(rows)).argmax(axis=1)]
    one_hot = pd.get_dummies(rows).to_numpy(np.float64)
    result = limbeck.distill(teacher, rows.iloc[fit], max_leaves=16, certificate=0)
    for leaves in (4, 8, 16):
        cart = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(one_hot[fit], labels[fit])
        greedy = (cart.predict(one_hot[test]) == labels[test]).mean()
        own = (result.best(leaves).tree.predict(rows.iloc[test]) == labels[test]).mean()
        print(f"{leaves:3d} leaves: limbeck {own:.4f}, scikit-learn {greedy:.4f} on the same {len(test)} unseen rows")


if __name__ == "__main__":
    main()
