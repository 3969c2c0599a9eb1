"""The verdict where rows do not look independent: then nothing that was counted on them says what it seems to say."""

from __future__ import annotations

from dataclasses import replace

from limbeck.diagnosis.verdict import Diagnosis, Figure, Verdict

__all__ = ["of_dependent_rows"]


def of_dependent_rows(found: Diagnosis, words: str, share: float, n_rows: int, remedy: str) -> Diagnosis:
    """Return a diagnosis in which rows that are not independent come first, with its other figures behind.

    Parameters
    ----------
    found : Diagnosis
        What the rows show, were they independent.
    words : str
        What speaks against it.
    share : float
        Share of the rows that were looked at for which it holds.
    n_rows : int
        Rows that were looked at.
    remedy : str
        What to give.
    """
    figures = (Figure(f"share of rows: {words}", share, n_rows), *found.figures)
    return replace(found, verdict=Verdict.DEPENDENT_ROWS, figures=figures, remedy=remedy)
