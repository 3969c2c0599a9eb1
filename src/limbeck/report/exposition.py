"""Everything that a report shows, as one plain dict: the summary, and what a page with charts needs beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from limbeck.diagnosis import Verdict
from limbeck.report.asking import expose_trade
from limbeck.report.rows import expose_groups, expose_rows
from limbeck.report.summary import summarise
from limbeck.report.trees import expose_trees, shown_sizes
from limbeck.report.wording import amount, visible
from limbeck.theory import Certificate, DeferralCertificate, error_lower_limit, error_upper_limit
from limbeck.theory.wording import rounded_up

if TYPE_CHECKING:
    from limbeck.distillation import Distillation
    from limbeck.probes import Evidence

__all__ = ["BAND", "expose", "expose_frontier"]

BAND = 0.95
"""Level of the band around the validation fidelities."""

_GOOD = (Verdict.COMPUTED_INSIDE, Verdict.REPRESENTED, Verdict.NOT_REPRESENTED, Verdict.FAITHFUL)


def expose(result: Distillation) -> dict[str, Any]:
    """Say everything that a report shows in plain values that JSON can hold.

    Parameters
    ----------
    result : Distillation
        The result.

    Returns
    -------
    dict
        `tone` (of the verdict), `summary` (as `summarise` gives it, with what stands first), `frontier` with
        its band, `baseline` (CART), `literals`, `trees` (parallel arrays of the trees that can be shown), `rows` and
        `groups` (where the answers differ), `heat_map`, and `made`. Text in it is for display; the values that rows
        are compared with are under `ask` and `cells` as they are.
    """
    summary, numbers = summarise(result), result.reading.classes is None
    sizes = shown_sizes(result)
    points = [
        {**point, "tree": sizes.index(i) if i in sizes else None} for i, point in enumerate(expose_frontier(result))
    ]
    exhibits = result.exhibits
    return {
        "format": "limbeck.report",
        "version": 1,
        "teacher": visible(result.teacher, 120),
        "task": "numbers" if numbers else "classes",
        "measure": "R²" if numbers else "fidelity",
        "classes": None if numbers else [result.tree.shown(text) for text in result.tree.class_texts],
        "tone": "unknown" if result.diagnosis is None else _tone(result.diagnosis.verdict),
        "bars": [None if f["share"] is None else round(1000 * f["share"]) for f in summary["glance"]["figures"]],
        "summary": summary,
        "asks": isinstance(result.certificate, DeferralCertificate),
        "trade": expose_trade(result),
        "frontier": points,
        "band": BAND if any(point["low"] is not None for point in points) else None,
        "baseline": [vars(point) for point in result.baseline],
        **expose_trees(result, sizes),
        "rows": None if exhibits is None or not exhibits.rows else expose_rows(result, exhibits),
        "judged": None if exhibits is None else {"use": exhibits.use, "n_rows": exhibits.n_rows},
        "limit": _limit(result),
        "groups": None if exhibits is None else expose_groups(result, exhibits),
        "heat_map": None if result.evidence is None else _heat_map(result.evidence),
        "made": _made(result),
    }


def _tone(verdict: Verdict) -> str:
    return "good" if verdict in _GOOD else "warning"


def expose_frontier(result: Distillation) -> list[dict[str, Any]]:
    """Say what each tree of the frontier reaches: fit and validation, the interval of the latter, CART beside it."""
    cart = {point.n_leaves: vars(point) for point in result.baseline}
    points: list[dict[str, Any]] = []
    for i, point in enumerate(result.frontier):
        low, high = _band(result, i) or (None, None)
        points.append(
            {
                "leaves": point.n_leaves,
                "depth": point.tree.depth,
                "fit": point.fit_fidelity,
                "validation": point.validation_fidelity,
                "low": low,
                "high": high,
                "cart": cart.get(point.n_leaves),
                "chosen": point.n_leaves == result.tree.n_leaves,
            }
        )
    return points


def _band(result: Distillation, i: int) -> tuple[float, float] | None:
    """Return the interval of one tree on its own: Clopper and Pearson's for shares of rows, else a bootstrap's."""
    found, n = result.frontier[i].validation_fidelity, result.ledger.validation_rows
    if found is None or not n:
        return None
    bands = None if result.exhibits is None else result.exhibits.bands
    if bands is not None:
        return bands[i]
    if result.reading.classes is None or result.weighted_by:
        return None
    wrong, tail = round((1 - found) * n), (1 - BAND) / 2
    return 1 - error_upper_limit(wrong, n, tail), 1 - error_lower_limit(wrong, n, tail)


def _limit(result: Distillation) -> dict[str, Any] | None:
    """Say by which figure leaves can be marked, and from which value on to begin."""
    if isinstance(result.certificate, (Certificate, DeferralCertificate)):
        return {"kind": "a certified error above", "value": rounded_up(result.certificate.error_limit), "step": 0.01}
    if result.reading.classes is not None or result.exhibits is None:
        return None
    value = float(f"{result.exhibits.typical_gap:.2g}")
    return {"kind": "a typical gap above", "value": value, "step": 10.0 ** math.floor(math.log10(value / 10 or 0.1))}


def _heat_map(evidence: Evidence) -> dict[str, Any]:
    """Lay R² out by layer and depth, and what of it is above each control."""
    held = evidence.heat_map()
    sides = {"r_squared": held["values"]}
    for name, control in (("selectivity", "redrawn"), ("above_random", "random")):
        under = evidence.heat_map(control)["values"]
        sides[name] = [
            [None if v is None or c is None else v - c for v, c in zip(*pair, strict=True)]
            for pair in zip(held["values"], under, strict=True)
        ]
    depths = ["concepts" if depth == 0 else str(depth) for depth in held["depths"]]
    return {"layers": [visible(layer, 40) for layer in held["layers"]], "depths": depths, "sides": sides}


def _made(result: Distillation) -> dict[str, Any]:
    """Say how the result was made."""
    ledger = result.ledger
    uses = [
        ("fit", ledger.fit_rows, "chose the questions and fitted the trees"),
        ("validation", ledger.validation_rows, "held out from a trial fit, to choose the size"),
        ("certificate", ledger.certificate_rows, "certified the chosen tree; nothing before has seen them"),
        ("queries", ledger.queries, "outside the table, put to the teacher"),
    ]
    return {
        "rows": [{"use": use, "rows": rows, "what": what} for use, rows, what in uses],
        "seconds": [{"pass": name, "seconds": seconds} for name, seconds in ledger.seconds.items()],
        "settings": [{"name": name, "value": visible(_setting(v), 200)} for name, v in result.settings.items()],
        "versions": [{"name": name, "value": version} for name, version in result.versions.items()],
        "search": (
            f"{amount(ledger.clauses)} clauses kept of {amount(ledger.probes)} scored, from {amount(ledger.literals)} "
            "questions"
        ),
        "status": result.status.text,
        "notes": [visible(note) for note in result.notes],
    }


def _setting(value: Any) -> str:
    """Write a setting for people."""
    if value is None:
        return "none given"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(entry) for entry in value) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
