"""Torch modules as teachers: hooks against plain arrays, gradients against finite differences."""

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from limbeck.core import as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers.torch import TorchTeacher

RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 3))
ROWS = as_table(X)


def mlp(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(inplace=True), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))


class Reused(nn.Module):
    """One module called twice, a block, a layer that never runs, and one whose output has no rows."""

    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
        self.act = nn.ReLU()
        self.head = nn.Linear(3, 1)
        self.idle = nn.Linear(3, 3)
        self.constant = nn.Linear(1, 3)

    def forward(self, x):
        h = self.act(self.block(x))
        return {"logits": self.act(self.head(h + self.constant(torch.ones(7, 1)).sum(0))), "loss": None}


class Failing(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.other = nn.Linear(3, 3), nn.Dropout()

    def forward(self, x):
        self.inner(x)
        raise ValueError("no such luck")


def plain_forward(module, x):
    """Every layer of `mlp` by matrix products in float64."""
    weights = [(m.weight.detach().double().numpy(), m.bias.detach().double().numpy()) for m in module[::2]]
    layers, h = {}, x
    for i, (w, b) in enumerate(weights):
        h = layers[str(2 * i)] = h @ w.T + b
        if i < 2:
            h = layers[str(2 * i + 1)] = np.maximum(h, 0) if i == 0 else np.tanh(h)
    return layers


@pytest.mark.parametrize("batch_size", [1, 5, 22, 100])
def test_every_layer_equals_a_plain_forward_pass(batch_size):
    module = mlp()
    outputs, found = TorchTeacher(module, batch_size=batch_size).observe(ROWS, None)
    expected = plain_forward(module, X)
    assert list(found) == ["0", "1", "2", "3", "4"]
    for name, values in expected.items():
        assert np.allclose(found[name], values, atol=1e-5), name
    assert np.allclose(outputs, expected["4"], atol=1e-5)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_function_of_parameters_alone_is_no_layer_whatever_its_length(length):
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleList([nn.Linear(X.shape[1], 2) for _ in range(length)])
            self.score = nn.Parameter(torch.zeros(length))

        def forward(self, x):
            both = torch.stack([part(x) for part in self.parts], dim=1)
            return (both * self.score.softmax(0)[None, :, None]).sum(1)

    teacher = TorchTeacher(Mixed())
    assert "softmax()" not in teacher.layers_on(ROWS)
    assert {f"parts.{n}" for n in range(length)} < set(teacher.activations(ROWS))


def test_float64_modules_keep_their_precision():
    module = mlp().double()
    outputs = TorchTeacher(module).predict(ROWS)
    assert outputs.dtype == np.float64
    assert np.allclose(outputs, plain_forward(module, X)["4"], atol=1e-13)


def test_a_module_that_runs_twice_and_layers_that_cannot_be_read():
    teacher = TorchTeacher(Reused())
    assert set(teacher.layers) == {"block.0", "block.1", "act", "head", "idle", "constant"}
    assert teacher.layers_on(ROWS) == ("block.0", "block.1", "act", "add()", "head", "act#2")
    assert teacher.notes == ("no layers, as they do not give one row of numbers for each row: `constant`",)
    found = teacher.activations(ROWS)
    assert found["act"].shape == (23, 3)
    assert np.array_equal(found["act#2"], np.maximum(found["head"], 0))
    assert np.array_equal(teacher.predict(ROWS), found["act#2"])
    with pytest.raises(TeacherError, match=r"`idle`.*no numbers"):
        teacher.activations(ROWS, ["idle"])
    with pytest.raises(TeacherError, match=r"`constant`.*\(7, 3\) for 23 rows"):
        teacher.activations(ROWS, ["constant"])


def test_layers_by_name_blocks_included():
    teacher = TorchTeacher(Reused(), layers=["block", "act#2"])
    assert teacher.layers_on(ROWS) == teacher.layers == ("block", "act#2")
    assert {name: part.shape for name, part in teacher.activations(ROWS).items()} == {
        "block": (23, 3),
        "act#2": (23, 1),
    }
    with pytest.raises(InputError, match=r"`nowhere`.*`block"):
        TorchTeacher(Reused(), layers=["nowhere"])
    with pytest.raises(InputError, match="`nowhere`"):
        teacher.activations(ROWS, ["nowhere"])


def hooks(module):
    return sum(len(part._forward_hooks) for part in module.modules())


@pytest.mark.parametrize("asked", ["observe", "gradient"])
@pytest.mark.parametrize("module", [mlp(), Failing()], ids=["works", "raises"])
def test_hooks_and_modes_are_put_back(module, asked):
    module.train()
    next(iter(module.children())).eval()
    before = [part.training for part in module.modules()]
    assert len(set(before)) == 2
    teacher = TorchTeacher(module)
    refused = isinstance(module, Failing)
    with pytest.raises(TeacherError, match="no such luck") if refused else nullcontext():
        teacher.observe(ROWS, None) if asked == "observe" else teacher.gradient(ROWS)
    assert [part.training for part in module.modules()] == before
    assert hooks(module) == 0


def test_a_module_in_training_mode_answers_in_eval_mode():
    module = nn.Sequential(nn.Dropout(0.9), nn.BatchNorm1d(3), nn.Linear(3, 1)).train()
    teacher = TorchTeacher(module)
    assert np.array_equal(teacher.predict(ROWS), teacher.predict(ROWS))
    assert module[1].num_batches_tracked == 0
    assert all(parameter.grad is None for parameter in module.parameters())


@pytest.mark.parametrize("width", [1, 2])
def test_gradient_equals_finite_differences(width):
    torch.manual_seed(3)
    module = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, width)).double()
    teacher = TorchTeacher(module, batch_size=10)
    step = 1e-6
    moved = [(teacher.predict(as_table(X + step * e)) - teacher.predict(as_table(X - step * e))) for e in np.eye(3)]
    expected = np.stack([np.abs(change / (2 * step)).sum(axis=1) for change in moved], axis=1)
    gradient = teacher.gradient(ROWS)
    assert gradient.dtype == np.float32
    assert np.allclose(gradient, expected, atol=1e-5)
    assert all(parameter.grad is None for parameter in module.parameters())


