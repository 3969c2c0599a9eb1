"""Words and figures for pages: names that cannot hide or break anything, and numbers that do not fall apart."""

from __future__ import annotations

import math

from limbeck.report.layout import count
from limbeck.tables import shortened
from limbeck.tables import visible as escaped
from limbeck.theory.wording import rounded_up

__all__ = ["NARROW", "amount", "at_least_percent", "limit_percent", "percent", "visible"]

NARROW = "\u202f"
"""A space at which no line is broken."""


def visible(text: object, most: int | None = None) -> str:
    r"""Write what is shown for a value, escaped, its middle cut out from `most` characters on.

    Examples
    --------
    >>> visible(f"a{chr(0x1B)}c"), visible("x" * 50, most=5)
    ('a\\x1bc', 'xx…xx')
    """
    shown = escaped(str(text))
    return shown if most is None else shortened(shown, most)


def amount(number: float) -> str:
    """Write a number of things with its thousands apart, on one line.

    Examples
    --------
    >>> amount(12345)
    '12\u202f345'
    """
    return count(number).replace(" ", NARROW)


def percent(share: float) -> str:
    """Write a share as a percentage; only what is 1 is written as 100 %.

    Examples
    --------
    >>> [percent(share).replace(chr(0x202F), " ") for share in (0.92411, 0.95, 0.99999, 1.0)]
    ['92.4 %', '95 %', '99.9 %', '100 %']
    """
    shown = f"{100 * share:.1f}".removesuffix(".0")
    return f"{'99.9' if shown == '100' and share < 1 else shown}{NARROW}%"


def at_least_percent(limit: float) -> str:
    """Write a lower limit as a percentage, rounded down so that it stays true.

    Examples
    --------
    >>> at_least_percent(0.93278).replace(chr(0x202F), " ")
    '93.2 %'
    """
    return f"{math.floor(1000 * limit + 1e-9) / 10:.4g}{NARROW}%"


def limit_percent(limit: float) -> str:
    """Write an upper limit as a percentage of three digits, rounded up so that it stays true.

    Examples
    --------
    >>> limit_percent(0.08331).replace(chr(0x202F), " ")
    '8.34 %'
    """
    return f"{100 * min(rounded_up(limit), 1.0):.4g}{NARROW}%"
