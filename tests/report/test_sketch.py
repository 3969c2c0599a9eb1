"""What a notebook shows: static, small, escaped."""

import xml.etree.ElementTree

import pytest
from tests.report.conftest import HACK, KINDS

from limbeck.report import distillation_html, tree_html
from limbeck.report.sketch import line_of


@pytest.mark.parametrize("kind", KINDS)
def test_a_notebook_shows_verdict_certificate_sizes_and_tree(kind, results):
    page = distillation_html(results[kind])
    assert xml.etree.ElementTree.fromstring(page) is not None  # well formed, so nothing broke out
    assert "<script" not in page
    assert "ertifi" in page
    assert page.count(">chosen<") == 1
    assert len(page) < 60_000
    assert results[kind]._repr_html_() == page


def test_a_tree_is_drawn_with_every_node_and_its_name_escaped(results):
    tree = results["hostile"].tree
    page = tree_html(tree)
    assert tree._repr_html_() == page
    assert page.count("<rect") == tree.n_nodes
    assert page.count("<path") == tree.n_nodes - 1
    assert HACK not in page
    assert "&lt;/script&gt;" in page


def test_a_large_tree_is_shown_as_text(results):
    page = tree_html(results["large"].tree)
    assert "<svg" not in page
    assert page.count("└─ no") == results["large"].tree.n_leaves - 1


def test_every_leaf_has_a_line_of_its_own_and_yes_stays_on_its_parents(results):
    tree = results["twelve"].tree
    line = line_of(tree)
    assert sorted(line[leaf] for leaf in tree.leaves.tolist()) == list(range(tree.n_leaves))
    inner = [node for node in range(tree.n_nodes) if tree.question[node] >= 0]
    assert all(line[node] == line[int(tree.yes[node])] < line[int(tree.no[node])] for node in inner)
