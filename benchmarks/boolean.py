"""A boolean function on which greedy trees fail, computed by a trained MLP: `python -m benchmarks.boolean`."""

from __future__ import annotations

import time

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

import limbeck

N_ROWS, N_FRESH, N_BITS, SEEDS = 8000, 20_000, 20, 5


def target(x: np.ndarray) -> np.ndarray:
    """`x0 ? x1 ⊕ x2 : (x3 ? x4 ⊕ x5 : x6)`."""
    return np.where(x[:, 0], x[:, 1] ^ x[:, 2], np.where(x[:, 3], x[:, 4] ^ x[:, 5], x[:, 6]))


def main() -> None:
    """Distil one trained network for each seed; fidelity is agreement with the network on fresh rows."""
    print(f"{N_ROWS} rows, {N_BITS} bits, 16 leaves; fidelity on {N_FRESH} fresh rows")
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        rows, fresh = rng.integers(2, size=(N_ROWS, N_BITS)), rng.integers(2, size=(N_FRESH, N_BITS))
        network = MLPClassifier((128, 64), max_iter=60, random_state=seed).fit(rows, target(rows))
        answers = network.predict(fresh)
        start = time.monotonic()
        result = limbeck.distill(network, rows, max_leaves=16, random_state=seed)
        seconds = time.monotonic() - start
        cart = DecisionTreeClassifier(max_leaf_nodes=16, random_state=0).fit(rows, network.predict(rows))
        print(
            f"seed {seed}: network right on {(answers == target(fresh)).mean():.4f} of the fresh rows; "
            f"limbeck {(result.predict(fresh) == answers).mean():.4f} with {result.tree.n_leaves} leaves "
            f"in {seconds:.1f} s; scikit-learn {(cart.predict(fresh) == answers).mean():.4f}"
        )


if __name__ == "__main__":
    main()
