import inspect
import io
import pickle
import subprocess
import sys
from dataclasses import fields

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, parametrize_with_checks

import limbeck
from limbeck import certify, distill
from limbeck.errors import InputError
from limbeck.estimators import TreeDistiller, TreeDistillerRegressor
from limbeck.settings import Settings

BOTH = [TreeDistiller, TreeDistillerRegressor]
REASON = (
    "a weight is not a repetition here: copies of a row would fall on both sides of the random split into rows that "
    "fit, validate and certify; and fractional weights are scaled, so that rounding breaks ties between equal trees"
)


def unlike_repetition(estimator) -> dict[str, str]:
    return {"check_sample_weight_equivalence_on_dense_data": REASON}


@pytest.mark.no_cover
@parametrize_with_checks(
    [
        TreeDistiller(effort="fast"),
        TreeDistillerRegressor(effort="fast"),
        TreeDistiller(effort="fast", certificate=0.0, validation=0.0, max_leaves=6, loss="soft"),
        TreeDistillerRegressor(effort="fast", certificate=0.0, validation=0.0, max_leaves=8),
    ],
    expected_failed_checks=unlike_repetition,
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", BOTH)
def test_column_names_are_kept_and_checked(kind):
    check_dataframe_column_names_consistency(kind.__name__, kind(effort="fast"))


def first_positive(x) -> np.ndarray:
    return (np.asarray(x)[:, 0] > 0).astype(int)


def nested(x) -> np.ndarray:
    x = np.asarray(x)
    return np.where(x[:, 0] > 0, x[:, 1] > 0.5, x[:, 2] > -0.5).astype(int)


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(400, 4))


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(300) < 0.1, np.nan, rng.integers(18, 90, 300)),
            "colour": rng.choice(np.array(["red", "green", None], dtype=object), 300),
            "member": rng.integers(2, size=300).astype(bool),
        }
    )


@pytest.mark.parametrize(
    ("kind", "own"),
    [(TreeDistiller, {"epsilon", "tolerance"}), (TreeDistillerRegressor, {"task", "loss", "class_weight"})],
)
def test_parameters_are_those_of_distill_with_the_same_defaults(kind, own):
    settings = {
        field.name: field.default for field in fields(Settings) if field.name not in own | {"fresh_rows", "keep_rows"}
    }
    assert kind().get_params() == {"teacher": None} | settings


@pytest.mark.parametrize("kind", BOTH)
def test_parameters_are_stored_as_they_are(kind):
    given = {name: object() for name in inspect.signature(kind).parameters}
    assert all(vars(kind(**given))[name] is value for name, value in given.items())


def test_each_is_of_one_kind():
    assert is_classifier(TreeDistiller())
    assert not is_regressor(TreeDistiller())
    assert is_regressor(TreeDistillerRegressor())


def test_fitting_with_a_teacher_is_distilling(rows):
    student = TreeDistiller(nested, max_leaves=6, effort="fast", random_state=3).fit(rows)
    result = distill(nested, rows, max_leaves=6, effort="fast", random_state=3)
    assert student.tree_ == result.tree
    assert result.certificate is not None
    assert student.certificate_.to_dict() == result.certificate.to_dict()
    assert [point.tree for point in student.frontier_] == [point.tree for point in result.frontier]
    assert student.classes_.tolist() == [0, 1]


def test_regression_with_a_teacher_is_distilling(rows):
    teacher = RandomForestRegressor(5, max_depth=3, random_state=0).fit(rows, rows[:, 0] + np.abs(rows[:, 1]))
    student = TreeDistillerRegressor(teacher, effort="fast", epsilon=0.2).fit(rows)
    result = distill(teacher, rows, effort="fast", epsilon=0.2)
    assert student.tree_ == result.tree
    assert student.certificate_.epsilon == 0.2
    said, learned = teacher.predict(rows), student.predict(rows)
    expected = 1 - ((said - learned) ** 2).sum() / ((said - said.mean()) ** 2).sum()
    assert student.fidelity(rows) == pytest.approx(expected)
    assert student.score(rows) == student.fidelity(rows)


def test_labels_beside_a_teacher_are_ignored_in_fit_and_used_in_score(rows):
    labels = np.random.default_rng(1).choice(["x", "y", "z"], 400)
    teacher = TreeDistiller(nested, effort="fast").fit(rows)
    assert TreeDistiller(nested, effort="fast").fit(rows, labels).tree_ == teacher.tree_
    other = 1 - nested(rows)
    assert teacher.score(rows, other) == accuracy_score(other, teacher.predict(rows))
    agreement = np.mean(nested(rows) == teacher.predict(rows))
    assert teacher.score(rows) == teacher.fidelity(rows) == pytest.approx(agreement)


