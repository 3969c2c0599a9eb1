"""What a page says of leaves that ask the model."""

import numpy as np
import pytest

import limbeck
from limbeck.report.exposition import expose


@pytest.fixture(scope="module")
def results():
    rows = np.random.default_rng(0).normal(size=(800, 3))

    def model(x):
        return np.where(x[:, 0] > 0, x[:, 1] > 0, np.sin(40 * x[:, 2]) > 0).astype(int)

    return [limbeck.distill(model, rows, max_leaves=4, effort="fast", defer=defer) for defer in (0.1, None)]


def test_the_share_answered_stands_beside_the_certificate_and_leaves_that_ask_stand_apart(results):
    shown = expose(results[0])
    claim = results[0].certificate
    assert shown["bars"][:2] == [round(1000 * claim.answered), round(1000 * claim.fidelity)]
    assert shown["summary"]["glance"]["figures"][0]["name"] == "answered by the tree"
    tree = next(tree for tree in shown["trees"] if tree["leaves"] == results[0].tree.n_leaves)
    assert tree["asks"] == results[0].tree.asking.tolist() != []
    assert {tree["answer"][leaf] for leaf in tree["asks"]} == {"ask the model"}
    page = results[0].report()
    assert "ask the model" in page
    asked = [row for row, leaf in enumerate(shown["rows"]["leaf"]) if leaf in tree["asks"]]
    assert asked
    assert not any(shown["rows"]["differs"][row] for row in asked)


def test_every_page_has_the_curve_without_being_asked(results):
    shown = expose(results[1])
    assert not shown["asks"]
    assert shown["summary"]["glance"]["figures"][1]["name"] == "best single answer"
    assert [row["target"].replace("\u202f", " ") for row in shown["trade"]["rows"]] == ["1 %", "2 %", "5 %"]
    assert len(shown["trade"]["dots"]) == len(shown["trade"]["line"].split())
    page = results[1].report()
    assert 'id="asking"' in page
    assert "--defer 0.02" in page


def test_a_tree_that_asks_is_drawn(results):
    for text in (
        results[0].tree.to_dot(),
        results[0].tree.to_svg(),
        results[0].tree.to_markdown(),
        results[0].tree.to_latex(),
    ):
        assert "ask the model" in text
