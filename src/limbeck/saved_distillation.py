"""A distillation as plain values and back: the form of every field, and what the parts have to say of one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from limbeck.certificates import Claim
from limbeck.core import Kind, OutputReading
from limbeck.core.outputs import Rule, Task
from limbeck.core.tree_json import CLAUSE, TREE, tree_from_dict
from limbeck.deferral import Deferral, OperatingPoint
from limbeck.diagnosis import Diagnosis, Figure, Verdict
from limbeck.distillation import Distillation, Ledger, SizedTree, Status
from limbeck.errors import InputError
from limbeck.exhibits import BaselinePoint, Exhibits, Group, LeafSeen
from limbeck.probes import Evidence
from limbeck.saved import Flat, Mapped, Maybe, Name, checked, fields_of, wrong
from limbeck.theory import Certificate, DeferralCertificate, ToleranceCertificate

__all__ = ["distillation_from_dict", "distillation_to_dict"]

FORMAT = "limbeck.distillation"
VERSION = 1

_REGION = {"clause": CLAUSE, "n_rows": int, "loss": float, "share": float, "n_all": int}
_INPUT = {"title": str, "text": str, "marks": [(int, int)], "image": str}
_EXHIBITS = {
    "use": str, "n_rows": int, "columns": [(str, Kind)],
    "rows": [{"cells": [Any], "answer": Any, "leaf": int, "input?": Maybe(_INPUT)}],
    "groups": [Group], "seen": [LeafSeen], "influence": [[Maybe((float, int))]],
    "bands": Maybe([(float, float)]), "dates?": [str],
}  # fmt: skip
_DIAGNOSIS = {
    "verdict": Name(Verdict), "figures": [Figure], "region": Maybe(_REGION), "remedy": str, "spread?": bool,
    "layer?": Maybe(str),
}  # fmt: skip
_OPERATING = fields_of(OperatingPoint) | {"price": Maybe(float)}
_DEFERRAL = {"target": Maybe(float), "tolerance": Maybe(float), "points": [_OPERATING]}
_DISTILLATION: dict[str, Any] = {
    "format": str, "version": int, "teacher": str,
    "reading": {"task": Task, "rule": Name(Rule), "classes": Maybe([Any]), "probabilities?": bool},
    "frontier": [
        {"tree": TREE, "fit_fidelity": float, "validation_fidelity": Maybe(float), "operating?": Maybe(_OPERATING)}
    ],
    "tree": TREE, "evidence": Maybe(Evidence), "notes": [str], "settings": Mapped(Flat()), "versions": Mapped(Any),
    "diagnosis?": Maybe(_DIAGNOSIS),
    "baseline?": [BaselinePoint], "exhibits?": Maybe(_EXHIBITS), "weighted_by?": [str],
    "deferral?": Maybe(_DEFERRAL), "status": Name(Status), "ledger": Ledger,
}  # fmt: skip
"""The form of all fields but the certificate, whose form depends on what it holds."""


def distillation_to_dict(result: Distillation) -> dict[str, Any]:
    """Return everything as plain values (versioned; read back by `distillation_from_dict`)."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "teacher": result.teacher,
        "reading": result.reading.to_dict(),
        "frontier": [
            {
                "tree": point.tree.to_dict(),
                "fit_fidelity": point.fit_fidelity,
                "validation_fidelity": point.validation_fidelity,
                **({} if point.operating is None else {"operating": asdict(point.operating)}),
            }
            for point in result.frontier
        ],
        "tree": result.tree.to_dict(),
        "certificate": None if result.certificate is None else result.certificate.to_dict(),
        "evidence": None if result.evidence is None else result.evidence.to_dict(),
        "status": result.status.name,
        "ledger": asdict(result.ledger),
        "notes": list(result.notes),
        "settings": dict(result.settings),
        "versions": dict(result.versions),
        "diagnosis": None if result.diagnosis is None else result.diagnosis.to_dict(),
        "baseline": [asdict(point) for point in result.baseline],
        "exhibits": None if result.exhibits is None else result.exhibits.to_dict(),
        "weighted_by": list(result.weighted_by),
        "deferral": None if result.deferral is None else result.deferral.to_dict(),
    }


