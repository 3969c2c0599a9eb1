"""What a user's typed program does with limbeck; pyright checks it in strict mode against the installed package."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import limbeck
from limbeck.core import Literal, Tree
from limbeck.errors import InputError
from limbeck.theory import Certificate


def model(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Stand for a trained model."""
    return (rows[:, 0] > 0.5).astype(np.int64)


def explain(rows: NDArray[np.float64], folder: Path) -> Tree:
    """Distill, look, save and export."""
    result: limbeck.Distillation = limbeck.distill(model, rows, max_leaves=4, effort="fast")
    claim = result.certificate
    if isinstance(claim, Certificate):
        limit: float = claim.error_limit
        print(f"differs on at most {limit:.3f} of fresh rows")
    for point in result.frontier:
        leaves: int = point.n_leaves
        fidelity: float | None = point.validation_fidelity
        print(leaves, fidelity)
    result.save(folder / "result.json")
    again = limbeck.Distillation.load(folder / "result.json")
    literals: tuple[Literal, ...] = again.tree.literals
    sql: str = again.tree.to_sql(dialect="sqlite", about=again.about())
    page: str = again.report()
    print(len(literals), len(sql), len(page))
    return again.best(2).tree


def main() -> None:
    """Run all of it."""
    rows = np.random.default_rng(0).normal(size=(400, 2))
    tree = explain(rows, Path.cwd())
    try:
        print(tree.predict(rows).tolist()[:3])
        fitted = limbeck.TreeDistiller(teacher=model, max_leaves=2, effort="fast").fit(rows)
        depth: int = fitted.get_depth()
        print(depth, limbeck.certify(tree, model, rows))
    except InputError as error:
        print(error)


if __name__ == "__main__":
    main()
