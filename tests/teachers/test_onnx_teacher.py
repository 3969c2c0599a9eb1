"""ONNX models as teachers: exported and hand-made graphs against plain arrays."""

import logging
import warnings

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from limbeck.core import OutputReading, as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers.onnx import OnnxTeacher
from limbeck.teachers.torch import TorchTeacher

RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 3)).astype(np.float32)
ROWS = as_table(X)
OPSET = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
W1, B1, W2 = (RNG.normal(size=shape).astype(np.float32) for shape in ((3, 5), (5,), (5, 2)))


def model_of(nodes, inputs, outputs, constants=()):
    tensors = [numpy_helper.from_array(value, name) for name, value in dict(constants).items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=OPSET, ir_version=9)


def info(name, kind, *shape):
    return helper.make_tensor_value_info(name, kind, list(shape))


def mlp(rows="n", float_type=TensorProto.FLOAT):
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["xw"]),
        helper.make_node("Add", ["xw", "b1"], ["pre"]),
        helper.make_node("Relu", ["pre"], ["hidden"]),
        helper.make_node("Transpose", ["w2"], ["constant"]),
        helper.make_node("Transpose", ["constant"], ["w2again"]),
        helper.make_node("Shape", ["hidden"], ["shape"]),
        helper.make_node("MatMul", ["hidden", "w2again"], ["scores"]),
    ]
    kind = helper.tensor_dtype_to_np_dtype(float_type)
    weights = {"w1": W1.astype(kind), "b1": B1.astype(kind), "w2": W2.astype(kind)}
    return model_of(nodes, [info("x", float_type, rows, 3)], [info("scores", float_type, rows, 2)], weights)


PRE = X @ W1 + B1
HIDDEN = np.maximum(PRE, 0)


@pytest.mark.parametrize("rows", ["n", None, 1, 4])
@pytest.mark.parametrize("batch_size", [7, 100])
def test_every_tensor_equals_a_plain_forward_pass(rows, batch_size):
    teacher = OnnxTeacher(mlp(rows), batch_size=batch_size)
    outputs, found = teacher.observe(ROWS, None)
    expected = {"xw": X @ W1, "pre": PRE, "hidden": HIDDEN, "scores": HIDDEN @ W2}
    assert {"xw", "pre", "hidden", "scores"} <= set(found) <= {*expected, "constant", "w2again"}
    for name, values in expected.items():
        assert np.allclose(found[name], values, atol=1e-5), name
    assert np.array_equal(outputs, found["scores"])
    # Asking for hidden tensors must not change an answer by a single bit.
    assert np.array_equal(outputs, teacher.predict(ROWS))
    assert "constant" not in found


def test_the_wide_session_is_made_only_when_asked():
    teacher = OnnxTeacher(mlp())
    teacher.predict(ROWS)
    assert "_wide_session" not in vars(teacher)
    teacher.activations(ROWS, ["hidden"])
    assert "_wide_session" in vars(teacher)


def test_double_models_stay_double():
    outputs = OnnxTeacher(mlp(float_type=TensorProto.DOUBLE)).predict(as_table(X.astype(float)))
    assert outputs.dtype == np.float64
    x, w1, b1, w2 = (part.astype(float) for part in (X, W1, B1, W2))
    assert np.allclose(outputs, np.maximum(x @ w1 + b1, 0) @ w2, atol=1e-12)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)).eval()
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
        torch.onnx.export(
            module, (torch.zeros(4, 3),), path, dynamic_shapes=({0: torch.export.Dim.DYNAMIC},), verbose=False
        )
    return module, path


def test_an_exported_network(exported):
    module, path = exported
    teacher, original = OnnxTeacher(path, batch_size=9), TorchTeacher(module)
    outputs, found = teacher.observe(ROWS, None)
    assert np.allclose(outputs, original.predict(ROWS), atol=1e-5)
    hidden = original.activations(ROWS)
    assert len(found) == len(hidden) == 5
    for ours, theirs in zip(found.values(), hidden.values(), strict=True):
        assert np.allclose(ours, theirs, atol=1e-5)


