"""What an ONNX model may take: a run that does not end is stopped, tensors stay in memory, functions stay small."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from limbeck.core import as_table
from limbeck.errors import TeacherError
from limbeck.teachers import open_model
from limbeck.teachers.onnx import OnnxTeacher
from limbeck.teachers.onnx_limits import check_model

ROWS = as_table(np.ones((5, 2), np.float32))
X, Y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in "xy")


def model_of(nodes, *constants, functions=(), domains=()):
    graph = helper.make_graph(nodes, "g", [X], [Y], list(constants))
    imports = [helper.make_opsetid("", 17), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9, functions=list(functions))


def endless():
    """A loop without a bound whose condition stays true."""
    step, go = helper.make_tensor_value_info("i", TensorProto.INT64, []), TensorProto.BOOL
    state = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in ("s", "s2")]
    goes = [helper.make_tensor_value_info(name, go, []) for name in ("c", "c2")]
    nodes = [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Relu", ["s"], ["s2"])]
    body = helper.make_graph(nodes, "body", [step, goes[0], state[0]], [goes[1], state[1]])
    loop = helper.make_node("Loop", ["", "true", "x"], ["y"], body=body)
    return model_of([loop], helper.make_tensor("true", go, [], [True]))


def filled(n):
    """Add the sum of n ones."""
    nodes = [
        helper.make_node(
            "ConstantOfShape", ["n"], ["ones"], value=helper.make_tensor("one", TensorProto.FLOAT, [1], [1])
        ),
        helper.make_node("ReduceSum", ["ones"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    return model_of(nodes, helper.make_tensor("n", TensorProto.INT64, [1], [n]))


def doubling(depth):
    """Functions that each call the one before twice."""
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    functions = [helper.make_function("own", "f0", ["x"], ["y"], [helper.make_node("Relu", ["x"], ["y"])], imports)]
    for level in range(1, depth + 1):
        calls = [helper.make_node(f"f{level - 1}", [a], [b], domain="own") for a, b in (("x", "z"), ("z", "y"))]
        functions.append(helper.make_function("own", f"f{level}", ["x"], ["y"], calls, imports))
    return model_of([helper.make_node(f"f{depth}", ["x"], ["y"], domain="own")], functions=functions, domains=["own"])


def test_a_run_without_an_end_is_stopped():
    teacher = OnnxTeacher(endless())
    teacher.run_seconds = 0.05
    with pytest.raises(TeacherError, match=r"within 0\.05 seconds.*no end of it"):
        teacher.predict(ROWS)


def test_tensors_stay_within_the_memory():
    assert (OnnxTeacher(filled(1000)).predict(ROWS) == 1001).all()
    with pytest.raises(TeacherError, match="and 4 GiB; found tensors that are larger"):
        OnnxTeacher(filled(10**12)).predict(ROWS)


def test_functions_stay_small_when_they_are_written_out():
    assert (OnnxTeacher(doubling(3)).predict(ROWS) == 1).all()
    with pytest.raises(TeacherError, match="with functions written out"):
        OnnxTeacher(doubling(60))
    with pytest.raises(TeacherError, match="calls itself or stands too deep"):
        OnnxTeacher(doubling(200))
    circle = doubling(1)
    circle.functions[0].node[0].CopyFrom(helper.make_node("f1", ["x"], ["y"], domain="own"))
    with pytest.raises(TeacherError, match="`f1`, which calls itself"):
        OnnxTeacher(circle)


@pytest.mark.parametrize("place", ["../secret.bin", "/etc/hostname", "secret.bin"])
def test_tensors_are_in_the_model_or_beside_its_file(place, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "secret.bin").write_bytes(np.ones(2, np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    tensor = numpy_helper.from_array(np.ones(2, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=place)
    model = model_of([helper.make_node("Add", ["x", "w"], ["y"])], tensor)
    (tmp_path / "models" / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(TeacherError):
        open_model(tmp_path / "models" / "m.onnx")
    with pytest.raises(TeacherError, match="the tensor `w` in another file"):
        OnnxTeacher(model.SerializeToString())


def test_tensors_in_the_graphs_of_nodes_are_seen():
    model = endless()
    inner = model.graph.node[0].attribute[0].g
    tensor = inner.initializer.add(name="hidden", data_location=TensorProto.EXTERNAL, data_type=1, dims=[1])
    assert tensor.data_location == TensorProto.EXTERNAL
    with pytest.raises(TeacherError, match="`hidden`"):
        check_model(model, "m")
    assert isinstance(model, onnx.ModelProto)
