"""The scikit-learn estimator of a tree answers as the tree does, and is a decision tree to scikit-learn's tools."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, export_text, plot_tree
from tests.exported import ASKING, TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError


def check(tree, rows):
    estimator = tree.to_sklearn()
    for each in (estimator, clone(estimator), pickle.loads(pickle.dumps(estimator))):
        assert each.predict(rows).tolist() == tree.predict(rows).tolist()
        assert each.apply(rows).tolist() == tree.apply(rows).tolist()
    if tree.classes is not None:
        assert np.array_equal(estimator.predict_proba(rows), tree.predict_scores(rows))
        assert estimator.classes_.tolist() == list(tree.classes)
    # What scikit-learn's own code finds in `tree_`, which compares in float32.
    if not estimator.over_columns_ and tree.literals:
        assert estimator.tree_.apply(estimator.answers(rows)).tolist() == tree.apply(rows).tolist()
    elif all(kind is Kind.NUMERIC for _, kind in tree.columns):
        with np.errstate(over="ignore"):
            narrow = rows.clip(-1e30, 1e30).to_numpy(float).astype(np.float32)
        assert estimator.tree_.apply(narrow).tolist() == tree.apply(narrow).tolist()


@pytest.mark.parametrize("name", TREES)
def test_every_row_is_answered_as_by_the_tree(name):
    check(TREES[name], rows_for(TREES[name]))


@settings(max_examples=30)
@given(trees())
def test_no_name_and_no_value_changes_the_estimator(tree):
    check(tree, rows_for(tree, 30))


@pytest.mark.parametrize("name", ["numbers", "mixed", "regression", "thresholds", "constant"])
def test_the_tools_of_scikit_learn_take_it(name):
    tree = TREES[name]
    rows, estimator = rows_for(tree, 200), tree.to_sklearn()
    assert isinstance(estimator, DecisionTreeRegressor if tree.classes is None else DecisionTreeClassifier)
    assert is_regressor(estimator) == (tree.classes is None)
    assert is_classifier(estimator) == (tree.classes is not None)
    assert estimator.get_n_leaves() == tree.n_leaves
    assert estimator.get_depth() == tree.depth
    names = None if estimator.over_columns_ else estimator.questions_
    text = export_text(estimator, feature_names=names)
    assert text.count("value: " if tree.classes is None else "class: ") == tree.n_leaves
    assert len(plot_tree(estimator, feature_names=names)) >= tree.n_nodes
    piped = make_pipeline(FunctionTransformer(), estimator).fit(rows, tree.predict(rows))
    assert piped.predict(rows).tolist() == tree.predict(rows).tolist()
    score = get_scorer("r2" if tree.classes is None else "accuracy")
    assert score(piped, rows, tree.predict(rows)) == 1.0
    assert f"{tree.n_leaves} leaves" in repr(estimator)
    assert (estimator.decision_path(rows).toarray() == tree.decision_path(rows)).all()


def test_answers_follow_the_columns_of_an_array():
    root = Split(Literal.is_value("b", 2.0), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    tree = Tree.from_node(root, classes=(0, 1), columns=(("a", Kind.NUMERIC), ("b", Kind.NUMERIC)))
    estimator = tree.to_sklearn()
    rows = np.array([[1.0, 2.0], [2.0, 1.0], [0.0, np.nan]])
    assert estimator.answers(rows).tolist() == [[1.0], [0.0], [0.0]]
    assert estimator.answers(pd.DataFrame(rows, columns=["a", "b"])).tolist() == [[1.0], [0.0], [0.0]]


def test_a_tree_that_asks_the_model_is_refused_with_what_can_be_done():
    with pytest.raises(InputError, match="asking_at"):
        ASKING["whole"].to_sklearn()
