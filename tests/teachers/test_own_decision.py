"""What is read of a classifier is its own answer, on every row: in memory, and as ONNX with and without maps of scores.

The rows are whole numbers on a small grid, so that scores that tie, and sums that nearly do, are many.
"""

import warnings

import catboost as cb
import lightgbm as lgb
import numpy as np
import onnxruntime as ort
import pytest
import skorch
import torch
import xgboost as xgb
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as OtherFloats
from skl2onnx import to_onnx
from sklearn import ensemble as en
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from limbeck.core import OutputReading, as_table
from limbeck.errors import InputError
from limbeck.teachers import as_teacher

pytestmark = pytest.mark.filterwarnings("ignore")

RNG = np.random.default_rng(0)
FIT, ASKED = RNG.integers(0, 5, (120, 4)), RNG.integers(0, 5, (1000, 4))
PLACE = (FIT[:, 0] > FIT[:, 1]).astype(int) + ((FIT[:, 2] > 2) & (RNG.random(120) < 0.9))
LABELS = {
    "text": np.array(["no", "yes", "maybe"])[PLACE],
    "unsorted integers": np.array([7, -2, 30])[PLACE],
    "two texts": np.array(["yes", "no"])[np.minimum(PLACE, 1)],
    "booleans": PLACE > 0,
}

SMALL = {
    "AdaBoostClassifier": {"n_estimators": 3},
    "BaggingClassifier": {"n_estimators": 3},
    "ExtraTreesClassifier": {"n_estimators": 5},
    "GaussianProcessClassifier": {"optimizer": None, "max_iter_predict": 5},
    "GradientBoostingClassifier": {"n_estimators": 3},
    "HistGradientBoostingClassifier": {"max_iter": 3},
    "LogisticRegressionCV": {"Cs": 2, "cv": 2, "use_legacy_attributes": False, "l1_ratios": (0,)},
    "MLPClassifier": {"hidden_layer_sizes": (4,), "max_iter": 20},
    "RadiusNeighborsClassifier": {"radius": 4.0},
    "RandomForestClassifier": {"n_estimators": 5},
    "CategoricalNB": {"min_categories": 5},
    "NuSVC": {"nu": 0.1},
}
# Several labels a row, or made of other classifiers: those are in WRAPPED.
NOT_ALONE = {"ClassifierChain", "MultiOutputClassifier"}
SLOW_OR_ELSEWHERE = {"GaussianProcessClassifier", "CalibratedClassifierCV", "CatBoost", "LightGBM"}


def plain_classifiers():
    """Every classifier of scikit-learn that needs no other."""
    found = {}
    for name, kind in all_estimators("classifier"):
        if name in NOT_ALONE:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecated, and in use all the same
                found[name] = kind(**SMALL.get(name, {}))
        except TypeError:  # needs an estimator
            continue
        if "random_state" in found[name].get_params():
            found[name].set_params(random_state=0)
    return found


LOGISTIC, TREE = LogisticRegression(), DecisionTreeClassifier(max_depth=2, random_state=0)
WRAPPED = {
    "calibrated": CalibratedClassifierCV(GaussianNB(), cv=2),
    "pipeline": make_pipeline(StandardScaler(), LOGISTIC),
    "in place": make_pipeline(StandardScaler(copy=False), LOGISTIC),
    "search": GridSearchCV(make_pipeline(StandardScaler(), LOGISTIC), {"logisticregression__C": [0.1, 1]}, cv=2),
    "search of forests": GridSearchCV(en.RandomForestClassifier(3, random_state=0), {"max_depth": [2]}, cv=2),
    "hard votes": en.VotingClassifier([("a", LOGISTIC), ("b", TREE), ("c", GaussianNB())]),
    "soft votes": en.VotingClassifier([("a", LOGISTIC), ("b", TREE)], voting="soft"),
    "stacked": en.StackingClassifier([("a", TREE), ("b", GaussianNB())], cv=2),
    "one against one": OneVsOneClassifier(Perceptron(random_state=0)),
    "one against the rest": OneVsRestClassifier(LOGISTIC),
    "output codes": OutputCodeClassifier(TREE, random_state=0),
    "self-training": SelfTrainingClassifier(LOGISTIC),
    "bagged votes": en.BaggingClassifier(Perceptron(random_state=0), 3, random_state=0),
    "SVC with probabilities": SVC(probability=True, random_state=0),
    "SVC, pairwise scores": SVC(decision_function_shape="ovo"),
    "LightGBM": lgb.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1),
    "CatBoost": cb.CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False, thread_count=1),
}
TWO_CLASSES = {
    "threshold": lambda y: FixedThresholdClassifier(LOGISTIC, threshold=0.1, pos_label=np.unique(y)[1].item()),
    "tuned threshold": lambda y: TunedThresholdClassifierCV(LOGISTIC, cv=2, thresholds=5),
    "search of thresholds": lambda y: GridSearchCV(
        FixedThresholdClassifier(LOGISTIC, pos_label=np.unique(y)[1].item()), {"threshold": [0.1]}, cv=2
    ),
}
ALONE = plain_classifiers()


def read(model, rows, *, scores=True):
    teacher = as_teacher(model)
    table = as_table(rows)
    first = teacher.answers(table)
    reading = OutputReading.fixed_on(first, classes=teacher.classes)
    outputs = reading.read(first if scores else teacher.answers(table, scores=reading.needs_scores))
    assert (outputs.codes >= 0).all()
    return np.array(reading.classes)[outputs.codes]


def agrees(model, rows=ASKED):
    own = np.asarray(model.predict(rows.copy())).ravel()
    for scores in (True, False):
        assert int((read(model, rows, scores=scores) != own).sum()) == 0


