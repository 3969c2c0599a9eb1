"""What the search optimises, and what guides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs
from limbeck.observe import Observation
from limbeck.probes import choose_penalty, fit_features, fit_side_by_side, prepare, prepare_extensions
from limbeck.search import Agreement, Guide, HardLabels, Impurity, Influence, LinearRepresentation, Loss, SquaredError
from limbeck.settings import Settings

__all__ = [
    "HEAVY",
    "carried_by_few",
    "guides_of",
    "label_guides",
    "leading_directions",
    "leaf_loss",
    "teacher_guides",
    "unit_of_price",
]

# Eigenpairs of the activations that guide the search: trained networks need few, and each costs.
_GUIDE_EIGENPAIRS = 128
_LABEL_GUIDES = (("impurity", Impurity), ("agreement", Agreement))


HEAVY = 1 / 3
"""Share of the loss on one row in a hundred from which on numbers are called heavy-tailed: 0.08 for normal numbers, 0.2
for exponential ones, 0.4 and more for log-normal ones."""
_FEW = 0.01


def carried_by_few(outputs: Outputs) -> float:
    """Return the share of the loss of one answer that the worst hundredth of the rows carries; 0 for classes."""
    if outputs.codes is not None:
        return 0.0
    apart = np.abs(outputs.values[:, 0] - outputs.values[:, 0].mean())
    loss = np.sort((apart / max(float(apart.max()), np.finfo(float).tiny)) ** 2)[::-1]
    return float(loss[: max(1, round(_FEW * len(loss)))].sum() / max(float(loss.sum()), 1.0))


def leaf_loss(reading: OutputReading, outputs: Outputs, weights: NDArray[np.float64], *, soft: bool) -> Loss:
    """Return the loss over a teacher's answers: by its numbers, its classes, or softly by its class scores."""
    if outputs.codes is None or soft:
        return SquaredError(outputs.values, weights)
    return HardLabels(outputs.codes, len(reading.classes or ()), weights)


def unit_of_price(outputs: Outputs, tolerance: float, *, soft: bool) -> float:
    """Return what a disagreement on one row costs in the unit of the loss, by which asking the model is priced.

    For classes 1. For numbers the squared tolerance: a leaf that answers because its mean squared gap is below a share
    of it has, by Chebyshev's inequality, at most that share of its rows further away than the tolerance. For class
    scores 2, the squared distance between two classes.
    """
    if outputs.codes is None:
        return tolerance**2
    return 2.0 if soft else 1.0


def guides_of(settings: Settings, seen: Observation, loss: Loss) -> Iterator[Guide]:
    """Yield the guides that are switched on and have something to go by, the surest first; at least one."""
    silent = True
    for guide in teacher_guides(settings, seen):
        silent = False
        yield guide
    yield from label_guides(settings, loss, alone=silent)


def leading_directions(seen: Observation) -> NDArray[np.float64]:
    """Return the activations side by side along their leading directions, (n_probe, q), for guides on some rows.

    Twice as many as guide the search, so that those that lead on some of the rows are among them. Rows that a trial
    holds out have a part in which directions these are, and in nothing else: its probes are fitted to its own rows.
    """
    found = fit_side_by_side(seen.activations, max_eigenpairs=2 * _GUIDE_EIGENPAIRS)
    return found.eigvec * np.sqrt(found.eigval) if found.n_eigenpairs else np.zeros((found.n_rows, 1))


def teacher_guides(
    settings: Settings,
    seen: Observation,
    directions: Callable[[], NDArray[np.float64]] | None = None,
    *,
    in_trial: bool = False,
) -> Iterator[Guide]:
    """Yield the guides that know more of the teacher than its answers on the rows.

    Where `directions` are known already, they are asked for once they are needed. In a trial where there is another,
    there is none of more activations than rows: to prepare it takes longer than the trial.
    """
    on = set(settings.guides)
    changed = seen.sensitivity if "influence" in on else None
    changed = changed if changed is not None and len(changed.rows) else None
    if changed is not None:
        yield Influence(changed.rows, changed.change, changed.flip)
    if "representation" in on and seen.activations and len(seen.activation_rows) > 1:
        wide = sum(layer.shape[1] for layer in seen.activations.values()) > len(seen.activation_rows)
        if not (in_trial and wide and changed is not None):
            yield _representation(seen, leading_directions(seen) if directions is None else directions())


def label_guides(settings: Settings, loss: Loss, *, alone: bool) -> Iterator[Guide]:
    """Yield the guides that go by the answers; when no other guide has anything to go by, at least one."""
    kinds = [kind for name, kind in _LABEL_GUIDES if name in settings.guides]
    for kind in kinds or ([Impurity] if alone else []):
        yield kind(loss)


def _representation(seen: Observation, directions: NDArray[np.float64]) -> LinearRepresentation:
    """Factorise the activations and fix the penalty by the probe of the teacher's own output."""
    features = fit_features(directions, max_eigenpairs=_GUIDE_EIGENPAIRS)
    rows = seen.activation_rows
    penalty = choose_penalty(features, seen.outputs.values[rows])
    probe = prepare_extensions(prepare(features, penalty))
    return LinearRepresentation(rows, probe, seen.answers[rows].astype(np.float32))
