"""What stands first, wherever a distillation is shown: its figures, verdict and certificate, and what to do next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from limbeck.report.headline import (
    certificate_sentence,
    judged,
    reading_sentence,
    single_answer,
    verdict_sentence,
)
from limbeck.report.wording import NARROW, amount, at_least_percent, percent
from limbeck.theory import Certificate, DeferralCertificate, ToleranceCertificate
from limbeck.theory.wording import rounded_up

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["glance_line", "summarise_glance"]


def summarise_glance(result: Distillation) -> dict[str, Any]:
    """Say the first things that a reader wants to know.

    Returns
    -------
    dict
        `verdict` and `certificate` (a sentence each), `reading` (the verdict without its figures), `next` (what to do,
        None without a diagnosis), and `figures`: a list of `name`, `value` (as it is shown), `what` (of which rows)
        and `share` (the value, where it is one).
    """
    return {
        "verdict": verdict_sentence(result),
        "reading": reading_sentence(result),
        "certificate": certificate_sentence(result.certificate),
        "next": None if result.diagnosis is None else result.diagnosis.remedy,
        "figures": [*_seen(result), *_certified(result)],
    }


def glance_line(result: Distillation) -> str:
    """Write the figures of a glance in one line.

    Examples
    --------
    >>> import numpy as np
    >>> from limbeck import distill
    >>> bits = np.random.default_rng(0).integers(2, size=(400, 3))
    >>> print(glance_line(distill(lambda rows: rows[:, 0], bits, effort="fast")))
    same answer as the model: 100 %; best single answer: 58 %; certified: at least 97 %
    """
    figures = summarise_glance(result)["figures"]
    return "; ".join(f"{figure['name']}: {figure['value']}" for figure in figures).replace(NARROW, " ")


def _figure(name: str, value: str, what: str, share: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "what": what, "share": share}


def _seen(result: Distillation) -> list[dict[str, Any]]:
    """Say how far the tree agrees on the rows that judge it best, and the best single answer on the same rows."""
    claim = result.certificate
    if isinstance(claim, DeferralCertificate):
        told = f"of the {amount(claim.n_answered)} rows that it answers"
        return [
            _figure(
                "answered by the tree",
                percent(claim.answered),
                f"of {amount(claim.n_rows)} unseen rows",
                claim.answered,
            ),
            _figure("same answer on these", percent(claim.fidelity), told, claim.fidelity),
        ]
    value, beside, n, held = judged(result)
    unseen = "unseen" if isinstance(claim, Certificate) else "held-out"
    rows = f"of {amount(n)} {unseen} rows" if held else f"of the {amount(n)} rows that fitted it"
    if result.reading.classes is None:
        return [
            _figure("R² with the model", f"{value:.3f}", f"{'on' + rows[2:]}", max(value, 0.0)),
            _figure("best single number", "0", "explains nothing", 0.0),
        ]
    best = single_answer(result)
    alone = [] if beside is None else [_figure("best single answer", percent(beside), f"always {best}", beside)]
    return [_figure("same answer as the model", percent(value), rows, value), *alone]


def _certified(result: Distillation) -> list[dict[str, Any]]:
    """Say what is claimed about fresh rows."""
    claim = result.certificate
    if claim is None:
        return [_figure("certified", "nothing", "no rows were set aside")]
    sure = f"with probability{NARROW}{1 - claim.delta:.10g}"
    if isinstance(claim, ToleranceCertificate):
        if math.isinf(claim.tolerance):
            return [_figure("certified", "nothing", f"that takes {amount(claim.rows_needed)} rows")]
        share = f"{100 * (1 - claim.epsilon):.10g}{NARROW}%"
        return [_figure("certified gap", f"≤{NARROW}{rounded_up(claim.tolerance):.12g}", f"on {share} of fresh rows")]
    least = 1 - claim.error_limit
    if isinstance(claim, DeferralCertificate):
        told = f"answers at least {at_least_percent(claim.answered_limit)}, {sure}"
        return [_figure("certified on these", f"at least {at_least_percent(least)}", told, least)]
    return [_figure("certified", f"at least {at_least_percent(least)}", f"of fresh rows, {sure}", least)]
