"""What stands for a missing value in a text file."""

from __future__ import annotations

__all__ = ["MISSING_WORDS"]

MISSING_WORDS = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
"""The words that pandas takes so by default, as most models are trained."""
