"""Numbers by which rows of equal content are known, in whatever batch they come."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from limbeck.tables import Column, Kind, Table
from limbeck.tables.values import word_of

__all__ = ["content_keys", "mixed", "uniform"]

Keys = NDArray[np.uint64]

_STEP = 0x9E3779B97F4A7C15
_NO_VALUE = 0xA5A5_5A5A_0F0F_F0F0


def content_keys(table: Table) -> Keys:
    """Return a number of 64 bits for each row, from the names and values of its columns alone, shape (n,).

    Rows of different batches have equal keys where they hold the same values under the same names, and else but once
    in 2^64 pairs. A number is known by its float64, a category by its word; a word that is how a number is written, by
    that number, since the company of a row decides whether a column of mixed values is read as numbers.

    Examples
    --------
    >>> from limbeck.tables import as_table
    >>> whole, part = as_table([["red", 1], ["blue", 2]]), as_table([["blue", 2]])
    >>> bool(content_keys(whole)[1] == content_keys(part)[0])
    True
    """
    keys = np.zeros(table.n_rows, np.uint64)
    for column in table.columns:
        keys += mixed(_bits(column) ^ _of_text(column.name))
    return mixed(keys)


def uniform(keys: Keys, draw: int, seed: int) -> NDArray[np.float64]:
    """Return a number in (0, 1) for each key, one for every draw and seed as if by chance, shape (n,)."""
    salt = np.uint64((draw * _STEP + seed * 0xD1B54A32D192ED03 + 1) % 2**64)
    bits = mixed(mixed(keys ^ salt) + salt) >> np.uint64(11)
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def mixed(bits: Keys) -> Keys:
    """Return numbers of which every bit depends on every bit.

    References
    ----------
    Steele, Lea, Flood (2014), *Fast splittable pseudorandom number generators*, OOPSLA.
    """
    bits = bits + np.uint64(_STEP)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _bits(column: Column) -> Keys:
    """Return a number for each value of a column."""
    if column.kind is Kind.NUMERIC:
        return _of_numbers(column.values)
    known = np.array([*map(_of_word, column.categories), _NO_VALUE], np.uint64)
    return known[column.values]  # the code of a missing value is -1: the last place


def _of_numbers(values: NDArray[np.float64]) -> Keys:
    bits = np.ascontiguousarray(values + 0.0, np.float64).view(np.uint64)  # -0 is 0
    gone = np.isnan(values)
    return np.where(gone, np.uint64(_NO_VALUE), bits) if gone.any() else bits


def _of_word(word: str) -> int:
    if word[:1].isdigit() or word[:1] == "-":
        try:
            number = float(word)
        except ValueError:
            return int(_of_text(word))
        if word_of(number) == word:
            return int(_of_numbers(np.array([number]))[0])
    return int(_of_text(word))


def _of_text(text: str) -> np.uint64:
    return np.frombuffer(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), np.uint64)[0]
