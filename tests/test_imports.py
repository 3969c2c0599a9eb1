"""Who may import whom, and what `import limbeck` loads."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import limbeck

SOURCE = Path(limbeck.__file__).parent

# The rooms of the architecture page. The search shares the losses and the clause family with the program: they live
# in `solve`. `observe` may see the protocol of teachers and none of them.
ROOMS = {
    "errors": {"visible"},
    "tables": {"errors", "visible"},
    "streams": {"tables", "progress", "errors"},
    "concepts": {"tables", "errors", "saved"},
    "core": {"tables", "concepts", "threads", "errors", "saved"},
    "teachers": {"tables", "core", "threads", "progress", "errors"},
    "observe": {"tables", "core", "teachers.base", "errors"},
    "probes": {"tables", "core", "threads", "errors"},
    "search": {"core", "probes", "threads", "errors"},
    "theory": {"errors"},
    "causal": {"probes", "theory"},
    "certificates": {"tables", "streams", "core", "teachers", "observe", "theory", "errors"},
    "evidence": {
        "tables", "concepts", "core", "teachers", "observe", "probes", "causal", "search", "distillation", "errors",
    },
    "diagnosis": {"tables", "core", "probes", "theory", "certificates", "errors"},
    "passes": {
        "tables", "concepts", "core", "teachers", "observe", "probes", "search", "theory", "evidence", "diagnosis",
        "settings", "certificates", "deferral", "distillation", "exhibits", "streams", "_version", "errors",
    },
    "exports": {"tables", "core", "report", "errors"},
    "students": {"saved", "tables", "core", "teachers", "search", "theory", "certificates", "_version", "errors"},
    "juntas": {"tables", "core", "teachers", "observe", "theory", "students", "certificates", "errors"},
    "reductions": {
        "tables", "core", "teachers", "observe", "theory", "students", "juntas", "certificates", "distill", "probes",
        "search", "errors",
    },
    "report": {
        "tables", "core", "theory", "probes", "evidence", "diagnosis", "distillation", "exhibits", "certificates",
        "deferral", "saved_distillation", "_version", "visible", "errors",
    },
    "estimators": {
        "tables", "concepts", "core", "teachers", "errors", "distill", "distillation", "settings", "certificates",
    },
    "cli": None,
}  # fmt: skip
# Outside what limbeck exists for, scikit-learn does it: boosted trees, nearest neighbours.
NEEDED = {"observe.questions": {"sklearn"}, "observe.synthetic": {"sklearn"}}
NOT_FOR_THE_LIBRARY = {"cli", "estimators"}
FRAMEWORKS = {"torch", "onnx", "onnxruntime", "xgboost", "lightgbm", "pandas", "polars", "sklearn", "skops"}
SLOW = ["scipy.special", "scipy.optimize", "scipy.sparse", "scipy.stats", "scipy.spatial", "scipy.linalg"]
UNASKED = ["torch", "onnx", "onnxruntime", "xgboost", "lightgbm", "pandas", "polars", "sklearn", "matplotlib", "plotly"]


def module_of(path):
    """Return a file's place below the package: `core.tree`, `settings`, or the empty text for the package itself."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(path):
    """Yield the modules that a file imports, in functions too, but not those for type checking only."""
    pending = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module
            if node.module == "limbeck" or (SOURCE.parent / Path(*node.module.split("."))).is_dir():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            pending += ast.iter_child_nodes(node)


FILES = sorted(SOURCE.rglob("*.py"))
INSIDE = {
    path: sorted(
        {name.removeprefix("limbeck").strip(".") for name in imported(path) if name.split(".")[0] == "limbeck"}
    )
    for path in FILES
}


def is_module(place):
    whole = SOURCE / Path(*place.split("."))
    return whole.is_dir() or whole.with_suffix(".py").exists()


def lies_in(place, allowed):
    return any(place == room or place.startswith(f"{room}.") for room in allowed)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_imports_only_what_its_room_may(path):
    room = module_of(path).split(".")[0]
    targets = [place for place in INSIDE[path] if place and is_module(place)]
    if (SOURCE / room).is_dir() and room:
        assert room in ROOMS, f"the room `{room}` has no line in the table of rooms"
        if ROOMS[room] is not None:
            foreign = [place for place in targets if not lies_in(place, ROOMS[room] | {room})]
            # `from limbeck.teachers.base import ...` also names the folder that `base` lies in.
            assert not foreign, f"{module_of(path)} imports {foreign}"
    elif room in ROOMS:
        assert not [place for place in targets if not lies_in(place, ROOMS[room])]
    elif room == "__main__":
        assert all(lies_in(place, {"cli"}) for place in targets)
    else:
        refused = NOT_FOR_THE_LIBRARY if room else {"cli"}
        assert not [place for place in targets if lies_in(place, refused)]


def test_nothing_but_the_command_imports_the_command_line():
    for path, places in INSIDE.items():
        if module_of(path).split(".")[0] not in ("cli", "__main__"):
            assert not [place for place in places if lies_in(place, {"cli"})], module_of(path)


def test_a_distillation_knows_neither_how_it_is_shown_nor_how_it_is_saved():
    (path,) = [path for path in FILES if module_of(path) == "distillation"]
    assert not [place for place in INSIDE[path] if lies_in(place, {"report", "saved_distillation"})]


def test_the_walk_sees_imports_in_functions_and_skips_those_for_types(tmp_path):
    file = tmp_path / "module.py"
    file.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import torch\nelse:\n    import array\n"
        "def f():\n    from limbeck.core import Tree\n    import onnx.helper as h\n"
    )
    assert set(imported(file)) == {
        "typing", "array", "limbeck.core", "limbeck.core.Tree", "onnx.helper",
    }  # fmt: skip


def test_rooms_below_the_edge_know_no_framework():
    for path in FILES:
        if module_of(path).split(".")[0] in ("core", "observe", "probes", "search", "theory", "errors"):
            known = {name.split(".")[0] for name in imported(path)} & FRAMEWORKS - NEEDED.get(module_of(path), set())
            assert not known, f"{module_of(path)} imports {known}"


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_limbeck_loads_no_framework_and_nothing_that_is_slow():
    loaded = run(f"import sys, limbeck; print([name for name in {UNASKED + SLOW} if name in sys.modules])")
    assert loaded == "[]"


def test_distilling_a_function_of_arrays_loads_no_framework_but_the_one_that_fits_the_baseline():
    code = (
        "import sys, numpy as np, limbeck\n"
        "x = np.random.default_rng(0).integers(2, size=(60, 4))\n"
        "limbeck.distill(lambda r: r[:, 0] ^ r[:, 1], x, max_leaves=4).tree.to_text()\n"
        f"print([name for name in {UNASKED} if name in sys.modules])"
    )
    assert run(code) in ("['sklearn']", "['pandas', 'sklearn']")  # scikit-learn loads pandas where there is one


def test_the_door_is_as_small_as_it_says():
    assert len(limbeck.__all__) <= 13
    assert all(hasattr(limbeck, name) for name in limbeck.__all__)
    assert len((SOURCE / "__init__.py").read_text().splitlines()) <= 50
    with pytest.raises(AttributeError, match="nope"):
        _ = limbeck.nope
