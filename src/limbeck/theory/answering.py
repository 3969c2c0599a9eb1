"""How delta is shared between the rows that a tree answers and its error there, and how many rows certify both."""

from __future__ import annotations

import math

from limbeck.errors import InputError
from limbeck.theory.binomial import check_open_unit, fewest_rows, rows_to_certify

__all__ = ["levels_of", "rows_to_answer"]

# Share of delta that goes to the share of rows that are answered; the error needs the rest more.
_FOR_THE_SHARE = 0.2


def levels_of(delta: float, n_claims: int = 1) -> tuple[float, float]:
    """Return the levels of the share and of the error that hold at once with probability 1 - delta.

    For one claim (1 - d1)(1 - d2) = 1 - delta. Where the set of leaves was chosen among several on the same rows, the
    two add up to delta, and the share's is divided among the sets.
    """
    share = _FOR_THE_SHARE * delta
    if n_claims > 1:
        return share / n_claims, delta - share
    return share, 1.0 - (1.0 - delta) / (1.0 - share)


def rows_to_answer(target: float, delta: float, *, answered: float, error: float) -> int | None:
    """Return how many certificate rows certify an error of at most `target` among answered ones, at shares as given.

    Parameters
    ----------
    target, delta : float, in (0, 1)
        Error to certify, and probability with which the joint claim may fail.
    answered : float, in (0, 1]
        Share of rows that are answered.
    error : float, in [0, 1)
        Share of these on which tree and teacher differ; what is seen will vary around it.

    Returns
    -------
    int or None
        None where `error` is not below `target`: then no number of rows would do.

    Examples
    --------
    >>> rows_to_answer(0.02, 0.05, answered=0.7, error=0.01)
    965
    >>> rows_to_answer(0.02, 0.05, answered=0.7, error=0.03) is None
    True
    """
    if not 0.0 < answered <= 1.0:
        raise InputError("a share of answered rows in (0, 1]", f"`answered={answered!r}`", "give a share")
    if error >= 0.999 * check_open_unit("target", target):
        return None
    _, level = levels_of(check_open_unit("delta", delta))
    # With one more disagreement about 1 / target more rows are needed, which bring less than one.
    k = fewest_rows(lambda k: error * rows_to_certify(target, level, k - 1) <= k - 1) - 1
    return math.ceil(rows_to_certify(target, level, k) / answered)
