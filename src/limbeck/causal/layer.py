"""All interventions on one layer: the whole of it, the tree's clauses, controls, and the nodes one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.causal.interchange import Ending, Finish, finished, moved_outputs, tallied
from limbeck.causal.shares import holm
from limbeck.causal.subspace import Decomposed, random_subspace
from limbeck.probes import LayerUse, NodeUse, Swapped
from limbeck.theory.binomial import error_p_value

__all__ = ["Node", "Trial", "corrected", "examine_layer", "pairs_of_rows"]


@dataclass(frozen=True, eq=False)
class Node:
    """An inner node of the tree, on n rows.

    Parameters
    ----------
    node, label : int, str
        Its number, and its clause in words.
    reached : ndarray of bool, shape (n,)
        Rows that come to it.
    answers : ndarray of shape (n,)
        What its subtree answers, on every row.
    """

    node: int
    label: str
    reached: NDArray[np.bool_]
    answers: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Trial:
    """What interventions on every layer need beside the layer.

    Parameters
    ----------
    clauses : ndarray of bool, shape (n, t)
        Truth of the tree's clauses.
    same : ndarray of bool, shape (n, t'), or None
        As many clauses over the same columns that are no nodes of it.
    natural : Ending of n rows
        The model's own endings.
    tree : ndarray of shape (n,)
        The tree's answers.
    nodes : tuple of Node
        Inner nodes to look at one by one.
    fit : ndarray of intp
        Rows that fix directions.
    base, source : ndarray of intp, shape (k,)
        Pairs of the other rows, each row in one pair.
    read : callable or None
        Turns scores (k, c) into answers (k,), for what a linear map alone would do; None where that is not known.
    """

    clauses: NDArray[np.bool_]
    same: NDArray[np.bool_] | None
    natural: Ending
    tree: NDArray[Any]
    nodes: tuple[Node, ...]
    fit: NDArray[np.intp]
    base: NDArray[np.intp]
    source: NDArray[np.intp]
    read: Callable[[NDArray[np.float64]], NDArray[Any]] | None = None


def pairs_of_rows(n_rows: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Split rows at random: half fix directions, the others are paired, each in one pair; (fit, base, source)."""
    order = rng.permutation(n_rows)
    half = n_rows // 2
    rest = order[half:]
    return np.sort(order[:half]), rest[0 : len(rest) // 2 * 2 : 2], rest[1 : len(rest) // 2 * 2 : 2]


def examine_layer(
    layer: str, activations: NDArray[np.floating[Any]], finish: Finish, trial: Trial, rng: np.random.Generator
) -> LayerUse:
    """Intervene on one layer.

    Parameters
    ----------
    layer : str
        Its name.
    activations : ndarray of shape (n, m)
        What it holds.
    finish : callable
        Runs on from other values of the layer; see `Finish`.
    trial : Trial
        Clauses, controls, rows and answers.
    rng : numpy.random.Generator
        Of the random subspace and moves.

    Returns
    -------
    LayerUse
        With the p-value of this layer alone; `corrected` makes those of several hold together.

    References
    ----------
    Geiger et al. (2021), Causal abstractions of neural networks: interchange interventions and their accuracy.
    Clopper and Pearson (1934), for the intervals. Grant et al. (2025), arXiv 2511.04638, on interventions that leave
    the natural activations.
    """
    held, base, source = activations.astype(np.float64), trial.base, trial.source
    natural, wanted = trial.natural.take(base), trial.natural.answers[source]
    fitted = Decomposed.of(held[trial.fit])
    space = fitted.subspace(trial.clauses[trial.fit])
    spaces = [space, random_subspace(held[trial.fit], space.rank, rng)]
    spaces += [] if trial.same is None else [fitted.subspace(trial.same[trial.fit])]
    moved = [held[source], *(some.swapped(held[base], held[source]) for some in spaces)]
    at_nodes = [_NodeTrial.of(node, held, fitted, trial, rng) for node in trial.nodes]
    moves = [(base, values) for values in moved] + [move for node in at_nodes for move in node.moves]
    ended = finished(finish, moves)
    whole, clauses, drawn, *same = (tallied(natural.answers, each.answers, wanted) for each in ended[: len(moved)])
    return LayerUse(
        layer, held.shape[1], space.rank, len(trial.fit), len(base),
        bool(moved_outputs(natural.scores, ended[0].scores).any()),
        whole, clauses, same[0] if same else None, drawn,
        fitted.shift(held[np.concatenate([base, source])], moved[1]), _p_value(clauses),
        nodes=tuple(
            node.use(ended[place], ended[place + 1], trial)
            for node, place in zip(at_nodes, range(len(moved), len(ended), 2), strict=True)
        ),
    )  # fmt: skip


def corrected(found: Sequence[LayerUse]) -> tuple[LayerUse, ...]:
    """Return the layers with p-values that hold together (Holm)."""
    together = holm([use.p_value for use in found]) if found else []
    return tuple(replace(use, p_value=float(p)) for use, p in zip(found, together, strict=True))


def _p_value(tally: Swapped) -> float:
    """Return the exact p-value of "at most half of the answers follow"."""
    changed = tally.changed
    return float(error_p_value(changed.n - changed.right, changed.n, 0.5)) if changed.n else 1.0


@dataclass(frozen=True, eq=False)
class _NodeTrial:
    """A node, the pairs of rows on which its subtree is to answer as on the source row, and what the layer then holds.

    Its two moves are that of the node's answers, and a random one of the same length.
    """

    node: Node
    base: NDArray[np.intp]
    source: NDArray[np.intp]
    targets: NDArray[np.float64]
    moves: tuple[tuple[NDArray[np.intp], NDArray[np.float64]], ...]

    @classmethod
    def of(
        cls, node: Node, held: NDArray[np.float64], fitted: Decomposed, trial: Trial, rng: np.random.Generator
    ) -> _NodeTrial:
        """Pair the rows, and move them."""
        base, source = _pairs_at(node, trial, rng)
        targets = _columns(node.answers)
        values = fitted.subspace(targets[trial.fit]).swapped(held[base], held[source])
        length = np.linalg.norm(values - held[base], axis=1)
        direction = rng.normal(size=values.shape)
        direction *= (length / np.maximum(np.linalg.norm(direction, axis=1), 1e-300))[:, None]
        return cls(node, base, source, targets, ((base, values), (base, held[base] + direction)))

    def use(self, swap: Ending, random: Ending, trial: Trial) -> NodeUse:
        """Tell whether the model follows."""
        node, base = self.node, self.base
        natural = trial.natural.take(base)
        wanted = np.where(node.reached[base], node.answers[self.source], trial.tree[base])
        return NodeUse(
            node.node, node.label,
            tallied(natural.answers, swap.answers, wanted),
            _linear(self.targets, base, self.source, natural, wanted, trial),
            tallied(natural.answers, random.answers, wanted),
        )  # fmt: skip


def _pairs_at(node: Node, trial: Trial, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair rows on which model and tree agree: half of the bases come to the node, as far as there are such."""
    rest = np.concatenate([trial.base, trial.source])
    agree = rest[_agree(trial.natural.answers[rest], trial.tree[rest])]
    order = rng.permutation(agree)
    there, elsewhere = order[node.reached[order]], order[~node.reached[order]]
    half = len(order) // 2
    n_there = min(len(there), max(half // 2, half - len(elsewhere)))
    base = np.concatenate([there[:n_there], elsewhere[: half - n_there]])
    left = np.setdiff1d(order, base)
    return base[: len(left)], rng.permutation(left)[: len(base)]


def _agree(answers: NDArray[Any], tree: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell where model and tree agree: the same class, or numbers within half of the answers' spread."""
    if answers.dtype.kind != "f":
        return answers == tree
    return np.abs(answers - tree) <= 0.5 * float(tree.std())


def _columns(answers: NDArray[Any]) -> NDArray[np.float64]:
    """Return answers as targets: a number as it is, of classes one column each, the last left out."""
    if answers.dtype.kind == "f":
        return answers[:, None]
    return (answers[:, None] == np.unique(answers)[:-1]).astype(np.float64)


def _linear(
    targets: NDArray[np.float64],
    base: NDArray[np.intp],
    source: NDArray[np.intp],
    natural: Ending,
    wanted: NDArray[Any],
    trial: Trial,
) -> Swapped | None:
    """Say what the shift Cov / Var of the scores would do: all that a linear map behind the layer can."""
    if trial.read is None or not targets.shape[1]:
        return None
    scores, fit = trial.natural.scores[trial.fit], targets[trial.fit]
    slope = np.linalg.lstsq(fit - fit.mean(axis=0), scores - scores.mean(axis=0), rcond=None)[0]
    after = trial.read(natural.scores + (targets[source] - targets[base]) @ slope)
    return tallied(natural.answers, after, wanted)