def test_tensors_beside_the_file(tmp_path):
    path = tmp_path / "big.onnx"
    onnx.save(mlp(), path, save_as_external_data=True, location="big.data", size_threshold=0)
    assert (tmp_path / "big.data").stat().st_size > 0
    outputs, found = OnnxTeacher(path).observe(ROWS, ("hidden",))
    assert np.allclose(outputs, HIDDEN @ W2, atol=1e-5)
    assert np.allclose(found["hidden"], HIDDEN, atol=1e-5)
    (tmp_path / "big.data").unlink()
    with pytest.raises(TeacherError, match=r"big\.onnx.*big\.data"):
        OnnxTeacher(path)


def linear_classifier(labels, zipmap, **names):
    nodes = [
        helper.make_node(
            "LinearClassifier",
            ["x"],
            ["label", "raw"],
            domain="ai.onnx.ml",
            coefficients=W1[:, :3].T.ravel().tolist(),
            intercepts=[0.1, 0.2, 0.3],
            multi_class=0,
            post_transform="SOFTMAX",
            **names,
        )
    ]
    scores = info("raw", TensorProto.FLOAT, None, 3)
    if zipmap:
        nodes.append(helper.make_node("ZipMap", ["raw"], ["map"], domain="ai.onnx.ml", **zipmap))
        key = TensorProto.STRING if "classlabels_strings" in zipmap else TensorProto.INT64
        kind = helper.make_map_type_proto(key, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
        scores = helper.make_value_info("map", helper.make_sequence_type_proto(kind))
    return model_of(nodes, [info("x", TensorProto.FLOAT, None, 3)], [info("label", labels, None), scores])


@pytest.mark.parametrize("zipped", [False, True])
def test_classifiers_answer_with_scores_and_know_their_classes(zipped):
    logits = X @ W1[:, :3] + [0.1, 0.2, 0.3]
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    text = ["high", "low", "mid"]
    for labels, names, zipmap in (
        (TensorProto.STRING, {"classlabels_strings": text}, {"classlabels_strings": text}),
        (TensorProto.INT64, {"classlabels_ints": [3, 5, 9]}, {"classlabels_int64s": [3, 5, 9]}),
    ):
        teacher = OnnxTeacher(linear_classifier(labels, zipmap if zipped else None, **names), batch_size=9)
        outputs = teacher.predict(ROWS)
        assert np.allclose(outputs, softmax, atol=1e-5)
        assert list(teacher.classes) == next(iter(names.values()))
        reading = OutputReading.fixed_on(outputs, classes=teacher.classes)
        assert np.array_equal(reading.read(outputs).codes, softmax.argmax(axis=1))


def test_classes_that_a_label_is_picked_from():
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["best"], axis=1, keepdims=0),
        helper.make_node("ArrayFeatureExtractor", ["classes", "best"], ["picked"], domain="ai.onnx.ml"),
        helper.make_node("Reshape", ["picked", "flat"], ["label"]),
    ]
    outputs = [info("label", TensorProto.INT64, None), info("scores", TensorProto.FLOAT, None, 2)]
    constants = {"w": W1[:, :2], "classes": np.array([10, 20]), "flat": np.array([-1])}
    inputs = [info("x", TensorProto.FLOAT, None, 3)]
    teacher = OnnxTeacher(model_of(nodes, inputs, outputs, constants))
    assert teacher.classes == (10, 20)
    assert teacher.predict(ROWS).shape == (23, 2)
    # Fewer scores than classes, as one score of two classes: the labels are the answer.
    nodes[0] = helper.make_node("MatMul", ["x", "w"], ["both"])
    nodes[1] = helper.make_node("ArgMax", ["both"], ["best"], axis=1, keepdims=0)
    nodes.append(helper.make_node("ReduceMax", ["both"], ["scores"], axes=[1]))
    outputs[1] = info("scores", TensorProto.FLOAT, None, 1)
    labels = OnnxTeacher(model_of(nodes, inputs, outputs, constants)).answers(ROWS).labels
    assert np.array_equal(labels, np.array([10, 20])[(X @ W1[:, :2]).argmax(axis=1)])


