"""Inputs that are no table: the model gets them as they are, the tree asks about their concepts, and takes them too."""

import json

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from limbeck import Distillation, Tree, certify, distill, probe
from limbeck.concepts import Bytes, Concepts, Directions, Functions, Patches, Words, raw_table
from limbeck.errors import InputError

WORDS = ["free", "money", "win", "offer", "hello", "meeting", "project", "thanks", "lunch", "report", "click"]


def texts(n, seed=0):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(0, 9))) for _ in range(n)]


def spam(some):
    assert isinstance(some, list)
    return np.array([("free" in text and "money" in text) or "click" in text for text in some])


@pytest.fixture(scope="module")
def of_texts():
    return distill(spam, texts(900), concepts=Words(), max_leaves=6, effort="fast")


def test_a_tree_over_words_is_certified_and_takes_texts(of_texts):
    assert {lit.column for lit in of_texts.tree.literals} == {'contains "free"', 'contains "money"', 'contains "click"'}
    assert of_texts.certificate.disagreements == 0
    assert of_texts.certificate.n_rows == 225
    fresh = texts(200, seed=1)
    assert (of_texts.predict(fresh) == spam(fresh)).all()
    assert of_texts.tree.predict(["", "click"]).tolist() == [False, True]
    assert certify(of_texts, spam, fresh).disagreements == 0
    assert of_texts.ledger.queries > 0


def test_it_comes_back_from_a_file_without_pickles(of_texts, tmp_path):
    of_texts.save(tmp_path / "result.json")
    again = Distillation.load(tmp_path / "result.json")
    assert again.predict(texts(50)).tolist() == of_texts.predict(texts(50)).tolist()
    assert Tree.from_dict(json.loads(of_texts.tree.to_json())) == of_texts.tree
    damaged = of_texts.tree.to_dict()
    damaged["concepts"][0]["chosen"] = damaged["concepts"][0]["chosen"][:1]
    with pytest.raises(InputError, match="concepts"):
        Tree.from_dict(damaged)


def test_influence_is_that_of_a_word_removed(of_texts):
    at_root = of_texts.exhibits.influence[-1][0]
    assert at_root is not None
    assert 0 < at_root[0] <= 1


def test_the_same_seed_gives_the_same_tree(of_texts):
    again = distill(spam, texts(900), concepts=Words(), max_leaves=6, effort="fast")
    assert again.tree == of_texts.tree


def test_one_object_takes_texts_where_code_is_exported(of_texts):
    estimator = of_texts.tree.to_sklearn()
    assert (estimator.predict(texts(20)) == of_texts.predict(texts(20))).all()
    assert estimator.predict_proba(["click"]).shape == (1, 2)


def test_exports_over_the_answers_agree(of_texts):
    space = {}
    exec(of_texts.tree.to_python(), space)
    table = of_texts.tree.read(texts(30))
    rows = [{c.name: float(c.values[i]) for c in table.columns} for i in range(30)]
    assert [space["predict"](row) for row in rows] == of_texts.predict(texts(30)).tolist()
    assert "free" in of_texts.tree.to_sql()


def test_kinds_stand_side_by_side_and_questions_can_be_refused():
    kinds = [Words(), Functions({"is empty": lambda text: not text})]
    result = distill(lambda some: np.array([not text for text in some]), texts(600), concepts=kinds, effort="fast")
    assert "is empty" in {lit.column for lit in result.tree.literals}
    refused = distill(spam, texts(600), concepts=Words(), effort="fast", no_ask=['contains "click"'])
    assert 'contains "click"' not in {lit.column for lit in refused.tree.literals}


def test_functions_and_models_are_given_again_after_a_file(tmp_path):
    functions = {"is long": lambda text: len(text) > 25}
    model = lambda some: np.array([len(text) > 25 for text in some])  # noqa: E731
    result = distill(model, texts(300), concepts=functions, effort="fast")
    result.save(tmp_path / "a.json")
    again = Distillation.load(tmp_path / "a.json")
    with pytest.raises(InputError, match="bound"):
        again.predict(["a"])
    assert again.bound(functions=functions).predict(["a" * 30]).tolist() == [True]


