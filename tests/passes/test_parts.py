import numpy as np
import pandas as pd
import pytest

from limbeck import certify, distill
from limbeck.certificates import certify_until_decided
from limbeck.core import as_table
from limbeck.errors import InputError
from limbeck.estimators import TreeDistiller
from limbeck.passes.parts import parts_of, times


def region(rows) -> np.ndarray:
    x = np.asarray(rows, float)
    return (np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] > 0.2).astype(int)


def customers(n_groups: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_groups, 1, 3)) + 0.02 * rng.normal(size=(n_groups, size, 3))
    order = rng.permutation(n_groups * size)
    return rows.reshape(-1, 3)[order], np.repeat(np.arange(n_groups), size)[order]


FRESH = np.random.default_rng(99).normal(size=(20_000, 3))


@pytest.mark.no_cover
def test_claims_about_fresh_groups_hold_where_claims_about_rows_fail() -> None:
    missed = {"groups": 0, "rows": 0}
    for seed in range(12):
        rows, groups = customers(80, 10, seed)
        for name in missed:
            given = {"groups": groups} if name == "groups" else {}
            found = distill(region, rows, max_leaves=12, effort="fast", random_state=seed, **given)
            assert found.certificate is not None
            missed[name] += (found.predict(FRESH) != region(FRESH)).mean() > found.certificate.error_limit
            if given:
                assert found.certificate.n_rows == 20
                assert "a random row of a fresh group: 20 groups with 200 rows" in str(found.certificate)
    assert missed["rows"] == 12
    assert missed["groups"] <= 2


def test_a_column_of_groups_is_kept_from_model_and_tree() -> None:
    rows, groups = customers(60, 5, 0)
    frame = pd.DataFrame(rows, columns=["a", "b", "c"]).assign(customer=[f"c{g}" for g in groups])
    asked = []

    def teacher(x):
        asked.append(tuple(x.columns))
        return region(x)

    by_name = distill(teacher, frame, groups="customer", effort="fast")
    assert set(asked) == {("a", "b", "c")}
    by_value = distill(region, frame[["a", "b", "c"]], groups=frame["customer"], effort="fast")
    assert by_name.tree.to_text() == by_value.tree.to_text()
    assert by_name.certificate == by_value.certificate


def test_the_last_rows_in_time_are_set_aside_and_folds_are_stretches() -> None:
    table = as_table(np.arange(200.0)[:, None])
    when = np.random.default_rng(0).permutation(200).astype(float)
    parts, _, _ = parts_of(table, 0.25, np.random.default_rng(0), order=when)
    assert sorted(when[parts.certificate]) == list(range(150, 200))
    assert sorted(when[parts.fit]) == list(range(150))
    assert parts.together is not None
    by_time = parts.together[np.argsort(when[parts.fit])]
    assert (np.diff(by_time) >= 0).all()
    assert "the last 50 rows of the table by `order`" in parts.words
    tied, _, _ = parts_of(table, 0.25, np.random.default_rng(0), order=when // 60)
    assert sorted(when[tied.certificate]) == list(range(120, 200))


def test_times_are_numbers_dates_or_text_of_dates() -> None:
    days = pd.date_range("2024-01-01", periods=3)
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "day": days, "text": days.astype(str)})
    expected = np.array([0, 1, 2])
    for order in ("day", "text", "a", days, days.to_numpy(), [5, 6, 7]):
        values, table = times(order, as_table(frame))
        assert np.argsort(values).tolist() == expected.tolist()
        assert ("day" in table) == (not isinstance(order, str) or order != "day")
    for wrong in (
        "nope",
        [1, 2],
        [1.0, np.nan, 2.0],
        ["x", "y", "z"],
        pd.to_datetime(["2024-01-01", None, "2024-01-02"]),
    ):
        with pytest.raises(InputError):
            times(wrong, as_table(frame))


def test_certificate_rows_of_other_groups() -> None:
    rows, groups = customers(40, 5, 0)
    more, others = customers(50, 4, 1)
    first = pd.DataFrame(rows, columns=["a", "b", "c"]).assign(g=groups)
    second = pd.DataFrame(more, columns=["a", "b", "c"]).assign(g=others + 100)
    found = distill(region, first, groups="g", certificate_rows=second, effort="fast")
    assert found.certificate.n_rows == 50
    assert "50 groups with 200 rows" in str(found.certificate)
    plain = distill(region, first, groups="g", certificate_rows=second.drop(columns="g"), effort="fast")
    assert plain.certificate.n_rows == 200
    with pytest.raises(InputError, match="other groups"):
        distill(region, first, groups="g", certificate_rows=second.assign(g=others), effort="fast")
    for two in ({"groups": "g", "order": "a"}, {"order": "a", "certificate_rows": second}):
        with pytest.raises(InputError, match="one way"):
            distill(region, first, **two)


def test_certify_by_group_and_estimators() -> None:
    rows, groups = customers(60, 5, 0)
    model = TreeDistiller(region, max_leaves=8, effort="fast").fit(rows, groups=groups)
    assert model.certificate_.n_rows == 15
    weighted = TreeDistiller(region, effort="fast").fit(rows, sample_weight=groups % 2, groups=groups)
    assert weighted.certificate_.n_rows == 8
    more, others = customers(50, 4, 1)
    claim = certify(model.distillation_, region, more, groups=others)
    assert claim.n_rows == 50
    assert "50 groups with 200 rows, one row of each drawn at random" in str(claim)
    assert claim == certify(model.distillation_, region, more, groups=others)
    stream = certify_until_decided(model.distillation_, region, more, epsilon=0.9, groups=others)
    assert stream.budget == 50
    assert "a fresh group" in str(stream)
