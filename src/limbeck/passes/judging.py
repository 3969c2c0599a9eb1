"""What the distillation shows: evidence from inside the teacher, and the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading, Outputs, Table, Tree, Vocabulary
from limbeck.diagnosis import Diagnosis, Stability, diagnose, gather_findings, of_dependent_rows
from limbeck.distillation import SizedTree
from limbeck.evidence import tree_evidence
from limbeck.observe import Dependence, Observation
from limbeck.passes.run import Run
from limbeck.probes import Evidence

__all__ = ["diagnosis_of", "evidence_of"]

# Seconds that probes may take.
_PROBING = 1.0


def evidence_of(run: Run, tree: Tree, reading: OutputReading, seen: Observation) -> Evidence | None:
    """Probe the activations for the clauses of the tree's nodes, where there are any, and intervene on them."""
    if run.concepts is not None and run.concepts.read_activations(lit.column for lit in tree.literals):
        run.say("no evidence: the tree asks about directions of the model's own layers, linear by choice")
        return None
    if not seen.activations or tree.n_leaves < 2 or len(seen.activation_rows) < 2:
        return None
    if not run.clock.has_time("probing", _PROBING):
        return None
    return tree_evidence(
        run.teacher, reading, tree, seen, run.rng("evidence"), run.progress, partial(run.keep_going, "probing")
    )


def diagnosis_of(
    run: Run,
    points: Sequence[SizedTree],
    tree: Tree,
    vocabulary: Vocabulary,
    uses: Mapping[str, tuple[Table, Outputs | None]],
    validation_gaps: NDArray[np.float64],
    evidence: Evidence | None,
    *,
    weights: NDArray[np.float64],
    silent: Sequence[str],
    given: bool,
    stability: Stability | None,
    dependence: Dependence | None,
) -> Diagnosis:
    """Name what the distillation shows."""
    frontier = [
        (p.n_leaves, p.fit_fidelity, p.fit_fidelity if (v := p.validation_fidelity) is None else v) for p in points
    ]
    by_class, outputs = None, uses["fit"][1]
    if run.settings.class_weight is not None and outputs is not None and outputs.codes is not None:
        width = len(tree.classes or ())
        rows = np.bincount(outputs.codes, minlength=width)
        by_class = np.bincount(outputs.codes, weights, width) / np.maximum(rows, 1)
    found = diagnose(
        gather_findings(
            tree, vocabulary, uses, validation_gaps, frontier, evidence,
            given=given, delta=run.settings.delta, stopped=run.clock.shaped, class_weights=by_class,
            silent=silent, stability=stability,
            keep_going=partial(run.keep_going, "diagnosing"),
        )
    )  # fmt: skip
    if dependence is None:
        return found
    return of_dependent_rows(found, dependence.words, dependence.share, dependence.n_rows, dependence.remedy)
