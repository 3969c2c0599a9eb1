"""Evidence that a network computes a tree inside: how linear the clauses of its nodes are in the activations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.probe.features import fit_features
from limbeck.probe.loo import choose_penalty, prepare, scores

__all__ = ["Evidence", "NodeEvidence", "clause_evidence", "random_clauses"]

# Random conjunctions drawn to find one of about the right support.
_DRAWS = 400


@dataclass(frozen=True)
class NodeEvidence:
    """How well the clause of one node is linearly represented, layer by layer.

    Parameters
    ----------
    node, depth : int
        The node, and the number of literals in its clause.
    support : float
        Share of the rows that satisfy the clause.
    r_squared : dict of str to float
        Leave-one-out R² of the clause in each layer; at most 1, 0 when the probe knows no more than the mean.
    control : dict of str to float
        The same for a random clause of as many literals and about equal support.
    """

    node: int
    depth: int
    support: float
    r_squared: dict[str, float]
    control: dict[str, float]

    @property
    def best_layer(self) -> str:
        """The layer that represents the clause best."""
        return max(self.r_squared, key=lambda layer: self.r_squared[layer])


@dataclass(frozen=True)
class Evidence:
    """Leave-one-out R² of every node's clause, in every layer.

    Parameters
    ----------
    nodes : tuple of NodeEvidence
        One for each node but the root.
    n_rows : int
        Rows whose activations were read.
    """

    nodes: tuple[NodeEvidence, ...]
    n_rows: int

    def by_depth(self) -> dict[int, tuple[float, float]]:
        """Return for each depth the mean R² of the clauses and of their controls, each in its best layer."""
        table: dict[int, tuple[float, float]] = {}
        for depth in sorted({node.depth for node in self.nodes}):
            at = [node for node in self.nodes if node.depth == depth]
            own = float(np.mean([max(node.r_squared.values()) for node in at]))
            table[depth] = (own, float(np.mean([max(node.control.values()) for node in at])))
        return table

    def to_dict(self) -> dict[str, Any]:
        """Return the evidence as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Evidence:
        """Read what `to_dict` wrote."""
        return cls(tuple(NodeEvidence(**node) for node in plain["nodes"]), plain["n_rows"])


def clause_evidence(
    activations: Mapping[str, NDArray[np.float32]],
    clauses: NDArray[np.bool_],
    controls: NDArray[np.bool_],
    *,
    nodes: NDArray[np.integer],
    depths: NDArray[np.integer],
) -> Evidence:
    """Probe every layer for every clause and for its control.

    The penalty is chosen for each layer and each depth, separately for clauses and controls, so that each
    side is shown at its best.

    Parameters
    ----------
    activations : mapping of str to ndarray, shape (n, m)
        Activations of each layer on the same n rows.
    clauses, controls : ndarray of bool, shape (n, k)
        Truth of each node's clause, and of its control.
    nodes, depths : ndarray of int, shape (k,)
        Which node each clause belongs to, and its number of literals.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the network implicitly computes
    the tree when the clauses of all its nodes are linearly represented.
    """
    own: dict[str, NDArray[np.float64]] = {}
    other: dict[str, NDArray[np.float64]] = {}
    for layer, values in activations.items():
        features = fit_features(values)
        own[layer], other[layer] = np.zeros(len(nodes)), np.zeros(len(nodes))
        for depth in np.unique(depths):
            at = np.flatnonzero(depths == depth)
            for targets, result in ((clauses, own[layer]), (controls, other[layer])):
                probe = prepare(features, choose_penalty(features, targets[:, at]))
                result[at] = scores(probe, targets[:, at])
    support = clauses.mean(axis=0)
    return Evidence(
        tuple(
            NodeEvidence(
                int(node),
                int(depth),
                float(share),
                {layer: float(r[i]) for layer, r in own.items()},
                {layer: float(r[i]) for layer, r in other.items()},
            )
            for i, (node, depth, share) in enumerate(zip(nodes, depths, support, strict=True))
        ),
        len(clauses),
    )


def random_clauses(
    answers: NDArray[np.bool_], clauses: NDArray[np.bool_], depths: NDArray[np.integer], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw for each clause a random one of as many literals whose support is as near as can be found.

    Parameters
    ----------
    answers : ndarray of bool, shape (n, l)
        Answers of the rows to all literals.
    clauses : ndarray of bool, shape (n, k)
        The clauses to be matched.
    depths : ndarray of int, shape (k,)
        Their numbers of literals.
    """
    controls = np.empty_like(clauses)
    for depth in np.unique(depths):
        literals = rng.integers(answers.shape[1], size=(_DRAWS, depth))
        signs = rng.integers(2, size=(_DRAWS, depth)).astype(bool)
        drawn = np.all(answers[:, literals] == signs, axis=2)
        for k in np.flatnonzero(depths == depth):
            equal = (drawn == clauses[:, [k]]).all(axis=0)
            distance = np.abs(drawn.mean(axis=0) - clauses[:, k].mean()) + np.where(equal, 2.0, 0.0)
            controls[:, k] = drawn[:, int(distance.argmin())]
    return controls