def by_name(**kinds):
    """A model that adds one number from each of its inputs of width 1."""
    nodes, inputs, terms = [], [], []
    for name, kind in kinds.items():
        inputs.append(info(name, kind, None, 1))
        if kind == TensorProto.STRING:
            nodes.append(
                helper.make_node(
                    "LabelEncoder",
                    [name],
                    [f"{name}_f"],
                    domain="ai.onnx.ml",
                    keys_strings=["u", "v", "7"],
                    values_floats=[1.0, 2.0, 70.0],
                    default_float=-1000.0,
                )
            )
        else:
            nodes.append(helper.make_node("Cast", [name], [f"{name}_f"], to=TensorProto.FLOAT))
        terms.append(f"{name}_f")
    nodes.append(helper.make_node("Sum", terms, ["total"]))
    return model_of(nodes, inputs, [info("total", TensorProto.FLOAT, None, 1)])


def test_inputs_of_width_one_take_the_columns_of_their_names():
    model = by_name(
        kind=TensorProto.STRING,
        age=TensorProto.INT64,
        pay=TensorProto.DOUBLE,
        own=TensorProto.BOOL,
        f=TensorProto.FLOAT,
    )
    frame = pd.DataFrame(
        {
            "f": [0.5, 1.5],
            "unused": ["x", "y"],
            "age": [30, 40],
            "own": [True, False],
            "pay": [100.0, 200.0],
            "kind": ["v", "u"],
        }
    )
    assert OnnxTeacher(model).predict(as_table(frame)).ravel().tolist() == [133.5, 242.5]
    assert OnnxTeacher(model, batch_size=1).predict(as_table(frame)).ravel().tolist() == [133.5, 242.5]
    with pytest.raises(TeacherError, match="no column `pay`"):
        OnnxTeacher(model).predict(as_table(frame.drop(columns="pay")))
    with pytest.raises(TeacherError, match=r"`tensor\(string\)` in the column `kind`.*missing values in 1 of 2"):
        OnnxTeacher(model).predict(as_table(frame.assign(kind=["v", None])))
    with pytest.raises(TeacherError, match=r"`tensor\(int64\)` in the column `age`.*fractions.* in 1 of 2"):
        OnnxTeacher(model).predict(as_table(frame.assign(age=[30, 40.5])))
    with pytest.raises(TeacherError, match="text in 2 of 2 rows"):
        OnnxTeacher(model).predict(as_table(frame.assign(pay=["a", "b"])))
    numbers = OnnxTeacher(by_name(kind=TensorProto.STRING, age=TensorProto.INT64))
    assert numbers.predict(as_table(np.array([[7, 1], [8, 2]]))).ravel().tolist() == [71.0, -998.0]


def test_integer_matrices():
    nodes = [
        helper.make_node("Gather", ["table", "codes"], ["embedded"]),
        helper.make_node("ReduceSum", ["embedded", "axis"], ["total"], keepdims=0),
    ]
    constants = {"table": W1, "axis": np.array([1])}
    model = model_of(
        nodes, [info("codes", TensorProto.INT64, None, 2)], [info("total", TensorProto.FLOAT, None, 5)], constants
    )
    codes = np.array([[0, 1], [2, 2]])
    outputs, found = OnnxTeacher(model).observe(as_table(codes.astype(float)), None)
    assert np.allclose(outputs, W1[codes].sum(axis=1), atol=1e-6)
    assert found["embedded"].shape == (2, 10)
    with pytest.raises(TeacherError, match="missing values in 1 of 2 rows"):
        OnnxTeacher(model).predict(as_table([[0.0, np.nan], [1.0, 1.0]]))