def test_a_pipeline_of_scikit_learn_and_numbers_as_answers():
    some = texts(600)
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(some, spam(some))
    result = distill(model, some, concepts=Words(), effort="fast", certificate_rows=texts(200, seed=3))
    assert result.certificate.n_rows == 200
    assert result.certificate.fidelity_limit > 0.9
    lengths = distill(lambda s: np.array([float("free" in t) * 3 + ("win" in t) for t in s]), some, concepts=Words())
    assert lengths.certificate.tolerance < 1e-9


def test_files_groups_and_hidden_names(tmp_path):
    paths = []
    for i in range(200):
        path = tmp_path / f"{i}<b>\n.bin"
        path.write_bytes((b"\x1f\x8b" if i % 3 == 0 else b"#!/bin/sh\n") + bytes([i]))
        paths.append(path)
    model = lambda some: np.array(["zip" if path.read_bytes()[:1] == b"\x1f" else "text" for path in some])  # noqa: E731
    result = distill(model, paths, concepts=Bytes(), effort="fast", groups=np.arange(200) // 2)
    assert result.tree.to_text().startswith("starts with")
    assert result.certificate.disagreements == 0


def test_images_and_a_network_that_can_be_read():
    images = load_digits().images.astype(np.float32)[:240, None] / 16.0
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2)
    ).eval()  # fmt: skip
    result = distill(net, images, concepts=Patches(grids=(2, 8), channels="first"), max_leaves=6, effort="fast")
    assert (result.predict(images)[:50] == net(torch.tensor(images[:50])).argmax(1).numpy()).mean() > 0.6
    assert result.evidence is not None
    assert "patch (" in str(result.tree)
    again = probe(net, images, result, layers=["3"], redraws=1, bootstrap=50)
    assert [clause.node for clause in again.clauses] == list(range(1, result.tree.n_nodes))
    named = probe(net, raw_table(images), {"bright": lambda some: some.mean((1, 2, 3)) > 0.3}, redraws=1, bootstrap=50)
    assert named.clauses[0].r_squared
    inside = distill(net, images, concepts=Directions("1", size=6), max_leaves=4, effort="fast")
    assert inside.evidence is None
    assert any("no evidence" in note for note in inside.notes)
    assert inside.bound(model=net).predict(images[:5]).shape == (5,)


@pytest.mark.parametrize(
    ("inputs", "settings", "told"),
    [
        ("one text", {"concepts": Words()}, "single"),
        (["a"] * 40, {"concepts": [Words(), "column"]}, "beside kinds"),
        (texts(40), {"concepts": Words(), "sampler": "uniform bits"}, "sampler"),
        ([1, 2, 3] * 20, {"concepts": Words()}, "empty text"),
    ],
)
def test_inputs_that_cannot_be_used_are_refused(inputs, settings, told):
    with pytest.raises(InputError, match=told):
        distill(lambda some: np.arange(len(some)) % 2, inputs, **settings)


def test_a_frame_of_answers_is_read_as_it_is(of_texts):
    import pandas as pd

    frame = pd.DataFrame({name: [1.0, 0.0] for name in of_texts.tree.reader.names})
    assert of_texts.predict(frame).tolist() == [True, False]
    assert isinstance(of_texts.tree.reader, Concepts)


def test_hostile_words_are_escaped_wherever_they_are_written():
    hostile = ["';DROP_TABLE", "*/", "<script>alert(1)</script>", "{{7}}", "\\end{document}", "=cmd|1", "plain", "`x`"]
    rng = np.random.default_rng(0)
    some = [" ".join(rng.choice(hostile, 3)) for _ in range(400)]
    model = lambda ts: np.array([sum(word in t for word in hostile[:4]) for t in ts])  # noqa: E731
    tree = distill(model, some, concepts=Words(pattern=r"\S+", lowercase=False), effort="fast", max_leaves=8).tree
    assert len(tree.literals) > 3
    for text in (tree.to_svg(), tree.to_markdown(), tree._repr_html_()):
        assert "<script>" not in text
    space = {}
    exec(tree.to_python(), space)
    row = {c.name: float(c.values[0]) for c in tree.read(some[:1]).columns}
    assert space["predict"](row) == tree.predict(some[:1])[0]
    for text in (tree.to_c(), tree.to_sql(), tree.to_javascript(), tree.to_latex(), tree.to_dot(), tree.to_pmml()):
        assert text
    assert "\n*/" not in tree.to_c().replace("\n */", "")
