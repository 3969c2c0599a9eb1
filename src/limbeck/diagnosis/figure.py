"""One figure behind a verdict, with its rows and its limit."""

from __future__ import annotations

from dataclasses import dataclass

from limbeck.theory.by_class import rounded_down
from limbeck.theory.wording import rounded_up

__all__ = ["Figure"]


@dataclass(frozen=True)
class Figure:
    """One figure behind a verdict.

    Parameters
    ----------
    name : str
        What it is.
    value : float
        The figure.
    n_rows : int
        Rows it comes from.
    low, high : float or None
        Interval; one of them alone is a one-sided limit.
    confidence : float or None
        Probability, 1 − δ, with which interval or limit holds.
    """

    name: str
    value: float
    n_rows: int
    low: float | None = None
    high: float | None = None
    confidence: float | None = None

    def __str__(self) -> str:
        limit = "" if not self._interval else f"; {self._interval} with confidence {self.confidence:g}"
        return f"{self.name}: {self.value:.4f} (n = {self.n_rows}{limit})"

    @property
    def _interval(self) -> str:
        if self.high is None:
            return "" if self.low is None else f"at least {rounded_down(self.low)}"
        return f"at most {rounded_up(self.high):.12g}" if self.low is None else f"[{self.low:.4f}, {self.high:.4f}]"
