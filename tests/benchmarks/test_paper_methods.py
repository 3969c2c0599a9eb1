"""The paper's table: every method's accounting on a tiny compiled network, the results file, and the page."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("matplotlib")

from benchmarks.paper.__main__ import fill  # noqa: E402
from benchmarks.paper.cells import GUIDE_SETS, Cell, Results, computed  # noqa: E402
from benchmarks.paper.compiled import CompiledTeacher, compile_tree, compiled_teacher  # noqa: E402
from benchmarks.paper.figures import findings, markdown_table, rank_table, rewritten, write_figures  # noqa: E402
from benchmarks.paper.methods import METHODS, Student, paper, watched  # noqa: E402
from benchmarks.paper.random_trees import RandomTree, random_bits  # noqa: E402
from benchmarks.paper.table import ablation_table, plan, quick_plan, result_table  # noqa: E402

from limbeck.probes import fit_features, prepare, prepare_extensions, scores  # noqa: E402
from limbeck.search import LinearRepresentation  # noqa: E402

TINY = Cell("guided", 3, 0, 200, ranking="all", teacher="compiled", n_variables=12)
N_VARIABLES = 12


@pytest.fixture(scope="module")
def teacher() -> CompiledTeacher:
    return compiled_teacher(3, 0, n_variables=N_VARIABLES)


def student_of(method: str, teacher: CompiledTeacher, n_rows: int, **options: object) -> Student:
    return METHODS[method](teacher, n_rows, np.random.default_rng(1), **options)


def agreement(student: Student, teacher: CompiledTeacher) -> float:
    x = random_bits(2000, N_VARIABLES, np.random.default_rng(2))
    return float(((student.tree.predict(x) > 0) == (teacher.tree.labels(x) > 0)).mean())


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("paper", {"k": 50}),
        ("paper", {"k": 50, "within_parent": True}),
        ("guided", {}),
        ("guided", {"guides": GUIDE_SETS["activations only"]}),
    ],
)
def test_methods_that_see_the_network_recover_a_compiled_tree(method, options, teacher):
    student = student_of(method, teacher, 300, **options)
    assert agreement(student, teacher) == 1.0
    assert student.rows == 300
    assert student.probes > 0
    assert student.seconds > 0
    assert student.n_leaves <= teacher.tree.n_leaves


def test_only_influence_asks_queries_and_each_changes_one_bit_of_one_row(teacher):
    assert 0 < student_of("guided", teacher, 200).queries <= 200 * N_VARIABLES
    for method, options in [("paper", {"k": 5}), ("cart", {}), ("guided", {"guides": GUIDE_SETS["without queries"]})]:
        assert student_of(method, teacher, 200, **options).queries == 0


def test_a_beam_that_holds_every_clause_scores_all_of_them(teacher):
    # 2^r C(p, r) clauses of r literals, all with rows on both sides when there are many rows.
    student = student_of("paper", teacher, 2000, k=10_000)
    assert student.probes == 1 + 2 * 12 + 4 * 66 + 8 * 220


def test_ranks_tell_whether_the_beam_is_wide_enough():
    # Both second questions of this tree matter, so that a beam of one clause must lose one of them.
    tree = RandomTree(
        N_VARIABLES, np.array([0, 1, 2, -1, -1, -1, -1]), np.array([1, 3, 5, 3, 4, 5, 6]),
        np.array([2, 4, 6, 3, 4, 5, 6]), np.array([0, 0, 0, -1, 1, 1, -1], np.int8),
    )  # fmt: skip
    teacher = CompiledTeacher(compile_tree(tree, np.random.default_rng(0)), tree)
    wide, narrow = (paper(teacher, 300, np.random.default_rng(1), k=k) for k in (20, 1))
    assert len(wide.ranks) == 1
    assert 1 < wide.ranks[0] <= 20
    assert agreement(wide, teacher) == 1.0
    assert agreement(narrow, teacher) < 0.9


def test_the_priority_of_a_clause_is_the_score_of_its_probe():
    rng = np.random.default_rng(0)
    features = fit_features(rng.standard_normal((60, 8)).astype(np.float32))
    probe, clauses = prepare(features, 0.1), rng.random((5000, 60)) < 0.3
    guide = LinearRepresentation(np.arange(60), prepare_extensions(probe), np.zeros((60, 1), np.float32))
    np.testing.assert_allclose(guide.clause_scores(clauses), scores(probe, clauses.T), atol=1e-3)
    assert guide.clause_scores(clauses[:0]).shape == (0,)


def test_cart_learns_from_labels_alone(teacher):
    student = student_of("cart", teacher, 300)
    assert (student.rows, student.probes, student.queries) == (300, 0, 0)
    assert 0.5 < agreement(student, teacher) <= 1.0


def test_streed_fits_its_rows_better_than_cart(teacher):
    pytest.importorskip("pystreed")
    x = random_bits(300, N_VARIABLES, np.random.default_rng(1))
    right = [
        ((student_of(method, teacher, 300).tree.predict(x) > 0) == (teacher.tree.labels(x) > 0)).mean()
        for method in ("streed", "cart")
    ]
    assert right[0] == 1.0 >= right[1]


def test_peak_memory_counts_what_a_block_adds_and_frees():
    with watched() as memory:
        np.ones(8 << 20).sum()
    if memory.peak_bytes is not None:
        assert 60e6 < memory.peak_bytes < 120e6


def test_a_record_compares_with_the_network_and_holds_plain_values(teacher):
    record = computed(TINY, teacher)
    assert json.loads(json.dumps(record)) == record
    assert record["recovered"]
    assert record["fidelity"] == record["drawn_fidelity"] == 1.0
    assert Cell(**record["cell"]) == TINY


def test_a_cell_is_computed_once_and_a_new_file_object_finds_it(tmp_path, monkeypatch):
    runs: list[Cell] = []

    def counted(cell: Cell) -> dict:
        runs.append(cell)
        return {"key": cell.key(), "cell": asdict(cell)}

    monkeypatch.setattr("benchmarks.paper.__main__.computed", counted)
    cells = [TINY, replace(TINY, n_rows=100)]
    path = tmp_path / "folder" / "table.jsonl"
    fill(Results(path), cells[:1], threads=1)
    fill(Results(path), cells, threads=1)
    fill(Results(path), cells, threads=1)
    assert runs == cells
    assert len(path.read_text().splitlines()) == 2
    assert [Cell(**record["cell"]) for record in Results(path).found(cells)] == cells


def test_keys_tell_cells_apart_and_plans_repeat_none():
    for cells in (plan(), quick_plan()):
        assert len({cell.key() for cell in cells}) == len(set(cells)) == len(cells)


def test_markers_are_rewritten_and_the_rest_stays():
    page = "before\n<!-- a:begin -->\nold\n<!-- a:end -->\nbetween\n<!-- b:begin -->\n<!-- b:end -->\nafter\n"
    once = rewritten(page, "a", "new | x")
    assert once == page.replace("old", "new | x")
    assert rewritten(once, "a", "new | x") == once


@pytest.mark.parametrize(
    "page", ["", "<!-- a:end --><!-- a:begin -->", "<!-- a:begin --><!-- a:begin --><!-- a:end -->"]
)
def test_a_page_without_its_markers_is_refused(page):
    with pytest.raises(ValueError, match="markers"):
        rewritten(page, "a", "new")


def test_tables_findings_and_figures_follow_the_records(tmp_path):
    results = Results(tmp_path / "table.jsonl")
    for number, cell in enumerate(plan()):
        results.keep(made_up(cell, fidelity=0.9 if cell.method == "cart" else 1.0, seconds=float(number % 7)))
    header, *body = result_table(results, plan())
    line = dict(zip(header, next(line for line in body if line[:3] == ["4", "(a) the paper's", "50"]), strict=True))
    assert (line["paper"], line["fidelity"], line["recovered"]) == ("0.87", "1.0000", "5/5")
    assert markdown_table([header, *body]).count("\n") == len(body) + 1
    assert ["4", "CART", *["0.900 (0/5)"] * 7] in ablation_table(results)
    assert all(line[-1] == "5/5" for line in rank_table(results)[1:])
    said = findings(results)
    assert "20 of 20 trees" in said
    assert "all 50, activations only 50, queries only 50, label gain only 50, CART more than 2000" in said
    write_figures(results, tmp_path)
    first = (tmp_path / "paper-fidelity.svg").read_bytes()
    write_figures(results, tmp_path)
    assert (tmp_path / "paper-fidelity.svg").read_bytes() == first


def made_up(cell: Cell, *, fidelity: float, seconds: float) -> dict:
    ranks = list(range(1, cell.depth)) if cell.method == "paper" else []
    return {
        "key": cell.key(), "cell": asdict(cell), "fidelity": fidelity, "drawn_fidelity": 1.0,
        "recovered": fidelity == 1,
        "n_leaves": 4, "rows": cell.n_rows, "queries": 0, "probes": 1, "seconds": seconds, "cpu_seconds": seconds,
        "finished": True, "ranks": ranks, "peak_mb": None, "load": 0.0,
    }  # fmt: skip
