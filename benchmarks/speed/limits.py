"""Time limits: is each kept, and is the tree that there was time for as faithful as CART's?

`python -m benchmarks.speed.limits` runs every case in a process of its own, so that imports count, and prints a table;
`--threads 1` does so with one thread, `--cases` names some.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["CASES"]

UNSEEN = 4000


@dataclass(frozen=True)
class Case:
    """What is distilled, and in what time.

    Parameters
    ----------
    make : callable
        Takes a generator and returns rows, `UNSEEN` of them to test, and a teacher.
    limit : float
        Seconds.
    beside : int
        Processes that do nothing but compute meanwhile.
    settings : dict
        Settings beside the default ones.
    """

    make: Callable[[np.random.Generator], tuple[Any, Callable[[Any], Any]]]
    limit: float
    beside: int = 0
    settings: tuple[tuple[str, Any], ...] = (("max_leaves", 32),)


def wide(rng):
    """2 000 rows of 5 000 columns."""
    weights = np.where(rng.random(5000) < 0.01, rng.normal(size=5000), 0)
    return rng.normal(size=(2000 + UNSEEN, 5000)), lambda x: (x @ weights + x[:, 0] * x[:, 1] > 0).astype(int)


def many_classes(rng):
    """2 000 rows in 300 classes: the nearest of 300 points."""
    points = rng.normal(size=(300, 20))
    return rng.normal(size=(2000 + UNSEEN, 20)), lambda x: ((x[:, None] - points) ** 2).sum(axis=2).argmin(axis=1)


def census(rng):
    """20 000 people by six numbers and eight categories, some of them rare, and a model of their income."""
    import pandas as pd

    n = 20_000 + UNSEEN
    age, hours = rng.integers(17, 90, n), np.clip(rng.normal(40, 12, n), 1, 99).round()
    gain = np.where(rng.random(n) < 0.08, rng.lognormal(8, 1, n).round(), 0)
    columns = {"age": age, "hours": hours, "gain": gain, "weight": rng.lognormal(12, 0.5, n).round()}
    columns |= {"loss": np.where(rng.random(n) < 0.05, rng.integers(1000, 3000, n), 0), "years": rng.integers(1, 17, n)}
    effect = np.zeros(n)
    for name, k in (
        ("work", 8),
        ("study", 16),
        ("married", 7),
        ("job", 14),
        ("kin", 6),
        ("race", 5),
        ("sex", 2),
        ("land", 40),
    ):
        code = np.minimum(rng.geometric(0.3, n) - 1, k - 1)
        columns[name] = np.array([f"{name}{i}" for i in range(k)])[code]
        effect += rng.normal(size=k)[code] * (name != "land")
    frame = pd.DataFrame(columns)

    def income(x):
        """Stand for a trained model: smooth in the numbers, additive in the categories, some of it together."""
        scores = sum(table[x[name].to_numpy()].to_numpy() for name, table in tables.items())
        z = 0.4 * x["years"] - 0.0012 * (x["age"] - 50) ** 2 + 0.03 * x["hours"] + np.log1p(x["gain"]) / 4
        return (z.to_numpy() * (1 + 0.2 * scores) + scores > 4.5).astype(int)

    tables = {
        name: pd.Series(rng.normal(size=frame[name].nunique()), index=sorted(frame[name].unique()))
        for name in ("study", "married", "job", "kin", "sex")
    }
    return frame, income


def small(rng):
    """1 000 rows of ten numbers."""
    return rng.normal(size=(1000 + UNSEEN, 10)), lambda x: (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(int)


def slow(rng):
    """The same, by a model that takes 20 ms a row (the unseen rows are answered at once)."""
    rows, model = small(rng)

    def answer(x):
        if len(x) != UNSEEN:
            time.sleep(0.02 * len(x))
        return model(x)

    return rows, answer


def long(rng):
    """100 000 rows of 20 numbers."""
    return rng.normal(size=(100_000 + UNSEEN, 20)), lambda x: (x[:, 0] * x[:, 1] + x[:, 2] - x[:, 3] ** 2 > 0).astype(
        int
    )


def numbers(rng):
    """10 000 rows of 20 numbers, and a number as the answer."""
    return rng.normal(size=(10_000 + UNSEEN, 20)), lambda x: x[:, 0] * x[:, 1] + np.sin(3 * x[:, 2]) + x[:, 3]


CASES = {
    "2 000 × 5 000": Case(wide, 5),
    "300 classes": Case(many_classes, 5),
    "20 000 × 14": Case(census, 5),
    "20 000 × 14, busy machine": Case(census, 5, beside=4),
    "20 000 × 14, 1 s": Case(census, 1),
    "20 000 × 14, 0.5 s": Case(census, 0.5),
    "20 ms a row": Case(slow, 5),
    "20 ms a row, 20 s": Case(slow, 20),
    "1 000 × 10, 0.5 s": Case(small, 0.5),
    "1 000 × 10, 0.5 s, busy machine": Case(small, 0.5, beside=4),
    "100 000 × 20": Case(long, 5),
    "100 000 × 20, thorough": Case(long, 10, settings=(("max_leaves", 32), ("effort", "thorough"))),
    "256 leaves": Case(numbers, 5, settings=(("max_leaves", 256),)),
    "numbers": Case(numbers, 5),
}


def measured(name: str) -> dict[str, Any]:
    """Run one case here."""
    from limbeck import distill

    case, rng = CASES[name], np.random.default_rng(0)
    rows, teacher = case.make(rng)
    fit, unseen = rows[:-UNSEEN], rows[-UNSEEN:]
    spinning = [multiprocessing.get_context("fork").Process(target=_spin, daemon=True) for _ in range(case.beside)]
    for process in spinning:
        process.start()
    wall, cpu = time.perf_counter(), time.process_time()
    result = distill(teacher, fit, time_limit=case.limit, **dict(case.settings))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    for process in spinning:
        process.kill()
    said, answers = teacher(unseen), result.predict(unseen)
    fitted = result.ledger.fit_rows
    return {
        "case": name, "limit": case.limit, "wall": wall, "cpu": cpu, "leaves": result.tree.n_leaves,
        "asked": fitted, "fidelity": _agreement(answers, said),
        "cart": _cart(fit, teacher, unseen, said, result.tree.n_leaves, fitted), "seconds": dict(result.ledger.seconds),
        "notes": [note for note in result.notes if "time" in note],
    }  # fmt: skip


def _spin() -> None:
    while True:
        pass


def _agreement(answers: Any, said: Any) -> float:
    """Share of rows with the same class, or R²."""
    if said.dtype.kind == "f":
        return float(1 - ((answers - said) ** 2).mean() / said.var())
    return float((np.asarray(answers) == said).mean())


def _cart(fit: Any, teacher: Callable[[Any], Any], unseen: Any, said: Any, leaves: int, n: int) -> float:
    """Fit CART with as many leaves to as many rows, and judge it alike."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    some = np.random.default_rng(1).permutation(len(fit))[:n]
    if hasattr(fit, "iloc"):
        import pandas as pd

        coded = pd.get_dummies(pd.concat([fit, unseen]))
        x, fresh, asked = coded.iloc[some], coded.iloc[len(fit) :], fit.iloc[some]
    else:
        x, fresh, asked = fit[some], unseen, fit[some]
    kind = DecisionTreeRegressor if said.dtype.kind == "f" else DecisionTreeClassifier
    model = kind(max_leaf_nodes=max(2, leaves), random_state=0)
    return _agreement(model.fit(x, teacher(asked)).predict(fresh), said)


def main() -> None:
    """Run the cases, each in a process of its own, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--threads", type=int)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measured(arguments.one)))
        return
    threads = {} if arguments.threads is None else {"OMP_NUM_THREADS": str(arguments.threads)}
    print("| case | limit | wall | CPU | rows asked to fit | leaves | fidelity | CART |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.cases:
        command = [sys.executable, "-m", "benchmarks.speed.limits", "--one", name]
        run = subprocess.run(command, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(run.stdout)
        late = "" if found["wall"] <= 1.1 * found["limit"] + 1 else " (late)"
        print(
            f"| {name} | {found['limit']:g} | {found['wall']:.1f}{late} | {found['cpu']:.1f} | {found['asked']} | "
            f"{found['leaves']} | {found['fidelity']:.3f} | {found['cart']:.3f} |", flush=True
        )  # fmt: skip
        if "LIMBECK_NOTES" in os.environ:
            print(found["seconds"], *found["notes"], sep="\n  ", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
