"""Concepts that are counted: an input is a bag of tokens, and a question asks whether one occurs often enough."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.questions import Candidates, Question, Questions, Sparse
from limbeck.errors import InputError

__all__ = ["Counted"]


@dataclass(frozen=True)
class Counted(Questions):
    """Questions (token, k), whether the token occurs at least k times.

    Parameters
    ----------
    chosen : tuple of (str, int)
        The questions that are asked.
    counts : tuple of int, each at least 1
        The numbers k that are tried.
    """

    counts: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        if not self.counts or any(k != int(k) or k < 1 for k in self.counts):
            found = f"`counts={self.counts!r}`"
            raise InputError("`counts` as whole numbers of at least 1", found, "write `counts=(1,)`")

    @abstractmethod
    def tokens(self, one: Any) -> Iterable[str]:
        """Return the tokens of one input, repeated as often as they occur."""

    def rank(self, token: str) -> Any:
        """Return what tokens are sorted by: of those that say the same of all inputs, the first is asked about."""
        return len(token), token

    def candidates(self, inputs: Sequence[Any], least: int) -> Candidates:
        from scipy.sparse import csc_array, hstack  # slow to import

        counted, terms = self._counted(inputs, least)
        n_rows = len(inputs)
        order = np.array(sorted(range(len(terms)), key=lambda j: self.rank(terms[j])), np.intp)
        counted, terms = counted[:, order], [terms[j] for j in order]
        questions: list[Question] = []
        parts: list[Any] = []
        for k in sorted(self.counts):
            often = counted >= k if k > 1 else counted.astype(bool)
            holds = np.diff(csc_array(often).indptr)
            kept = np.flatnonzero((holds >= least) & (holds <= n_rows - least))
            questions += [(terms[j], k) for j in kept.tolist()]
            parts.append(csc_array(often)[:, kept])
        return Candidates(questions, csc_array(hstack(parts, format="csc", dtype=bool)))

    def _counted(self, inputs: Sequence[Any], least: int) -> tuple[Sparse, list[str]]:
        """Count the tokens that occur in at least `least` inputs."""
        from scipy.sparse import csc_array  # slow to import
        from sklearn.feature_extraction.text import CountVectorizer

        # By their places, for scikit-learn would decode bytes.
        analyse: Any = partial(self._tokens_at, inputs)
        vectoriser = CountVectorizer(analyzer=analyse, min_df=min(least, len(inputs)))
        try:
            counted = vectoriser.fit_transform(range(len(inputs)))
        except InputError:
            raise
        except ValueError:  # no token is left
            return csc_array((len(inputs), 0), dtype=np.int32), []
        return csc_array(counted), vectoriser.get_feature_names_out().tolist()

    def _tokens_at(self, inputs: Sequence[Any], place: int) -> Iterable[str]:
        return self.tokens(inputs[place])

    def answers(self, inputs: Sequence[Any]) -> NDArray[np.bool_]:
        from scipy.sparse import csc_array  # slow to import
        from sklearn.feature_extraction.text import CountVectorizer

        found = np.zeros((len(inputs), len(self.chosen)), bool)
        if self.chosen:
            terms = list(dict.fromkeys(token for token, _ in self.chosen))
            place = {term: j for j, term in enumerate(terms)}
            analyse: Any = partial(self._tokens_at, inputs)
            vectoriser = CountVectorizer(analyzer=analyse, vocabulary=place)
            columns: Sparse = csc_array(vectoriser.transform(range(len(inputs))))
            for q, (token, k) in enumerate(self.chosen):
                start, stop = columns.indptr[place[token]], columns.indptr[place[token] + 1]
                found[columns.indices[start:stop][columns.data[start:stop] >= k], q] = True
        return found