def test_preprocessing():
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "kind": ["u"] * 23})
    make = lambda f: np.column_stack([f["a"], f["b"], f["kind"] == "u"])  # noqa: E731
    expected = np.maximum(make(frame).astype(np.float32) @ W1 + B1, 0) @ W2
    for preprocess in (make, lambda f: {"x": make(f)}):
        assert np.allclose(OnnxTeacher(mlp(), preprocess=preprocess).predict(as_table(frame)), expected, atol=1e-5)
        assert np.allclose(OnnxTeacher(mlp(4), preprocess=preprocess).predict(as_table(frame)), expected, atol=1e-5)
    with pytest.raises(TeacherError, match=r"`x`.*`y` from `preprocess`"):
        OnnxTeacher(mlp(), preprocess=lambda f: {"y": make(f)}).predict(as_table(frame))
    with pytest.raises(TeacherError, match=r"`kind`.*`preprocess="):
        OnnxTeacher(mlp()).predict(as_table(frame))


def test_rows_that_do_not_fit():
    with pytest.raises(TeacherError, match="2 columns"):
        OnnxTeacher(mlp()).predict(as_table(X[:, :2]))
    image = model_of(
        [helper.make_node("Relu", ["x"], ["y"])],
        [info("x", TensorProto.FLOAT, None, 3, 2)],
        [info("y", TensorProto.FLOAT, None, 3, 2)],
    )
    with pytest.raises(TeacherError, match="`preprocess=`"):
        OnnxTeacher(image).predict(ROWS)
    wide = model_of(
        [helper.make_node("Concat", ["x", "y"], ["z"], axis=1)],
        [info("x", TensorProto.FLOAT, None, 2), info("y", TensorProto.FLOAT, None, 1)],
        [info("z", TensorProto.FLOAT, None, 3)],
    )
    with pytest.raises(TeacherError, match="wider than one column"):
        OnnxTeacher(wide).predict(ROWS)
    x = X.copy()
    x[4, 1] = np.nan
    with pytest.raises(TeacherError, match=r"1 of the 23 rows have missing.*`x1`"):
        OnnxTeacher(mlp()).predict(as_table(x))


def test_a_fixed_batch_with_outputs_that_lost_their_rows():
    def squeezed(size):
        return model_of(
            [helper.make_node("Reshape", ["x", "shape"], ["y"])],
            [info("x", TensorProto.FLOAT, size, 3)],
            [info("y", TensorProto.FLOAT, 3 * size)],
            {"shape": np.array([-1])},
        )

    with pytest.raises(TeacherError, match=r"shape \(6,\) for a batch of 2 rows"):
        OnnxTeacher(squeezed(2)).predict(ROWS)
    assert np.array_equal(OnnxTeacher(squeezed(1)).predict(ROWS), X)


def test_redrawn_weights():
    teacher = OnnxTeacher(mlp(), layers=["hidden"])
    fresh = [teacher.redrawn(np.random.default_rng(seed)) for seed in (1, 1, 2)]
    first, again, other = (f.predict(ROWS) for f in fresh)
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert fresh[0].layers == ("hidden",)
    tensors = {t.name: numpy_helper.to_array(t) for t in fresh[0]._model.graph.initializer}
    assert sorted(tensors["b1"].tolist()) == sorted(B1.tolist())
    assert tensors["w1"].shape == W1.shape
    assert not np.allclose(tensors["w1"], W1)
    assert np.allclose(teacher.predict(ROWS), HIDDEN @ W2, atol=1e-5)
    assert OnnxTeacher(by_name(age=TensorProto.INT64)).redrawn(RNG) is None


def test_layers_that_do_not_exist():
    with pytest.raises(InputError, match=r"`nowhere`.*`hidden`"):
        OnnxTeacher(mlp(), layers=["nowhere"])


