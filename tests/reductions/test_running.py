"""Routes run: every short one, what the ledger says and how often that fails."""

from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.ensemble import RandomForestClassifier

from limbeck.core import Kind, Leaf, Literal, Split, Tree, as_table
from limbeck.errors import InputError, SearchError
from limbeck.juntas import find_junta
from limbeck.reductions import WEB, LabelledRows, Route, Setting, routes, run
from limbeck.reductions.supply import labels_of, named_teacher
from limbeck.students import (
    compile_tree,
    fit_threshold,
    junta_from_tree,
    list_from_tree,
    polynomial_from_tree,
    rules_from_tree,
)

D = 6
SETTING = Setting(n_columns=D, n_leaves=4, n_variables=2, depth=2, delta=1e-3)
EVERY = np.array(list(product((0, 1), repeat=D)))
ROWS = np.random.default_rng(0).integers(2, size=(900, D))
BIT = [Literal.is_value(f"x{j}", 1) for j in range(D)]
NO, YES = Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0)
COLUMNS = tuple((f"x{j}", Kind.NUMERIC) for j in range(D))
TREE = Tree.from_node(Split(BIT[1], YES, Split(BIT[4], YES, NO)), classes=(0, 1), columns=COLUMNS)
TRUTH = TREE.predict(EVERY)
SOURCES = {
    "model": lambda x: TREE.predict(np.asarray(x)),
    "network": compile_tree(TREE, EVERY, rng=np.random.default_rng(0)),
    "ensemble": RandomForestClassifier(3, bootstrap=False, max_features=None, random_state=0).fit(EVERY, TRUTH),
    "rows": LabelledRows.of(ROWS, TREE.predict(ROWS)),
    "tree": TREE,
    "junta": junta_from_tree(TREE),
    "list": list_from_tree(TREE),
    "rules": rules_from_tree(TREE),
    "polynomial": polynomial_from_tree(TREE),
    "threshold": fit_threshold(EVERY, TRUTH, inverse_penalty=1e3),
}


def answers(model):
    """What a model of any class answers on every row."""
    if hasattr(model, "predict") and not hasattr(model, "observe"):
        return model.predict(EVERY)
    return labels_of(named_teacher(model), as_table(EVERY), "auto", lambda *_: None).answers


def short_routes():
    """Every executable route of at most three edges, from every class."""
    pending = [(edge,) for edge in WEB.edges if edge.executable]
    found = []
    while pending:
        edges = pending.pop()
        found.append(edges)
        passed = {edge.source for edge in edges}
        if len(edges) < 3:
            pending += [
                (*edges, edge)
                for edge in WEB.edges
                if edge.executable and edge.source == edges[-1].target and edge.target not in passed
            ]
    return [Route(edges, SETTING) for edges in found]


ROUTES = short_routes()


def test_the_sources_are_one_function():
    for name, source in SOURCES.items():
        if name != "rows":
            assert (answers(source) == TRUTH).all(), name


@pytest.fixture(scope="module")
def results():
    """All of them, run once."""
    return [run(route, SOURCES[route.names[0]], ROWS, random_state=i) for i, route in enumerate(ROUTES)]


def test_every_executable_route_of_at_most_three_edges_runs(results):
    assert len(ROUTES) > 100
    assert {edge for route in ROUTES for edge in route.edges} == {edge for edge in WEB.edges if edge.executable}
    for route, result in zip(ROUTES, results, strict=True):
        assert len(result.ledger) == len(route.edges)
        assert (result.certificate is None) == (route.names[-1] == "rows")
        if route.names[-1] == "rows":
            wrong = (result.student.answers != TREE.predict(result.student.table)).mean()
            assert wrong == 0 or not all(edge.exact for edge in route.edges)
            continue
        error = float((answers(result.student) != TRUTH).mean())
        exact = all(edge.exact for edge in route.edges)
        assert error == 0 if exact else error <= max(result.epsilon, result.certificate.error_limit), str(route)
        assert result.delta == pytest.approx(sum(share for _, share in route.shares))
        assert result.certificate.n_rows >= 200
        assert not result.contradicted


def test_what_is_promised_is_kept_and_what_is_measured_is_close(results):
    """On so simple a function every class but the random forest's leaves holds the tree, or nearly."""
    for route, result in zip(ROUTES, results, strict=True):
        if route.names[-1] != "rows":
            assert result.epsilon < 0.35, str(result)
            assert result.certificate.error_limit < 0.2, str(result)


def test_the_ledger_adds_and_names_its_grounds(results):
    result = next(r for r in results if r.route.names == ("model", "junta", "tree", "rules"))
    assert [entry.epsilon for entry in result.ledger] == [0.0, 0.0, 0.0]
    assert [entry.delta for entry in result.ledger] == [1e-3, 0.0, 0.0]
    assert result.ledger[0].queries > 0
    assert "- junta → tree (exact rewriting): the same function\n" in str(result)
    assert "error at most 0 (delta 0.001), promised, if the model is a k-junta" in str(result)
    assert "together: error at most 0 (probability at least 0.999)" in str(result)
    two = next(r for r in results if r.route.names == ("network", "tree", "model", "rows"))
    assert two.epsilon == two.ledger[0].epsilon > 0
    plain = result.to_dict()
    assert plain["classes"] == ["model", "junta", "tree", "rules"]
    assert plain["epsilon"] == 0.0
    assert plain["certificate"]["disagreements"] == 0


