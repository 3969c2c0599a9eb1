"""What layers hold where answers listen: clauses in units that move hardly any are held for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Table
from limbeck.probes import Controls, Estimate, Evidence, LayerHeld, measure_answer, measure_clauses, weigh_layers
from limbeck.teachers import Teacher

__all__ = ["Clauses", "heard_only"]

_LEFT = 0.5  # share of the margins asked of a layer that must be left without its silent units
_MOST_SILENT = 3  # layers whose silent units are held at their means


@dataclass(frozen=True, eq=False)
class Clauses:
    """The clauses of a tree on n rows, beside what they are compared with.

    Parameters
    ----------
    holds : ndarray of bool, shape (n, t)
        Their truth.
    depths : ndarray of int, shape (t,)
        Their numbers of literals.
    same : Controls
        Clauses over the same columns.
    told : ndarray of shape (n, c)
        What the model's answers tell.
    rng : numpy.random.Generator
        Of the resamples.
    """

    holds: NDArray[np.bool_]
    depths: NDArray[np.integer]
    same: Controls
    told: NDArray[np.float64]
    rng: np.random.Generator

    def measured_again(self, activations: Mapping[str, NDArray[np.float32]], found: Evidence) -> dict[str, LayerHeld]:
        """Measure what is left of some layers, beside random clauses and re-drawn weights as they were before."""
        if not activations:
            return {}
        scores = measure_clauses(activations, [], self.holds, None, self.depths, self.same, side_by_side=False)
        settings: dict[str, Any] = {"n_resamples": found.n_resamples, "confidence": found.confidence}
        answer = measure_answer(self.told, self.holds, self.depths)
        again = weigh_layers(scores, answer, self.depths, **settings, rng=self.rng)
        before = {layer.layer: layer for layer in found.held}
        return {layer.layer: _beside_the_same(layer, before[layer.layer]) for layer in again}


def heard_only(
    teacher: Teacher,
    table: Table,
    activations: Mapping[str, NDArray[np.float32]],
    heard: Mapping[str, NDArray[np.bool_]],
    found: Evidence,
    clauses: Clauses,
) -> Evidence:
    """Tell of each layer in which answers follow the clauses whether it holds them where answers listen.

    Measured are the units that move answers by themselves, and the whole layer with the silent units of others held
    at their means: a block may write the clauses where nothing reads them, into a stream whose other parts decide.

    Parameters
    ----------
    teacher, table : Teacher, Table
        The model, and the n rows.
    activations : mapping of str to ndarray of float32, shape (n, m)
        What the layers hold.
    heard : mapping of str to ndarray of bool, shape (m,)
        For layers some of whose units move hardly an answer: which ones do more.
    found : Evidence
        With the layers that were interrupted.
    clauses : Clauses
        What is probed for.
    """
    left = {layer: activations[layer][:, units] for layer, units in heard.items()}
    again = clauses.measured_again(left, found)
    used = [replace(u, held_by_others=again[u.layer].holds_by(_LEFT)) if u.layer in again else u for u in found.used]
    found = replace(found, used=tuple(used))
    named = _held_by_silent_units(teacher, table, activations, _silent(activations, heard, found), found, clauses)
    used = [
        replace(u, held_by_others=False, silent_layer=named[u.layer]) if u.layer in named else u for u in found.used
    ]
    return replace(found, used=tuple(used))


def _silent(
    activations: Mapping[str, NDArray[np.float32]], heard: Mapping[str, NDArray[np.bool_]], found: Evidence
) -> dict[str, NDArray[np.bool_]]:
    """Return the silent units of the layers that hold the clauses by these."""
    selective = {layer.layer for layer in found.held if layer.selective}
    silent = {use.layer: np.ones(use.n_units, bool) for use in found.used if use.layer in selective and not use.reaches}
    silent |= {use.layer: ~heard[use.layer] for use in found.used if not use.held_by_others}
    return dict(list(silent.items())[:_MOST_SILENT])


def _held_by_silent_units(
    teacher: Teacher,
    table: Table,
    activations: Mapping[str, NDArray[np.float32]],
    silent: Mapping[str, NDArray[np.bool_]],
    found: Evidence,
    clauses: Clauses,
) -> dict[str, str]:
    """Name, for layers that hold the clauses only by silent units of another, that other one."""
    selective = {layer.layer for layer in found.held if layer.selective}
    followed = [use.layer for use in found.used if use.used and use.layer in selective]
    named: dict[str, str] = {}
    for layer, units in silent.items() if followed else ():
        still = activations[layer].astype(np.float64)
        still[:, units] = still[:, units].mean(axis=0)
        held = teacher.observe_interrupted(table, layer, still, followed)[1]
        changed = {name: values for name, values in held.items() if not np.array_equal(values, activations[name])}
        again = clauses.measured_again(changed, found)
        named |= {name: layer for name, what in again.items() if not what.holds_by(_LEFT) and name not in named}
    return named


def _beside_the_same(now: LayerHeld, before: LayerHeld) -> LayerHeld:
    """Put what is left of a layer beside random clauses and re-drawn weights as they were in the whole of it."""
    lost = before.held.value - now.held.value

    def less(margin: Estimate | None) -> Estimate | None:
        return None if margin is None else Estimate(margin.value - lost, margin.low - lost, margin.high - lost)

    return replace(now, above_random=less(before.above_random), above_redrawn=less(before.above_redrawn))
