"""One random command line from its seed: it ends with a documented exit code, and without a trace of Python."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from click.testing import CliRunner
from tests.fuzz.inputs import column

from limbeck.cli.main import commands

__all__ = ["check_command", "prepare"]

MODELS = """
import numpy as np

def above(rows):
    return (np.nan_to_num(np.asarray(rows)[:, 0].astype(float)) > 0).astype(int)

def number(rows):
    return np.nan_to_num(np.asarray(rows)[:, 0].astype(float))

def make_above():
    return above

def make_number():
    return number

def make_any():
    from tests.fuzz.inputs import numbers_of
    return lambda rows: numbers_of(rows) > 0.5

def make_network():
    from sklearn.neural_network import MLPClassifier
    x = np.random.default_rng(0).normal(size=(200, 3))
    return MLPClassifier((4,), max_iter=50, random_state=0).fit(x, x[:, 0] > 0)

def make_nothing():
    return None

def make_raising():
    def model(rows):
        print("the model prints")
        raise RuntimeError("on \\x1b[31mfire")
    return model
"""

# Exit codes that the command documents, but 1 (a fault in limbeck) and 130 (interrupted).
EXPECTED = {0, 2, 3, 4, 5}


def prepare(folder: Path) -> None:
    """Write models, tables and a result for the commands to work on."""
    (folder / "fuzzed_models.py").write_text(MODELS)
    rng = np.random.default_rng(0)
    plain = pd.DataFrame({"a": rng.normal(size=150), "b": rng.integers(0, 3, 150), "g": np.arange(150) // 5})
    plain.to_csv(folder / "plain.csv", index=False)
    plain.to_parquet(folder / "plain.parquet")
    (folder / "empty.csv").write_text("")
    (folder / "header.csv").write_text("a,b\n")
    (folder / "ragged.csv").write_text("a,b\n1,2\n3\n4,5,6\n")
    (folder / "broken.parquet").write_bytes(b"PAR1 no such thing PAR1")
    (folder / "binary.csv").write_bytes(bytes(range(256)) * 4)
    (folder / "broken.json").write_text('{"tree": 1}')
    (folder / "broken.onnx").write_bytes(b"\x08\x07 nothing")
    for i in range(12):
        frame = pd.DataFrame({name: column(rng, 60) for name in ("a", "b", "c")})
        frame.to_csv(folder / f"random{i}.csv", index=False)
    found = _run(["distill", "fuzzed_models:make_above", "plain.csv", "--out", "result", "--effort", "fast"])
    assert found.exit_code == 0, found.output


def check_command(seed: int, folder: Path) -> str:
    """Run one command in a folder that `prepare` has filled; return its exit code.

    Raises
    ------
    AssertionError
        An exit code that tells of a fault, a bare trace, or JSON that is none.
    """
    arguments = _arguments(np.random.default_rng([seed, 2]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a process prints warnings of other packages, and goes on
        found = _run(arguments)
    shown = f"{arguments}\n{found.output}"
    assert found.exit_code in EXPECTED, shown
    assert "Traceback" not in found.output, shown
    assert "\x1b[31m" not in found.output, shown
    if found.exit_code == 0 and "--json" in arguments and "--help" not in arguments:
        json.loads(found.stdout)
    return str(found.exit_code)


def _run(arguments: list[str]) -> object:
    return CliRunner().invoke(commands, arguments, prog_name="limbeck")


def _arguments(rng: np.random.Generator) -> list[str]:
    """Return the arguments of a command: mostly sensible ones, among some that are not."""

    def pick(*words: str) -> str:
        return str(rng.choice(words))

    def table() -> str:
        return pick(
            *(["plain.csv", "plain.parquet"] * 15), *(f"random{i}.csv" for i in range(12)), "empty.csv", "header.csv",
            "ragged.csv", "broken.parquet", "binary.csv", "none.csv", ".", "broken.json",
        )  # fmt: skip

    def model() -> str:
        return pick(
            *(["fuzzed_models:make_any"] * 12), *(["fuzzed_models:make_network"] * 4),
            "fuzzed_models:make_above", "fuzzed_models:make_number", "fuzzed_models:make_nothing",
            "fuzzed_models:make_raising", "fuzzed_models:none", "none:none", "broken.onnx", "none.onnx", "plain.csv",
        )  # fmt: skip

    def student() -> str:
        return pick(
            *(["result"] * 16), "result/distillation.json", "result/tree.json", "broken.json", "none", "plain.csv"
        )

    fast = ["--effort", "fast", "--max-leaves", pick("1", "2", "5", "9")]
    verb = pick("distill", "distill", "predict", "certify", "show", "export", "report", "probe", "plan", "junta", "web")
    words = {
        "distill": lambda: [model(), table(), *fast],
        "predict": lambda: [student(), table()],
        "certify": lambda: [student(), model(), table()],
        "show": lambda: [student()],
        "export": lambda: [student(), "--to", pick(*_FORMATS)],
        "report": lambda: [student(), "--out", pick("page.html", "page.html", "none/page.html")],
        "probe": lambda: [model(), table(), "--clause", pick("a <= 0", "b = 1", "b = 1", "zz = 1", "a <=", "")],
        "plan": lambda: ["--leaves", pick("4", "0", "-1", "x"), "--literals", pick("10", "0")],
        "junta": lambda: [model(), table(), "--k", pick("1", "2", "2", "99"), "--max-queries", "500"],
        "web": lambda: [pick("trees", "juntas", "nothing"), pick("trees", "networks", "")],
    }[verb]()
    extras = (
        ["--json"], ["--quiet"], ["--drop", pick("b", "b", "zz")], ["--no-rows"],
        ["--delta", pick("0.1", "0.2", "0", "nan", "1e-300")],
        ["--seed", pick("1", "-1")], ["--leaves", pick("2", "0", "99")], ["--force"], ["--group", pick("g", "g", "zz")],
        ["--out", pick("fresh", "result", "plain.csv")], ["--weight", pick("b", "g", "zz")],
        ["--time-limit", pick("0.1", "-1")], ["--epsilon", pick(".1", ".2", "7")],
        ["--task", pick("auto", "binary", "regression", "none")], ["--text", pick("a", "zz")], ["--no-such-option"],
        ["--monotone", pick("a=+1", "a", "zz=-1")], ["--balanced"], ["--proba"], ["--rules"], ["--help"],
        ["--batch-size", pick("1", "0", "7")], ["--concept", pick("b", "zz")], ["--report"],
    )  # fmt: skip
    # Mostly options that the verb has: others are refused before anything else happens.
    known = {name for parameter in commands.commands[verb].params for name in parameter.opts}
    fitting = [extra for extra in extras if extra[0] in known or rng.random() < 0.02]
    chosen = rng.permutation(len(fitting))[: rng.integers(0, 4)]
    return [verb, *words, *(word for i in chosen.tolist() for word in fitting[i])]


_FORMATS = (
    "c", "dot", "excel", "javascript", "json", "latex", "markdown", "onnx", "pmml", "python", "sql", "svg", "treelite",
    "none",
)  # fmt: skip
