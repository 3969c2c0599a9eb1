"""A tree as a treelite model, for its C++ runtime and for the GPU inference of RAPIDS."""

from __future__ import annotations

import math
from typing import Any

from limbeck.core import Literal, Op, Tree, refuse_dates
from limbeck.errors import InputError, MissingExtraError
from limbeck.exports.encoding import categories_of
from limbeck.exports.walk import never

__all__ = ["treelite_model"]


def treelite_model(tree: Tree) -> Any:
    """Build a treelite model with float64 thresholds and leaves.

    Parameters
    ----------
    tree : Tree
        The tree.

    Returns
    -------
    treelite.Model
        Takes what `limbeck.exports.encoded_rows` makes of rows: float64 of shape (n, p), NaN where a value is missing.
        Gives the share of each class, shape (n, 1, c), or the number, shape (n, 1, 1); NaN where a leaf asks the model.

    Raises
    ------
    MissingExtraError
        The package `treelite` is not installed.
    InputError
        A classifier of one class, which treelite does not have.
    """
    refuse_dates(tree, "a treelite model")
    try:
        from treelite.model_builder import Metadata, ModelBuilder, PostProcessorFunc, TreeAnnotation
    except ImportError:
        raise MissingExtraError.for_package("treelite", "treelite", "a treelite model of a tree") from None
    classes = 1 if tree.classes is None else len(tree.classes)
    if tree.classes is not None and classes < 2:
        raise InputError("a treelite classifier", "a tree of one class, which always answers it", "return the class")
    builder = ModelBuilder(
        threshold_type="float64",
        leaf_output_type="float64",
        metadata=Metadata(
            num_feature=max(1, len(tree.columns)),
            task_type="kRegressor" if tree.classes is None else "kMultiClf",
            average_tree_output=False,
            num_target=1,
            num_class=[classes],
            leaf_vector_shape=(1, classes),
        ),
        tree_annotation=TreeAnnotation(num_tree=1, target_id=[0], class_id=[0 if tree.classes is None else -1]),
        postprocessor=PostProcessorFunc(name="identity" if tree.classes is None else "identity_multiclass"),
        base_scores=[0.0] * classes,
    )
    builder.start_tree()
    writer = _Tests(builder, tree)
    for node in range(tree.n_nodes):
        builder.start_node(node)
        if tree.question[node] < 0:
            builder.leaf(tree.scores[node].tolist() if tree.classes is not None else float(tree.scores[node, 0]))
        else:
            writer.test(tree.literals[tree.question[node]], int(tree.yes[node]), int(tree.no[node]))
        builder.end_node()
    builder.end_tree()
    return builder.commit()


class _Tests:
    """Questions as treelite's tests, in which NaN goes where `default_left` says."""

    def __init__(self, builder: Any, tree: Tree) -> None:
        self.builder = builder
        self.place = {name: j for j, (name, _) in enumerate(tree.columns)}
        self.kinds = dict(tree.columns)
        self.codes = categories_of(tree)

    def test(self, literal: Literal, yes: int, no: int) -> None:
        """Write a question."""
        feature = self.place[literal.column]
        if literal.op is Op.ONE_OF and literal.values:
            codes = self.codes[literal.column]
            self.builder.categorical_test(
                feature_id=feature,
                category_list=[codes[value] for value in literal.values],
                default_left=False,
                category_list_right_child=False,
                left_child_key=yes,
                right_child_key=no,
            )
        elif literal.op is Op.MISSING:
            # Every number is at most infinity, so that only a missing one goes right.
            self._numeric(feature, math.inf, "<=", no, yes)
        elif never(literal):
            self._numeric(feature, -math.inf, "<", yes, no)
        else:
            number = 1.0 if literal.op is Op.CONCEPT else literal.number
            self._numeric(feature, number, "<=" if literal.op is Op.AT_MOST else "==", yes, no)

    def _numeric(self, feature: int, threshold: float, operator: str, left: int, right: int) -> None:
        self.builder.numerical_test(
            feature_id=feature,
            threshold=threshold,
            default_left=False,
            opname=operator,
            left_child_key=left,
            right_child_key=right,
        )
