"""The formula of a tree answers in LibreOffice as the tree does, and keeps Excel's limits."""

import math
import shutil
import subprocess

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from tests.exported import ASKING, TREES, XML_TEXT, chain, rows_for, trees

from limbeck.core import Kind, Leaf, Literal, Op, Split, Tree
from limbeck.errors import InputError
from limbeck.exports.excel import excel_formula

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice: apt install libreoffice-calc-nogui")
# What spreadsheets hold: 15 digits, nothing very large or very small.
PLAIN = st.one_of(st.sampled_from([0.1, 3.5, -2.5, 0.0, 1.0, 1e6]), st.integers(-(10**6), 10**6).map(lambda n: n / 64))


def in_cells(tree, rows):
    """Return rows that a sheet can hold: no infinities, no neighbours closer than 15 digits, no control characters."""
    held = {}
    for name, kind in tree.columns:
        column = rows[name]
        if kind is Kind.NUMERIC:
            mine = [q for q in tree.literals if q.column == name and q.op in (Op.AT_MOST, Op.IS, Op.CONCEPT)]
            asked = [1.0 if q.op is Op.CONCEPT else q.number for q in mine]
            values = column.where(column.abs() < 1e300)
            for number in asked:
                near = (values - number).abs() <= 1e-12 * abs(number)
                values = values.mask(near, number)
            held[name] = values
        else:
            # An empty text in a file is an empty cell; white space at the ends is not kept in every file.
            kept = column.map(lambda v: v is None or bool(v and v.strip("\r\n\t") == v and len(v) < 300))
            held[name] = column.where(kept, "other")
    return pd.DataFrame(held)


def answers(place, jobs):
    """Write one workbook, a sheet for each tree, and let LibreOffice compute it."""
    book = Workbook()
    book.remove(book.active)
    for j, (tree, rows) in enumerate(jobs):
        sheet = book.create_sheet(f"s{j}")
        sheet.append(["name"] * len(tree.columns))
        for i, row in enumerate(rows.astype(object).to_numpy().tolist(), 2):
            for k, value in enumerate(row, 1):
                if value is None or (isinstance(value, float) and math.isnan(value)):
                    continue
                cell = sheet.cell(i, k)
                cell.value = value
                cell.data_type = "s" if isinstance(value, str) else "n"
            sheet.cell(i, len(tree.columns) + 1).value = tree.to_excel(row=i)
    book.save(place / "book.xlsx")
    # Written again by LibreOffice, which computes every formula when it opens the book.
    options = ["--headless", "--convert-to", "xlsx", "--outdir", place / "computed"]
    command = [OFFICE, f"-env:UserInstallation=file://{place}/profile", *options, place / "book.xlsx"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (place / "computed" / "book.xlsx").exists(), done.stderr
    computed = load_workbook(place / "computed" / "book.xlsx", data_only=True, read_only=True)
    for j, (tree, rows) in enumerate(jobs):
        column = len(tree.columns) + 1
        found = computed[f"s{j}"].iter_rows(min_row=2, max_row=len(rows) + 1, min_col=column, max_col=column)
        yield [cell.value for (cell,) in found]


def check(jobs, place):
    for (tree, rows), found in zip(jobs, answers(place, jobs), strict=True):
        expected = tree.predict(rows).tolist()
        if tree.classes is None:  # to 15 digits
            assert found == pytest.approx(expected, rel=1e-14)
        else:
            assert found == expected


@needs_office
def test_every_row_is_answered_as_by_the_tree(tmp_path):
    chosen = [chain(40, True), *(TREES[name] for name in ("mixed", "boolean", "whole", "regression"))]
    jobs = [(tree, in_cells(tree, rows_for(tree, 1_000))) for tree in map(without_extremes, chosen)]
    check(jobs, tmp_path)


def without_extremes(tree):
    """Return the tree with thresholds that Excel can hold."""
    plain = tree.to_dict()
    for literal in plain["literals"]:
        if literal.get("number") and not 1e-200 < abs(literal["number"]) < 1e200:
            literal["number"] = 7.0
    return Tree.from_dict(plain)


@needs_office
@settings(max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(trees(text=XML_TEXT, number=PLAIN, most=5), min_size=20, max_size=30))
def test_no_name_and_no_value_changes_the_formula(drawn, tmp_path_factory):
    check([(tree, in_cells(tree, rows_for(tree, 20))) for tree in drawn], tmp_path_factory.mktemp("excel"))


def tree_of(*values, answer=("a", "b"), name="x"):
    root = Split(Literal.one_of(name, list(values)), Leaf((1.0, 0.0), 1.0), Leaf((0.0, 1.0), 1.0))
    return Tree.from_node(root, classes=answer, columns=(("first", Kind.NUMERIC), (name, Kind.CATEGORICAL)))


def test_cells_can_be_named():
    assert "EXACT(B2," in tree_of("red").to_excel()
    assert "EXACT(B7," in tree_of("red").to_excel(row=7)
    assert "EXACT([@Colour]," in tree_of("red").to_excel(cells={"x": "[@Colour]"})
    columns = tuple((f"x{j}", Kind.NUMERIC) for j in range(800))
    last = Tree.from_node(
        Split(Literal.at_most("x701", 1.0), Leaf((1.0,), 1.0), Leaf((0.0,), 1.0)), classes=None, columns=columns
    )
    assert "ISNUMBER(ZZ2)" in last.to_excel()


def test_long_text_is_put_together_from_parts():
    formula = tree_of("x" * 300 + '"').to_excel()
    assert f'CONCATENATE("{"x" * 255}","{"x" * 45}""")' in formula


@pytest.mark.parametrize(
    ("tree", "options", "message"),
    [
        (chain(70, True), {}, "64 levels"),
        (without_extremes(TREES["wide"]), {}, "8192 characters"),
        (tree_of("a\0"), {}, r"U\+0000"),
        (tree_of("a"), {"cells": {}}, "a cell for the column `x`"),
        (tree_of("a"), {"row": 0}, "at least 1"),
        (tree_of("a", answer=(1e-320, 1.0)), {}, "a number of Excel"),
        (tree_of("a", answer=(2**60, 1)), {}, "a number of Excel"),
    ],
)
def test_what_excel_cannot_hold_is_refused(tree, options, message):
    with pytest.raises(InputError, match=message):
        excel_formula(tree, **options)


@needs_office
def test_rows_that_ask_the_model_say_so(tmp_path):
    jobs = [(tree, in_cells(tree, rows_for(tree, 200))) for tree in map(without_extremes, ASKING.values())]
    for (tree, rows), found in zip(jobs, answers(tmp_path, jobs), strict=True):
        expected = tree.predict(rows, deferred="ask the model").tolist()
        assert "ask the model" in expected
        assert all(a == b or a == pytest.approx(b, rel=1e-14) for a, b in zip(found, expected, strict=True))
