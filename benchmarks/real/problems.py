"""Real models and the inputs that they are asked about; no weights are downloaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from examples.files import Magika, files_of_this_machine
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from benchmarks.real.corpus import PACKAGES, docstrings
from benchmarks.real.networks import Tokens, Transformer, convolutional, trained
from limbeck.concepts import Bytes, Patches, Questions, Words
from limbeck.teachers import FunctionTeacher, Teacher, as_teacher

TRAINING, TEXTS, FILES = 3500, 4200, 3000


@dataclass(frozen=True, eq=False)
class Problem:
    """A model, inputs that it was not trained on, what may be asked about them; who shows layers, if another does."""

    title: str
    what: str
    teacher: Teacher
    inputs: Any
    concepts: Questions
    inside: Teacher | None = None


def files() -> Problem:
    """Magika by its answers, and beside it the layers behind its pooling."""
    network, drawn = Magika(), files_of_this_machine(FILES + 300)
    frequent = [label for label, _ in Counter(network(drawn[:300]).tolist()).most_common(12)]

    def kind(paths: Sequence[Path]) -> np.ndarray:
        told = network(paths)
        return np.where(np.isin(told, frequent), told, "other").astype(str)

    teacher = FunctionTeacher(kind, batch_size=512, name="Magika")
    what = "Google's network for file types (ONNX, 214 types: the 12 most frequent, and other); files of this machine"
    inside = as_teacher(str(network.path), preprocess=network.inputs)
    inside.select_layers([name for name in inside.layers if name.endswith(("MagikaV2/Max:0", "LayerNorm_1/AddV2_1:0"))])
    return Problem("Magika, files", what, teacher, drawn[300:], Bytes(), inside)


def _texts() -> tuple[list[str], np.ndarray]:
    return docstrings(TRAINING + TEXTS)


def perceptron() -> Problem:
    """TF-IDF and a perceptron on docstrings."""
    texts, labels = _texts()
    model = make_pipeline(
        TfidfVectorizer(max_features=3000, sublinear_tf=True),
        MLPClassifier((64, 32), max_iter=12, random_state=0, early_stopping=False),
    )
    model.fit(texts[:TRAINING], labels[:TRAINING])
    what = "TF-IDF and a perceptron of two hidden layers: which package a docstring is from (7)"
    return Problem("perceptron, texts", what, as_teacher(model), texts[TRAINING:], Words(counts=(1, 2, 3)))


def boosting() -> Problem:
    """The same texts to boosted trees, for contrast: no layers."""
    texts, labels = _texts()
    model = make_pipeline(
        TfidfVectorizer(max_features=3000, sublinear_tf=True), TruncatedSVD(50, random_state=0),
        HistGradientBoostingClassifier(max_iter=40, random_state=0),
    )  # fmt: skip
    model.fit(texts[:TRAINING], labels[:TRAINING])
    what = "the same by gradient boosting on 50 principal components of TF-IDF"
    return Problem("boosting, texts", what, as_teacher(model), texts[TRAINING:], Words(counts=(1, 2, 3)))


def transformer() -> Problem:
    """The same texts as sequences of tokens."""
    torch.manual_seed(0)
    texts, labels = _texts()
    tokens = Tokens(texts[:TRAINING])
    codes = np.searchsorted(PACKAGES, labels[:TRAINING])
    net = trained(Transformer(7), torch.as_tensor(tokens(texts[:TRAINING])), codes, epochs=8)
    teacher = as_teacher(net, preprocess=lambda some: torch.as_tensor(tokens(some)))
    teacher.classes = PACKAGES  # a network has no names for its outputs
    teacher.select_layers([name for name in teacher.layers if "pooled" in name or name.endswith("narrow")][-1:])
    what = "the same by a transformer of two layers on the first 64 words"
    return Problem("transformer, texts", what, teacher, texts[TRAINING:], Words(counts=(1, 2, 3)))


def digits() -> Problem:
    """Digits by a convolutional network."""
    torch.manual_seed(0)
    images, labels = load_digits(return_X_y=True)
    images = (images.reshape(-1, 8, 8) / 16).astype(np.float32)
    net = trained(convolutional(), torch.as_tensor(images[:400]), labels[:400], epochs=30)
    what = "a convolutional network on scikit-learn's 8 x 8 digits (10 classes)"
    return Problem("CNN, digits", what, as_teacher(net), images[400:], Patches(grids=(2, 4, 8)))


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "files": files, "perceptron": perceptron, "transformer": transformer, "boosting": boosting, "digits": digits,
}  # fmt: skip
