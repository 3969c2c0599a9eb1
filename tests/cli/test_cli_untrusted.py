"""Models from strangers on the command line: no verb runs what stands in the file, or waits for what does not end."""

import json
import pickle
import subprocess
import sys
import zipfile

import pytest
import torch
from onnx import TensorProto, helper, save


class Marking:
    """Opening its pickle makes a file."""

    def __init__(self, marker):
        self.code = f"open({str(marker)!r}, 'w').close()"

    def __reduce__(self):
        return (exec, (self.code,))


def node(loader, module, kind, **rest):
    return {"__class__": kind, "__module__": module, "__loader__": loader} | rest


def skops_file(path, marker):
    """Name a distribution of SciPy, which executes a text of its state."""
    text = {"content": json.dumps(Marking(marker).code), "is_json": True}
    types = node("ListNode", "builtins", "list", content=[node("TypeNode", "builtins", "str")])
    state = {"_parse_arg_template": node("JsonNode", "builtins", "str", **text)}
    attributes = node("DictNode", "builtins", "dict", content=state, key_types=types)
    schema = node("ObjectNode", "scipy.stats._continuous_distns", "norm_gen", content=attributes, protocol=2)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))


def pickle_file(path, marker):
    path.write_bytes(pickle.dumps(Marking(marker)))


def torch_file(path, marker):
    torch.save(Marking(marker), path)


def export_file(path, marker):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/archive_format", "pt2")
        archive.writestr("m/data/sample_inputs/model.pt", pickle.dumps(Marking(marker)))


def endless_file(path):
    """A loop without a bound whose condition stays true."""
    step, go = helper.make_tensor_value_info("i", TensorProto.INT64, []), TensorProto.BOOL
    rows = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in ("s", "s2", "x", "y")]
    goes = [helper.make_tensor_value_info(name, go, []) for name in ("c", "c2")]
    nodes = [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Relu", ["s"], ["s2"])]
    body = helper.make_graph(nodes, "body", [step, goes[0], rows[0]], [goes[1], rows[1]])
    loop = helper.make_node("Loop", ["", "true", "x"], ["y"], body=body)
    graph = helper.make_graph([loop], "g", [rows[2]], [rows[3]], [helper.make_tensor("true", go, [], [True])])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


MODELS = {
    "evil.skops": skops_file, "evil.pkl": pickle_file, "evil.joblib": pickle_file, "evil.pt": torch_file,
    "evil.pt2": export_file, "pickle.onnx": pickle_file, "pickle.skops": torch_file,
}  # fmt: skip
VERBS = {
    "distill": ["distill", "MODEL", "TABLE"],
    "certify": ["certify", "student", "MODEL", "TABLE"],
    "probe": ["probe", "MODEL", "TABLE", "--student", "student"],
    "junta": ["junta", "MODEL", "TABLE", "--k", "1"],
}


def words(verb, model, table):
    return [{"MODEL": str(model), "TABLE": table}.get(word, word) for word in VERBS[verb]]


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_runs_what_a_file_names(verb, run, here, student):
    for name, write in MODELS.items():
        write(here / name, here / "marker")
        done = run(*words(verb, here / name, "numbers.csv"))
        assert done.exit_code == 4, (name, done.exit_code, done.stderr)
        assert "limbeck: error" in done.stderr
        assert not (here / "marker").exists(), name


def test_the_files_do_run_it_when_they_are_trusted(run, here):
    for name in ("evil.skops", "evil.pkl", "evil.pt"):
        MODELS[name](here / name, here / "marker")
        run("distill", here / name, "numbers.csv", "--trust-pickle")
        (here / "marker").unlink()


def test_nothing_runs_in_a_process_of_its_own(here, shelf):
    skops_file(here / "evil.skops", here / "marker")
    command = [sys.executable, "-m", "limbeck", "distill", "evil.skops", str(shelf / "numbers.csv")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=here)
    assert done.returncode == 4, done.stderr
    assert "norm_gen" in done.stderr
    assert not (here / "marker").exists()


def test_a_model_that_does_not_end_is_stopped_by_the_time_limit(run, here):
    endless_file(here / "endless.onnx")
    done = run("distill", here / "endless.onnx", "numbers.csv", "--time-limit", "0.2")
    assert done.exit_code == 4
    assert "within 0.2 seconds" in " ".join(done.stderr.split())
