"""Dates are numbers of days to the search, dates to the model, and dates to people."""

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck import distill
from limbeck.core import Literal, Tree, Vocabulary, as_table
from limbeck.errors import InputError, TeacherError
from limbeck.tables import Kind, date_between, date_text
from limbeck.tables.dates import days_of

DAYS = [date(1969, 12, 31), date(2021, 5, 31), date(2100, 1, 1)]
WANTED = [-1.0, 18778.0, 47482.0]


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"x0": pd.to_datetime([*DAYS, None])}),
        pd.DataFrame({"x0": [*DAYS, None]}),
        pd.DataFrame(
            {"x0": pd.Series(pd.to_datetime([*DAYS, None])).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")}
        ),
        pl.DataFrame({"x0": [*DAYS, None]}),
        pl.DataFrame({"x0": [*(datetime(d.year, d.month, d.day) for d in DAYS), None]}),
        np.array([*DAYS, None], dtype="datetime64[D]")[:, None],
        np.array([*DAYS, None], dtype=object)[:, None],
        np.array([*(np.datetime64(d) for d in DAYS), None], dtype=object)[:, None],
    ],
)
def test_every_kind_of_date_is_days_since_1970(rows):
    column = as_table(rows)["x0"]
    assert (column.kind, column.dates) == (Kind.NUMERIC, True)
    np.testing.assert_allclose(column.values, [*WANTED, np.nan])
    assert as_table(rows).take(np.array([1])).renamed(["y"])["y"].dates


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"x0": [timedelta(hours=36), None]}),
        pd.DataFrame({"x0": pd.Series([timedelta(hours=36), None], dtype=object)}),
        pl.DataFrame({"x0": [timedelta(hours=36), None]}),
        pa.table({"x0": [timedelta(hours=36), None]}),
        np.array([[36], ["NaT"]], dtype="m8[h]"),
        np.array([[np.timedelta64(36, "h")], [None]], dtype=object),
    ],
    ids=["pandas", "pandas objects", "polars", "arrow", "array", "objects"],
)
def test_durations_are_days_and_a_note_says_so(rows):
    column = as_table(rows)["x0"]
    np.testing.assert_array_equal(column.values, [1.5, np.nan])
    assert "number of days" in column.note


def test_periods_are_the_dates_that_they_begin_with():
    periods = pd.DataFrame({"month": pd.PeriodIndex(["1970-02", None], freq="M")})
    column = as_table(periods)["month"]
    assert column.dates
    np.testing.assert_array_equal(column.values, [31.0, np.nan])
    assert "begins with" in column.note


def test_nanoseconds_get_a_note_only_where_days_cannot_hold_them():
    moments = pd.to_datetime(["2024-01-01 00:00:00.000000001", "2024-01-01 00:00:00.000000002", None])
    for rows in (pd.DataFrame({"x0": moments}), pl.DataFrame({"x0": moments.to_numpy()}), moments.to_numpy()[:, None]):
        assert "float64 cannot tell" in as_table(rows)["x0"].note
    assert not as_table(pd.DataFrame({"x0": moments.floor("s")}))["x0"].note


@given(st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1)))
def test_text_and_days_go_back_and_forth(moment):
    moment = moment.replace(microsecond=0)
    assert datetime.fromisoformat(date_text(days_of(moment))) == moment
    aware = moment.replace(tzinfo=timezone(timedelta(hours=3)))
    assert days_of(aware) == pytest.approx(days_of(moment) - 3 / 24, abs=1e-9)


@given(st.floats(-1e5, 1e5), st.floats(1e-6, 1e4))
def test_a_date_between_splits_where_the_middle_does(low, width):
    high = low + width
    found = date_between(low, high)
    assert low <= found < high


def test_questions_about_dates():
    literal = Literal.at_most("joined", 18778.0, dated=True)
    assert (literal.text(), literal.text(False)) == ("joined <= 2021-05-31", "joined > 2021-05-31")
    assert Literal.from_dict(literal.to_dict()) == literal
    assert "dated" not in Literal.at_most("joined", 1.0).to_dict()
    table = as_table(pd.DataFrame({"joined": pd.to_datetime(["2021-05-31", "2021-06-01", None])}))
    assert Vocabulary.fit(table).names == ("joined <= 2021-05-31", "joined is missing")
    assert literal.holds(table["joined"]).tolist() == [True, False, False]
    with pytest.raises(InputError, match="numeric column `joined`"):
        literal.holds(as_table(pd.DataFrame({"joined": [1.0, 2.0]}))["joined"])


def test_text_that_looks_like_dates_is_told_of_where_there_is_too_much_of_it():
    days = pd.date_range("2021-01-01", periods=40).strftime("%Y-%m-%d")
    (note,) = Vocabulary.fit(pd.DataFrame({"joined": days})).notes
    assert "40 categories" in note
    assert "look like dates" in note
    (note,) = Vocabulary.fit(pd.DataFrame({"joined": "on " + days})).notes
    assert "dates" not in note


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    joined = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(500, 540, 400), unit="D")
    return pd.DataFrame({"joined": joined, "x": rng.normal(size=400)})


def late(rows):
    """A model that takes the dates as they are."""
    return (rows["joined"] >= pd.Timestamp("2021-06-01")).to_numpy().astype(int)


@pytest.fixture(scope="module")
def result(frame):
    return distill(late, frame, max_leaves=4, guides=["impurity"])


def test_a_model_of_dates_is_distilled(frame, result):
    assert result.certificate.disagreements == 0
    question = result.tree.literals[0]
    assert question.dated
    assert "2021-05-31" in str(result.tree)
    assert (result.tree.predict(frame) == late(frame)).all()
    assert (Tree.from_dict(result.tree.to_dict()).predict(pl.from_pandas(frame)) == late(frame)).all()
    with pytest.raises(InputError, match="`joined`"):
        result.tree.predict(frame.assign(joined=18000.0))


def test_people_see_dates_and_exports_that_might_compare_them_otherwise_refuse(frame, result):
    page = result.report()
    assert "2021-05-31" in page
    shown = frame["joined"].dt.strftime("%Y-%m-%d")
    assert sum(f'"{day}"' in page for day in shown.unique()) > 10
    assert "2021-05-31" in result.tree.to_dot()
    for form in ("c", "python", "javascript", "sql", "excel", "onnx", "treelite", "pmml", "sklearn"):
        with pytest.raises(InputError, match="dates in the columns `joined`"):
            getattr(result.tree, f"to_{form}")()


def test_a_model_of_numbers_asks_for_preprocessing(frame):
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(torch.nn.Linear(2, 2))
    with pytest.raises(TeacherError, match="dates in the columns `joined`"):
        distill(network, frame, max_leaves=4, effort="fast")


def test_an_array_of_images_is_told_what_to_do():
    with pytest.raises(InputError, match=r"looks like 50 images.*Patches"):
        as_table(np.zeros((50, 8, 8)))
    with pytest.raises(InputError, match="reshape"):
        as_table(np.zeros(50))
