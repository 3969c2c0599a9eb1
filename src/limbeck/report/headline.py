"""The verdict and the certificate, in one plain sentence each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from limbeck.certificates import Claim
from limbeck.diagnosis import Verdict
from limbeck.report.wording import NARROW, amount, at_least_percent, limit_percent, percent
from limbeck.theory import Certificate, DeferralCertificate, ToleranceCertificate
from limbeck.theory.wording import rounded_up

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["certificate_sentence", "judged", "reading_sentence", "single_answer", "verdict_sentence"]


def verdict_sentence(result: Distillation) -> str:
    """Say how far the tree agrees, beside the best single answer; then what the diagnosis names, and how to read it."""
    return f"{_capital(_figure(result))}. {reading_sentence(result)}"


def reading_sentence(result: Distillation) -> str:
    """Say what the diagnosis names; of a tree that differs too often to stand in for its teacher, first its use."""
    if result.diagnosis is None:
        return "No verdict."
    named = f"{_capital(result.diagnosis.text)}."
    if result.diagnosis.verdict not in (Verdict.NOT_TREE_LIKE, Verdict.VOCABULARY_TOO_COARSE):
        return named
    removed = _removed(result) or 0.0
    use = "an outline of what the model does" if removed >= 0.5 else "a first hint at what the model does"
    one = "number" if result.reading.classes is None else "answer"
    what = f": it removes {percent(removed)} of what the best single {one} leaves unexplained" if removed > 0 else ""
    return f"Good as {use}{what}. {named} Do not let it stand in for the model."


def judged(result: Distillation) -> tuple[float, float | None, int, bool]:
    """Return how far the tree agrees on the rows that judge it best, and how far the best single answer does.

    Returns
    -------
    tuple of (float, float or None, int, bool)
        Agreement of the tree; of the single answer, None where it is not known; the number of rows; whether they were
        held out.
    """
    claim, ledger = result.certificate, result.ledger
    if isinstance(claim, Certificate) and result.reading.classes is not None:
        beside = None if claim.by_class is None else claim.by_class.constant_fidelity
        return claim.fidelity, beside, claim.n_rows, True
    point = next(point for point in result.frontier if point.n_leaves == result.tree.n_leaves)
    one, held = result.frontier[0], point.validation_fidelity is not None
    beside = one.validation_fidelity if held else one.fit_fidelity
    value = point.fit_fidelity if point.validation_fidelity is None else point.validation_fidelity
    n_rows = ledger.validation_rows if held else ledger.fit_rows
    return value, beside if one.n_leaves == 1 else None, n_rows, held


def single_answer(result: Distillation) -> str:
    """Write the best single answer of a teacher of classes."""
    claim, one = result.certificate, result.frontier[0].tree
    if isinstance(claim, Certificate) and claim.by_class is not None:
        return claim.by_class.constant.shown
    return one.shown(one.class_texts[int(one.value[0].argmax())])


def _removed(result: Distillation) -> float | None:
    """Return the share of the best single answer's loss that the tree removes; None where it is not known."""
    value, beside, _, _ = judged(result)
    if result.reading.classes is None:
        return value  # R² is that share
    return None if beside is None or beside >= 1.0 else 1.0 - (1.0 - value) / (1.0 - beside)


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _figure(result: Distillation) -> str:
    """Say how far the chosen tree agrees, on the rows that judge it best."""
    leaves = f"the tree of {result.tree.n_leaves} {'leaf' if result.tree.n_leaves == 1 else 'leaves'}"
    claim = result.certificate
    if isinstance(claim, DeferralCertificate):
        close = "gives the teacher's answer" if result.reading.classes is not None else "keeps the tolerance"
        return (
            f"{leaves} answers {percent(claim.answered)} of {amount(claim.n_rows)} unseen rows and {close} on "
            f"{percent(claim.fidelity)} of these; the others ask the model"
        )
    value, beside, n, held = judged(result)
    unseen = "unseen" if isinstance(claim, Certificate) else "held-out"
    rows = f"{amount(n)} {unseen} rows" if held else f"{amount(n)} rows that fitted it"
    if result.reading.classes is None:
        best = "; the best single number explains 0"
        return f"{leaves} explains {value:.3f} of the variance of the teacher's output (R²) on {rows}{best}"
    weighted = " by weight" if result.weighted_by and not isinstance(claim, Certificate) else ""
    said = f"{leaves} gives the teacher's answer on {percent(value)}{weighted} of {rows}"
    if beside is None:
        return said
    return f"{said}; the best single answer, {single_answer(result)}, on {percent(beside)}"


def certificate_sentence(claim: Claim | None) -> str:
    """Say what is claimed about fresh rows, or that nothing is."""
    if claim is None:
        return "No certificate: no rows were set aside for it, so nothing is claimed about fresh rows."
    sure = f"with probability at least {1 - claim.delta:.10g}"
    drawn = f"fresh rows drawn like the {amount(claim.n_rows)} that were set aside"
    if isinstance(claim, DeferralCertificate):
        least = at_least_percent(claim.answered_limit)
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
    return f"Certified {sure}: tree and teacher are at most {rounded_up(claim.tolerance):.12g} apart on {share}.{best}"