def distillation_from_dict(plain: dict[str, Any]) -> Distillation:
    """Read what `distillation_to_dict` wrote.

    Raises
    ------
    InputError
        Another format or version, or a field that is missing or damaged.
    """
    if plain.get("format") != FORMAT or plain.get("version") != VERSION:
        raise InputError(
            f"a distillation of format `{FORMAT}`, version {VERSION}",
            f"format `{plain.get('format')}`, version {plain.get('version')}",
            "give a file that this version of limbeck wrote",
        )
    plain = checked(_DISTILLATION | {"certificate": _claim_form(plain.get("certificate"))}, plain, "distillation")
    try:
        result = Distillation(
            plain["teacher"],
            OutputReading.from_dict(plain["reading"]),
            tuple(
                SizedTree(
                    tree_from_dict(p["tree"], f"distillation.frontier[{i}].tree"),
                    p["fit_fidelity"],
                    p["validation_fidelity"],
                    None if p.get("operating") is None else OperatingPoint(**p["operating"]),
                )
                for i, p in enumerate(plain["frontier"])
            ),
            tree_from_dict(plain["tree"], "distillation.tree"),
            _claim(plain["certificate"]),
            None if plain["evidence"] is None else Evidence.from_dict(plain["evidence"]),
            Status[plain["status"]],
            Ledger(**plain["ledger"]),
            tuple(plain["notes"]),
            plain["settings"],
            plain["versions"],
            None if plain.get("diagnosis") is None else Diagnosis.from_dict(plain["diagnosis"]),
            tuple(BaselinePoint(**point) for point in plain.get("baseline", ())),
            None if plain.get("exhibits") is None else Exhibits.from_dict(plain["exhibits"]),
            tuple(plain.get("weighted_by", ())),
            None if plain.get("deferral") is None else Deferral.from_dict(plain["deferral"]),
        )
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise InputError("the fields of a distillation", f"{error!r}", "give an unedited file") from error
    _check_parts(result)
    return result


def _claim(plain: dict[str, Any] | None) -> Claim | None:
    """Read a certificate of either kind."""
    if plain is None:
        return None
    if "answered_limit" in plain:
        return DeferralCertificate.from_dict(plain)
    return Certificate.from_dict(plain) if "error_limit" in plain else ToleranceCertificate.from_dict(plain)


def _claim_form(plain: Any) -> Any:
    """Return the form of a certificate of either kind."""
    if isinstance(plain, Mapping) and "tolerance" in plain:
        return fields_of(ToleranceCertificate) | {"tolerance": Maybe(float)}
    return Maybe(DeferralCertificate if isinstance(plain, Mapping) and "answered_limit" in plain else Certificate)


def _check_parts(result: Distillation) -> None:
    """See that the parts of a distillation are about the same trees, so that nothing that shows it can be misled.

    Raises
    ------
    InputError
        Two parts that do not fit; the error names the place.
    """
    classes, sizes = result.reading.classes, [point.n_leaves for point in result.frontier]
    for i, tree in enumerate([result.tree, *(point.tree for point in result.frontier)]):
        place = f"frontier[{i - 1}].tree" if i else "tree"
        if tree.classes != classes:
            raise _unlike(f"{place}.classes", "the classes of the reading", "others")
    if sizes != sorted(set(sizes)) or result.tree.n_leaves not in sizes:
        raise _unlike(
            "frontier", f"trees of more and more leaves, one of {result.tree.n_leaves} among them", str(sizes)
        )
    _check_fidelities(result)
    _check_claim(result.certificate, result)
    for i, figure in enumerate(() if result.diagnosis is None else result.diagnosis.figures):
        if figure.confidence is None and not (figure.low is None and figure.high is None):
            raise _unlike(f"diagnosis.figures[{i}].confidence", "a number, as there is a limit", "none")
    if result.evidence is not None:
        _check_evidence(result.evidence, result.tree.n_nodes)
    concepts = result.settings.get("concepts")
    if not isinstance(concepts, (list, tuple)) or not all(isinstance(name, str) for name in concepts):
        raise _unlike("settings.concepts", "a list of names of columns", "something else")
    if result.exhibits is not None:
        _check_exhibits(result.exhibits, result)
    if result.deferral is not None:
        _check_deferral(result.deferral)


def _check_fidelities(result: Distillation) -> None:
    """See that shares of rows are between 0 and 1, and R² at most 1."""
    least = float("-inf") if result.reading.classes is None else 0.0
    for name, points in (("frontier", result.frontier), ("baseline", result.baseline)):
        for i, point in enumerate(points):
            for field, value in vars(point).items():
                if field.endswith("_fidelity") and value is not None and not least <= value <= 1.0:
                    raise wrong(f"distillation.{name}[{i}].{field}", "a share of rows, or R²", value)


def _check_claim(claim: Claim | None, result: Distillation) -> None:
    if claim is None:
        return
    about_answers = isinstance(claim, DeferralCertificate)
    if not about_answers and isinstance(claim, ToleranceCertificate) != (result.reading.classes is None):
        raise _unlike("certificate", "a limit on the error of classes, or a tolerance of numbers", "the other kind")
    for name in ("delta", "epsilon"):
        if not 0 < getattr(claim, name, 0.5) < 1:
            raise wrong(f"distillation.certificate.{name}", "a share between 0 and 1", getattr(claim, name))
    if not claim.n_rows or not claim.n_claims:
        raise _unlike("certificate", "a claim about at least one tree, from at least one row", "none")
    if isinstance(claim, ToleranceCertificate) and (claim.tolerance < 0 or claim.n_beyond > claim.n_rows):
        raise _unlike("certificate", "a gap of at least 0, and rows beyond it among the rows", "others")
    by_class = claim.by_class if isinstance(claim, Certificate) else None
    if by_class is not None:
        labels = [entry.label for entry in by_class.classes][: len(result.reading.classes or ())]
        if labels != list(result.reading.classes or ()) or by_class.n_rows != claim.n_rows:
            raise _unlike("certificate.by_class", "the classes of the reading, on the rows of the claim", "others")
    leaves = () if isinstance(claim, ToleranceCertificate) else claim.leaves
    _places("certificate.leaves", (leaf.leaf for leaf in leaves), result.tree.leaves.tolist())