def agrees_as_onnx(converted, rows=ASKED):
    content = converted.SerializeToString()
    rows = rows.astype(np.float32)
    try:
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        own = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: rows})[0]
    except Exception:  # the converter wrote what onnxruntime cannot run
        return False
    if own.size != len(rows):  # or what answers only the rows it was converted with
        return False
    assert int((read(content, rows) != own.ravel()).sum()) == 0
    return True


def as_onnx(model, zipmap):
    """Return the model as skl2onnx writes it; None where there is no converter."""
    try:
        return to_onnx(model, FIT[:1].astype(np.float32), options={id(model): {"zipmap": zipmap}})
    except Exception:
        return None


def fitted(model, y):
    try:
        return clone(model).fit(FIT.copy(), y)
    except ValueError:  # kinds of two classes, or of three and more
        return None


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("name", [*ALONE, *WRAPPED])
def test_a_classifier_is_read_as_it_answers(name, kind):
    model = fitted({**ALONE, **WRAPPED}[name], LABELS[kind])
    if model is None:
        pytest.skip("not for these labels")
    agrees(model)


@pytest.mark.parametrize("kind", ["two texts", "booleans"])
@pytest.mark.parametrize("name", TWO_CLASSES)
def test_a_threshold_of_its_own_decides(name, kind):
    y = LABELS[kind]
    model = TWO_CLASSES[name](y).fit(FIT, y)
    agrees(model)
    if name != "tuned threshold":
        argmax = model.classes_[model.predict_proba(ASKED).argmax(axis=1)]
        assert (argmax != model.predict(ASKED)).mean() > 0.1


@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize("name", [n for n in (*ALONE, *WRAPPED) if n not in SLOW_OR_ELSEWHERE])
def test_onnx_is_read_as_its_label(name, zipmap):
    done = 0
    for kind in ("unsorted integers", "two texts"):
        model = fitted({**ALONE, **WRAPPED}[name], LABELS[kind])
        converted = None if model is None else as_onnx(model, zipmap)
        done += converted is not None and agrees_as_onnx(converted)
    if not done:
        pytest.skip("no converter")


@pytest.mark.parametrize("zipmap", [True, False])
def test_onnx_of_lightgbm(zipmap):
    for kind in ("unsorted integers", "two texts"):
        model = lgb.LGBMClassifier(n_estimators=3, verbose=-1).fit(FIT, LABELS[kind])
        kinds = [("x", OtherFloats([None, 4]))]
        assert agrees_as_onnx(convert_lightgbm(model, initial_types=kinds, zipmap=zipmap, target_opset=15))


@pytest.mark.parametrize("y", [PLACE, np.minimum(PLACE, 1)])
def test_xgboost(y):
    model = xgb.XGBClassifier(n_estimators=3, n_jobs=1).fit(FIT, y)
    agrees(model)
    kinds = [("x", OtherFloats([None, 4]))]
    assert agrees_as_onnx(convert_xgboost(model, initial_types=kinds, target_opset=15))


def test_catboost_thresholds_and_onnx(tmp_path):
    y = LABELS["two texts"]
    model = cb.CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False, thread_count=1).fit(FIT, y)
    model.save_model(str(tmp_path / "m.onnx"), format="onnx")
    session = ort.InferenceSession(str(tmp_path / "m.onnx"))
    rows = ASKED.astype(np.float32)
    own = session.run(["label"], {session.get_inputs()[0].name: rows})[0]
    assert (read(str(tmp_path / "m.onnx"), rows) == own).all()
    model.set_probability_threshold(0.1)
    agrees(model)


def test_skorch_with_a_threshold():
    class Linear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(4, 1)

        def forward(self, x):
            return self.linear(x).squeeze(-1)

    torch.manual_seed(0)
    net = skorch.NeuralNetBinaryClassifier(Linear, max_epochs=3, threshold=0.3, verbose=0, train_split=None)
    net.fit(FIT.astype(np.float32), np.minimum(PLACE, 1).astype(np.float32))
    agrees(net, ASKED.astype(np.float32))


class Stubborn(ClassifierMixin, BaseEstimator):
    """An estimator whose decision has nothing to do with its scores."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, x):
        return self.classes_[(np.asarray(x)[:, 3] > 1).astype(int)]

    def predict_proba(self, x):
        p = np.asarray(x)[:, 0] / 4
        return np.column_stack([1 - p, p])


class Duck:
    """An object that predicts, and names no classes."""

    def predict(self, x):
        return np.where(x[:, 1] > 2, "b", "a")

    def predict_proba(self, x):
        return np.column_stack([x[:, 0], 4 - x[:, 0]]) / 4


def test_anything_with_a_decision_of_its_own():
    agrees(Stubborn().fit(FIT, LABELS["booleans"]))
    agrees(Duck())
    agrees(make_pipeline(StandardScaler(), Stubborn()).fit(FIT, LABELS["two texts"]))


def test_a_model_is_asked_once_where_its_kind_decides_by_its_scores():
    forest = en.RandomForestClassifier(3, random_state=0).fit(FIT, LABELS["text"])
    teacher, calls = as_teacher(forest), []
    counted = forest.predict

    class Counting(type(forest)):
        def predict_proba(self, x):
            calls.append(len(x))
            return super().predict_proba(x)

    forest.__class__ = Counting
    assert counted is not None
    teacher.answers(as_table(ASKED))
    assert sum(calls) <= len(ASKED) + 2  # two rows tell whether each has several labels
    # A kind of its own may decide otherwise, and is asked both.
    assert as_teacher(forest)._once is False
    with warnings.catch_warnings(), pytest.raises(InputError, match="decides on classes"):
        OutputReading.fixed_on(as_teacher(forest).answers(as_table(ASKED)), task="regression")
