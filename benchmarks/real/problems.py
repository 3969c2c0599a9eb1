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

TRAINING, TEXTS, FILES, HEAD, DIGITS = 3500, 4200, 3000, 1500, 400


@dataclass(frozen=True, eq=False)
class Problem:
    """A model, inputs that it was not trained on, what may be asked about them; who shows layers, if another does.

    Inputs of one group are never split between those that fit and those that judge; and there may be several splits.
    """

    title: str
    what: str
    teacher: Teacher
    inputs: Any
    concepts: Questions
    inside: Teacher | None = None
    groups: np.ndarray | None = None
    splits: int = 1

    @property
    def places(self) -> np.ndarray:
        """The group of every input; by default each is its own."""
        return np.arange(len(self.inputs)) if self.groups is None else self.groups


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


def sentences() -> Problem:
    """A sentence transformer as its package carries it, and a linear map of its vectors to the seven packages."""
    from sklearn.linear_model import LogisticRegression

    from benchmarks.real.minilm import Pieces, Sentences

    texts, labels = _texts()
    pieces, net = Pieces(), Sentences(len(PACKAGES)).eval()
    with torch.no_grad():
        parts = torch.as_tensor(pieces(texts[:HEAD])).split(64)
        vectors = torch.cat([net.pooled(part) for part in parts]).numpy()
    head = LogisticRegression(C=10.0, max_iter=500).fit(vectors, np.searchsorted(PACKAGES, labels[:HEAD]))
    net.head.weight.data = torch.as_tensor(head.coef_, dtype=torch.float32)
    net.head.bias.data = torch.as_tensor(head.intercept_, dtype=torch.float32)
    teacher = as_teacher(net, preprocess=lambda some: torch.as_tensor(pieces(some)))
    teacher.classes = PACKAGES
    teacher.select_layers(["pool"])
    what = "the same by all-MiniLM-L6-v2 (22 million weights) on the first 32 pieces of words, and a linear map"
    return Problem("MiniLM, texts", what, teacher, texts[TRAINING : TRAINING + TEXTS], Words(counts=(1, 2, 3)))


def digits() -> Problem:
    """Digits by a convolutional network."""
    torch.manual_seed(0)
    images, labels = _images()
    net = trained(convolutional(), torch.as_tensor(images[:DIGITS]), labels[:DIGITS], epochs=30)
    what = "a convolutional network on scikit-learn's 8 x 8 digits (10 classes)"
    return Problem("CNN, digits", what, as_teacher(net), images[DIGITS:], Patches(grids=(2, 4, 8)), splits=5)


def shifted() -> Problem:
    """The same digits where they are and a pixel up, down, left and right: five images of each."""
    torch.manual_seed(0)
    images, labels = _images()
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    moves = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
    five = np.stack([wide[:, y : y + 8, x : x + 8] for y, x in moves], axis=1)
    training = torch.as_tensor(five[:DIGITS].reshape(-1, 8, 8))
    net = trained(convolutional(), training, labels[:DIGITS].repeat(len(moves)), epochs=12)
    groups = np.arange(len(images) - DIGITS).repeat(len(moves))
    what = "the same on digits that may be shifted by a pixel; no digit is in two parts of the data"
    patches = Patches(grids=(2, 4, 8))
    inputs = five[DIGITS:].reshape(-1, 8, 8)
    return Problem("CNN, shifted digits", what, as_teacher(net), inputs, patches, groups=groups, splits=2)


def _images() -> tuple[np.ndarray, np.ndarray]:
    images, labels = load_digits(return_X_y=True)
    return (images.reshape(-1, 8, 8) / 16).astype(np.float32), labels


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "files": files, "perceptron": perceptron, "transformer": transformer, "sentences": sentences,
    "boosting": boosting, "digits": digits, "shifted": shifted,
}  # fmt: skip
