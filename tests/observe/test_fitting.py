"""A teacher may have as many classes as there are rows; scikit-learn need not warn of it."""

import warnings

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from limbeck import distill
from limbeck.observe import fitted_to_answers

ROWS = np.arange(40.0).reshape(-1, 1)


def test_many_classes_are_no_sign_of_numbers():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fitted_to_answers(DecisionTreeClassifier(), ROWS, np.arange(40))
        assert len(distill(lambda x: x[:, 0].astype(int), ROWS, task="multiclass", max_leaves=4).reading.classes) == 30
    assert (model.predict(ROWS) == np.arange(40)).all()
