"""The passes of a distillation that need its clock, its randomness or its teacher."""

from __future__ import annotations

import importlib.metadata
import sys
import time
import zlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck._version import __version__
from limbeck.certify import Claim, certify_tree, fidelity
from limbeck.core import Node, OutputReading, Outputs, Table, Tree, Vocabulary, as_table
from limbeck.core.table import counted, listed
from limbeck.deepen import deepen
from limbeck.diagnosis import Diagnosis, diagnose
from limbeck.distillation import Distillation, Ledger, SizedTree, Status
from limbeck.errors import InputError
from limbeck.evidence import tree_evidence
from limbeck.findings import gather_findings
from limbeck.observe import Observation, RowSplit, Sampler, observe
from limbeck.probe import (
    Evidence,
    choose_penalty,
    concatenate,
    fit_features,
    prepare,
    prepare_extensions,
)
from limbeck.search import Agreement, BeamSettings, Guide, Impurity, Influence, LinearRepresentation, grow_family
from limbeck.settings import Settings
from limbeck.solve import (
    ClauseFamily,
    Frontier,
    HardLabels,
    Loss,
    SquaredError,
    disagreement_cost,
    prune_frontier,
    solve_program,
    squared_cost,
)
from limbeck.teachers import Progress, Teacher

__all__ = ["LARGEST_BY_PROGRAM", "Run", "certificate_table", "checked_weights", "chosen", "leaf_loss", "sized_trees"]

# Eigenpairs of the activations that guide the search: trained networks need few, and each costs.
_GUIDE_EIGENPAIRS = 128
# Share of the time limit after which no more queries are made, so that the search finds its time.
_OBSERVING_SHARE = 0.4
# Questions that are added below a leaf at a time, when a tree grows deeper on fresh rows.
_LOCAL_DEPTH = 3
LARGEST_BY_PROGRAM = 16
"""Leaves up to which the rows given decide the tree when fresh ones can be drawn: larger trees grow on fresh rows."""


