"""Teachers that are interrupted: with a layer's own values nothing changes, with another row's that row answers."""

import copy
import io
import random
import warnings

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

from limbeck.core import as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers import as_teacher
from limbeck.teachers.onnx import OnnxTeacher
from limbeck.teachers.torch import TorchTeacher

X = np.random.default_rng(0).normal(size=(40, 5))
ROWS = as_table(X)
SWAPPED = np.random.default_rng(1).permutation(len(X))


class Functions(nn.Module):
    """Weights of its own, and functions: no module inside has anything to show."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.w1, self.w2 = nn.Parameter(torch.randn(6, 5)), nn.Parameter(torch.randn(4, 6))
        self.w3 = nn.Parameter(torch.randn(2, 4))

    def forward(self, x):
        h = F.relu(F.linear(x, self.w1))
        h = torch.tanh(h @ self.w2.T).reshape(-1, 4)
        return F.linear(2.0 * h, self.w3)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(5, 5)

    def forward(self, x):
        return x + torch.relu(self.linear(x))


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 6), nn.Linear(6, 2)

    def forward(self, x):
        h = self.first(x)
        h.relu_()
        return {"logits": self.last(h), "hidden": h}


class Attention(nn.Module):
    """A transformer's layer over five positions."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(1, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.layer(self.embed(x[:, :, None])).mean(dim=1))


def mlp():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(5, 6), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2)
    )


def convolutions():
    torch.manual_seed(0)
    return nn.Sequential(nn.Unflatten(1, (1, 5)), nn.Conv1d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(9, 2))


def exported(module):
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (torch.randn(2, 5),), file, dynamo=False, input_names=["x"],
                          dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, output_names=["y"])  # fmt: skip
    return file.getvalue()


def labels(x):
    return (x[:, 0] * x[:, 1] > 0).astype(int) + (x[:, 2] > 1)


def perceptron(kind, y, **settings):
    return kind(hidden_layer_sizes=(6, 4), max_iter=5, random_state=0, tol=10.0, **settings).fit(X, y)


TEACHERS = {
    "modules": lambda: TorchTeacher(mlp()),
    "functions": lambda: TorchTeacher(Functions()),
    "blocks": lambda: TorchTeacher(nn.Sequential(Block(), Block(), nn.Linear(5, 2))),
    "in place": lambda: TorchTeacher(InPlace()),
    "attention": lambda: TorchTeacher(Attention()),
    "convolutions": lambda: TorchTeacher(convolutions()),
    "onnx": lambda: OnnxTeacher(exported(mlp())),
    "onnx convolutions": lambda: OnnxTeacher(exported(convolutions())),
    "perceptron": lambda: as_teacher(make_pipeline(StandardScaler().fit(X), perceptron(MLPClassifier, labels(X)))),
    "binary": lambda: as_teacher(perceptron(MLPClassifier, X[:, 0] > 0, activation="tanh")),
    "regressor": lambda: as_teacher(perceptron(MLPRegressor, X[:, 0], activation="logistic")),
    "two numbers": lambda: as_teacher(perceptron(MLPRegressor, X[:, :2]), output=1),
}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", TEACHERS)
def test_own_values_change_nothing_and_those_of_other_rows_give_their_answers(name):
    teacher = TEACHERS[name]()
    own = teacher.answers(ROWS)
    assert teacher.can_interrupt
    layers = teacher.layers_on(ROWS)
    assert layers
    through = 0
    for layer in layers:
        held = teacher.activations(ROWS, [layer])[layer]
        again = teacher.interrupted(ROWS, layer, held)
        np.testing.assert_allclose(again.raw, own.raw, atol=1e-5)
        np.testing.assert_array_equal(again.raw.shape, own.raw.shape)
        moved = teacher.interrupted(ROWS, layer, held[SWAPPED])
        through += np.allclose(moved.raw, own.raw[SWAPPED], atol=1e-5)
    assert through >= len(layers) // 2  # the parts of a block or of attention have a way around them


def test_functions_are_layers_in_the_order_in_which_they_run():
    teacher = TorchTeacher(Functions())
    assert teacher.layers_on(ROWS) == ("linear()", "relu()", "matmul()", "tanh()", "linear()#2")
    held = teacher.activations(ROWS, ["relu()"])["relu()"]
    np.testing.assert_allclose(held, np.maximum(X @ teacher._module.w1.detach().numpy().T, 0), atol=1e-5)


def test_functions_of_blocks_have_their_names_and_those_inside_of_modules_none():
    teacher = TorchTeacher(nn.Sequential(Block(), Block()))
    one = ("linear", "relu()", "add()")
    assert set(teacher.layers_on(ROWS)) == {f"{i}.{part}" for i in range(2) for part in one}