def test_weights_count_in_score_and_fidelity(rows):
    student = TreeDistiller(nested, effort="fast", max_leaves=2).fit(rows)
    right = nested(rows) == student.predict(rows)
    assert 0 < right.mean() < 1
    assert student.score(rows, sample_weight=right.astype(float)) == 1.0
    assert student.score(rows, nested(rows), sample_weight=(~right).astype(float)) == 0.0


@pytest.mark.parametrize("kind", BOTH)
def test_neither_teacher_nor_labels(kind, rows):
    with pytest.raises(InputError, match="requires y to be passed, but the target y is None; to fix it, give `y`"):
        kind().fit(rows)


def test_fidelity_needs_a_teacher(rows):
    student = TreeDistiller(effort="fast").fit(rows, nested(rows))
    with pytest.raises(InputError, match=r"`teacher=None`.*use `score\(X, y\)`"):
        student.fidelity(rows)


def test_a_teacher_of_numbers_is_refused_before_the_search_and_read_as_classes_when_told(rows):
    asked: list[int] = []

    def logit(x: np.ndarray) -> np.ndarray:
        asked.append(len(x))
        return x[:, 0] - 0.5

    with pytest.raises(InputError, match="use `TreeDistillerRegressor`, or `task='binary'`"):
        TreeDistiller(logit).fit(rows)
    assert sum(asked) < 100
    student = TreeDistiller(logit, task="binary", effort="fast").fit(rows)
    assert student.classes_.tolist() == [0, 1]
    assert np.mean(student.predict(rows) == (rows[:, 0] > 0.5)) > 0.97


def test_a_teacher_of_classes_is_refused_by_the_regressor(rows):
    teacher = LogisticRegression().fit(rows, nested(rows))
    with pytest.raises(InputError, match="`task='regression'`"):
        TreeDistillerRegressor(teacher).fit(rows)


def test_a_clone_shares_the_trained_teacher_and_nothing_that_was_learned(rows):
    teacher = LogisticRegression().fit(rows, nested(rows))
    guides = ["impurity"]
    student = TreeDistiller(teacher, effort="fast", guides=guides).fit(rows)
    twin = clone(student)
    assert twin.teacher is teacher
    assert student.teacher is teacher
    assert twin.guides == guides
    assert twin.guides is not guides
    assert not hasattr(twin, "tree_")
    assert twin.fit(rows).tree_ == student.tree_


@pytest.mark.parametrize("labels", [None, "given"])
def test_a_search_over_sizes(rows, labels):
    y = None if labels is None else nested(rows)
    search = GridSearchCV(TreeDistiller(nested, effort="fast"), {"max_leaves": [1, 2, 4]}, cv=3).fit(rows, y)
    assert search.best_params_ == {"max_leaves": 4}
    assert search.best_score_ > 0.9
    assert list(search.cv_results_["mean_test_score"]) == sorted(search.cv_results_["mean_test_score"])


def test_pipelines_and_cross_validation(rows):
    pipeline = make_pipeline(StandardScaler(), TreeDistiller(effort="fast"))
    assert cross_val_score(pipeline, rows, nested(rows), cv=3).min() > 0.85
    regression = make_pipeline(StandardScaler(), TreeDistillerRegressor(effort="fast"))
    assert cross_val_score(regression, rows, 3.0 * rows[:, 0], cv=3).min() > 0.8


@pytest.mark.parametrize("store", ["pickle", "joblib"])
def test_fitted_students_can_be_stored(rows, store):
    student = TreeDistiller(nested, effort="fast").fit(rows)
    if store == "pickle":
        copied = pickle.loads(pickle.dumps(student))
    else:
        buffer = io.BytesIO()
        joblib.dump(student, buffer)
        copied = joblib.load(io.BytesIO(buffer.getvalue()))
    assert copied.tree_ == student.tree_
    assert copied.certificate_.to_dict() == student.certificate_.to_dict()
    assert (copied.predict(rows) == student.predict(rows)).all()


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_a_data_frame_reaches_the_teacher_as_it_is(frame, backend):
    rows = frame if backend == "pandas" else pl.from_pandas(frame)
    kinds: set[type] = set()

    def teacher(x) -> np.ndarray:
        kinds.add(type(x))
        assert list(x.columns) == ["age", "colour", "member"]
        red = [value == "red" for value in x["colour"].to_list()]
        return np.where(red, np.asarray(x["member"]), np.isnan(np.asarray(x["age"], dtype=float)))

    student = TreeDistiller(teacher, effort="fast").fit(rows)
    assert kinds == {type(rows)}
    assert student.fidelity(rows) == 1.0
    assert student.feature_names_in_.tolist() == ["age", "colour", "member"]
    assert {literal.column for literal in student.tree_.literals} == {"age", "colour", "member"}


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_labels_are_learned_from_text_and_gaps(frame, backend):
    rows = frame if backend == "pandas" else pl.from_pandas(frame)
    labels = np.where(frame["colour"] == "green", "go", np.where(frame["age"].isna(), "ask", "stop"))
    student = TreeDistiller(effort="fast").fit(rows, labels)
    assert student.score(rows, labels) == 1.0
    assert student.classes_.tolist() == ["ask", "go", "stop"]
    unseen = rows[:1] if backend == "polars" else rows.iloc[:1].assign(colour="violet")
    assert student.predict(unseen).shape == (1,)


