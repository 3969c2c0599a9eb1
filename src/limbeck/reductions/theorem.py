"""The paper's theorem, run: every clause whose norm-bounded probe passes is kept, and the best tree over them found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Tree, as_table
from limbeck.errors import InputError, SearchError
from limbeck.probes import ALL_LAYERS, Features, concatenate, energy, fit_features, most_passing
from limbeck.reductions.graph import Cost, Edge, Kind, Promise, Setting
from limbeck.reductions.represented import DepthCount, RepresentedTree
from limbeck.reductions.supply import LabelledRows, Outcome, Supply, labels_of, named_teacher
from limbeck.search import HardLabels, PassingProbe, RepresentedFamily, grow_represented_family, solve_program
from limbeck.students import bits_of
from limbeck.tables import counted
from limbeck.teachers import Progress, no_progress
from limbeck.theory import rows_to_certify, tree_class

__all__ = ["THEOREM", "clauses_of", "distill_represented", "inside_by_theorem"]

LENGTHS = tuple(2.0**j for j in range(-1, 11))
"""Bτ that are tried where none is given, each twice the one before."""

_HELD_OUT = 0.4
_STRAY = 6.0  # standard errors from uniform, independent bits beyond which rows are refused


def clauses_of(depth: int, n_bits: int) -> int:
    """Count the clauses of r literals over distinct bits: (d choose r) 2ʳ.

    Examples
    --------
    >>> clauses_of(2, 12)
    264
    """
    return math.comb(n_bits, depth) * 2**depth


def distill_represented(
    teacher: Any,
    rows: Any,
    *,
    max_depth: int = 3,
    max_leaves: int = 8,
    length: float | None = None,
    layers: Sequence[str] | None = None,
    most_clauses: int = 50_000,
    delta: float = 0.05,
    task: str = "auto",
    progress: Progress = no_progress,
) -> RepresentedTree:
    """Run the theorem's algorithm on a network over uniform bits: no beam, every clause that passes is kept.

    Where τ is not known it is found by doubling: Bτ = 1/2, 1, 2, ..., each in every layer, until a tree is right on
    all rows or the search would test more clauses than `most_clauses` in every layer.

    Parameters
    ----------
    teacher : model or Teacher
        A model of classes with activations.
    rows : DataFrame or array-like, n rows of d bits
        Independent draws of uniform bits, or all 2ᵈ rows once.
    max_depth, max_leaves : int, at least 1
        Questions on a path, and leaves.
    length : float, above 0, optional
        Bτ; by default it is doubled.
    layers : sequence of str, optional
        Layers to probe, each on its own and, where there are several, side by side; all by default.
    most_clauses : int
        Clauses that may be tested on one level.
    delta : float, in (0, 1)
        Probability with which the gap may fail.
    task : {"auto", "binary", "multiclass"}
        How the model's outputs are read.

    Returns
    -------
    RepresentedTree
        The tree that is wrong on the fewest rows; among equals, that of the smallest Bτ.

    Raises
    ------
    InputError
        Rows that are no uniform bits, or a model without activations.
    SearchError
        Too many clauses to test in every layer, already at the smallest norm; the text says how many might pass.

    Examples
    --------
    >>> from sklearn.neural_network import MLPClassifier
    >>> bits = np.array([[i >> j & 1 for j in range(8)] for i in range(256)])
    >>> network = MLPClassifier((16,), solver="lbfgs", random_state=0).fit(bits, bits[:, 0] & bits[:, 5])
    >>> found = distill_represented(network, bits, max_depth=2, max_leaves=3)
    >>> found.tree.n_leaves, found.disagreements, found.depths[0].passed
    (3, 0, 4)

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053.
    """
    table, model = as_table(rows), named_teacher(teacher)
    questions, bits = bits_of(table)
    whole = _checked_bits(bits)
    told = labels_of(model, table, task, progress)
    activations = model.activations(table, layers, progress)
    if not activations:
        remedy = "give a PyTorch, ONNX or scikit-learn network, or another teacher that has layers"
        raise InputError("activations to probe", f"{model.name}, which has none", remedy)
    if len(activations) > 1:
        activations[ALL_LAYERS] = concatenate(activations)
    features = {name: found for name, values in activations.items() if (found := fit_features(values)).n_eigenpairs}
    task_ = _Task(told, questions, bits.astype(bool), max_depth, max_leaves, most_clauses, whole, delta)
    return task_.best(features, LENGTHS if length is None else (float(length),), progress)


def inside_by_theorem(given: Any, supply: Supply) -> Outcome:
    """Keep every clause that passes and solve for the best tree over them; refuse where no such tree is good enough.

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053: distilling networks that implicitly compute a tree.
    """
    setting, teacher = supply.setting, named_teacher(given)
    order = supply.rng.permutation(supply.rows.n_rows)
    n_out = max(1, int(_HELD_OUT * len(order)))
    fit, out = (supply.rows.take(np.sort(part)) for part in (order[n_out:], order[:n_out]))
    found = distill_represented(
        teacher, fit, max_depth=setting.depth, max_leaves=setting.n_leaves, delta=setting.delta, task=supply.task,
        progress=supply.progress,
    )  # fmt: skip
    if found.disagreements > setting.epsilon * found.n_rows:
        why = found.beyond or "no larger norm lets more clauses pass"
        remedy = "allow deeper trees or more leaves, or take the edge with a beam"
        what = f"a tree of depth {setting.depth} whose clauses pass, with error at most {setting.epsilon:g}"
        raise SearchError(what, f"{found.disagreements / found.n_rows:.3g} of the rows wrong; {why}", remedy)
    told = labels_of(teacher, out, supply.task, supply.progress)
    wrong = int((found.tree.predict(out) != told.answers).sum())
    return Outcome(found.tree, supply.rows.n_rows, wrong, n_out)


def _cost(s: Setting) -> Cost:
    """As many rows as trees need, and every extension of every clause that may pass, tested on all of them."""
    inner = max(s.depth - 1, 1)
    clauses = min(most_passing(inner, s.length), float(clauses_of(inner, s.n_columns)))
    log_size = tree_class(s.n_leaves, s.n_columns).log_size
    n = math.ceil((log_size + math.log(2.0 / s.delta)) / s.epsilon) + rows_to_certify(s.epsilon, s.delta / 2.0)
    return Cost(n, n, 0.0, 2.0 * max(clauses, 1.0) * s.n_columns * n)


THEOREM = (
    Edge(
        "network", "tree", Kind.INSIDE, Promise.MEASURED,
        "uniform bits; the clauses of the inner nodes of a tree are τ-linearly represented, E|φ|² <= B²",
        "poly(d, s, 1/ε, τ, B): at most 4·8^r B²τ² clauses of r literals pass the probe, whatever d; a run that would "
        "test more than 50 000 on a level stops and says how many might pass",
        _cost, "Boix-Adsera 2024", inside_by_theorem,
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Task:
    """What does not depend on layer and norm."""

    told: LabelledRows
    questions: tuple[Literal, ...]
    answers: NDArray[np.bool_]
    max_depth: int
    max_leaves: int
    most_clauses: int
    whole: bool
    delta: float

    def best(self, features: Mapping[str, Features], lengths: Sequence[float], progress: Progress) -> RepresentedTree:
        """Try layers and norms, the smallest norm first, until a tree is right on all rows."""
        found: RepresentedTree | None = None
        stopped: dict[str, str] = {}
        for at, length in enumerate(lengths):
            for layer in [name for name in features if name not in stopped]:
                progress(f"searching layer {layer}", at, len(lengths))
                tried = self.searched(layer, features[layer], length)
                if isinstance(tried, str):
                    stopped[layer] = tried
                elif found is None or tried.disagreements < found.disagreements:
                    found = tried
                if found is not None and not found.disagreements:
                    return found
        beyond = next(iter(stopped.values()), "")
        if found is None:
            remedy = "raise `most_clauses`, lower `length` or `max_depth`, or take the beam: `limbeck.distill`"
            raise SearchError("a search that keeps every clause that passes", beyond or "constant layers", remedy)
        return replace(found, beyond=beyond)

    def searched(self, layer: str, features: Features, length: float) -> RepresentedTree | str:
        """Search one layer with one norm; where that is too much, say how many clauses might pass."""
        classes = np.asarray(self.told.classes)
        order = np.argsort(classes)  # the model's own order need not be the sorted one
        codes = order[np.searchsorted(classes[order], self.told.answers)]
        loss = HardLabels(codes, max(len(self.told.classes), 2))
        size = energy(features)
        radius = length / math.sqrt(size)
        grown = grow_represented_family(
            self.answers, loss, PassingProbe(features, radius), max_depth=self.max_depth, most_clauses=self.most_clauses
        )
        depths = self._depths(grown, length)
        if grown.stopped:
            return self._too_many(grown, depths, layer, length)
        point = solve_program(grown.family, self.questions, loss, max_leaves=self.max_leaves).best(self.max_leaves)
        tree = Tree.from_node(point.root, classes=self.told.classes, columns=self.told.table.schema)
        wrong = int((tree.predict(self.told.table) != self.told.answers).sum())
        return RepresentedTree(
            tree, layer, size, radius, depths, len(codes), wrong, self.whole,
            self.max_depth, self.max_leaves, 0.0 if self.whole else self._gap(len(codes)), self.delta,
        )  # fmt: skip

    def _depths(self, grown: RepresentedFamily, length: float) -> tuple[DepthCount, ...]:
        d = self.answers.shape[1]
        return tuple(
            DepthCount(r, probed, passed, most_passing(r, length), clauses_of(r, d))
            for r, (probed, passed) in enumerate(zip(grown.probed, grown.passed, strict=True), start=1)
        )

    def _gap(self, n: int) -> float:
        """Twice the deviation that Hoeffding's inequality leaves any tree of the class, on either side."""
        log_size = tree_class(self.max_leaves, self.answers.shape[1], max(len(self.told.classes), 2)).log_size
        return min(1.0, 2.0 * math.sqrt((log_size + math.log(2.0 / self.delta)) / (2.0 * n)))

    def _too_many(self, grown: RepresentedFamily, depths: Sequence[DepthCount], layer: str, length: float) -> str:
        """Say where a search was stopped, and how many clauses might pass."""
        depth, d = len(depths) + 1, self.answers.shape[1]
        might = min(most_passing(depth, length), float(clauses_of(depth, d)))
        passed = f"of {depths[-1].probed} clauses of {depth - 1} literals {depths[-1].passed} passed" if depths else ""
        return (
            f"stopped in layer `{layer}` at Bτ = {length:g}: {passed or 'too many bits'}, and {grown.stopped} clauses "
            f"of {counted(depth, 'literal')} would have to be tested, of which up to {might:.3g} might pass"
        )


def _checked_bits(bits: NDArray[np.int8]) -> bool:
    """Refuse bits that are not uniform and independent; tell whether they are all rows, each once."""
    n, d = bits.shape
    if d <= 24 and n == 2**d and len(np.unique(bits, axis=0)) == n:
        return True
    signs = (2.0 * bits - 1.0).astype(np.float32)
    moments = np.abs(signs.T @ signs) / math.sqrt(n)
    np.fill_diagonal(moments, np.abs(signs.sum(axis=0)) / math.sqrt(n))
    if moments.max(initial=0.0) > _STRAY:
        i, j = divmod(int(moments.argmax()), d)
        what = f"bit {i} is not balanced" if i == j else f"bits {i} and {j} go together"
        found = f"rows on which {what} ({moments.max():.1f} standard errors)"
        raise InputError("uniform bits, which the theorem is about", found, "draw the bits, or take `limbeck.distill`")
    return False