def test_quantised_parts_show_their_outputs():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = torch.ao.quantization.quantize_dynamic(mlp().eval(), {nn.Linear}, dtype=torch.qint8)
    teacher = TorchTeacher(small)
    assert teacher.layers_on(ROWS) == ("0", "1", "2", "3", "4", "5")
    held = teacher.activations(ROWS, ["3"])["3"]
    np.testing.assert_allclose(teacher.interrupted(ROWS, "3", held).raw, teacher.predict(ROWS), atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torchscript_says_that_its_layers_cannot_be_read():
    teacher = TorchTeacher(torch.jit.trace(mlp().eval(), torch.zeros(2, 5)))
    assert teacher.layers_on(ROWS) == ()
    assert "TorchScript" in teacher.notes[0]


def everything_about(module):
    """What a model holds, part by part."""
    return {
        name: (sorted(vars(part)), part.training, len(part._forward_hooks), len(part._forward_pre_hooks))
        for name, part in module.named_modules()
    }, [(p.grad, p.requires_grad, p.detach().clone()) for p in module.parameters()]


@pytest.mark.parametrize("make", [mlp, Functions, InPlace, Attention])
def test_nothing_is_left_behind(make):
    module = make().train()
    module.extra = None
    next(iter(module.children()), module).eval()
    before, state = everything_about(module), copy.deepcopy(module.state_dict())
    torch.manual_seed(7), random.seed(7)
    stream = torch.get_rng_state()
    teacher = TorchTeacher(module)
    for layer in teacher.layers_on(ROWS):
        held = teacher.activations(ROWS, [layer])[layer]
        teacher.interrupted(ROWS, layer, held[SWAPPED])
    with pytest.raises(TeacherError, match="other values"):
        teacher.interrupted(ROWS, "nowhere()", X)
    after = everything_about(module)
    assert after[0] == before[0]
    for (g0, r0, p0), (g1, r1, p1) in zip(before[1], after[1], strict=True):
        assert g0 is g1 is None
        assert r0 == r1
        assert torch.equal(p0, p1)
    assert all(torch.equal(v, module.state_dict()[k]) for k, v in state.items())
    assert torch.equal(stream, torch.get_rng_state())


def test_nothing_is_left_behind_when_the_model_raises():
    module = mlp()
    teacher = TorchTeacher(module)
    with pytest.raises(TeacherError):
        teacher.interrupted(ROWS, "1", np.zeros((40, 3)))
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


def test_wide_layers_are_replaced_in_the_units_that_are_read():
    torch.manual_seed(0)
    teacher = TorchTeacher(nn.Sequential(nn.Linear(5, 5000), nn.Linear(5000, 1)))
    held = teacher.activations(ROWS, ["0"])["0"]
    assert held.shape == (40, 4096)
    np.testing.assert_allclose(teacher.interrupted(ROWS, "0", held).raw, teacher.predict(ROWS), atol=1e-4)
    assert not np.allclose(teacher.interrupted(ROWS, "0", held[SWAPPED]).raw, teacher.predict(ROWS), atol=1e-2)


def test_models_without_layers_cannot_be_interrupted():
    forest = as_teacher(RandomForestClassifier(3, random_state=0).fit(X, labels(X)))
    assert not forest.can_interrupt
    assert not as_teacher(lambda x: x[:, 0]).can_interrupt


def test_layers_and_shapes_are_checked():
    teacher = TorchTeacher(mlp())
    with pytest.raises(InputError, match="activations of `9`"):
        teacher.interrupted(ROWS, "9", X)
    with pytest.raises(InputError, match="40 rows"):
        teacher.interrupted(ROWS, "1", X[:3])


def embedding():
    """Return a graph that looks rows up in a table of three, and multiplies them: a place beyond it fails."""
    weights = [
        numpy_helper.from_array(np.random.default_rng(i).normal(size=(3, 3)).astype(np.float32), "tw"[i])
        for i in (0, 1)
    ]
    nodes = [helper.make_node("Gather", ["t", "x"], ["found"]), helper.make_node("MatMul", ["found", "w"], ["y"])]
    x = helper.make_tensor_value_info("x", TensorProto.INT64, ["n"])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
    graph = helper.make_graph(nodes, "embedding", [x], [y], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_an_onnx_model_does_not_run_what_an_interrupted_layer_replaces():
    teacher = OnnxTeacher(embedding(), preprocess=lambda rows: {"x": np.asarray(rows)[:, 0].astype(np.int64)})
    there, nowhere = as_table(np.arange(3.0)[:, None]), as_table(np.full((3, 1), 99.0))
    held = teacher.activations(there)["found"]
    np.testing.assert_array_equal(teacher.interrupted(nowhere, "found", held).raw, teacher.predict(there))
    with pytest.raises(TeacherError):
        teacher.predict(nowhere)
    again = teacher.reading_positions(None)  # which knows of no width yet
    np.testing.assert_array_equal(again.interrupted(there, "found", held).raw, teacher.predict(there))


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["modules", "onnx", "perceptron"])
def test_layers_behind_an_interrupted_one_are_read_as_they_are_then(name):
    teacher = TEACHERS[name]()
    first, *rest = teacher.layers_on(ROWS)
    own = teacher.activations(ROWS)
    answers, held = teacher.observe_interrupted(ROWS, first, own[first][SWAPPED], rest)
    np.testing.assert_allclose(answers.raw, teacher.predict(ROWS)[SWAPPED], atol=1e-5)
    for layer in rest:
        np.testing.assert_allclose(held[layer], own[layer][SWAPPED], atol=1e-5)