class Run:
    """One running distillation: settings, teacher, clock and what has been spent."""

    def __init__(self, settings: Settings, teacher: Teacher, progress: Progress) -> None:
        self.settings, self.teacher, self.progress = settings, teacher, progress
        self.seconds: dict[str, float] = {}
        self.queries = self.fresh_rows = 0
        self._start = time.monotonic()
        self._reserved = 0.0
        self._stopped = False

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the random numbers for one purpose, so that no pass disturbs another's."""
        return np.random.default_rng([self.settings.random_state, zlib.crc32(purpose.encode())])

    def keep_going(self, share: float = 1.0) -> bool:
        """Tell whether there is time left of some share of the limit, beyond what the certificate will take."""
        limit = self.settings.time_limit
        if limit is None or time.monotonic() - self._start + self._reserved <= share * limit:
            return True
        self._stopped = True
        return False

    @contextmanager
    def timed(self, name: str) -> Generator[None]:
        """Note the wall time of a pass."""
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 3)

    def on_level(self, level: int, done: int, total: int) -> None:
        """Report the search's progress."""
        self.progress(f"searching clauses of {counted(level + 1, 'literal')}", done, total)

    def ask(self, fit: Table, validation: Table) -> tuple[OutputReading, Outputs, Outputs | None]:
        """Ask the teacher about the rows that fit, fix how it is read, and ask about the validation rows."""
        start = time.monotonic()
        raw = self.teacher.predict(fit, self.progress)
        # The certificate comes last and must still find its time.
        self._reserved = (time.monotonic() - start) * self.settings.certificate / (1 - self.settings.certificate)
        reading = OutputReading.fixed_on(raw, task=self.settings.task, classes=self.teacher.classes)
        checked = reading.read(self.teacher.predict(validation)) if validation.n_rows else None
        return reading, reading.read(raw), checked

    def observe(self, reading: OutputReading, fit: Table, outputs: Outputs, vocabulary: Vocabulary) -> Observation:
        """Read activations and influences, within what is left of the queries."""
        budget = replace(self.settings.budget, max_queries=self.settings.max_queries - self.queries)
        seen = observe(
            self.teacher, reading, fit, outputs, vocabulary,
            layers=self.settings.layers, budget=budget, rng=self.rng(f"observe {self.fresh_rows}"),
            keep_going=lambda: self.keep_going(_OBSERVING_SHARE), progress=self.progress,
        )  # fmt: skip
        self.queries += 0 if seen.sensitivity is None else seen.sensitivity.n_queries
        return seen

    def grow(self, seen: Observation, loss: Loss, guides: Sequence[Guide], beam: BeamSettings) -> ClauseFamily:
        """Grow the clause family."""
        return grow_family(seen.answers, loss, guides, beam, keep_going=self.keep_going, on_level=self.on_level)

    def deepened(
        self, frontier: Frontier, sampler: Sampler, reading: OutputReading, vocabulary: Vocabulary, total_weight: float
    ) -> Frontier:
        """Grow a tree on fresh rows, clause by clause; its prunings are the sizes beyond the frontier."""

        def answer(table: Table) -> Outputs:
            self.fresh_rows += table.n_rows
            return reading.read(self.teacher.predict(table))

        def loss_of(outputs: Outputs) -> Loss:
            return leaf_loss(self.settings, reading, outputs, np.ones(len(outputs)))

        def subtree_of(table: Table, outputs: Outputs, max_depth: int, max_leaves: int) -> Node:
            seen, loss = self.observe(reading, table, outputs, vocabulary), loss_of(outputs)
            greedy = BeamSettings(widths=(1,), max_depth=min(max_depth, _LOCAL_DEPTH), pair_clauses=0)
            family = self.grow(seen, loss, self.guides(seen, loss)[:1], greedy)
            local = solve_program(family, vocabulary.literals, loss, max_leaves=min(max_leaves, 2**_LOCAL_DEPTH))
            return local.points[-1].root

        growth = deepen(
            sampler, answer, loss_of, subtree_of,
            max_leaves=self.settings.max_leaves, max_depth=self.settings.max_depth, n_rows=self.settings.fresh_rows,
            total_weight=total_weight, rng=self.rng("deepen"), keep_going=self.keep_going, progress=self.progress,
        )  # fmt: skip
        cost = squared_cost if reading.classes is None or self.settings.loss == "soft" else disagreement_cost
        pruned = prune_frontier(growth, cost, max_leaves=self.settings.max_leaves)
        beyond = [point for point in pruned.points if point.n_leaves > frontier.points[-1].n_leaves]
        return Frontier((*frontier.points, *beyond))

    def guides(self, seen: Observation, loss: Loss) -> list[Guide]:
        """Set up the guides that are switched on and have something to go by, the surest first."""
        on = set(self.settings.guides)
        guides: list[Guide] = []
        if "influence" in on and seen.sensitivity is not None:
            guides.append(Influence(seen.sensitivity.rows, seen.sensitivity.change, seen.sensitivity.flip))
        if "representation" in on and seen.activations and len(seen.activation_rows) > 1 and self.keep_going():
            guides.append(_representation(seen))
        guides += [kind(loss) for name, kind in _LABEL_GUIDES if name in on]
        if not guides:
            guides.append(Impurity(loss))
        return guides

    def certify(
        self, tree: Tree, reading: OutputReading, rows: Table, *, given: bool
    ) -> tuple[Claim | None, Outputs | None]:
        """Certify the chosen tree on the rows set aside, or given for it; return the teacher's answers on them too."""
        if not rows.n_rows:
            return None, None
        outputs = reading.read(self.teacher.predict(rows, self.progress))
        source = (
            "given as `certificate_rows`" if given else "of the table, split off at random before anything was fitted"
        )
        asked = {"delta": self.settings.delta, "epsilon": self.settings.epsilon}
        return certify_tree(tree, rows, outputs, rows=f"{counted(rows.n_rows, 'row')} {source}", **asked), outputs

    def evidence(self, tree: Tree, seen: Observation) -> Evidence | None:
        """Probe the activations for the clauses of the tree's nodes, where there are any."""
        if not seen.activations or tree.n_leaves < 2 or len(seen.activation_rows) < 2 or not self.keep_going():
            return None
        return tree_evidence(self.teacher, tree, seen, self.rng("evidence"), self.progress)

    def diagnose(
        self,
        points: Sequence[SizedTree],
        tree: Tree,
        vocabulary: Vocabulary,
        uses: Mapping[str, tuple[Table, Outputs | None]],
        evidence: Evidence | None,
        *,
        given: bool,
    ) -> Diagnosis:
        """Name what the distillation shows."""
        frontier = [
            (p.n_leaves, p.fit_fidelity, p.fit_fidelity if (v := p.validation_fidelity) is None else v) for p in points
        ]
        return diagnose(
            gather_findings(
                tree, vocabulary, uses, frontier, evidence,
                given=given, delta=self.settings.delta, stopped=self._stopped,
            )
        )  # fmt: skip

    def result(
        self,
        reading: OutputReading,
        points: tuple[SizedTree, ...],
        tree: Tree,
        certificate: Claim | None,
        evidence: Evidence | None,
        diagnosis: Diagnosis,
        seen: Observation,
        family: ClauseFamily,
        split: RowSplit,
    ) -> Distillation:
        """Put the result together."""
        ledger = Ledger(
            len(split.fit), len(split.validation), 0 if certificate is None else certificate.n_rows,
            self.queries + self.fresh_rows,
            family.n_probes, family.n_clauses, len(seen.vocabulary), dict(self.seconds),
        )  # fmt: skip
        status = Status.TIME_LIMIT if self._stopped else Status.COMPLETE
        if _constant(seen.outputs):
            status = Status.CONSTANT
        return Distillation(
            self.teacher.name, reading, points, tree, certificate, evidence, status, ledger,
            _notes(seen), self.settings.to_dict(), _versions(), diagnosis,
        )  # fmt: skip


