"""CART at every size from one fit, against scikit-learn fitted once for each size."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from limbeck import distill
from limbeck.core import OutputReading, as_table
from limbeck.observe import fold_rows
from limbeck.passes import Run, cart_baseline
from limbeck.passes.fitting import Fitted
from limbeck.passes.validation import Validation
from limbeck.settings import Settings
from limbeck.teachers import as_teacher


def run_of(**settings):
    return Run.of(Settings(**settings), as_teacher(lambda x: x[:, 0]))


def baseline(rows, answers, sizes, *, weights=None, folds=(), **settings):
    """Fit to the first rows, certify on the others."""
    table, raw, n = as_table(rows), np.asarray(answers), len(rows) // 2
    reading, weights = OutputReading.fixed_on(raw), np.ones(n) if weights is None else weights
    seen = SimpleNamespace(table=table.take(np.arange(n)), outputs=reading.read(raw[:n]))
    held = np.concatenate([fold.validation for fold in folds]) if folds else None
    validation = None if held is None else Validation(
        held, seen.table.take(held), seen.outputs.take(held), weights[held], (), np.zeros((0, 0, len(held)))
    )  # fmt: skip
    points = tuple(SimpleNamespace(n_leaves=size) for size in sizes)
    certificate = table.take(np.arange(n, len(rows))), reading.read(raw[n:])
    fitted = Fitted(points, seen, weights, validation, tuple(folds))
    return cart_baseline(run_of(**settings), fitted, certificate, table.names)


@pytest.mark.parametrize("task", ["classes", "numbers"])
@pytest.mark.parametrize("weighted", [False, True])
def test_one_fit_serves_every_size(task, weighted):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(600, 4)).astype(np.float32).astype(np.float64)
    y = np.digitize(x[:, 0] + x[:, 1] * x[:, 2], [-0.5, 0.5]) if task == "classes" else x[:, 0] * x[:, 1] + x[:, 2]
    kind = DecisionTreeClassifier if task == "classes" else DecisionTreeRegressor
    weights = rng.integers(1, 4, 300).astype(float) if weighted else np.ones(300)
    points = baseline(x, y, range(2, 20), weights=weights, random_state=7)
    assert [point.n_leaves for point in points] == list(range(2, 20))
    for point in points:
        alone = kind(max_leaf_nodes=point.n_leaves, random_state=7).fit(x[:300], y[:300], sample_weight=weights)
        # The fit rows count by their weights, as everywhere on the frontier; the certificate rows count alike.
        scores = [alone.score(x[:300], y[:300], weights), alone.score(x[300:], y[300:])]
        assert np.allclose([point.fit_fidelity, point.certificate_fidelity], scores, atol=1e-12)
        assert point.validation_fidelity is None


def test_held_out_rows_are_judged_by_trees_that_did_not_see_them():
    rng = np.random.default_rng(3)
    x, weights = rng.normal(size=(400, 3)).astype(np.float32).astype(np.float64), rng.integers(1, 4, 400).astype(float)
    y = rng.integers(2, size=400)  # noise: whoever saw the rows does far better than chance
    folds = fold_rows(400, rng=np.random.default_rng(0), validation=0.25)
    assert len(folds) == 4
    points = baseline(np.vstack([x, x]), np.tile(y, 2), [2, 9, 30], weights=weights, folds=folds)
    for point in points:
        agree = np.concatenate([
            DecisionTreeClassifier(max_leaf_nodes=point.n_leaves, random_state=0)
            .fit(x[f.fit], y[f.fit], sample_weight=weights[f.fit])
            .predict(x[f.validation]) == y[f.validation]
            for f in folds
        ])  # fmt: skip
        held = np.concatenate([f.validation for f in folds])
        assert np.isclose(point.validation_fidelity, np.average(agree, weights=weights[held]))
    assert points[-1].fit_fidelity > 0.7
    assert points[-1].validation_fidelity < 0.6


def test_folds_for_which_there_was_no_time_are_left_out():
    x, y = np.arange(80.0)[:, None], np.tile([0, 0, 1, 1], 20)
    folds = fold_rows(40, rng=np.random.default_rng(0), validation=0.25)
    read, first = OutputReading.fixed_on(y).read, folds[0].validation
    whole = Validation(first, None, read(y[first]), np.ones(10), (), None)
    seen = SimpleNamespace(table=as_table(x[:40]), outputs=read(y[:40]))
    fitted = Fitted((SimpleNamespace(n_leaves=2),), seen, np.ones(40), whole, tuple(folds))
    (point,) = cart_baseline(run_of(), fitted, (seen.table.slice(0, 0), None), seen.table.names)
    assert 0 <= point.validation_fidelity <= 1
    assert point.certificate_fidelity is None


def test_a_tree_of_one_leaf_answers_with_the_most_frequent_class():
    x, y = np.arange(40.0)[:, None], np.array([0, 1, 1, 1] * 10)
    (point,) = baseline(x, y, [1])
    assert (point.n_leaves, point.fit_fidelity, point.certificate_fidelity) == (1, 0.75, 0.75)


def test_sizes_that_cart_does_not_reach_are_left_out():
    order = np.random.default_rng(0).permutation(40)
    x, y = np.repeat([0.0, 1.0], 20)[order, None], np.repeat([0, 1], 20)[order]
    assert [point.n_leaves for point in baseline(x, y, [1, 2, 3])] == [1, 2]


def test_gaps_infinities_and_new_categories_are_no_obstacle():
    rows = pd.DataFrame({"a": [1.0, np.nan, np.inf, -np.inf] * 15, "c": ["u", None, "v", "w"] * 15})
    rows.loc[40:, "c"] = "never seen in the fit"
    points = baseline(rows, np.array([0, 1, 1, 0] * 15), [1, 2, 3])
    assert points[-1].fit_fidelity == 1.0
    assert points[-1].certificate_fidelity == 1.0


def test_without_time_there_is_no_baseline():
    assert baseline(np.arange(40.0)[:, None], np.array([0, 1] * 20), [2], time_limit=1e-9) == ()


def test_a_distillation_with_a_sampler_judges_by_the_rows_that_were_left_out():
    bits = np.random.default_rng(0).integers(2, size=(300, 5))
    result = distill(lambda x: x[:, 0] & x[:, 1], bits, sampler="uniform bits", max_leaves=4, fresh_rows=50)
    assert result.baseline[-1].validation_fidelity == 1.0
    assert result.baseline[-1].certificate_fidelity == 1.0
