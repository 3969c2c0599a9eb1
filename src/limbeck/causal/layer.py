"""All interventions on one layer: the whole of it, the tree's clauses, controls, and the nodes one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.causal.interchange import Ending, Finish, moved_outputs, swapped, tallied
from limbeck.causal.shares import holm
from limbeck.causal.subspace import Subspace, fit_subspace, random_subspace
from limbeck.probes import LayerUse, NodeUse, Swapped, fit_features
from limbeck.theory.binomial import error_p_value

__all__ = ["Node", "Trial", "corrected", "examine_layer", "pairs_of_rows"]

_NOISE = 1e-6  # variance of a dimension, as a share of the largest, below which there is none


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
    held = activations.astype(np.float64)
    base, source, natural = trial.base, trial.source, trial.natural.take(trial.base)
    wanted = trial.natural.answers[source]

    def moved(space: Subspace | None) -> tuple[NDArray[np.float64], Ending]:
        values = held[source] if space is None else space.swapped(held[base], held[source])
        return values, finish(base, values)

    whole_end = moved(None)[1]
    space = fit_subspace(held[trial.fit], trial.clauses[trial.fit])
    values, ended = moved(space)
    control = None if trial.same is None else moved(fit_subspace(held[trial.fit], trial.same[trial.fit]))[1]
    drawn = moved(random_subspace(held[trial.fit], space.rank, rng))[1]
    tally = tallied(natural.answers, ended.answers, wanted)
    shift = _shift(held[trial.fit], held[np.concatenate([base, source])], values)
    return LayerUse(
        layer, held.shape[1], space.rank, len(trial.fit), len(base),
        bool(moved_outputs(natural.scores, whole_end.scores).any()),
        tallied(natural.answers, whole_end.answers, wanted), tally,
        None if control is None else tallied(natural.answers, control.answers, wanted),
        tallied(natural.answers, drawn.answers, wanted),
        shift, _p_value(tally),
        nodes=tuple(_at_node(node, held, finish, trial, rng) for node in trial.nodes),
    )  # fmt: skip


def corrected(found: Sequence[LayerUse]) -> tuple[LayerUse, ...]:
    """Return the layers with p-values that hold together (Holm)."""
    together = holm([use.p_value for use in found]) if found else []
    return tuple(replace(use, p_value=float(p)) for use, p in zip(found, together, strict=True))


def _p_value(tally: Swapped) -> float:
    """Return the exact p-value of "at most half of the answers follow"."""
    changed = tally.changed
    return float(error_p_value(changed.n - changed.right, changed.n, 0.5)) if changed.n else 1.0


def _shift(fit: NDArray[np.float64], natural: NDArray[np.float64], moved: NDArray[np.float64]) -> float:
    """Return how far moved activations are from the mean beside natural ones."""
    features = fit_features(fit.astype(np.float32), tolerance=_NOISE)
    if not features.n_eigenpairs:
        return 1.0
    # Φᵀ U / s² whitens: coordinates of the fit rows in U, of any other row its own.
    whiten = (fit - features.mean).T @ (features.eigvec / features.eigval)
    far = [np.median(np.linalg.norm((rows - features.mean) @ whiten, axis=1)) for rows in (moved, natural)]
    return float(far[0] / max(far[1], 1e-300))


def _at_node(node: Node, held: NDArray[np.float64], finish: Finish, trial: Trial, rng: np.random.Generator) -> NodeUse:
    """Let the subtree at a node answer as on the source row, and see whether the model follows."""
    base, source = _pairs_at(node, trial, rng)
    natural = trial.natural.take(base)
    wanted = np.where(node.reached[base], node.answers[source], trial.tree[base])
    targets = _columns(node.answers)
    space = fit_subspace(held[trial.fit], targets[trial.fit])
    values = space.swapped(held[base], held[source])
    length = np.linalg.norm(values - held[base], axis=1)
    direction = rng.normal(size=values.shape)
    direction *= (length / np.maximum(np.linalg.norm(direction, axis=1), 1e-300))[:, None]
    return NodeUse(
        node.node, node.label,
        swapped(finish, base, values, natural, wanted),
        _linear(targets, base, source, natural, wanted, trial),
        swapped(finish, base, held[base] + direction, natural, wanted),
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
