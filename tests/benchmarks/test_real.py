"""The benchmark of real networks: its corpus, its networks on few inputs, and its page."""

import json

import numpy as np
import pytest
import torch
from benchmarks.real import corpus, page
from benchmarks.real.compare import SIZES, measured
from benchmarks.real.networks import LENGTH, Tokens, Transformer, convolutional, trained
from benchmarks.real.problems import Problem, _grouped
from onnx import TensorProto, helper, numpy_helper

from limbeck.concepts import Patches
from limbeck.core import as_table
from limbeck.teachers import as_teacher
from limbeck.teachers.onnx import OnnxTeacher


def test_magika_answers_as_before_with_the_classes_that_are_not_kept_as_one():
    weights = numpy_helper.from_array(np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32), "w")
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", k]) for name, k in (("x", 3), ("y", 6)))
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "six", [x], [y], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    rows = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    told = (rows @ numpy_helper.to_array(weights)).argmax(axis=1)
    grouped = OnnxTeacher(_grouped(model, [4, 1])).predict(as_table(rows)).argmax(axis=1)
    assert grouped.tolist() == [{4: 0, 1: 1}.get(place, 2) for place in told.tolist()]


def test_sayings_are_the_texts_between_signs_each_once(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("one\n  line\n%\nanother\n%\n\n%\nanother\n")
    (tmp_path / "a.dat").write_bytes(b"\x00")
    monkeypatch.setattr(corpus, "SAYINGS", tmp_path)
    assert corpus.sayings() == ["one line", "another"]
    monkeypatch.setattr(corpus, "SAYINGS", tmp_path / "none")
    with pytest.raises(SystemExit, match="fortunes"):
        corpus.sayings()


def test_tokens_are_numbers_by_frequency():
    tokens = Tokens(["a word the word", "the the"])
    assert tokens(["the word unseen", ""])[0, :4].tolist() == [2, 3, 1, 0]
    assert tokens([""]).shape == (1, LENGTH)


def test_the_networks_learn_and_answer_texts_without_words():
    torch.manual_seed(0)
    rows = torch.zeros((40, LENGTH), dtype=torch.int64)
    rows[:20, 0], rows[20:, 0] = 2, 3
    labels = np.repeat([0, 1], 20)
    net = trained(Transformer(2), rows, labels, epochs=3)
    assert (net(rows).argmax(1).numpy() == labels).all()
    assert torch.isfinite(net(torch.zeros((1, LENGTH), dtype=torch.int64))).all()


@pytest.fixture(scope="module")
def found():
    torch.manual_seed(0)
    images = np.random.default_rng(0).random((150, 8, 8)) * np.linspace(0, 2, 150)[:, None, None]
    net = trained(convolutional(), torch.as_tensor(images).float(), (np.arange(150) > 75).astype(int), epochs=6)
    images = images.astype(np.float32)
    return measured(Problem("toy", "a toy", as_teacher(net), images, Patches(grids=(2,), edges=False)), "fast")


def test_every_way_is_judged_at_every_size_on_the_same_inputs(found):
    assert found["inputs"] + found["held_out"] == 150
    assert {way: set(sizes) for way, sizes in found["fidelity"].items()} == {
        way: set(SIZES) for way in ("limbeck", "CART, same concepts", "CART, lasso's concepts")
    }
    assert found["certified"][1] == found["held_out"]


def test_the_page_keeps_its_words(found, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "README", tmp_path / "README.md")
    page.README.write_text("before\n<!-- figures -->\nformer figures\n<!-- end -->\nafter\n")
    page.written([json.loads(json.dumps(found))] * 2)
    text = page.README.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "former figures" not in text
    assert "| toy |" in text
