"""The JavaScript source of a tree answers in Node as the tree does."""

import json
import math
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.exported import ASKING, HOSTILE, TREES, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.javascript import javascript_text
from limbeck.exports.walk import asked

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no `node`: install Node.js (Debian: apt install nodejs)")

# JSON has no infinities and no NaN, and turns a column `__proto__` of an object literal into its prototype.
RUN = """
import { readFileSync, writeFileSync } from "node:fs";
const special = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const read = (value) => (value !== null && typeof value === "object" ? special[value.special] : value);
const jobs = JSON.parse(readFileSync("jobs.json", "utf8"));
const results = [];
for (const [i, job] of jobs.entries()) {
  const { predict } = await import(`./tree${i}.mjs`);
  results.push(job.rows.map((cells) => {
    const row = Object.create(null);
    cells.forEach((cell, j) => { row[job.names[j]] = read(cell); });
    return predict(row);
  }));
}
writeFileSync("answers.json", JSON.stringify(results));
"""


def cell(value):
    if isinstance(value, float) and not math.isfinite(value):
        return {"special": str(value)}
    return value


def answers(place, jobs):
    """Run every tree on its rows in one process of Node."""
    plain = []
    for i, (tree, rows) in enumerate(jobs):
        (place / f"tree{i}.mjs").write_text(tree.to_javascript(), encoding="utf-8")
        columns = [[cell(value) for value in rows[name].tolist()] for name in asked(tree)]
        plain.append({"names": list(asked(tree)), "rows": list(zip(*columns, strict=True)) or [[]] * len(rows)})
    (place / "jobs.json").write_text(json.dumps(plain), encoding="utf-8")
    (place / "run.mjs").write_text(RUN, encoding="utf-8")
    done = subprocess.run([NODE, "run.mjs"], cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((place / "answers.json").read_text(encoding="utf-8"))


@needs_node
def test_every_row_is_answered_as_by_the_tree(tmp_path):
    jobs = [(tree, rows_for(tree)) for tree in TREES.values()]
    for name, (tree, rows), found in zip(TREES, jobs, answers(tmp_path, jobs), strict=True):
        assert found == tree.predict(rows).tolist(), name


@needs_node
@settings(max_examples=3, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(trees(), min_size=30, max_size=40))
def test_no_name_and_no_value_changes_the_program(drawn, tmp_path_factory):
    jobs = [(tree, rows_for(tree, 30)) for tree in drawn]
    for (tree, rows), found in zip(jobs, answers(tmp_path_factory.mktemp("node"), jobs), strict=True):
        assert found == tree.predict(rows).tolist()


@needs_node
def test_rows_that_are_no_rows_of_the_tree_are_refused(tmp_path):
    (tmp_path / "tree.mjs").write_text(TREES["thresholds"].to_javascript())
    run = (
        'import { predict } from "./tree.mjs";\n'
        'for (const row of [{}, {x0: "5"}, {x0: [1]}])\n'
        "  try { predict(row); } catch (error) { console.log(error.message); }\n"
    )
    (tmp_path / "run.mjs").write_text(run)
    done = subprocess.run([NODE, "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["no column x0", "no number in column x0", "no number in column x0"]


@needs_node
def test_a_boolean_or_number_in_a_column_of_categories_is_its_category(tmp_path):
    root = Split(Literal.missing("flag"), Leaf((0.0, 1.0), 1.0), Leaf((1.0, 0.0), 1.0))
    root = Split(Literal.one_of("flag", ["True", "2.5", "0"]), Leaf((0.0, 1.0), 1.0), root)
    tree = Tree.from_node(root, classes=("no", "yes"), columns=(("flag", Kind.CATEGORICAL),))
    frame = pd.DataFrame({"flag": np.array([True, False, "True", "true", "maybe", None, 1, 2.5, -0.0, 0.0001], object)})
    (tmp_path / "tree.mjs").write_text(tree.to_javascript())
    (tmp_path / "run.mjs").write_text(
        'import { predict } from "./tree.mjs";\n'
        'const flags = [true, false, "True", "true", "maybe", null, 1, 2.5, -0, 0.0001];\n'
        'flags.push(1e15, 1e-5, new Date(0), ["True"]);\n'
        "for (const flag of flags)\n"
        "  try { console.log(predict({flag})); } catch (error) { console.log(error.message); }\n"
    )
    done = subprocess.run([NODE, "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [*tree.predict(frame).tolist(), *["no text in column flag"] * 4]


@pytest.mark.parametrize("text", [*HOSTILE, "\0", "\ud800", "\u2028"])
def test_text_can_stand_in_a_page_and_nothing_hides_in_it(text):
    written = javascript_text(text)
    assert json.loads(written) == text
    assert written.isprintable()
    assert not set(written) & set("<>&")


def test_a_script_has_no_export_and_large_whole_numbers_are_refused():
    assert "export" not in TREES["numbers"].to_javascript(module=False)
    root = Split(Literal.at_most("x", 0.0), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    large = Tree.from_node(root, classes=(1, 2**60 + 1), columns=(("x", Kind.NUMERIC),))
    assert large.predict(np.array([[1.0]])).tolist() == [2**60 + 1]
    with pytest.raises(InputError, match=r"beyond 2\*\*53"):
        large.to_javascript()


@needs_node
def test_rows_that_ask_the_model_get_null(tmp_path):
    jobs = [(tree, rows_for(tree, 300)) for tree in ASKING.values()]
    for (tree, rows), found in zip(jobs, answers(tmp_path, jobs), strict=True):
        assert None in found
        assert found == tree.predict(rows).tolist()