def test_the_gradient_of_a_step_is_zero():
    class Step(nn.Module):
        def forward(self, x):
            return (x[:, 0] > 0).long()

    teacher = TorchTeacher(Step())
    assert teacher.predict(ROWS).dtype == np.int64
    assert teacher.layers == ()
    assert not teacher.gradient(ROWS).any()


def test_a_preprocessing_function_may_return_anything():
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": ["u", "v"] * 11 + ["u"]})
    rows = as_table(frame)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.linear = nn.Embedding(2, 1), nn.Linear(2, 1)

        def forward(self, numbers, code):
            return self.linear(numbers) + self.embed(code)

    module = Two()
    numbers, codes = X[:, :2], np.array([0, 1] * 11 + [0])
    expected = module(torch.tensor(numbers, dtype=torch.float32), torch.tensor(codes)).detach().numpy()
    pair = lambda f: (f[["a", "b"]].to_numpy(), (f["c"] == "v").to_numpy().astype(int))  # noqa: E731
    for ready in (pair, lambda f: dict(zip(("numbers", "code"), pair(f), strict=True))):
        teacher = TorchTeacher(module, preprocess=ready, batch_size=7)
        assert np.allclose(teacher.predict(rows), expected, atol=1e-6)
        assert not teacher.can_differentiate
    sparse = pytest.importorskip("scipy.sparse").csr_matrix
    one = TorchTeacher(nn.Linear(2, 1), preprocess=lambda f: sparse(f[["a", "b"]].to_numpy()))
    assert one.predict(rows).shape == (23, 1)


def test_text_columns_need_a_preprocessing_function():
    rows = as_table(pd.DataFrame({"a": [1.0, 2.0], "kind": ["u", "v"]}))
    with pytest.raises(TeacherError, match=r"`kind`.*`preprocess="):
        TorchTeacher(mlp()).predict(rows)


def test_missing_values_in_the_rows_are_named():
    x = X.copy()
    x[[2, 5, 5], [0, 0, 2]] = np.nan
    with pytest.raises(TeacherError, match=r"NaN or infinity for 2 of 23 rows.*2 of the 23 rows.*`x0`, `x2`"):
        TorchTeacher(mlp()).predict(as_table(x))