def _check_deferral(deferral: Deferral) -> None:
    """See that the target is a share, the tolerance a length, and that every point counts some of its rows."""
    if deferral.target is not None and not 0 < deferral.target < 1:
        raise wrong("distillation.deferral.target", "a share between 0 and 1", deferral.target)
    if deferral.tolerance is not None and not deferral.tolerance >= 0:
        raise wrong("distillation.deferral.tolerance", "a gap of at least 0", deferral.tolerance)
    for i, point in enumerate(deferral.points):
        if not point.disagreements <= point.n_answered <= point.n_rows:
            raise _unlike(f"deferral.points[{i}]", "disagreements among answered rows, these among all", "more")


def _check_evidence(evidence: Evidence, n_nodes: int) -> None:
    """See that every clause has the figures of every layer, and belongs to a node."""
    clauses = [("clauses", clause) for clause in evidence.clauses]
    levels = [("by_depth", level) for level in evidence.by_depth]
    pooled = [] if evidence.deeper is None else [("deeper", evidence.deeper)]
    if not clauses or not evidence.clauses[0].r_squared:
        raise _unlike("evidence.clauses", "clauses in some layers", "none")
    layers = list(evidence.clauses[0].r_squared)
    for name, found in [*clauses, *levels, *pooled]:
        for side in ("r_squared", "norm", "random", "redrawn"):
            figures = getattr(found, side)
            if figures is not None and list(figures) != layers:
                raise _unlike(f"evidence.{name}.{side}", f"one figure for each layer, {layers}", str(list(figures)))
    known = set(layers)
    for name, parts in (("held", evidence.held), ("used", evidence.used)):
        strange = next((part.layer for part in parts if part.layer not in known), None)
        if strange is not None:
            raise _unlike(f"evidence.{name}.layer", f"one of {layers}", strange)
    _places("evidence.used.nodes", (node.node for use in evidence.used for node in use.nodes), range(n_nodes))
    _places("evidence.clauses.node", (c.node for c in evidence.clauses if c.node is not None), range(n_nodes))


def _check_exhibits(shown: Exhibits, result: Distillation) -> None:
    """See that rows, groups and influences are about the leaves, the classes and the trees that there are."""
    leaves, classes = result.tree.leaves.tolist(), result.reading.classes
    for name in ("rows", "groups", "seen"):
        _places(f"exhibits.{name}.leaf", (part.leaf for part in getattr(shown, name)), leaves)
    _places("exhibits.groups.leaf", (group.leaf for group in shown.groups), [seen.leaf for seen in shown.seen])
    examples = (i for group in shown.groups for i in group.examples)
    _places("exhibits.groups.examples", examples, range(len(shown.rows)))
    for name, parts in (("rows", shown.rows), ("groups", shown.groups)):
        for i, part in enumerate(parts):
            number = isinstance(part.answer, (int, float)) or (name == "groups" and part.answer is None)
            fits = number if classes is None else part.answer is None or part.answer in classes
            if not fits:
                raise wrong(f"distillation.exhibits.{name}[{i}].answer", "an answer of the teacher", part.answer)
    if sum(seen.n_rows for seen in shown.seen) != shown.n_rows or not shown.n_rows:
        raise _unlike("exhibits.n_rows", "the rows at all leaves together, at least one", str(shown.n_rows))
    nodes = [point.tree.n_nodes for point in result.frontier]
    if [len(tree) for tree in shown.influence] != nodes:
        raise _unlike("exhibits.influence", f"a list for each tree of the frontier, of {nodes} nodes", "others")
    if shown.bands is not None and len(shown.bands) != len(nodes):
        raise _unlike("exhibits.bands", f"{len(nodes)} intervals", str(len(shown.bands)))


def _places(place: str, found: Iterable[int], known: Iterable[int]) -> None:
    """See that all are known."""
    there = set(known)
    strange = next((i for i in found if i not in there), None)
    if strange is not None:
        raise _unlike(place, "nodes, leaves or rows that there are", str(strange))


def _unlike(place: str, asked: str, found: str) -> InputError:
    return InputError(f"`distillation.{place}` as {asked}", found[:200], "give an unedited file")