@pytest.mark.parametrize("data", [b"", b"garbage" * 20, mlp().SerializeToString()[:60]])
def test_models_that_cannot_be_read(data, tmp_path):
    path = tmp_path / "bad.onnx"
    path.write_bytes(data)
    for model in (data, path):
        with pytest.raises(TeacherError, match=r"asked for .* found .* to fix it, "):
            OnnxTeacher(model)
    with pytest.raises(TeacherError, match="FileNotFoundError"):
        OnnxTeacher(tmp_path / "none.onnx")
    assert OnnxTeacher(mlp().SerializeToString()).predict(ROWS).shape == (23, 2)
    onnx.save(mlp(), path)
    assert OnnxTeacher(str(path)).predict(ROWS).shape == (23, 2)


def test_maps_of_scores_are_read_by_their_keys():
    declared, keyed = ["low", "mid", "high"], ["high", "low", "mid"]
    model = linear_classifier(
        TensorProto.STRING, {"classlabels_strings": keyed}, classlabels_strings=declared
    )  # the maps name the columns in another order than the classifier
    teacher = OnnxTeacher(model)
    answers = teacher.answers(ROWS)
    outputs = OutputReading.fixed_on(answers, classes=teacher.classes).read(answers)
    logits = X @ W1[:, :3] + [0.1, 0.2, 0.3]
    best = logits.argmax(axis=1)
    assert answers.labels.tolist() == [declared[i] for i in best]
    by_key = {label: outputs.values[:, i] for i, label in enumerate(teacher.classes)}
    assert all(by_key[keyed[j]][i] == outputs.values[i].max() for i, j in enumerate(best))
    assert outputs.n_overruled == len(X)  # as the maps have it, and the decision stands all the same


@pytest.mark.parametrize("kind", ["INT8", "INT16", "UINT8", "UINT16", "UINT32", "UINT64", "INT32", "INT64"])
def test_inputs_of_whole_numbers_of_any_size(kind):
    nodes = [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)]
    model = model_of(nodes, [info("x", getattr(TensorProto, kind), None, 2)], [info("y", TensorProto.FLOAT, None, 2)])
    whole = np.arange(20.0).reshape(10, 2)
    assert np.array_equal(OnnxTeacher(model).predict(as_table(whole)), whole)
    beyond = whole + (0.5 if kind in ("INT64", "UINT64") else 2.0**40)
    with pytest.raises(TeacherError, match="out of its range"):
        OnnxTeacher(model).predict(as_table(beyond))


def test_inputs_of_rank_one():
    nodes = [helper.make_node("Add", ["a", "b"], ["y"])]
    inputs = [info(name, TensorProto.FLOAT, "n") for name in "ab"]
    teacher = OnnxTeacher(model_of(nodes, inputs, [info("y", TensorProto.FLOAT, "n")]))
    frame = pd.DataFrame({"b": X[:, 1], "a": X[:, 0]})
    assert np.allclose(teacher.predict(as_table(frame)), X[:, 0] + X[:, 1])
    alone = model_of([helper.make_node("Neg", ["a"], ["y"])], inputs[:1], [info("y", TensorProto.FLOAT, "n")])
    assert np.array_equal(OnnxTeacher(alone).predict(as_table(X[:, :1])), -X[:, 0])


def test_a_graph_of_several_outputs_says_which_was_read():
    nodes = [helper.make_node("Neg", ["x"], ["first"]), helper.make_node("Abs", ["x"], ["second"])]
    outputs = [info(name, TensorProto.FLOAT, None, 3) for name in ("first", "second")]
    teacher = OnnxTeacher(model_of(nodes, [info("x", TensorProto.FLOAT, None, 3)], outputs))
    answers = teacher.answers(ROWS)
    assert np.array_equal(answers.scores, -X)
    assert answers.output == "`first`, the first of the outputs `first`, `second`"
    for output in (1, "second"):
        assert np.array_equal(teacher.reading_output(output).predict(ROWS), np.abs(X))
