"""Seeds: a whole number that is kept, whatever was given for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from limbeck.errors import InputError

__all__ = ["seed_of"]

_MOST = 2**31 - 1


def seed_of(random_state: Any) -> int:
    """Return the seed that stands for a random state.

    Parameters
    ----------
    random_state : int of at least 0, numpy.random.RandomState, numpy.random.Generator or None
        A whole number is its own seed; from a source of random numbers, or by default from a fresh one, a seed is
        drawn, so that it can be written down and the result made again.

    Raises
    ------
    InputError
        Something else.

    Examples
    --------
    >>> seed_of(7), seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))
    (7, True)
    """
    if random_state is None:
        random_state = np.random.default_rng()
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(_MOST))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(_MOST))
    whole = isinstance(random_state, (int, np.integer)) and not isinstance(random_state, bool)
    if not whole or random_state < 0:
        raise InputError(
            "`random_state` as a whole number of at least 0, a source of random numbers or None",
            f"`random_state={random_state!r}`",
            "give a whole number, so that the same call gives the same result",
        )
    return int(random_state)
