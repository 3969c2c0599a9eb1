"""Settings are checked before the first long step, and every refusal names the setting and its value."""

import json

import numpy as np
import pytest

from limbeck.errors import InputError
from limbeck.settings import GUIDES, Settings

BAD = [
    ("max_leaves", 0),
    ("max_leaves", -3),
    ("max_leaves", 2.5),
    ("max_leaves", True),
    ("max_leaves", "many"),
    ("max_leaves", None),
    ("max_depth", -1),
    ("max_depth", 31),
    ("min_leaf", -1.0),
    ("min_leaf", float("nan")),
    ("min_leaf", float("inf")),
    ("task", "guess"),
    ("task", None),
    ("loss", "log"),
    ("delta", 0.0),
    ("delta", 1.0),
    ("delta", float("nan")),
    ("delta", "small"),
    ("epsilon", 0.0),
    ("epsilon", 1.5),
    ("guides", ["impurity", "instinct"]),
    ("guides", "impurity"),
    ("guides", 7),
    ("queries", "no"),
    ("queries", None),
    ("max_queries", -1),
    ("layers", "fc1"),
    ("layers", [1, 2]),
    ("concepts", "rich"),
    ("concepts", None),
    ("ask", "age"),
    ("no_ask", None),
    ("thresholds", 0),
    ("effort", "enormous"),
    ("fresh_rows", 1),
    ("retries", -1),
    ("retries", 0.5),
    ("time_limit", 0.0),
    ("time_limit", -5.0),
    ("certificate", 1.0),
    ("certificate", -0.1),
    ("validation", 1.0),
    ("random_state", -1),
    ("random_state", 1.5),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(InputError) as caught:
        Settings.given(**{name: value})
    error = caught.value
    assert f"`{name}`" in error.asked
    assert str(value).strip("[]").split(",")[-1].strip(" '") in error.found
    assert error.remedy


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("max_leafs", "`max_leaves`"), ("querys", "`queries`"), ("seed", "use one"), ("randomstate", "`random_state`")],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(name, remedy):
    with pytest.raises(InputError) as caught:
        Settings.given(**{name: 3})
    assert f"`{name}`" in caught.value.asked
    assert "`max_leaves`" in caught.value.found
    assert remedy in caught.value.remedy


def test_shares_that_leave_no_row_to_fit_are_refused():
    with pytest.raises(InputError, match=r"certificate=0.6.*validation=0.4"):
        Settings(certificate=0.6, validation=0.4)
    assert Settings(certificate=0.6, validation=0.3).certificate == 0.6


def test_influence_alone_without_queries_is_no_guide():
    with pytest.raises(InputError, match="without queries"):
        Settings(guides=["influence"], queries=False)
    assert not Settings(guides=["impurity"], queries=False).budget.queries


def test_the_edges_of_the_ranges_are_allowed():
    edges = Settings(
        max_leaves=1, max_depth=0, max_queries=0, thresholds=1, certificate=0.0, validation=0, random_state=0,
        time_limit=1e-9, delta=1e-12, epsilon=0.999, min_leaf=0.5, layers=[], guides=[],
    )  # fmt: skip
    assert edges.max_leaves == 1
    assert Settings(max_depth=30).beam.max_depth == 30


def test_the_beam_and_the_budget_follow_the_settings():
    made = Settings(max_depth=4, min_leaf=3.0, max_queries=17)
    assert (made.beam.max_depth, made.beam.min_leaf) == (4, 3.0)
    assert made.budget.queries
    assert made.budget.max_queries == 17
    assert not Settings(guides=("impurity",)).budget.queries
    efforts = [Settings(effort=effort).beam for effort in ("fast", "normal", "thorough")]
    for attribute in ("beam", "pair_clauses"):
        sizes = [getattr(beam, attribute) for beam in efforts]
        assert sizes == sorted(set(sizes))
    for wider, narrower in zip(efforts[1:], efforts, strict=False):
        assert all(wider.width(r) >= narrower.width(r) for r in range(10))


def test_settings_are_plain_values_for_json():
    made = Settings(
        max_leaves=np.int64(4), delta=np.float64(0.1), random_state=np.uint8(3),
        concepts=np.array(["a", "b"]), layers=("fc1",), queries=np.True_,
    )  # fmt: skip
    plain = json.loads(json.dumps(made.to_dict()))
    assert plain["max_leaves"] == 4
    assert plain["concepts"] == ["a", "b"]
    assert plain["layers"] == ["fc1"]
    assert plain["queries"] is True
    assert plain["guides"] == list(GUIDES)
    assert plain["time_limit"] is None
    assert Settings.given(**plain).to_dict() == made.to_dict()


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        Settings().max_leaves = 3