def test_an_array_of_objects_keeps_text_beside_numbers(frame):
    rows = frame.to_numpy(dtype=object)
    labels = np.array([colour == "red" for colour in frame["colour"]])
    student = TreeDistiller(effort="fast").fit(rows, labels)
    assert student.score(rows, labels) == 1.0
    assert student.tree_.n_leaves == 2


def test_concepts_are_kept_from_the_teacher(frame):
    def teacher(x: pd.DataFrame) -> np.ndarray:
        assert list(x.columns) == ["age", "member"]
        return np.asarray(x["member"]).astype(int)

    rows = frame.assign(colour=(frame["member"] & (frame["age"] > 30)).astype(int)).rename(columns={"colour": "known"})
    renamed = TreeDistiller(teacher, concepts=["known"], effort="fast").fit(rows)
    assert renamed.fidelity(rows) == 1.0
    assert (
        renamed.certificate_.to_dict()
        == distill(teacher, rows, concepts=["known"], effort="fast").certificate.to_dict()
    )


def test_columns_are_checked_by_name_or_number_as_in_scikit_learn(frame, rows):
    labels = np.asarray(frame["member"])
    student = TreeDistiller(effort="fast").fit(frame, labels)
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        student.predict(frame[["colour", "age", "member"]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert (student.predict(frame.to_numpy(dtype=object)) == student.predict(frame)).all()
    nameless = TreeDistiller(effort="fast").fit(rows, nested(rows))
    with pytest.raises(ValueError, match="X has 2 features, but TreeDistiller is expecting 4"):
        nameless.predict(rows[:, :2])
    with pytest.warns(UserWarning, match="was fitted without feature names"):
        named = nameless.predict(pd.DataFrame(rows, columns=list("abcd")))
    assert (named == nameless.predict(rows)).all()


def test_frames_without_text_names_are_read_by_place(rows):
    numbered = pd.DataFrame(rows)
    student = TreeDistiller(nested, effort="fast").fit(numbered)
    assert not hasattr(student, "feature_names_in_")
    assert (student.predict(numbered) == student.predict(rows)).all()
    assert student.score(numbered) == TreeDistiller(nested, effort="fast").fit(rows).score(rows)


@pytest.mark.parametrize(
    "labels",
    [np.array([3, 1]), np.array([3.0, 1.0]), np.array(["b", "a"]), np.array(["b", "a"], dtype=object), [True, False]],
)
def test_classes_are_the_labels_that_were_given(rows, labels):
    y = np.asarray(labels)[first_positive(rows)]
    student = TreeDistiller(effort="fast").fit(rows, y)
    assert student.classes_.tolist() == sorted(np.asarray(labels).tolist())
    assert type(student.predict(rows).tolist()[0]) is type(y.tolist()[0])
    assert student.score(rows, y) > 0.97
    shares = student.predict_proba(rows)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert (student.classes_[shares.argmax(axis=1)] == student.predict(rows)).all()


def test_labels_that_are_no_classes_or_no_numbers(rows):
    with pytest.raises(ValueError, match="Unknown label type"):
        TreeDistiller().fit(rows, rows[:, 0])
    with pytest.raises(ValueError, match="`task='regression'`"):
        TreeDistillerRegressor().fit(rows, np.where(rows[:, 0] > 0, "a", "b"))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        TreeDistiller().fit(rows, np.zeros(3, int))
    with pytest.warns(DataConversionWarning):
        TreeDistiller(effort="fast").fit(rows, nested(rows)[:, None])


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_rows_give_a_tree(kind, n):
    x, y = np.arange(float(n))[:, None], np.arange(n)
    student = kind(effort="fast").fit(x, y)
    assert student.predict(x).shape == (n,)
    # The first rows are set aside for the certificate, but one always fits.
    assert (student.certificate_ is None) == (n == 1)


@pytest.mark.parametrize("kind", BOTH)
def test_constant_labels_give_one_leaf(kind, rows):
    student = kind(effort="fast").fit(rows, np.full(400, 7))
    assert student.tree_.n_leaves == 1
    assert set(student.predict(rows).tolist()) == {7}
    assert student.certificate_ is not None


@pytest.mark.parametrize("kind", BOTH)
def test_a_row_of_weight_zero_is_a_row_that_is_not_there(kind, rows):
    absent = np.arange(400) % 3 == 0
    y = np.where(absent, 1 - nested(rows), nested(rows))
    student = kind(effort="fast").fit(rows, y, sample_weight=np.where(absent, 0.0, 1.0))
    rest = kind(effort="fast").fit(rows[~absent], y[~absent])
    assert student.tree_ == rest.tree_
    assert student.certificate_.to_dict() == rest.certificate_.to_dict()


def test_a_class_whose_rows_have_no_weight_stays_a_class(rows):
    student = TreeDistiller(effort="fast").fit(rows, nested(rows), sample_weight=nested(rows))
    assert student.classes_.tolist() == [0, 1]
    assert set(student.predict(rows).tolist()) == {1}


@pytest.mark.parametrize(
    ("weights", "found"), [(np.zeros(400), "zero"), (np.ones(3), r"\(3,\)"), (-np.ones(400), "-1")]
)
def test_weights_that_cannot_be_used(rows, weights, found):
    with pytest.raises(InputError, match=f"found .*{found}"):
        TreeDistiller(nested).fit(rows, sample_weight=weights)


def test_random_states_of_every_kind(rows):
    def fitted(random_state) -> dict:
        student = TreeDistiller(nested, effort="fast", random_state=random_state).fit(rows)
        return student.distillation_.tree.to_dict()

    assert fitted(5) == fitted(np.int64(5))
    assert fitted(np.random.RandomState(5)) == fitted(np.random.RandomState(5))
    assert fitted(None)["format"] == fitted(5)["format"]
    with pytest.raises(ValueError, match="random_state"):
        fitted("yes")


def test_parameters_from_numpy_can_be_saved(rows, tmp_path):
    student = TreeDistiller(nested, effort="fast", random_state=np.int64(5))
    student.set_params(max_leaves=np.int64(4), delta=np.float64(0.1)).fit(rows)
    student.distillation_.save(tmp_path / "student.json")
    assert limbeck.Distillation.load(tmp_path / "student.json").tree == student.tree_


def test_settings_are_checked_in_fit(rows):
    student = TreeDistiller(nested, max_leaves=0)
    with pytest.raises(InputError, match="`max_leaves=0`"):
        student.fit(rows)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "apply", "decision_path", "fidelity", "score"])
