"""What evidence costs: a network of two layers, distilled with its layers and as a plain function."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

import limbeck
from benchmarks.evidence.parts import N_BITS, trained
from benchmarks.paper.figures import markdown_table
from benchmarks.paper.random_trees import random_bits
from benchmarks.theorem.runs import deciding_tree

SEED, DEPTH = 1, 3


def cpu_seconds(model: Any, rows: Any, effort: str) -> float:
    """CPU seconds of one distillation, all threads together."""
    begin = time.process_time()
    limbeck.distill(model, rows, max_leaves=2**DEPTH, effort=effort)
    return time.process_time() - begin


def main() -> None:
    """Print CPU seconds for two widths, numbers of rows and efforts."""
    torch.set_num_threads(1)
    tree = deciding_tree(DEPTH, N_BITS, SEED)
    lines = [["units", "rows", "effort", "as a function", "with its layers"]]
    for width in (64, 256):
        network = trained(tree, np.random.default_rng(SEED), (width, width)).eval()

        def plain(x: Any, network: Any = network) -> Any:
            with torch.no_grad():
                return network(torch.tensor(np.asarray(x, np.float32))).numpy()

        cpu_seconds(network, random_bits(400, N_BITS, np.random.default_rng(SEED)), "fast")  # imports
        for n_rows in (2000, 8000):
            rows = random_bits(n_rows, N_BITS, np.random.default_rng(SEED + 1))
            for effort in ("fast", "normal"):
                both = [f"{cpu_seconds(model, rows, effort):.1f}" for model in (plain, network)]
                lines.append([f"{width}, {width}", str(n_rows), effort, *both])
    print(markdown_table(lines))


if __name__ == "__main__":
    main()
