"""XGBoost's own model files, checked before its parser sees them: that trusts every length and index it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.teachers.ubjson import read_ubjson

__all__ = ["checked_xgboost"]

_NO_NODE = 2**31 - 1
_DELETED = (2**31 - 1, 2**32 - 1)
_LARGEST_CATEGORY = 2**24
_FEATURE_TYPES = ("float", "int", "i", "q", "c")
_PER_NODE = ("left_children", "right_children", "split_indices", "split_conditions", "default_left", "base_weights")


def checked_xgboost(data: bytes) -> bytes:
    """Return a model written anew, as JSON, from what was read and found to be the trees of an XGBoost model.

    Parameters
    ----------
    data : bytes
        A `.json` or `.ubj` file.

    Raises
    ------
    ValueError
        The file holds something else, or lengths and indices that do not fit together.
    """
    try:
        whole = json.loads(data) if data[1:2].isspace() or data[1:2] == b'"' else read_ubjson(data)
    except RecursionError:
        raise ValueError("values inside values, too deep") from None
    try:
        _check_learner(whole["learner"])
    except (KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"no XGBoost model ({type(error).__name__}: {error})") from error
    return json.dumps(whole).encode()


def _check_learner(learner: Mapping[str, Any]) -> None:
    """See that the parts of a model fit together."""
    sizes = learner["learner_model_param"]
    p, n_groups = int(sizes["num_feature"]), max(1, int(sizes["num_class"]), int(sizes.get("num_target", 1)))
    for name, known in (("feature_names", None), ("feature_types", _FEATURE_TYPES)):
        given = learner.get(name, [])
        _require(not given or len(given) == p, f"{len(given)} {name} of {p} features")
        _require(all(isinstance(x, str) and (known is None or x in known) for x in given), f"odd {name}")
    objective = learner["objective"]
    _require(isinstance(objective["name"], str), "no name of an objective")
    inside = objective.get("softmax_multiclass_param", {}).get("num_class", n_groups)
    _require(int(inside) == n_groups, f"an objective of {inside} classes in a model of {n_groups}")
    booster = learner["gradient_booster"]
    _require(booster["name"] in ("gbtree", "dart", "gblinear"), f"the booster {booster['name']!r}")
    if booster["name"] == "gblinear":
        _require(len(booster["model"]["weights"]) == (p + 1) * n_groups, "another number of linear weights")
        return
    trees = booster["gbtree" if booster["name"] == "dart" else "model"]
    trees = trees["model"] if booster["name"] == "dart" else trees
    _check_trees(trees, p, n_groups)
    if booster["name"] == "dart":
        _require(len(booster["weight_drop"]) == len(trees["trees"]), "another number of weights of trees")


def _check_trees(model: Mapping[str, Any], p: int, n_groups: int) -> None:
    """See that all trees are trees, of features and groups that exist."""
    trees, groups = model["trees"], _whole(model["tree_info"])
    counts = {len(trees), len(groups), int(model["gbtree_model_param"]["num_trees"])}
    _require(len(counts) == 1, f"different numbers of trees: {sorted(counts)}")
    _require([tree.get("id", i) for i, tree in enumerate(trees)] == list(range(len(trees))), "trees in no order")
    _require(_between(groups, 0, n_groups), "trees of classes that do not exist")
    if model.get("iteration_indptr"):
        starts = _whole(model["iteration_indptr"])
        _require(starts[0] == 0 and starts[-1] == len(trees) and (np.diff(starts) >= 0).all(), "odd rounds")
    _check_categories(model.get("cats") or {}, p)
    for number, tree in enumerate(trees):
        try:
            _check_tree(tree, p)
        except ValueError as error:
            raise ValueError(f"tree {number}: {error}") from error


def _check_tree(tree: Mapping[str, Any], p: int) -> None:
    """See that one tree has one root, that each other node has one parent, and that it asks about features."""
    n = int(tree["tree_param"]["num_nodes"])
    _require(int(tree["tree_param"].get("size_leaf_vector") or 0) in (0, 1), "leaves with several outputs")
    lengths = {len(tree[name]) for name in _PER_NODE} | {len(tree.get("split_type") or tree["default_left"])}
    _require(n >= 1 and lengths == {n}, f"{n} nodes and arrays of the lengths {sorted(lengths)}")
    left, right, asked = (_whole(tree[name]) for name in ("left_children", "right_children", "split_indices"))
    inner = left >= 0
    children = np.concatenate([left[inner], right[inner]])
    _require((left[~inner] == -1).all() and (right[~inner] == -1).all(), "nodes with one child")
    _require(_between(children, 1, n) and len(np.unique(children)) == len(children), "nodes with several parents")
    parents, place = _whole(tree["parents"]), np.flatnonzero(inner)
    _require(len(parents) == n and parents[0] == _NO_NODE, "a root that has a parent")
    _require((parents[children] == np.concatenate([place, place])).all(), "nodes of other parents")
    _require((parents[np.setdiff1d(np.arange(n), children)] == _NO_NODE).all(), "nodes without a parent")
    _require(_between(asked[inner], 0, p), "questions about features that do not exist")
    _require(_between(asked[~inner & ~np.isin(asked, _DELETED)], 0, p), "odd leaves")
    kinds = _whole(tree.get("split_type") or [0] * n)
    _require(_between(kinds, 0, 2) and _between(_whole(tree["default_left"]), 0, 2), "odd kinds of questions")
    nodes, starts, sizes, values = (
        _whole(tree.get(f"categories{part}", [])) for part in ("_nodes", "_segments", "_sizes", "")
    )
    _require(np.array_equal(nodes, np.flatnonzero(kinds == 1)), "questions about categories without categories")
    _require(len(nodes) == len(starts) == len(sizes), "sets of categories of no known size")
    inside = _between(starts, 0, len(values) + 1) and _between(sizes, 0, len(values) + 1)
    _require(inside and (starts + sizes <= len(values)).all(), "sets of categories past their end")
    _require(_between(values, 0, _LARGEST_CATEGORY), "categories out of range")


def _check_categories(cats: Mapping[str, Any], p: int) -> None:
    """See that the names of the categories of all features lie where they are said to."""
    encodings = cats.get("enc", [])
    if not encodings:
        return
    ends, order = _whole(cats["feature_segments"]), _whole(cats["sorted_idx"])
    _require(len(encodings) == p and len(ends) == p + 1 and ends[0] == 0, "categories of another number of features")
    _require(ends[-1] == len(order), "another number of categories")
    for encoding, start, end in zip(encodings, ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        values, offsets = encoding["values"], encoding.get("offsets")
        if offsets is None:
            count = len(values)
        else:
            cuts = _whole(offsets)
            count = max(0, len(cuts) - 1)
            sound = not len(cuts) or (cuts[0] == 0 and cuts[-1] == len(values) and (np.diff(cuts) >= 0).all())
            _require(bool(sound), "names of categories past their end")
        _require(end - start == count, "another number of categories")
        _require(np.array_equal(np.sort(order[start:end]), np.arange(count)), "categories in no order")


def _whole(values: Sequence[Any]) -> NDArray[np.int64]:
    """Return whole numbers as an array."""
    array = np.array(values)
    if not array.size:
        return np.array([], np.int64)
    _require(array.ndim == 1 and array.dtype.kind in "bi", "no list of whole numbers where one belongs")
    return array.astype(np.int64)


def _between(values: NDArray[np.int64], low: int, high: int) -> bool:
    return bool(((values >= low) & (values < high)).all())


def _require(holds: bool | np.bool_, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
