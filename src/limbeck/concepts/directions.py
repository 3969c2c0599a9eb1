"""A dictionary of directions in a model's activations: a vocabulary, and never evidence of what the model computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.questions import Candidates, Question, Questions
from limbeck.errors import InputError

__all__ = ["Directions"]


@dataclass(frozen=True)
class Directions(Questions):
    """Ask how far the activations of a layer lie along the directions of a sparse dictionary.

    The dictionary is learned on the activations of the inputs that fit, each unit standardised. Such a question says
    what the model's own layer holds, in words that nobody has given a meaning; a tree over them is tied to the model,
    and that its clauses are linear in the layer is no finding.

    Parameters
    ----------
    layer : str
        The layer whose activations are read.
    size : int, at least 1
        Number of directions.
    thresholds : int, at least 1
        Most thresholds of each direction, at quantiles.
    activations : callable, optional
        Returns the layer's activations of some inputs, shape (n, m); the teacher's own by default.
    chosen : tuple of (int, float, float, ...)
        The questions that are asked: the direction's number, the threshold, and the m weights of the direction.

    References
    ----------
    Cunningham et al. (2023), *Sparse autoencoders find highly interpretable features in language models*, for
    dictionaries of activations; Mairal, Bach, Ponce, Sapiro (2009), *Online dictionary learning*, ICML, for the method.
    Kantamneni et al. (2025), arXiv 2502.16681: no gain over plain probes.
    """

    kind: ClassVar[str] = "directions"

    layer: str = ""
    size: int = 32
    thresholds: int = 4
    activations: Callable[[Sequence[Any]], NDArray[Any]] | None = None

    def __post_init__(self) -> None:
        if self.size < 1 or self.thresholds < 1:
            found = f"`size={self.size}` and `thresholds={self.thresholds}`"
            raise InputError("`size` and `thresholds` of at least 1", found, "give whole numbers of at least 1")

    def _read(self, inputs: Sequence[Any]) -> NDArray[np.float64]:
        if self.activations is None:
            remedy = "give the model with `result.bound(model=...)`: a saved result does not hold it"
            raise InputError(f"the activations of layer `{self.layer}`", "no model to read them from", remedy)
        return np.asarray(self.activations(inputs), np.float64).reshape(len(inputs), -1)

    def candidates(self, inputs: Sequence[Any], least: int) -> Candidates:
        from scipy.sparse import csc_array  # slow to import
        from sklearn.decomposition import MiniBatchDictionaryLearning

        held = self._read(inputs)
        scale = np.where(held.std(axis=0) > 0, held.std(axis=0), 1.0)
        size = min(self.size, held.shape[1], len(held))
        learned = MiniBatchDictionaryLearning(size, random_state=0, max_iter=20).fit((held - held.mean(axis=0)) / scale)
        questions: list[Question] = []
        for number, weights in enumerate(np.asarray(learned.components_) / scale, 1):
            along = held @ weights
            cuts = np.unique(np.quantile(along, np.arange(1, self.thresholds + 1) / (self.thresholds + 1)))
            rounded = np.unique([float(f"{cut:.4g}") for cut in cuts])
            yes = (along[:, None] > rounded).sum(axis=0)
            kept = rounded[(yes >= least) & (yes <= len(inputs) - least)]
            questions += [(number, float(cut), *weights.tolist()) for cut in kept]
        return Candidates(questions, csc_array(self._answered(held, questions)))

    def answers(self, inputs: Sequence[Any]) -> NDArray[np.bool_]:
        return self._answered(self._read(inputs), self.chosen) if self.chosen else np.zeros((len(inputs), 0), bool)

    def _answered(self, held: NDArray[np.float64], questions: Sequence[Question]) -> NDArray[np.bool_]:
        found = np.zeros((len(held), len(questions)), bool)
        for q, (_, cut, *weights) in enumerate(questions):
            if len(weights) != held.shape[1]:
                asked = f"{len(weights)} activations of layer `{self.layer}`"
                raise InputError(asked, f"{held.shape[1]} of them", "give the model that was distilled")
            found[:, q] = held @ np.array(weights) > cut
        return found

    def name(self, question: Question) -> str:
        return f"direction {question[0]} of layer {self.layer} above {question[1]:.4g}"

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        return {"layer": str, "size": int, "thresholds": int}