def test_embeddings_take_whole_numbers():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Embedding(4, 3), nn.Flatten(), nn.Linear(6, 2))
    codes = RNG.integers(0, 4, size=(9, 2))
    teacher = TorchTeacher(module)
    expected = module(torch.tensor(codes)).detach().numpy()
    for rows in (codes, codes.astype(float), pd.DataFrame(codes, columns=["a", "b"])):
        assert np.allclose(teacher.predict(as_table(rows)), expected, atol=1e-6)
    assert not teacher.can_differentiate
    assert teacher.activations(as_table(codes))["0"].shape == (9, 6)
    with pytest.raises(TeacherError, match=r"1 of 2 rows hold missing.*in the columns `x1`"):
        teacher.predict(as_table([[0.0, np.nan], [1.0, 2.0]]))
    with pytest.raises(TeacherError, match="fractions"):
        teacher.predict(as_table([[0.5, 1.0]]))
    with pytest.raises(TeacherError, match="index out of range"):
        teacher.predict(as_table([[9, 1]]))


def test_half_precision_becomes_float32():
    outputs, found = TorchTeacher(mlp().bfloat16()).observe(ROWS, None)
    assert outputs.dtype == np.float32
    assert found["1"].shape == (23, 5)


def test_recurrent_layers_show_their_first_output():
    class Sequence(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.head = nn.GRU(1, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x):
            states, _ = self.gru(x[:, :, None])
            return (self.head(states[:, -1]), states)

    found = TorchTeacher(Sequence()).activations(ROWS)
    assert {name: part.shape for name, part in found.items()} == {"gru": (23, 12), "head": (23, 2)}


def test_redrawn_weights_are_others_and_reproducible():
    module = mlp()
    teacher = TorchTeacher(module, layers=["1"])
    before, state = [p.clone() for p in module.parameters()], torch.random.get_rng_state()
    fresh = [teacher.redrawn(np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(p, q) for p, q in zip(module.parameters(), before, strict=True))
    first, again, other = (f.predict(ROWS) for f in fresh)
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert not np.allclose(first, teacher.predict(ROWS))
    assert fresh[0].layers == ("1",)


def test_parameters_without_a_reset_keep_mean_and_deviation():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(5 + 2 * torch.randn(300, 40))
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, x):
            return x @ self.weight[:3] * self.scale

    module = Own()
    fresh = TorchTeacher(module).redrawn(np.random.default_rng(0))._module
    assert fresh.scale.item() == 1.0
    assert not torch.equal(fresh.weight, module.weight)
    assert abs(fresh.weight.mean().item() - 5) < 0.1
    assert abs(fresh.weight.std().item() - 2) < 0.1


def test_modules_that_cannot_be_redrawn():
    class Stubborn(nn.Linear):
        def reset_parameters(self):
            if hasattr(self, "fitted"):
                raise RuntimeError("not again")
            super().reset_parameters()

    module = Stubborn(3, 1)
    module.fitted = True
    with pytest.raises(TeacherError, match="not again"):
        TorchTeacher(module).redrawn(np.random.default_rng(0))


def test_outputs_that_are_no_tensor():
    class Text(nn.Module):
        def forward(self, x):
            return "yes"

    with pytest.raises(TeacherError, match="a tensor"):
        TorchTeacher(Text()).predict(ROWS)


def test_one_row():
    assert TorchTeacher(mlp()).activations(as_table(X[:1]))["3"].shape == (1, 4)


class Masked(nn.Linear):
    """A linear map of somebody's own, that calls functions."""

    def forward(self, x):
        return torch.relu(nn.functional.linear(x, self.weight * 2, self.bias)).view(-1, self.out_features)


def test_a_function_that_gives_its_module_s_output_is_listed_once():
    teacher = TorchTeacher(nn.Sequential(Masked(3, 4), nn.ReLU(), nn.Linear(4, 2)))
    assert teacher.layers_on(ROWS) == ("0.linear()", "0", "1", "2")
    held = teacher.activations(ROWS)
    for layer in held:
        same = teacher.interrupted(ROWS, layer, held[layer]).raw
        np.testing.assert_allclose(same, teacher.predict(ROWS), rtol=1e-5)
        assert not np.allclose(teacher.interrupted(ROWS, layer, 0 * held[layer]).raw, same)
