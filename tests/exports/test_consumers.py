"""Tools that read scikit-learn's trees take those of limbeck, and find in them what the tree answers."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.exported import TREES

import limbeck
from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.estimator import DistilledTreeClassifier, DistilledTreeRegressor

pytestmark = pytest.mark.filterwarnings("ignore")  # of the tools, about their own dependencies

mpl.use("agg")

NAMES = ["income", "age", "debt"]
ROWS = pd.DataFrame(np.random.default_rng(0).integers(-50, 50, (300, 3)), columns=NAMES).astype(np.float32)


def tree_of(kind):
    leaves = (0.9, 0.1), (0.2, 0.8), (0.4, 0.6)
    a, b, c = (Leaf(v if kind == "classes" else (10 * v[0],), 100.0) for v in leaves)
    root = Split(Literal.at_most("age", 2.5), Split(Literal.at_most("debt", -7.5), a, b), c)
    classes = ("no", "yes") if kind == "classes" else None
    return Tree.from_node(root, classes=classes, columns=tuple((name, Kind.NUMERIC) for name in NAMES))


@pytest.fixture(params=["classes", "numbers"])
def tree(request):
    return tree_of(request.param)


@pytest.fixture(params=[False, True], ids=["own", "plain"])
def estimator(request, tree):
    pytest.importorskip("skl2onnx")  # imported before, so that limbeck tells it of its classes
    return tree.to_sklearn(plain=request.param)


def test_skl2onnx_converts_it_alone_and_in_a_pipeline(tree, estimator):
    import onnxruntime
    from skl2onnx import to_onnx

    inputs = ROWS.to_numpy()
    models = [estimator]
    if isinstance(estimator, (DistilledTreeClassifier, DistilledTreeRegressor)):  # `fit` leaves these as they are
        models.append(make_pipeline(StandardScaler(), estimator).fit(inputs))
    for model in models:
        graph = to_onnx(model, inputs[:1]).SerializeToString()
        told = onnxruntime.InferenceSession(graph).run(None, {"X": inputs})[0].ravel()
        wanted = model.predict(inputs)
        assert told.tolist() == wanted.tolist() if tree.classes is not None else np.allclose(told, wanted)
    assert len(set(tree.predict(ROWS).tolist())) > 1


def test_shap_explains_the_scores_of_the_tree(tree, estimator):
    shap = pytest.importorskip("shap")
    rows = ROWS[:40]
    explained = shap.TreeExplainer(estimator)(rows)
    whole = explained.base_values + explained.values.sum(axis=1)
    wanted = tree.predict(rows) if tree.classes is None else tree.predict_scores(rows)
    assert np.allclose(whole.reshape(wanted.shape), wanted)
    assert np.abs(explained.values[:, 0]).max() == 0  # income is not asked about


def test_dtreeviz_draws_it(tree, estimator):
    dtreeviz = pytest.importorskip("dtreeviz")
    answers = tree.predict(ROWS) if tree.classes is None else (tree.predict(ROWS) == "yes").astype(int)
    view = dtreeviz.model(
        estimator, X_train=ROWS, y_train=answers, feature_names=NAMES, target_name="answer", class_names=["no", "yes"]
    )
    leaves, rows = np.unique(tree.apply(ROWS), return_counts=True)
    assert {leaf.id: leaf.nsamples() for leaf in view.shadow_tree.leaves} == dict(zip(leaves, rows, strict=True))
    assert "debt" in view.explain_prediction_path(ROWS[ROWS.age <= 2.5].to_numpy()[0])


def test_supertree_takes_the_plain_tree(tree):
    supertree = pytest.importorskip("supertree")
    shown = supertree.SuperTree(tree.to_sklearn(plain=True), ROWS, tree.predict(ROWS), NAMES, ["no", "yes"])
    shown.convert_model_to_dict_array()
    assert len(shown.node_list) == tree.n_nodes


def test_the_plain_tree_is_scikit_learns_own_and_answers_as_the_tree_on_what_float32_holds(tree):
    plain = tree.to_sklearn(plain=True)
    assert type(plain).__module__.startswith("sklearn.")
    rows = ROWS.mask(np.random.default_rng(1).random(ROWS.shape) < 0.1)
    assert rows.isna().to_numpy().any()
    assert plain.predict(rows).tolist() == tree.predict(rows).tolist()
    assert plain.apply(rows).tolist() == tree.apply(rows).tolist()
    # The converse: between two numbers of float32, scikit-learn answers for the nearer of the two.
    near = ROWS[:1].astype(float).assign(age=2.5 + 1e-9)
    assert tree.apply(near).tolist() == tree.to_sklearn().apply(near).tolist() != plain.apply(near).tolist()


def test_a_plain_tree_of_other_questions_is_refused():
    assert TREES["constant"].to_sklearn(plain=True).get_n_leaves() == 1
    with pytest.raises(InputError, match="leave out `plain`"):
        TREES["mixed"].to_sklearn(plain=True)


def test_skl2onnx_is_told_which_questions_it_cannot_take():
    skl2onnx = pytest.importorskip("skl2onnx")
    root = Split(Literal.is_value("x0", 1.0), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    tree = Tree.from_node(root, classes=(0, 1), columns=(("x0", Kind.NUMERIC),))
    with pytest.raises(InputError, match=r"tree\.to_onnx\(\)"):
        skl2onnx.to_onnx(tree.to_sklearn(), np.zeros((1, 1), np.float32))


def test_estimators_say_how_large_their_tree_is():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    fitted = limbeck.TreeDistiller(max_leaves=4, effort="fast").fit(rows, rows[:, 0] > 0)
    assert (fitted.get_depth(), fitted.get_n_leaves()) == (fitted.tree_.depth, fitted.tree_.n_leaves)
