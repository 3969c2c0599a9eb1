"""The pictures show the figures of the result."""

import builtins

import matplotlib as mpl
import numpy as np
import pytest
from tests.report.by_hand import classified, evidence, regressed, tree  # noqa: F401

from limbeck.errors import InputError, MissingExtraError
from limbeck.plots import plot_evidence, plot_frontier, plot_layers, plot_tree

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_the_frontier_shows_its_points_band_and_choice(classified):  # noqa: F811
    axes = plot_frontier(classified)
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines["limbeck"].get_xydata().tolist() == [[1, 0.7], [3, 0.97]]
    assert lines["chosen"].get_xydata().tolist() == [[3, 0.97]]
    assert "CART" not in lines
    assert len(axes.collections) == 1
    assert axes.get_ylabel() == "fidelity on the validation rows"


def test_without_validation_rows_the_fit_is_shown(regressed):  # noqa: F811
    axes = plot_frontier(regressed)
    assert axes.get_ylabel() == "R² on the fit rows"
    assert not axes.collections


def test_a_tree_shows_every_node_and_both_answers(classified):  # noqa: F811
    words = [text.get_text().replace("\u202f", " ") for text in plot_tree(classified).texts]
    assert "age <= 41.5?\n1 200 rows" in words
    assert "no\n98 % of 800 rows" in words
    assert (words.count("yes"), words.count("no")) == (2, 2)
    assert len(plot_tree(classified.tree).texts) == len(words)


def test_the_evidence_shows_every_cell(evidence):  # noqa: F811
    axes = plot_evidence(evidence)
    shown = [text.get_text() for text in axes.texts]
    assert shown == [f"{value:.2f}" for line in evidence.heat_map()["values"] for value in line]
    above = plot_evidence(evidence, "above_random")
    values = np.ma.filled(above.images[0].get_array(), np.nan)
    assert np.allclose(
        values, np.array(evidence.heat_map()["values"]) - np.array(evidence.heat_map("random")["values"])
    )
    assert {text.get_text() for text in plot_evidence(evidence, "selectivity").texts} == {"-"}


def test_clauses_by_layers_show_every_cell(evidence):  # noqa: F811
    axes = plot_layers(evidence)
    assert [text.get_text() for text in axes.texts] == [f"{e['r_squared']:.2f}" for e in evidence.by_layer()]
    assert [label.get_text() for label in axes.get_yticklabels()] == [c.label for c in evidence.clauses]
    assert {text.get_text() for text in plot_layers(evidence, "selectivity").texts} == {"-"}
    with pytest.raises(InputError, match="side"):
        plot_layers(evidence, "norm")


def test_axes_of_the_caller_are_used(classified, evidence):  # noqa: F811
    import matplotlib.pyplot as plt

    figure, places = plt.subplots(1, 3)
    assert plot_frontier(classified, ax=places[0]) is places[0]
    assert plot_tree(classified, ax=places[1]) is places[1]
    assert plot_evidence(classified, ax=places[2]) is places[2]
    figure.canvas.draw()


def test_names_with_dollars_are_no_mathematics():
    from limbeck.core import Kind, Leaf, Literal, Split, Tree

    root = Split(Literal.at_most("a$b$\\frac", 1.0), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 2.0))
    found = Tree.from_node(root, classes=("$x_1$", "y"), columns=(("a$b$\\frac", Kind.NUMERIC),))
    plot_tree(found).figure.canvas.draw()


def test_what_cannot_be_plotted_is_refused(regressed, evidence):  # noqa: F811
    with pytest.raises(InputError, match="without any"):
        plot_evidence(regressed)
    with pytest.raises(InputError, match="above_random"):
        plot_evidence(evidence, "depth")


def test_a_missing_package_is_named_with_its_extra(classified, monkeypatch):  # noqa: F811
    whole = builtins.__import__

    def without(name, *rest):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return whole(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"limbeck\[plot\]"):
        plot_frontier(classified)
