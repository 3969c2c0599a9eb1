"""The result put together: what was found, with what was done for it and what is to be said of it."""

from __future__ import annotations

import importlib.metadata
import sys
from dataclasses import replace
from functools import cache

import numpy as np

from limbeck._version import __version__
from limbeck.certificates import Claim
from limbeck.core import OutputReading, Outputs, Tree
from limbeck.diagnosis import Diagnosis
from limbeck.distillation import Distillation, Ledger, SizedTree, Status
from limbeck.observe import Dependence, Observation
from limbeck.passes.objective import HEAVY, carried_by_few
from limbeck.passes.run import Run
from limbeck.probes import Evidence
from limbeck.settings import Settings
from limbeck.tables import counted, listed

__all__ = ["result_of", "told_in_unit"]

# Share of the rows below which a class is called rare; with many classes half an equal share.
_RARE = 0.05


def result_of(
    run: Run,
    reading: OutputReading,
    points: tuple[SizedTree, ...],
    tree: Tree,
    certificate: Claim | None,
    evidence: Evidence | None,
    diagnosis: Diagnosis,
    seen: Observation,
    n_fit: int,
    n_validation: int,
    dependence: Dependence | None,
) -> Distillation:
    """Put the result together."""
    journal = run.journal
    ledger = Ledger(
        n_fit, n_validation, 0 if certificate is None else certificate.n_rows,
        journal.queries + journal.fresh_rows,
        journal.probes, journal.clauses, len(seen.vocabulary), dict(journal.seconds),
    )  # fmt: skip
    status = Status.TIME_LIMIT if run.clock.shaped else Status.COMPLETE
    if seen.outputs.alike and not run.clock.was_cut("asking"):
        status = Status.CONSTANT
    doubts = () if dependence is None else (str(dependence),)
    told = tuple(replace(point, tree=told_in_unit(point.tree, reading)) for point in points)
    tree = next(own.tree for own, point in zip(told, points, strict=True) if point.tree is tree)
    return Distillation(
        run.teacher.name, reading.as_they_are, told, tree, certificate, evidence, status, ledger,
        (*run.clock.notes, *journal.notes, *doubts, *_notes(seen, run.settings, reading), *run.teacher.notes),
        run.settings.to_dict(), _versions(),
        diagnosis,
    )  # fmt: skip


def told_in_unit(tree: Tree, reading: OutputReading) -> Tree:
    """Return a tree with its numbers in the teacher's own unit."""
    return tree if tree.classes is not None else replace(tree, value=reading.restored(tree.value))


def _notes(seen: Observation, settings: Settings, reading: OutputReading) -> tuple[str, ...]:
    """Say what was capped, what was promised, and to which of the columns the teacher does not react."""
    notes = list(seen.vocabulary.notes)
    if settings.defer is not None:
        notes.append("the diagnosis is about tree and model together: rows that ask the model are taken for agreement")
    for sign, moves in ((1, "falls"), (-1, "rises")):
        along = [name for name, asked in (settings.monotone or {}).items() if asked == sign]
        if along:
            notes.append(f"as asked, no tree's answer {moves} when one of these rises: {listed(along)}")
    if seen.silent:
        notes.append(f"no answer of the teacher moved when these columns were changed: {listed(seen.silent)}")
    return (*notes, *_uneven(seen.outputs, settings, reading))


def _uneven(outputs: Outputs, settings: Settings, reading: OutputReading) -> list[str]:
    """Say which classes are rare, or that a few rows carry the loss, and what can be done."""
    if outputs.codes is None:
        few = carried_by_few(outputs)
        named = "logarithm" if float(reading.restored(outputs.values).min()) > 0 else "arcsinh"
        told = (
            f"1 in 100 rows carries {few:.0%} of the squared distance from the mean, so that R² rests on a few rows; "
            f"distill a transformed output, such as its {named}"
        )
        return [told] if few > HEAVY else []
    rows = np.bincount(outputs.codes[outputs.codes >= 0], minlength=len(reading.classes or ()))
    most = min(_RARE, 0.5 / max(len(rows), 1)) * len(outputs)
    rare = [f"{label} ({n})" for label, n in zip(reading.classes or (), rows.tolist(), strict=True) if 0 < n < most]
    if not rare or settings.class_weight is not None:
        return []
    return [
        f"rare among the {counted(len(outputs), 'row')} that fit: {listed(rare)}; a tree that misses them is faithful "
        "on most rows: `class_weight='balanced'` (`--balanced`) makes all classes count alike"
    ]


def _versions() -> dict[str, str]:
    """Return the versions of what took part: the frameworks only where they are imported already."""
    packages = ("numpy", "scipy", "scikit-learn", "torch", "onnxruntime", "xgboost", "lightgbm", "catboost", "keras")
    present = [p for p in packages if p.replace("scikit-learn", "sklearn") in sys.modules]
    return {"limbeck": __version__} | {package: _version(package) for package in present}


@cache
def _version(package: str) -> str:
    return importlib.metadata.version(package)  # reads files