def test_nothing_is_said_before_fit(rows, method):
    with pytest.raises(NotFittedError):
        getattr(TreeDistiller(nested), method)(rows)


def test_leaves_and_paths_are_those_of_the_tree(rows):
    student = TreeDistiller(nested, effort="fast").fit(rows)
    assert (student.apply(rows) == student.tree_.apply(rows)).all()
    path = student.decision_path(rows)
    assert (path.toarray() == student.tree_.decision_path(rows)).all()
    assert (path.toarray()[np.arange(400), student.apply(rows)] == 1).all()


def test_the_winner_of_a_search_can_be_certified_on_fresh_rows(rows):
    student = TreeDistiller(nested, effort="fast").fit(rows)
    fresh = np.random.default_rng(9).normal(size=(500, 4))
    claim = certify(student.distillation_, nested, fresh)
    assert claim.disagreements == round((1 - student.fidelity(fresh)) * 500)


def test_the_door_opens_without_scikit_learn_and_leads_to_the_estimator():
    script = "import sys, limbeck; assert 'sklearn' not in sys.modules; print(limbeck.TreeDistiller.__name__)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == "TreeDistiller\n"
    assert limbeck.TreeDistiller is TreeDistiller
    assert "TreeDistiller" in limbeck.__all__
    with pytest.raises(AttributeError, match="TreeDestiller"):
        limbeck.TreeDestiller  # noqa: B018


def test_rows_that_ask_are_answered_by_the_teacher():
    x = np.random.default_rng(0).normal(size=(800, 3))

    def teacher(rows):
        return np.where(rows[:, 0] > 0, rows[:, 1] > 0, np.sin(40 * rows[:, 2]) > 0).astype(int)

    student = TreeDistiller(teacher, max_leaves=4, effort="fast", defer=0.1).fit(x)
    asks = np.isin(student.apply(x), student.tree_.asking)
    assert 0 < asks.mean() < 1
    assert (student.predict(x)[asks] == teacher(x)[asks]).all()
    assert np.isnan(student.predict_proba(x)[asks]).all()
    assert student.fidelity(x) == pytest.approx((student.predict(x) == teacher(x)).mean())
    alone = TreeDistiller(max_leaves=4, effort="fast", defer=0.1).fit(x, teacher(x))
    assert alone.predict(x).mask.any()
