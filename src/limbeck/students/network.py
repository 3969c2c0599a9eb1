"""A tree as a ReLU network whose hidden units are the clauses of its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind, Literal, Op, Table, Tree, as_table, refuse_asking
from limbeck.core.vocabulary import missing_columns
from limbeck.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from torch import nn

__all__ = ["CompiledTree", "compile_tree", "random_rotation"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CompiledTree:
    """The weights of a ReLU network that computes a tree; inputs (n, p) to scores (n, c).

    `steps = relu(step_weight x + step_bias)`; `ramps = relu(1 - ramp_weight steps)`, the literals of columns with more
    than two values; `mixed = rotation relu(input_weight x + ramp_part ramps + bias)`, the clauses of all nodes,
    rotated; `scores = readout mixed`. Where every column that is asked about has two values there are no steps and
    no ramps, and one hidden layer is all.

    Parameters
    ----------
    step_weight, step_bias : ndarray, shapes (u, p), (u,)
        Distances from thresholds, in units of the gap around them.
    ramp_weight : ndarray, shape (v, u)
        Which distances make up each ramp.
    input_weight, ramp_part, bias : ndarray, shapes (nodes, p), (nodes, v), (nodes,)
        The clauses as sums of literals.
    rotation : ndarray, shape (nodes, nodes)
        Orthogonal; the identity when none was asked for.
    readout : ndarray, shape (c, nodes)
        The answer as a sum of clauses.
    classes : tuple or None
        The labels behind the scores.
    columns : tuple of str
        The inputs, in order.
    """

    step_weight: Floats
    step_bias: Floats
    ramp_weight: Floats
    input_weight: Floats
    ramp_part: Floats
    bias: Floats
    rotation: Floats
    readout: Floats
    classes: tuple[Any, ...] | None
    columns: tuple[str, ...]

    @property
    def n_units(self) -> int:
        """Hidden units: steps, ramps and clauses."""
        return len(self.step_bias) + len(self.ramp_weight) + len(self.bias)

    def clauses(self, x: NDArray[Any]) -> Floats:
        """Return the clause of every node, 0 or 1 on the domain, shape (n, nodes)."""
        steps = np.maximum(x @ self.step_weight.T + self.step_bias, 0.0)
        ramps = np.maximum(1.0 - steps @ self.ramp_weight.T, 0.0)
        return np.maximum(x @ self.input_weight.T + ramps @ self.ramp_part.T + self.bias, 0.0)

    def scores(self, x: NDArray[Any]) -> Floats:
        """Return the network's scores, shape (n, c)."""
        return self.clauses(np.asarray(x, np.float64)) @ self.rotation.T @ self.readout.T

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return the class with the largest score, or the number, shape (n,)."""
        scores = self.scores(x)
        return scores[:, 0] if self.classes is None else np.asarray(self.classes)[scores.argmax(axis=1)]

    def to_torch(self) -> nn.Module:
        """Return the network as a torch module in float64, with the leaf modules `steps`, `ramps`, `mixed`, `readout`.

        `mixed` is one leaf module, so that its units are the rotated clauses and a hook does not see the clauses.

        Raises
        ------
        MissingExtraError
            PyTorch is not installed.
        """
        try:
            from limbeck.students.torch_network import as_module
        except ImportError as error:
            raise MissingExtraError.for_package("torch", "torch", "a tree as a torch module") from error
        return as_module(self)

    def to_onnx(self) -> bytes:
        """Return the network as an ONNX model in float64: input `x` (n, p), outputs `scores` (n, c) and `mixed`.

        Raises
        ------
        MissingExtraError
            The package `onnx` is not installed.
        """
        try:
            from limbeck.students.onnx_network import as_onnx
        except ImportError as error:
            raise MissingExtraError.for_package("onnx", "onnx", "a tree as an ONNX model") from error
        return as_onnx(self)


def compile_tree(tree: Tree, rows: Any, *, rng: np.random.Generator | None = None) -> CompiledTree:
    """Compile a tree into a ReLU network that answers as it does.

    For literals l_j in {0, 1} with signs s_j the clause of k of them is exactly
    `relu(sum over yes of l_j + sum over no of (1 - l_j) - (k - 1))`. A column of two values gives its literal as an
    affine function. A threshold t between neighbouring values a < b is the ramp `relu(1 - relu((x - a) / (b - a)))`.

    **Where it is exact.** No continuous network computes a threshold on all real numbers. This one agrees with the
    tree on every row whose values occur in `rows`, and on every other that has no value inside one of the gaps (a, b)
    and, in columns of two values, no third one. Inside a gap it goes linearly from one answer to the other.

    Parameters
    ----------
    tree : Tree
        The tree; its columns are the inputs.
    rows : Table, DataFrame or array-like
        The domain: numeric columns with the values that the network is to be exact on, each its own gap's end.
    rng : numpy.random.Generator, optional
        Where a random rotation of the clauses is drawn from; without it every hidden unit is one clause.

    Raises
    ------
    InputError
        A question about categories or missing values, or a column without values.

    Examples
    --------
    >>> from limbeck.core import Leaf, Split
    >>> root = Split(Literal.at_most("x0", 1.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("a", "b"), columns=(("x0", Kind.NUMERIC),))
    >>> network = compile_tree(tree, [[0.0], [1.0], [2.0]])
    >>> network.predict(np.array([[0.0], [1.0], [2.0], [-7.0]])).tolist()
    ['a', 'a', 'b', 'a']

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: networks that implicitly compute a
    tree represent the clauses of all its nodes linearly; the construction is elementary.
    """
    refuse_asking(tree, "a network")
    table = as_table(rows)
    names = tuple(name for name, _ in tree.columns)
    if table.by_place and len(table.columns) == len(names):
        table = table.renamed(names)
    missing_columns(sorted({literal.column for literal in tree.literals}), table)
    parts = [_literal(literal, table, names.index(literal.column)) for literal in tree.literals]
    bent = [j for j, part in enumerate(parts) if part.steps]
    steps = [(j, step) for j in bent for step in parts[j].steps]
    step_weight, step_bias = np.zeros((len(steps), len(names))), np.zeros(len(steps))
    ramp_weight = np.zeros((len(bent), len(steps)))
    for u, (j, (slope, offset)) in enumerate(steps):
        step_weight[u, parts[j].input], step_bias[u] = slope, offset
        ramp_weight[bent.index(j), u] = 1.0
    input_weight, ramp_part, bias = _clauses(tree, parts, bent, len(names))
    rotation = np.eye(tree.n_nodes) if rng is None else random_rotation(tree.n_nodes, rng)
    readout = _answers(tree) @ rotation.T
    return CompiledTree(
        step_weight, step_bias, ramp_weight, input_weight, ramp_part, bias, rotation, readout, tree.classes, names
    )


@dataclass(frozen=True)
class _Part:
    """A literal: `slope x + offset` of one input, or 1 minus the sum of its steps, cut at 0."""

    input: int
    slope: float = 0.0
    offset: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()


def _literal(literal: Literal, table: Table, place: int) -> _Part:
    """Write a literal's answer as a function of its input."""
    column = table[literal.column]
    if column.kind is not Kind.NUMERIC or literal.op in (Op.ONE_OF, Op.MISSING):
        remedy = "encode categories and gaps as numbers before the tree is fitted"
        raise InputError("a network of a tree over numbers", f"the question `{literal.text()}`", remedy)
    values = np.unique(column.values[~column.missing])
    if not len(values):
        raise InputError(f"values of the column `{literal.column}`", "none in `rows`", "give the domain as rows")
    if len(values) == 2:
        first, second = literal.holds(_column_of(values)).astype(float)
        slope = float((second - first) / (values[1] - values[0]))
        return _Part(place, slope, float(first - slope * values[0]))
    number = 1.0 if literal.op is Op.CONCEPT else literal.number
    if literal.op is Op.AT_MOST:
        below, above = values[values <= number], values[values > number]
        a = float(below[-1]) if len(below) else number
        gap = (float(above[0]) if len(above) else number + 1.0) - a
        return _Part(place, steps=((1.0 / gap, -a / gap),))
    others = np.abs(values[values != number] - number)
    gap = float(others.min()) if len(others) else 1.0
    return _Part(place, steps=((1.0 / gap, -number / gap), (-1.0 / gap, number / gap)))


def _column_of(values: NDArray[Any]) -> Any:
    return as_table(values[:, None]).columns[0]


def _clauses(tree: Tree, parts: list[_Part], bent: list[int], p: int) -> tuple[Floats, Floats, Floats]:
    """Return the weights of inputs and ramps, and the bias, of every node's clause."""
    input_weight = np.zeros((tree.n_nodes, p))
    ramp_part = np.zeros((tree.n_nodes, len(bent)))
    bias = np.ones(tree.n_nodes)
    place = {literal: j for j, literal in enumerate(tree.literals)}
    for node in range(tree.n_nodes):
        terms = tree.clause(node).terms
        bias[node] -= len(terms)
        for literal, answer in terms:
            j, sign = place[literal], 1.0 if answer else -1.0
            bias[node] += 0.0 if answer else 1.0
            if j in bent:
                ramp_part[node, bent.index(j)] += sign
            else:
                input_weight[node, parts[j].input] += sign * parts[j].slope
                bias[node] += sign * parts[j].offset
    return input_weight, ramp_part, bias


def _answers(tree: Tree) -> Floats:
    """Return what each leaf's clause adds to each score: 1 for its class, or its number; shape (c, nodes)."""
    readout = np.zeros((tree.value.shape[1], tree.n_nodes))
    for leaf in tree.leaves:
        if tree.classes is None:
            readout[0, leaf] = tree.value[leaf, 0]
        else:
            readout[tree.value[leaf].argmax(), leaf] = 1.0
    return readout


def random_rotation(size: int, rng: np.random.Generator) -> Floats:
    """Draw a uniformly distributed orthogonal matrix of determinant +1."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    q *= np.sign(np.diag(r))
    if np.linalg.slogdet(q)[0] < 0:
        q[:, 0] *= -1
    return q
