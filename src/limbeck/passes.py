"""The passes of a distillation that need its clock, its randomness or its teacher."""

from __future__ import annotations

import importlib.metadata
import sys
import time
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limbeck._version import __version__
from limbeck.certify import Claim, certify_tree, fidelity
from limbeck.core import OutputReading, Outputs, Table, Tree, Vocabulary
from limbeck.core.table import counted
from limbeck.distillation import Distillation, Ledger, SizedTree, Status
from limbeck.errors import InputError
from limbeck.observe import Observation, RowSplit, observe
from limbeck.probe import (
    Evidence,
    choose_penalty,
    clause_evidence,
    concatenate,
    fit_features,
    prepare,
    prepare_extensions,
    random_clauses,
)
from limbeck.search import Agreement, Guide, Impurity, Influence, LinearRepresentation
from limbeck.settings import Settings
from limbeck.solve import ClauseFamily, Frontier, HardLabels, Loss, SquaredError
from limbeck.teachers import Progress, Teacher

__all__ = ["Run", "checked_weights", "chosen", "leaf_loss", "sized_trees"]

# Eigenpairs of the activations that guide the search: trained networks need few, and each costs.
_GUIDE_EIGENPAIRS = 128


class Run:
    """One running distillation: settings, teacher, clock and what has been spent."""

    def __init__(self, settings: Settings, teacher: Teacher, progress: Progress) -> None:
        self.settings, self.teacher, self.progress = settings, teacher, progress
        self.seconds: dict[str, float] = {}
        self._start = time.monotonic()
        self._reserved = 0.0
        self._stopped = False

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the random numbers for one purpose, so that no pass disturbs another's."""
        return np.random.default_rng([self.settings.random_state, zlib.crc32(purpose.encode())])

    def keep_going(self) -> bool:
        """Tell whether there is time left, beyond what the certificate will take."""
        limit = self.settings.time_limit
        if limit is not None and time.monotonic() - self._start + self._reserved > limit:
            self._stopped = True
        return not self._stopped

    @contextmanager
    def timed(self, name: str) -> Generator[None]:
        """Note the wall time of a pass."""
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 3)

    def on_level(self, level: int, done: int, total: int) -> None:
        """Report the search's progress."""
        self.progress(f"searching clauses of {level + 1} literals", done, total)

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
        """Read activations and influences."""
        return observe(
            self.teacher, reading, fit, outputs, vocabulary,
            layers=self.settings.layers, budget=self.settings.budget, rng=self.rng("observe"),
            keep_going=self.keep_going, progress=self.progress,
        )  # fmt: skip

    def guides(self, seen: Observation, loss: Loss) -> list[Guide]:
        """Set up the guides that are switched on and have something to go by."""
        on = set(self.settings.guides)
        guides: list[Guide] = [kind(loss) for name, kind in _LABEL_GUIDES if name in on]
        if "influence" in on and seen.sensitivity is not None:
            guides.append(Influence(seen.sensitivity.rows, seen.sensitivity.change, seen.sensitivity.flip))
        if "representation" in on and seen.activations and len(seen.activation_rows) > 1 and self.keep_going():
            guides.append(_representation(seen))
        if not guides:
            guides.append(Impurity(loss))
        return guides

    def certify(self, tree: Tree, reading: OutputReading, rows: Table) -> Claim | None:
        """Certify the chosen tree on the rows set aside."""
        if not rows.n_rows:
            return None
        outputs = reading.read(self.teacher.predict(rows, self.progress))
        words = f"{counted(rows.n_rows, 'row')} of the table, split off at random before anything was fitted"
        return certify_tree(tree, rows, outputs, delta=self.settings.delta, epsilon=self.settings.epsilon, rows=words)

    def evidence(self, tree: Tree, seen: Observation) -> Evidence | None:
        """Probe the activations for the clauses of the tree's nodes, where there are any."""
        if not seen.activations or tree.n_leaves < 2 or len(seen.activation_rows) < 2 or not self.keep_going():
            return None
        clauses = tree.decision_path(seen.table.take(seen.activation_rows))[:, 1:]
        depths = tree.depth_of[1:]
        controls = random_clauses(seen.answers[seen.activation_rows], clauses, depths, self.rng("evidence"))
        nodes = np.arange(1, tree.n_nodes)
        return clause_evidence(seen.activations, clauses, controls, nodes=nodes, depths=depths)

    def result(
        self,
        reading: OutputReading,
        points: tuple[SizedTree, ...],
        tree: Tree,
        certificate: Claim | None,
        evidence: Evidence | None,
        seen: Observation,
        family: ClauseFamily,
        split: RowSplit,
    ) -> Distillation:
        """Put the result together."""
        ledger = Ledger(
            len(split.fit), len(split.validation), len(split.certificate),
            0 if seen.sensitivity is None else seen.sensitivity.n_queries,
            family.n_probes, family.n_clauses, len(seen.vocabulary), dict(self.seconds),
        )  # fmt: skip
        status = Status.TIME_LIMIT if self._stopped else Status.COMPLETE
        if _constant(seen.outputs):
            status = Status.CONSTANT
        return Distillation(
            self.teacher.name, reading, points, tree, certificate, evidence, status, ledger,
            seen.vocabulary.notes, self.settings.to_dict(), _versions(),
        )  # fmt: skip


_LABEL_GUIDES = (("impurity", Impurity), ("agreement", Agreement))


def leaf_loss(settings: Settings, reading: OutputReading, outputs: Outputs, weights: NDArray[np.float64]) -> Loss:
    """Return the loss that the settings ask for."""
    if outputs.codes is None or settings.loss == "soft":
        return SquaredError(outputs.values, weights)
    return HardLabels(outputs.codes, len(reading.classes or ()), weights)


def checked_weights(sample_weight: ArrayLike | None, n_rows: int) -> NDArray[np.float64]:
    """Return row weights of mean 1."""
    if sample_weight is None:
        return np.ones(n_rows)
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (n_rows,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(
            f"`sample_weight` of {n_rows} finite numbers of at least 0, not all 0",
            f"an array of shape {weights.shape}, smallest {weights.min(initial=np.inf):g}",
            "give one weight a row",
        )
    return weights / weights.mean()


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


def _constant(outputs: Outputs) -> bool:
    """Tell whether the teacher gave one answer on all rows."""
    answers = outputs.values if outputs.codes is None else outputs.codes
    return bool((answers == answers[0]).all())


def _versions() -> dict[str, str]:
    """Return the versions of what took part: the frameworks only where they are imported already."""
    packages = ("numpy", "scipy", "scikit-learn", "torch", "onnxruntime", "xgboost", "lightgbm")
    present = [p for p in packages if p.replace("scikit-learn", "sklearn") in sys.modules]
    return {"limbeck": __version__} | {package: importlib.metadata.version(package) for package in present}
