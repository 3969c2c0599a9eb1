"""The graph: what it holds, how routes add up, and its renderings."""

import json
import re

import pytest

from limbeck.errors import InputError
from limbeck.reductions import (
    WEB,
    Cost,
    Edge,
    Kind,
    Promise,
    Route,
    Setting,
    routes,
    routes_text,
    summarise_routes,
    summarise_web,
    web_dot,
    web_text,
)

# Section "web of reductions" of the theory: what must be there.
WANTED = {
    ("network", "model", Kind.CONTAINMENT), ("tree", "model", Kind.CONTAINMENT), ("model", "rows", Kind.LABELLING),
    ("ensemble", "network", Kind.CONTAINMENT), ("rows", "tree", Kind.LEARNING), ("rows", "junta", Kind.LEARNING),
    ("rows", "polynomial", Kind.LEARNING), ("rows", "threshold", Kind.LEARNING), ("model", "junta", Kind.QUERIES),
    ("model", "polynomial", Kind.QUERIES), ("network", "tree", Kind.INSIDE), ("tree", "rules", Kind.REWRITING),
    ("tree", "list", Kind.REWRITING), ("tree", "polynomial", Kind.REWRITING), ("tree", "network", Kind.REWRITING),
    ("junta", "tree", Kind.REWRITING), ("tree", "junta", Kind.REWRITING),
}  # fmt: skip


def test_every_edge_of_the_theory_runs():
    assert {(edge.source, edge.target, edge.kind) for edge in WEB.edges if edge.executable} >= WANTED


def test_every_edge_runs_or_says_why_not_and_cites_its_source():
    names = {node.name for node in WEB.classes}
    for edge in WEB.edges:
        assert {edge.source, edge.target} <= names
        assert edge.executable != bool(edge.why_not)
        assert edge.reference
        assert edge.cost_words
        if edge.executable:
            assert "References\n" in edge.step.__doc__, edge
        for value in vars(edge.cost(Setting())).values():
            assert value >= 0


def edge(source, target, promise, **cost):
    return Edge(
        source, target, Kind.LEARNING, promise, f"{source} is nice", "some", lambda s: Cost(**cost), "nobody", id
    )


def test_errors_and_failures_add_and_each_edge_has_its_share():
    a = edge("model", "tree", Promise.MEASURED, rows=10, operations=3)
    b = edge("tree", "junta", Promise.EXACT, operations=5)
    c = edge("junta", "rules", Promise.SURE, queries=7, operations=1)
    d = edge("rules", "list", Promise.MEASURED, rows=1, operations=2)
    route = Route((a, b, c, d), Setting(epsilon=0.1, delta=0.3))
    assert route.shares == (
        (0.05, pytest.approx(0.1)),
        (0.0, 0.0),
        (0.0, pytest.approx(0.1)),
        (0.05, pytest.approx(0.1)),
    )
    assert (route.epsilon, route.delta) == (pytest.approx(0.1), pytest.approx(0.3))
    assert route.cost == Cost(11, 7, 0, 11)
    assert route.names == ("model", "tree", "junta", "rules", "list")
    assert route.guarantee == "error at most 0.1, if the held-out rows bear it out (probability at least 0.7)"
    assert len(route.assumptions) == 4
    assert Route((b,), Setting()).guarantee == "the same function"
    assert Route((c,), Setting()).guarantee == "the same function (probability at least 0.95)"
    with pytest.raises(InputError, match="each starts where the one before ends"):
        Route((a, c), Setting())


def test_shares_make_the_edges_dearer():
    """Half of epsilon for each of two learners: the cost is that of the smaller errors, and nothing is multiplied."""
    one = routes("rows", "tree")[-1]
    learn = next(
        e for e in WEB.edges if (e.source, e.target, e.kind) == ("rows", "tree", Kind.LEARNING) and e.executable
    )
    single = Route((learn,), Setting(epsilon=0.1, delta=0.1))
    assert single.cost == learn.cost(Setting(epsilon=0.1, delta=0.1))
    label = next(e for e in WEB.edges if e.kind is Kind.LABELLING)
    back = next(e for e in WEB.edges if (e.source, e.target) == ("tree", "model"))
    twice = Route((learn, back, label, learn), Setting(epsilon=0.1, delta=0.1))
    assert twice.cost.queries == 2 * learn.cost(Setting(epsilon=0.05, delta=0.05)).labelled
    assert one.names[0] == "rows"


def test_routes_are_simple_and_cheapest_first():
    found = routes("network", "tree", Setting(n_columns=5000, n_variables=4))
    assert len(found) == 5
    prices = [r.cost.rows + r.cost.queries + r.cost.labelled for r in found]
    assert prices == sorted(prices)
    assert all(len(set(r.names)) == len(r.names) for r in found)
    assert found[0].names == ("network", "model", "junta", "tree")
    assert ("network", "tree") in [r.names for r in found]
    assert all(edge.executable for route in found for edge in route.edges)
    assert routes("rows", "ensemble") == ()
    with pytest.raises(InputError, match="a class of models `forest`"):
        routes("forest", "tree")


def test_three_renderings_of_one_summary():
    summary = summarise_web()
    assert json.loads(json.dumps(summary)) == summary
    text, dot = web_text(summary), web_dot(summary)
    assert dot.count("->") == len(WEB.edges)
    assert len(re.findall("style=dashed", dot)) == sum(not edge.executable for edge in WEB.edges)
    for edge in WEB.edges:
        assert f'"{edge.source}" -> "{edge.target}"' in dot
        assert f"{edge.source} {'⊆' if edge.kind is Kind.CONTAINMENT else '→'} {edge.target}" in text
    assert max(len(line) for line in text.split("\n")) <= 100
    some = summarise_routes("ensemble", "rules", Setting(n_columns=12))
    assert json.loads(json.dumps(some)) == some
    lines = routes_text(some, most=2).split("\n")
    assert lines[0].startswith("from ensemble to rules, cheapest first, at d = 12")
    assert lines[2] == f"1. {' → '.join(some['routes'][0]['classes'])}"
    assert lines[-1] == f"and {len(some['routes']) - 2} longer or dearer ones"
    assert routes_text(summarise_routes("rows", "ensemble")) == "no executable route from rows to ensemble"


@pytest.mark.parametrize("wrong", [{"n_columns": 0}, {"epsilon": 0.0}, {"delta": 1.0}, {"depth": 1.5}])
def test_settings_out_of_range(wrong):
    with pytest.raises(InputError):
        Setting(**wrong)
