"""Estimators on inputs that are no table."""

import numpy as np
import pytest
from sklearn.base import clone

from limbeck.concepts import Functions, Patches, Words
from limbeck.errors import InputError
from limbeck.estimators import TreeDistiller, TreeDistillerRegressor

RNG = np.random.default_rng(0)
TEXTS = [" ".join(RNG.choice(["free", "paid", "lunch", "money", "now"], 4)) for _ in range(400)]
LABELS = np.array(["spam" if "free" in text or "money" in text.split()[:2] else "ham" for text in TEXTS])


def is_free(texts):
    return np.array(["free" in text for text in texts])


def test_a_teacher_of_texts_is_distilled_and_its_agreement_told():
    student = TreeDistiller(is_free, concepts=Words(), max_leaves=4, effort="fast").fit(TEXTS)
    assert student.predict(["free at last", ""]).tolist() == [True, False]
    assert student.fidelity(TEXTS) == student.score(TEXTS, is_free(TEXTS)) == 1.0
    assert student.predict_proba(TEXTS).shape == (400, 2)
    assert student.apply(TEXTS).shape == (400,)
    assert student.feature_importances_.sum() == pytest.approx(1.0)
    assert not hasattr(student, "n_features_in_")


def test_a_clone_asks_the_same_questions():
    student = TreeDistiller(is_free, concepts=[Words()], max_leaves=4, effort="fast")
    assert clone(student).fit(TEXTS).tree_.to_text() == student.fit(TEXTS).tree_.to_text()


def test_labels_alone_teach_a_tree_about_texts():
    student = TreeDistiller(concepts=Words(), max_leaves=4, effort="fast").fit(TEXTS, LABELS)
    assert student.score(TEXTS, LABELS) > 0.85
    assert 'contains "free"' in student.tree_.to_text()
    assert student.certificate_.n_rows == 100


def test_labels_and_weights_keep_to_their_inputs():
    weights = np.where(LABELS == "spam", 2.0, 0.0)
    weights[:50] = 1.0
    groups = np.arange(400) // 2
    student = TreeDistiller(concepts=Words(), max_leaves=4, effort="fast").fit(TEXTS, LABELS, weights, groups)
    assert student.score(TEXTS, LABELS) > 0.8


def test_numbers_of_images():
    images = RNG.random((300, 4, 4))
    bright = TreeDistillerRegressor(
        lambda some: some.mean(axis=(1, 2)), concepts=Patches(grids=(1, 2)), max_leaves=6, effort="fast"
    )
    assert bright.fit(images).score(images, images.mean(axis=(1, 2))) > 0.5


def test_functions_by_their_names():
    student = TreeDistiller(is_free, concepts={"is free": lambda text: "free" in text}, effort="fast").fit(TEXTS)
    assert student.tree_.to_text().startswith("is free")


def test_one_text_is_no_list_of_texts_and_names_no_kinds():
    with pytest.raises(InputError, match="single"):
        TreeDistiller(is_free, concepts=Words()).fit("free")
    with pytest.raises(InputError, match="beside kinds"):
        TreeDistiller(is_free, concepts=[Functions({}), "a column"]).fit(TEXTS)
