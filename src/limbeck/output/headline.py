"""The verdict and the certificate, in one plain sentence each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from limbeck.certify import Claim
from limbeck.output.wording import NARROW, amount, limit_percent, percent
from limbeck.theory import DeferralCertificate, ToleranceCertificate
from limbeck.theory.certificate import rounded_up

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["certificate_sentence", "verdict_sentence"]


def verdict_sentence(result: Distillation) -> str:
    """Say what the diagnosis names, with the one figure that shows it."""
    name = "No verdict" if result.diagnosis is None else result.diagnosis.text
    return f"{name[0].upper()}{name[1:]}: {_figure(result)}."


def _figure(result: Distillation) -> str:
    """Say how far the chosen tree agrees, on the rows that judge it best."""
    leaves = f"the tree of {result.tree.n_leaves} {'leaf' if result.tree.n_leaves == 1 else 'leaves'}"
    claim, ledger = result.certificate, result.ledger
    if isinstance(claim, DeferralCertificate):
        close = "gives the teacher's answer" if result.reading.classes is not None else "keeps the tolerance"
        return (
            f"{leaves} answers {percent(claim.answered)} of {amount(claim.n_rows)} unseen rows and {close} on "
            f"{percent(claim.fidelity)} of these; the others ask the model"
        )
    if result.reading.classes is not None and claim is not None and not isinstance(claim, ToleranceCertificate):
        said = f"{leaves} gives the teacher's answer on {percent(claim.fidelity)} of {amount(claim.n_rows)} unseen rows"
        if claim.by_class is None:
            return said
        constant = claim.by_class.constant
        return f"{said}; the best single answer, {constant.name}, on {percent(claim.by_class.constant_fidelity)}"
    point = next(point for point in result.frontier if point.n_leaves == result.tree.n_leaves)
    held = point.validation_fidelity
    value, n = (point.fit_fidelity, ledger.fit_rows) if held is None else (held, ledger.validation_rows)
    rows = f"{amount(n)} {'rows that fitted it' if held is None else 'held-out rows'}"
    if result.reading.classes is None:
        best = "; the best single number explains 0"
        return f"{leaves} explains {value:.3f} of the variance of the teacher's output (R²) on {rows}{best}"
    one = result.frontier[0]
    beside = one.fit_fidelity if held is None else one.validation_fidelity
    weighted = " by weight" if result.weighted_by else ""
    best = (
        f"; the best single answer, `{one.tree.answers[0]}`, on {percent(beside or 0.0)}" if one.n_leaves == 1 else ""
    )
    return f"{leaves} gives the teacher's answer on {percent(value)}{weighted} of {rows}{best}"


def certificate_sentence(claim: Claim | None) -> str:
    """Say what is claimed about fresh rows, or that nothing is."""
    if claim is None:
        return "No certificate: no rows were set aside for it, so nothing is claimed about fresh rows."
    sure = f"with probability at least {1 - claim.delta:.10g}"
    drawn = f"fresh rows drawn like the {amount(claim.n_rows)} that were set aside"
    if isinstance(claim, DeferralCertificate):
        least = f"{math.floor(1000 * claim.answered_limit) / 10:.4g}{NARROW}%"
        said = (
            f"Certified {sure}, both at once: the tree answers at least {least} of {drawn}, and on at most "
            f"{limit_percent(claim.error_limit)} of the rows that it answers {claim.event}."
        )
        missed = claim.keeps_target is False
        more = claim.rows_needed
        enough = "" if more is None else f" With shares as seen it takes about {amount(more)} certificate rows."
        return said + (f" The {percent(claim.target or 0)} asked for are not shown.{enough}" if missed else "")
    if not isinstance(claim, ToleranceCertificate):
        return f"Certified {sure}: tree and teacher differ on at most {limit_percent(claim.error_limit)} of {drawn}."
    share = f"{100 * (1 - claim.epsilon):.10g}{NARROW}% of {drawn}"
    if math.isinf(claim.tolerance):
        return f"No finite certificate for {share}: that takes {amount(claim.rows_needed)} rows."
    beside = claim.constant_share
    best = "" if beside is None else f" The best single number is as near on {percent(beside)} of these."
    return f"Certified {sure}: tree and teacher are at most {rounded_up(claim.tolerance):.6g} apart on {share}.{best}"
