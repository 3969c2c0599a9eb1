"""What compiled code takes on faith: indices inside arrays, and lengths that fit together.

Scikit-learn's and SciPy's compiled code follows the indices that a fitted model holds without looking whether they lie
inside. Here they are looked at, before anything is built, for trees, neighbours, support
vectors, splines and sparse matrices.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Built", "check_generator", "check_sound", "check_sparse"]


@dataclass(frozen=True)
class Built:
    """An object that skops would build: its name, its state, and the arguments of its constructor."""

    name: str
    state: Any = None
    arguments: Any = None


def check_sound(built: Built) -> None:
    """See that the arrays of an object fit together, where its type is one whose compiled code relies on it.

    Raises
    ------
    ValueError
        They do not; so may other errors be raised where a part is missing or of another type.
    """
    kind = built.name.rpartition(".")[2]
    check = _CHECKS.get(kind)
    if check is not None and not check(built):
        raise ValueError(f"a `{kind}` whose arrays do not fit together")


def check_generator(state: Any, known: tuple[str, ...]) -> None:
    """See that the state of a random generator is of a known kind and points inside its own words."""
    inner = state["state"]
    if state["bit_generator"] not in known or not 0 <= inner.get("pos", 0) <= 624:
        raise ValueError(f"a random generator `{state['bit_generator']}` in an unknown state")


def check_sparse(file: io.BytesIO, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return the sparse matrix in a file of NumPy arrays, its indices seen to lie inside."""
    from scipy import sparse

    kind = arrays["format"].item()
    if (kind.decode() if isinstance(kind, bytes) else kind) not in ("csr", "csc", "coo"):
        raise ValueError(f"a sparse matrix of the format {kind!r}")
    matrix = sparse.load_npz(file)
    if matrix.format != "coo":  # which is checked when it is built
        matrix.check_format(full_check=True)
    return matrix


def _tree(built: Built) -> bool:
    """Tell whether children come after their parents and inside, and features and outputs are as many as declared."""
    n_features, n_classes, n_outputs = built.arguments
    state, nodes = built.state, built.state["nodes"]
    below = _children_after(nodes, "left_child", "right_child", nodes["left_child"] != -1)
    inner = nodes["feature"][nodes["left_child"] != -1]
    sizes = len(n_classes) == n_outputs >= 1 and n_classes.min() >= 1 and state["node_count"] == len(nodes) >= 1
    inside = not len(inner) or (inner.min() >= 0 and inner.max() < n_features)
    return bool(below and sizes and inside and _depth(nodes) <= state["max_depth"])


def _children_after(nodes: NDArray[Any], left: str, right: str, inner: NDArray[np.bool_]) -> bool:
    """Tell whether every inner node's children come after it and inside the array, so that each path ends."""
    places = np.flatnonzero(inner)
    return all(((nodes[side][inner] > places) & (nodes[side][inner] < len(nodes))).all() for side in (left, right))


def _depth(nodes: NDArray[Any]) -> int:
    """Return the number of edges on the longest path, in a tree whose children come after their parents."""
    depth, level = 0, np.array([0])
    while True:
        level = level[nodes["left_child"][level] != -1]
        if not len(level):
            return depth
        level = np.unique(np.concatenate([nodes["left_child"][level], nodes["right_child"][level]]))
        depth += 1