def composed(delta, seed):
    """A route with two edges that err: a parity that no greedy tree learns, then a threshold of that tree."""
    names = ("model", "rows", "tree", "model", "rows", "threshold")
    by_names = {(edge.source, edge.target): edge for edge in WEB.edges if edge.executable}
    edges = [by_names[pair] for pair in pairwise(names)]
    rows = np.random.default_rng([seed, 1]).integers(2, size=(240, D))
    function = lambda x: x[:, 0] ^ (x[:, 1] & x[:, 2])  # noqa: E731
    result = run(Route(tuple(edges), Setting(D, 3, 2, 2, 0.5, delta)), function, rows, random_state=seed)
    error = float((result.student.predict(EVERY) != function(EVERY)).mean())
    return error, result


def test_the_sum_of_the_ledger_holds_as_often_as_it_says_and_a_part_of_it_does_not():
    delta, n = 0.4, 120
    runs = [composed(delta, seed) for seed in range(n)]
    failures = sum(error > result.epsilon for error, result in runs)
    assert failures <= binom.ppf(0.999, n, delta)
    direct = sum(error > result.certificate.error_limit for error, result in runs)
    assert direct <= binom.ppf(0.999, n, delta)
    # The last edge alone is about the tree, not about the function that the route began with.
    forgotten = sum(error > result.ledger[-1].epsilon for error, result in runs)
    assert forgotten > binom.ppf(0.999, n, delta)


def test_a_measured_edge_fails_about_as_often_as_its_share_allows():
    """One edge at a large delta, so that failures are seen and the test could notice too few rows or a wrong limit."""
    delta, n, failures = 0.5, 150, 0
    route = Route(routes("rows", "tree")[-1].edges[-1:], Setting(D, 2, 2, 2, 0.5, delta))
    learn = next(r for r in routes("rows", "tree", Setting(D, 2, 2, 2, 0.5, delta)) if len(r.edges) == 1)
    assert learn.names == ("rows", "tree")
    for seed in range(n):
        rows = np.random.default_rng([seed, 2]).integers(2, size=(160, D))
        told = LabelledRows.of(rows, rows[:, 0] & rows[:, 1] | rows[:, 2])
        result = run(learn, told, random_state=seed)
        truth = EVERY[:, 0] & EVERY[:, 1] | EVERY[:, 2]
        failures += float((result.student.predict(EVERY) != truth).mean()) > result.ledger[0].epsilon
    assert 10 < failures <= binom.ppf(0.999, n, delta)
    assert route.names[-1] == "tree"


def test_assumptions_that_are_false_are_said():
    parity = lambda x: x[:, :5].sum(axis=1) % 2  # noqa: E731
    junta = next(r for r in routes("model", "junta", SETTING) if len(r.edges) == 1)
    with pytest.raises(SearchError, match="not a 2-junta: at least these 3 columns matter"):
        run(junta, parity, ROWS)
    three = lambda x: x[:, 0] + x[:, 1]  # noqa: E731
    polynomial = next(r for r in routes("model", "polynomial", SETTING) if len(r.edges) == 1)
    with pytest.raises(InputError, match="two classes"):
        run(polynomial, three, ROWS)


def test_numbers_and_frames_of_numbers_take_the_measured_way_to_a_junta():
    rows = np.random.default_rng(3).normal(size=(2000, 4))
    model = lambda x: (x[:, 2] > 0.1).astype(int)  # noqa: E731
    junta = next(r for r in routes("model", "junta", SETTING) if len(r.edges) == 1)
    result = run(junta, model, rows)
    assert result.student.variables == ("x2",)
    assert 0.0 < result.ledger[0].epsilon < 0.2
    assert "measured" in result.ledger[0].basis
    assert find_junta(model, rows, max_variables=2).junta.variables == ("x2",)


def test_a_promise_that_was_not_kept_is_contradicted_by_the_certificate():
    """Nine tenths of delta for the search, and an AND that it then misses: the certificate sees it."""
    junta = next(r for r in routes("model", "junta", Setting(D, 4, 2, 2, 0.05, 0.9)) if len(r.edges) == 1)
    found = [run(junta, lambda x: x[:, 0] & x[:, 1], ROWS, random_state=seed) for seed in range(30)]
    missed = [result for result in found if result.student.variables != ("x0", "x1")]
    assert missed
    assert all(result.contradicted and "these rows contradict the sum" in str(result) for result in missed)
    assert not any(result.contradicted for result in found if result not in missed)


def test_what_a_run_needs():
    to_tree = next(r for r in routes("rows", "tree", SETTING) if len(r.edges) == 1)
    with pytest.raises(InputError, match="`LabelledRows`"):
        run(to_tree, SOURCES["model"], ROWS)
    with pytest.raises(InputError, match="`rows` of the distribution"):
        run(routes("model", "tree", SETTING)[0], SOURCES["model"])
    with pytest.raises(InputError, match="rows for every edge"):
        run(routes("model", "tree", SETTING)[0], SOURCES["model"], ROWS[:4])
    with pytest.raises(InputError, match="one a row"):
        LabelledRows.of(ROWS, [0, 1])
    with pytest.raises(InputError, match="answers with numbers"):
        run(routes("model", "rows", SETTING)[0], lambda x: x[:, 0] * 0.5, ROWS)
    known = next(edge for edge in WEB.edges if not edge.executable and edge.source == "rules")
    with pytest.raises(InputError, match="no small tree exists"):
        run(Route((known,), SETTING), SOURCES["rules"], ROWS)
