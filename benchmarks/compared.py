"""limbeck beside scikit-learn's greedy tree, an EBM and SHAP, on two teachers; `docs/compared.md` shows what it prints.

python -m benchmarks.compared      (extra `bench`; some minutes, nearly all of them the EBM's)
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one core for everybody

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shap
from examples.adult import LABEL, TRAINING, UNSEEN
from interpret.glassbox import ExplainableBoostingClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

import limbeck

LEAVES = 16


def encoded(rows: pd.DataFrame) -> pd.DataFrame:
    """Text columns as whole numbers, for methods that take numbers only."""
    return rows.apply(lambda column: column if column.dtype.kind in "if" else column.astype("category").cat.codes)


def timed(job: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a job gives, and its seconds."""
    start = time.perf_counter()
    return job(), time.perf_counter() - start


def line(name: str, agree: float, seconds: float, more: str = "") -> None:
    """Print one method."""
    print(f"  {name:<28} {agree:.4f}  {seconds:6.1f} s{more}")


def students(teacher: Any, fit: Any, test: Any, bins: Any) -> limbeck.Distillation:
    """Fit every student to the teacher's answers on the same rows; print its agreement on others."""
    asked, told = teacher.predict(fit), teacher.predict(test)
    print(f"  best single answer           {max(np.mean(told == label) for label in np.unique(told)):.4f}")
    cart, seconds = timed(lambda: DecisionTreeClassifier(max_leaf_nodes=LEAVES, random_state=0).fit(bins(fit), asked))
    line("scikit-learn, 16 leaves", np.mean(cart.predict(bins(test)) == told), seconds)
    found, seconds = timed(lambda: limbeck.distill(teacher, fit, max_leaves=LEAVES))
    certified = f"  certified at least {1 - found.certificate.error_limit:.3f}" if found.certificate else ""
    line("limbeck, at most 16 leaves", np.mean(found.tree.predict(test) == told), seconds, certified)
    ebm, seconds = timed(lambda: ExplainableBoostingClassifier(n_jobs=1, random_state=0).fit(fit, asked))
    line("EBM with pairs of columns", np.mean(ebm.predict(test) == told), seconds, f"  {len(ebm.term_names_)} curves")
    return found


def adult() -> None:
    """Boosted trees on the census table: no small tree holds all of them."""
    train, unseen = pd.read_csv(TRAINING), pd.read_csv(UNSEEN)
    labels, truth = (part.pop(LABEL) == ">50K" for part in (train, unseen))
    whole = encoded(pd.concat([train, unseen], ignore_index=True))
    train, unseen = whole[: len(train)], whole[len(train) :]
    teacher = HistGradientBoostingClassifier(random_state=0).fit(train, labels)
    fit, test = unseen[:12_000], unseen[12_000:]
    print(f"Boosted trees on Adult: agreement with the model on {len(test)} unseen rows")
    found = students(teacher, fit, test, lambda rows: rows)
    explain, seconds = timed(lambda: shap.TreeExplainer(teacher).shap_values(test[:1000]))
    leaf = found.tree.apply(test[:1000])
    largest = np.bincount(leaf).argmax()
    first = pd.Series(np.abs(explain[leaf == largest]).argmax(axis=1)).map(dict(enumerate(test.columns)))
    print(
        f"  SHAP's values of 1000 rows in {seconds:.1f} s; in the largest leaf ({(leaf == largest).sum()} of them) the"
    )
    print(f"  column that counts most is {', '.join(f'{n} ({k})' for n, k in first.value_counts().head(4).items())}")
    print("And to predict the labels themselves, on the same rows:")
    ebm, seconds = timed(lambda: ExplainableBoostingClassifier(n_jobs=1, random_state=0).fit(train, labels))
    real = truth[12_000:]
    line("the boosted trees", np.mean(teacher.predict(test) == real), 0.0)
    line("EBM", np.mean(ebm.predict(test) == real), seconds)
    line("limbeck's tree of the model", np.mean(found.tree.predict(test) == real), 0.0)


def boolean() -> None:
    """A network that learned a function of seven bits, of which single ones and pairs tell little."""
    rng = np.random.default_rng(0)
    columns = [f"b{j}" for j in range(20)]
    rows = [pd.DataFrame(rng.integers(2, size=(n, 20)), columns=columns) for n in (40_000, 8_000, 8_000)]

    def function(b: pd.DataFrame) -> Any:
        return np.where(b.b0 == 1, b.b1 ^ b.b2, np.where(b.b3 == 1, b.b4 ^ b.b5, b.b6))

    teacher = MLPClassifier((128, 64), random_state=0, max_iter=40).fit(rows[0], function(rows[0]))
    print(f"A network that learned `b0 ? b1 ^ b2 : (b3 ? b4 ^ b5 : b6)`: agreement on {len(rows[2])} unseen rows")
    students(teacher, rows[1], rows[2], lambda part: part)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    adult()
    boolean()
