"""How many queries a junta costs, with the constants of the proof."""

from __future__ import annotations

import math
from dataclasses import dataclass

from limbeck.errors import InputError
from limbeck.theory.binomial import check_count, check_open_unit

__all__ = ["MOST_VARIABLES", "JuntaPlan", "junta_query_bound"]

MOST_VARIABLES = 16
"""Variables beyond which no table of a junta is asked for."""


@dataclass(frozen=True)
class JuntaPlan:
    """The numbers that a junta search runs by, from k, d and what may go wrong.

    Parameters
    ----------
    max_variables : int
        Variables k, in 1 .. 16.
    n_columns : int
        Columns d.
    delta : float
        Probability with which the variables or the table may be wrong; in (0, 1).
    noise : float
        Share of the fillings of every setting of the variables on which the teacher may depart from the junta.
    fillings : int or None
        Rows asked for each combination in the table; by default what `noise` needs, 1 without.

    Raises
    ------
    InputError
        A number out of range, or so much noise that it hides a variable.
    """

    max_variables: int
    n_columns: int
    delta: float
    noise: float = 0.0
    fillings: int | None = None

    def __post_init__(self) -> None:
        k = check_count("max_variables", self.max_variables, 1)
        check_count("n_columns", self.n_columns, 1)
        check_open_unit("delta", self.delta)
        if k > MOST_VARIABLES:
            found = f"`max_variables={k}`"
            raise InputError(f"at most {MOST_VARIABLES} variables: a table has 2^k rows", found, "look for fewer")
        if not 0.0 <= self.noise < self.end_of_signal:
            raise InputError(
                f"a `noise` of at least 0 and below {self.end_of_signal:.4g}",
                f"`noise={self.noise}` with k = {k} and d = {self.n_columns}",
                "with more noise a variable that matters cannot be told from one that does not: look for fewer",
            )
        if self.fillings is not None:
            check_count("fillings", self.fillings, 1)

    @property
    def steps(self) -> int:
        """Queries of one binary search, L = ceil(log2 d)."""
        return math.ceil(math.log2(self.n_columns)) if self.n_columns > 1 else 0

    @property
    def most_noise(self) -> float:
        """Largest noise that the guarantee covers."""
        return min(0.25 * 0.5**self.max_variables, 0.5 / (self.steps + 2))

    @property
    def end_of_signal(self) -> float:
        """Noise from which on the least share of `signal` is no longer the larger, or no pair is sure to be clean."""
        return min(1.0 / (2.0**self.max_variables + 2.0), 1.0 / (self.steps + 2))

    def change(self, n_found: int) -> float:
        """Return the least chance that a pair shows a variable, after `n_found` of k were found.

        A setting of the r found ones under which the others still matter has probability at least 2^-r, and there a
        non-constant function of j = k - r bits differs between two random settings with probability at least
        2 · 2^-j (1 - 2^-j). With noise all L + 2 queries of the pair must be clean.
        """
        k, r = self.max_variables, min(n_found, self.max_variables - 1)
        return 2.0 ** (1 - k) * (1.0 - 2.0 ** (r - k)) * (1.0 - (self.steps + 2) * self.noise)

    def pairs(self, n_found: int) -> int:
        """Return the pairs without a new variable after which the search stops, t_r.

        Each of the k + 1 numbers r = 0 .. k of variables found has an equal share of the delta of the search.
        """
        log_delta = math.log(self.search_delta / (self.max_variables + 1))
        return math.ceil(log_delta / math.log1p(-self.change(n_found)))

    @property
    def search_delta(self) -> float:
        """Share of delta for variables that are missed: all of it without noise, a third with."""
        return self.delta if self.noise == 0.0 else self.delta / 3.0

    @property
    def confirmations(self) -> int:
        """Pairs that tell a variable of the junta from one that only noise shows, m; 0 without noise.

        Changing a variable of the junta from one of its two values to the other changes the answer on at least
        2^(1-k) (1 - 2 noise) of the rows, changing any other on at most 2 noise. By Chernoff's bounds the share
        seen in m pairs falls on the right side of the middle in every test, but for probability delta / 3.
        """
        if self.noise == 0.0:
            return 0
        least, most = self.signal
        middle = (least + most) / 2.0
        n_tests = sum(self.pairs(r) for r in range(self.max_variables + 1))
        log = math.log(n_tests * 3.0 / self.delta)
        above, below = middle / max(most, 1e-12) - 1.0, 1.0 - middle / least
        return math.ceil(log * max((2.0 + above) / (above**2 * most), 2.0 / (below**2 * least)))

    @property
    def signal(self) -> tuple[float, float]:
        """Least share of changed answers for a variable of the junta, and the largest for any other."""
        return 2.0 ** (1 - self.max_variables) * (1.0 - 2.0 * self.noise), 2.0 * self.noise

    @property
    def table_fillings(self) -> int:
        """Rows asked for each combination in the table, odd with noise."""
        if self.fillings is not None:
            return self.fillings
        if self.noise == 0.0:
            return 1
        log = self.max_variables * math.log(2.0) + math.log(3.0 / self.delta)
        return 2 * math.ceil(log / (4.0 * (0.5 - self.noise) ** 2)) + 1

    @property
    def bound(self) -> int:
        """Queries that suffice for bits without noise: `sum over r = 0..k of 2 t_r + (k + 1) L + 2^k m`."""
        pairs = sum(2 * self.pairs(r) for r in range(self.max_variables + 1))
        return pairs + (self.max_variables + 1) * self.steps + 2**self.max_variables * self.table_fillings


def junta_query_bound(n_variables: int, n_columns: int, *, delta: float = 0.05, fillings: int = 1) -> int:
    """Return how many queries find a k-junta of d bits and its table, with probability at least 1 - delta.

    `sum over r = 0..k of 2 t_r + (k + 1) ceil(log2 d) + m 2^k` with
    `t_r = ceil(ln((k + 1) / delta) / -ln(1 - p_r))`, `p_r = 2^(1-k) (1 - 2^(r-k))` (p_k = p_(k-1)), m the fillings; so
    at most `2 (k + 1) 2^k ln((k + 1) / delta) + (k + 1) (3 + log2 d) + m 2^k`: O(k 2^k log(k / delta) + k log d).

    Parameters
    ----------
    n_variables, n_columns : int
        Variables k and columns d.
    delta : float, in (0, 1)
        Probability of failure.
    fillings : int, at least 1
        Rows asked for each row of the table.

    Examples
    --------
    >>> junta_query_bound(5, 10_000), junta_query_bound(5, 10_000_000)
    (1406, 1466)

    References
    ----------
    Blum (1994), *Relevant examples and relevant features*, AAAI Fall Symposium: binary search between two rows that
    differ in the answer. Boix-Adsera (2024), arXiv 2403.09053: distillation into juntas.
    """
    return JuntaPlan(n_variables, n_columns, delta, 0.0, fillings).bound
