"""How claims are worded: limits rounded to the safe side, confidence, and what a claim rests on."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal

__all__ = ["at_most_text", "confidence_text", "holds_if_lines", "rounded_up", "sampling_hypotheses"]


def at_most_text(error_limit: float) -> str:
    """Return "error at most ..." with three digits, rounded up so that the words stay true."""
    return f"error at most {min(rounded_up(error_limit), 1.0):.12g}"


def confidence_text(delta: float) -> str:
    """Return "probability at least 1 - delta" with its number."""
    return f"probability at least {max(1.0 - delta, 0.0):.12g}"


def sampling_hypotheses(n_rows: int, rows: str, delta: float, n_claims: int) -> tuple[str, ...]:
    """Return the sentences that every claim made from a sample of rows rests on."""
    unseen = "nothing that shaped the tree or trained the teacher has seen these rows"
    if n_claims > 1:
        unseen = f"nothing but the choice among {n_claims} finished trees has seen these rows"
    return (
        f"future rows have the distribution that these were drawn from: {rows}",
        f"the n = {n_rows} rows are independent and identically distributed",
        unseen,
        f"a share delta = {delta:g} of all draws of such rows may give a limit that fails",
    )


def holds_if_lines(hypotheses: tuple[str, ...]) -> list[str]:
    """Return the hypotheses as lines of a list."""
    return ["this holds if", *(f"- {sentence}" for sentence in hypotheses)]


def rounded_up(limit: float) -> float:
    """Round a limit of at least 0 up to three significant digits."""
    if limit <= 0.0:
        return 0.0
    digits = Decimal(repr(float(limit)))  # the digits that are printed, so that a round limit stays as it is
    rounded = float(digits.quantize(Decimal(1).scaleb(digits.adjusted() - 2), ROUND_CEILING))
    return rounded if math.isfinite(rounded) else limit
