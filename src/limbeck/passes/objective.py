"""What the search optimises, and what guides it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs
from limbeck.observe import Observation
from limbeck.probe import choose_penalty, concatenate, fit_features, prepare, prepare_extensions
from limbeck.search import Agreement, Guide, Impurity, Influence, LinearRepresentation
from limbeck.settings import Settings
from limbeck.solve import HardLabels, Loss, SquaredError

__all__ = ["guides_of", "leaf_loss"]

# Eigenpairs of the activations that guide the search: trained networks need few, and each costs.
_GUIDE_EIGENPAIRS = 128
_LABEL_GUIDES = (("impurity", Impurity), ("agreement", Agreement))


def leaf_loss(settings: Settings, reading: OutputReading, outputs: Outputs, weights: NDArray[np.float64]) -> Loss:
    """Return the loss that the settings ask for."""
    if outputs.codes is None or settings.loss == "soft":
        return SquaredError(outputs.values, weights)
    return HardLabels(outputs.codes, len(reading.classes or ()), weights)


def guides_of(settings: Settings, seen: Observation, loss: Loss) -> Iterator[Guide]:
    """Yield the guides that are switched on and have something to go by, the surest first; at least one."""
    on = set(settings.guides)
    silent = True
    if "influence" in on and seen.sensitivity is not None:
        silent = False
        yield Influence(seen.sensitivity.rows, seen.sensitivity.change, seen.sensitivity.flip)
    if "representation" in on and seen.activations and len(seen.activation_rows) > 1:
        silent = False
        yield _representation(seen)
    for name, kind in _LABEL_GUIDES:
        if name in on:
            silent = False
            yield kind(loss)
    if silent:
        yield Impurity(loss)


def _representation(seen: Observation) -> LinearRepresentation:
    """Factorise the activations and fix the penalty by the probe of the teacher's own output."""
    features = fit_features(concatenate(seen.activations), max_eigenpairs=_GUIDE_EIGENPAIRS)
    rows = seen.activation_rows
    penalty = choose_penalty(features, seen.outputs.values[rows])
    probe = prepare_extensions(prepare(features, penalty))
    return LinearRepresentation(rows, probe, seen.answers[rows].astype(np.float32))