_LABEL_GUIDES = (("impurity", Impurity), ("agreement", Agreement))


def leaf_loss(settings: Settings, reading: OutputReading, outputs: Outputs, weights: NDArray[np.float64]) -> Loss:
    """Return the loss that the settings ask for."""
    if outputs.codes is None or settings.loss == "soft":
        return SquaredError(outputs.values, weights)
    return HardLabels(outputs.codes, len(reading.classes or ()), weights)


def checked_weights(sample_weight: ArrayLike | None, n_rows: int) -> NDArray[np.float64]:
    """Return row weights: whole numbers as they are (a row of weight 2 counts as two), others scaled to mean 1."""
    if sample_weight is None:
        return np.ones(n_rows)
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        raise InputError("`sample_weight` of numbers", f"`{sample_weight!r:.80}`", "give one number a row") from None
    if weights.shape != (n_rows,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(
            f"`sample_weight` of {n_rows} finite numbers of at least 0, not all 0",
            f"an array of shape {weights.shape}, smallest {weights.min(initial=np.inf):g}",
            "give one weight a row",
        )
    return weights if (weights == np.round(weights)).all() else weights / weights.mean()


def certificate_table(rows: Any, table: Table) -> Table | None:
    """Read certificate rows that were given apart, and see that they have the columns of the others."""
    if rows is None:
        return None
    given = as_table(rows)
    if given.names != table.names:
        raise InputError(
            f"`certificate_rows` with the columns {listed(table.names)}",
            f"the columns {listed(given.names)}",
            "give the same columns in the same order",
        )
    return given.hiding(sorted(table.hidden))


def sized_trees(
    frontier: Frontier,
    reading: OutputReading,
    fit: tuple[Table, Outputs],
    validation: tuple[Table, Outputs | None],
) -> tuple[SizedTree, ...]:
    """Lay the frontier's trees out, each with its fidelity on the rows that fit and on the validation rows."""
    columns = tuple((column.name, column.kind) for column in fit[0].columns)
    points: list[SizedTree] = []
    for point in frontier.points:
        tree = Tree.from_node(point.root, classes=reading.classes, columns=columns)
        held_out = None if validation[1] is None else fidelity(tree, validation[0], validation[1])
        points.append(SizedTree(tree, fidelity(tree, *fit), held_out))
    return tuple(points)


def chosen(points: Sequence[SizedTree]) -> SizedTree:
    """Return the tree that agrees best on the validation rows, the smallest among equals; without any, the largest."""
    if points[0].validation_fidelity is None:
        return points[-1]
    return max(points, key=lambda point: (point.validation_fidelity or 0.0, -point.n_leaves))


def _representation(seen: Observation) -> LinearRepresentation:
    """Factorise the activations and fix the penalty by the probe of the teacher's own output."""
    features = fit_features(concatenate(seen.activations), max_eigenpairs=_GUIDE_EIGENPAIRS)
    rows = seen.activation_rows
    penalty = choose_penalty(features, seen.outputs.values[rows])
    probe = prepare_extensions(prepare(features, penalty))
    return LinearRepresentation(rows, probe, seen.answers[rows].astype(np.float32))


def _notes(seen: Observation) -> tuple[str, ...]:
    """Say what was capped, and which columns the tree may ask about although the teacher does not react to them."""
    silent = () if seen.sensitivity is None else seen.sensitivity.silent
    if not silent:
        return seen.vocabulary.notes
    return (*seen.vocabulary.notes, f"no answer of the teacher moved when these columns were changed: {listed(silent)}")


def _constant(outputs: Outputs) -> bool:
    """Tell whether the teacher gave one answer on all rows."""
    answers = outputs.values if outputs.codes is None else outputs.codes
    return bool((answers == answers[0]).all())


def _versions() -> dict[str, str]:
    """Return the versions of what took part: the frameworks only where they are imported already."""
    packages = ("numpy", "scipy", "scikit-learn", "torch", "onnxruntime", "xgboost", "lightgbm")
    present = [p for p in packages if p.replace("scikit-learn", "sklearn") in sys.modules]
    return {"limbeck": __version__} | {package: importlib.metadata.version(package) for package in present}
