"""LightGBM's own model files, checked before its parser sees them: that trusts every count and index it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["checked_lightgbm"]

_HEADER = (
    "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective", "feature_names",
    "feature_infos", "monotone_constraints",
)  # fmt: skip
_PER_NODE = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
_PER_INNER = ("internal_value", "internal_weight", "internal_count")
_PER_LEAF = ("leaf_value", "leaf_weight", "leaf_count")
_OTHERS = ("num_leaves", "num_cat", "cat_boundaries", "cat_threshold", "is_linear", "shrinkage")
_OBJECTIVE = re.compile(r"[a-z_0-9]+( [a-z_]+:[-+.\w]+| [a-z_]+)*")
_NUMBER = re.compile(r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf|nan)", re.IGNORECASE)
_RANGE = re.compile(rf"none|\[{_NUMBER.pattern}:{_NUMBER.pattern}\]|-?\d+(:-?\d+)*", re.IGNORECASE)
_CATEGORICAL = 1


def checked_lightgbm(data: bytes) -> str:
    """Return a model written anew from what was read and found to be the trees of a LightGBM model.

    Parameters
    ----------
    data : bytes
        A text file of `Booster.save_model`.

    Raises
    ------
    ValueError
        The file holds something else, or counts and indices that do not fit together.
    """
    lines = data.decode().split("\n")
    if lines[0].strip() != "tree":
        raise ValueError("text that is no model of LightGBM, which would begin with `tree`")
    end = next((i for i, line in enumerate(lines) if line.strip() == "end of trees"), None)
    if end is None:
        raise ValueError("no end of the trees: the file was cut")
    try:
        blocks = list(_blocks(lines[1:end]))
        header = _checked_header(blocks[0], len(blocks) - 1)
        n_features = int(blocks[0]["max_feature_idx"]) + 1
        trees = [_checked_tree(block, number, n_features) for number, block in enumerate(blocks[1:])]
    except (KeyError, IndexError, OverflowError) as error:
        raise ValueError(f"no LightGBM model ({type(error).__name__}: {error})") from error
    return "\n".join(["tree", *header, "", *trees, "end of trees", "", *_categories(lines[end + 1 :]), ""])


def _blocks(lines: list[str]) -> Iterator[dict[str, str]]:
    """Yield the header and then each tree, as texts by their names."""
    block: dict[str, str] = {}
    for line in lines:
        name, _, value = line.rstrip("\r").partition("=")
        if name == "Tree":
            yield block
            block = {}
        if name in block:
            raise ValueError(f"`{name}` twice")
        if name:
            block[name] = value
    yield block


def _checked_header(header: Mapping[str, str], n_trees: int) -> list[str]:
    """See that the counts of classes, trees and features fit together; return the lines."""
    n_classes, per_round = int(header["num_class"]), int(header["num_tree_per_iteration"])
    _require(header["version"] in ("v2", "v3", "v4"), f"the version {header['version']!r}")
    _require(1 <= n_classes == per_round, f"{n_classes} classes and {per_round} trees a round")
    _require(n_trees % per_round == 0, f"{n_trees} trees, {per_round} a round")
    n_features = int(header["max_feature_idx"]) + 1
    for name in ("feature_names", "feature_infos"):
        found = len(header[name].split())
        _require(n_features >= 1 and found == n_features, f"{found} {name} of {n_features} features")
    _require(all(map(_RANGE.fullmatch, header["feature_infos"].split())), "odd ranges of features")
    constraints = _whole(header.get("monotone_constraints", ""))
    _require(len(constraints) in (0, n_features), "another number of monotone constraints")
    int(header["label_index"])
    objective = header.get("objective")
    if objective is not None:
        _require(bool(_OBJECTIVE.fullmatch(objective)), f"the objective {objective!r}")
        said = re.findall(r"num_class:(\S+)", objective)
        _require(all(int(n) == n_classes for n in said), f"an objective of {said} classes in a model of {n_classes}")
        _require(bool(said) or n_classes == 1, "several classes and an objective of one")
    lines = [f"{name}={header[name]}" for name in _HEADER if name in header]
    return [*lines, *(["average_output"] if "average_output" in header else [])]


def _checked_tree(tree: Mapping[str, str], number: int, n_features: int) -> str:
    """See that a tree is one; return its text."""
    try:
        _require(int(tree.get("is_linear", "0")) == 0, "a tree with linear leaves, which is not read from a file")
        _check_shape(tree, n_features)
        _check_categories(tree)
    except ValueError as error:
        raise ValueError(f"tree {number}: {error}") from error
    known = [*_OTHERS[:2], *_PER_NODE, *_PER_LEAF, *_PER_INNER, *_OTHERS[2:]]
    lines = [f"{name}={' '.join(tree[name].split())}" for name in known if name in tree]
    return "\n".join([f"Tree={number}", *lines, "", ""])


def _check_shape(tree: Mapping[str, str], n_features: int) -> None:
    """See that every list has its length, and that each node and leaf has one parent."""
    n = int(tree["num_leaves"])
    _require(n >= 1, f"{n} leaves")
    for names, length in ((_PER_NODE, n - 1), (_PER_INNER, n - 1), (_PER_LEAF, n)):
        for name in names:
            needed = name == "leaf_value" or (name in _PER_NODE and name != "split_gain" and n > 1)
            found = len(_numbers(tree[name] if needed else tree.get(name, "")))
            _require(found == length or (not needed and not found), f"{found} of {length} numbers in `{name}`")
    for name in ("leaf_count", "internal_count"):
        _whole(tree.get(name, ""))
    if n == 1:
        return
    asked = _whole(tree["split_feature"])
    _require(bool(((asked >= 0) & (asked < n_features)).all()), "questions about features that do not exist")
    below = np.concatenate([_whole(tree["left_child"]), _whole(tree["right_child"])])
    everything = np.concatenate([np.arange(-n, 0), np.arange(1, n - 1)])
    _require(np.array_equal(np.sort(below), everything), "nodes without a parent, or with several")


def _check_categories(tree: Mapping[str, str]) -> None:
    """See that the sets of categories lie where they are said to."""
    count, kinds = int(tree.get("num_cat", "0")), _whole(tree.get("decision_type", ""))
    _require(bool(((kinds >= 0) & (kinds < 16)).all()), "odd kinds of questions")
    sets = np.array(_numbers(tree.get("threshold", "")))[(kinds & _CATEGORICAL) == 1]
    _require(bool(np.isin(sets, np.arange(count)).all()), "sets of categories that do not exist")
    if count:
        ends, words = _whole(tree["cat_boundaries"]), _whole(tree["cat_threshold"])
        _require(len(ends) == count + 1 and ends[0] == 0, "sets of categories of no known size")
        _require(bool((np.diff(ends) >= 0).all()) and ends[-1] == len(words), "sets of categories past their end")
        _require(bool(((words >= 0) & (words < 2**32)).all()), "sets of categories that are no bits")


def _categories(lines: list[str]) -> Iterator[str]:
    """Yield the line with the categories of a data frame, where there is one."""
    start = "pandas_categorical:"
    found: Any = next((line for line in reversed(lines) if line.startswith(start)), None)
    if found is not None:
        values = json.loads(found.removeprefix(start))
        lists = values is None or (isinstance(values, list) and all(isinstance(v, list) for v in values))
        _require(lists, "categories that are no lists")
        yield start + json.dumps(values)


def _numbers(text: str) -> list[float]:
    parts = text.split()
    odd = next((part for part in parts if not _NUMBER.fullmatch(part)), None)
    _require(odd is None, f"{str(odd)[:40]!r} where a number belongs")
    return [float(part) for part in parts]


def _whole(text: str) -> NDArray[np.int64]:
    """Return whole numbers as an array."""
    _require(bool(re.fullmatch(r"[-\d\s]*", text)), "fractions where whole numbers belong")
    return np.array([int(part) for part in text.split()], np.int64)


def _require(holds: bool | np.bool_, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