def _trees_of(value: Any) -> Iterator[Built]:
    """Yield the trees below a value."""
    if isinstance(value, Built):
        if value.name.endswith("._tree.Tree"):
            yield value
        yield from _trees_of(value.state)
    elif isinstance(value, (list, tuple, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _trees_of(inner)


def _asked_about_its_columns(built: Built) -> bool:
    """Tell whether every tree asks about columns that the model is seen to get."""
    width = built.state["n_features_in_"] if (trees := list(_trees_of(built.state))) else 0
    return type(width) is int and all(tree.arguments[0] <= width for tree in trees)


def _boosted(built: Built) -> bool:
    """Tell whether every round has as many trees as there are columns of scores."""
    state = built.state
    if "estimators_" not in state:
        return True
    rounds, width = state["estimators_"].state, state["n_trees_per_iteration_"]
    regular = len(rounds["shape"]) == 2 and all(isinstance(one, list) and len(one) == width for one in rounds["items"])
    return regular and _asked_about_its_columns(built)


def _hist_boosted(built: Built) -> bool:
    """Tell whether every tree asks about columns that there are, and about categories of those that have them."""
    state = built.state
    if "_predictors" not in state:
        return True
    width, categorical = state["n_features_in_"], state["_bin_mapper"].state["is_categorical_"]
    known = np.flatnonzero(categorical)
    for predictor in (tree for one in state["_predictors"] for tree in one):
        nodes = predictor.state["nodes"]
        inner = nodes[nodes["is_leaf"] == 0]
        asked = inner["feature_idx"]
        if len(categorical) != width or (len(inner) and not 0 <= asked.min() <= asked.max() < width):
            return False
        if not np.isin(asked[inner["is_categorical"] != 0], known).all():
            return False
    return True


def _hist_tree(built: Built) -> bool:
    """Tell whether children come after their parents and inside, and asked sets of categories are there."""
    nodes, sets = built.state["nodes"], built.state["raw_left_cat_bitsets"]
    inner = nodes["is_leaf"] == 0
    categorical = nodes["bitset_idx"][inner & (nodes["is_categorical"] != 0)]
    return bool(
        len(nodes)
        and _children_after(nodes, "left", "right", inner)
        and sets.ndim == 2
        and sets.shape[1] == 8
        and (categorical < len(sets)).all()
    )


def _neighbours(built: Built) -> bool:
    """Tell whether the tree points at rows that it has, ends in leaves, and has a distance without a matrix."""
    data, rows, nodes, bounds, *_, metric, weights = built.state
    n_nodes, n_rows = len(nodes), len(data)
    starts, ends = nodes["idx_start"], nodes["idx_end"]
    last = np.arange(n_nodes) * 2 + 2 >= n_nodes
    sides = 2 if built.name.endswith("KDTree") else 1
    return bool(
        n_nodes
        and built.state[6] == n_nodes
        and bounds.shape == (sides, n_nodes, data.shape[1])
        and rows.shape == (n_rows,)
        and (rows >= 0).all()
        and (rows < n_rows).all()
        and ((starts >= 0) & (starts <= ends) & (ends <= n_rows)).all()
        and (nodes["is_leaf"][last] != 0).all()
        and len(metric.state[1]) == 1
        and (weights is None or weights.shape == (n_rows,))
    )


def _voting_neighbours(built: Built) -> bool:
    """Tell whether there is a label for each row, and each label is that of a class."""
    labels, classes = built.state.get("_y"), built.state.get("classes_")
    if labels is None:
        return True
    columns = labels.T if labels.ndim == 2 else [labels]
    counts = [len(classes)] if isinstance(classes, np.ndarray) else [len(one) for one in classes]
    n_rows = built.state["_fit_X"].shape[0]
    return len(counts) == len(columns) and all(
        len(column) == n_rows >= 1 and 0 <= column.min() <= column.max() < count
        for column, count in zip(columns, counts, strict=True)
    )


def _spline(built: Built) -> bool:
    """Tell whether the knots rise, and there are enough of them and of coefficients for the degree."""
    state = built.state
    knots, coefficients, degree = (state[name if name in state else f"_{name}"] for name in ("t", "c", "k"))
    return bool(
        type(degree) is int
        and degree >= 0
        and knots.ndim == 1
        and len(knots) >= 2 * degree + 2
        and (np.diff(knots) >= 0).all()
        and len(coefficients) >= len(knots) - degree - 1
    )


def _support_vectors(built: Built) -> bool:
    """Tell whether each vector has its coefficients, and each pair of classes its intercept."""
    state = built.state
    if "support_vectors_" not in state:
        return True
    vectors, counts = state["support_vectors_"], state["_n_support"]
    classifies = built.name.endswith("SVC")
    n_classes = len(counts) if classifies else 2
    pairs = n_classes * (n_classes - 1) // 2
    probabilities = [len(state[name]) for name in ("_probA", "_probB")]
    return bool(
        n_classes >= 2
        and (counts >= 0).all()
        and (counts.sum() if classifies else counts[0]) == vectors.shape[0] == len(state["support_"])
        and state["_dual_coef_"].shape == (n_classes - 1, vectors.shape[0])
        and state["_intercept_"].shape == (pairs,)
        and (probabilities in ([0, 0], [pairs, pairs]) or not classifies)
        and vectors.shape[1] == state["shape_fit_"][1]
        and hasattr(vectors, "indptr") == bool(state["_sparse"])
    )


def _reads_text(built: Built) -> bool:
    """Tell whether words are read from the rows, not from files that the rows name."""
    return built.state.get("input", "content") == "content"


_FORESTS = ("ExtraTreesClassifier", "ExtraTreesRegressor", "RandomForestClassifier", "RandomForestRegressor")
_TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
_CHECKS: dict[str, Callable[[Built], bool]] = {
    "Tree": _tree,
    **dict.fromkeys((*_FORESTS, *_TREES, "RandomTreesEmbedding", "IsolationForest"), _asked_about_its_columns),
    **dict.fromkeys(("GradientBoostingClassifier", "GradientBoostingRegressor"), _boosted),
    **dict.fromkeys(("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"), _hist_boosted),
    "TreePredictor": _hist_tree,
    "BSpline": _spline,
    **dict.fromkeys(("KDTree", "BallTree"), _neighbours),
    **dict.fromkeys(("KNeighborsClassifier", "RadiusNeighborsClassifier"), _voting_neighbours),
    **dict.fromkeys(("SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM"), _support_vectors),
    **dict.fromkeys(("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"), _reads_text),
}
