"""The report's arithmetic against figures worked out by hand."""

import numpy as np
import pytest
from benchmarks.tables.compare import Duel, Grid, discordant, holm, over_tables, sign_test, signed_rank, table_means
from benchmarks.tables.report import below_base, between_markers, duels, means, report, sooner
from benchmarks.tables.results import packed


def record(table, method, agrees, *, seed=0, size=4, status="done", **more):
    agrees = np.asarray(agrees, bool)
    return {
        "table": table, "teacher": "mlp", "seed": seed, "method": method, "size": size, "task": "classification",
        "classes": 2, "status": status, "seconds": 1.0, "note": "", "versions": {}, "n_test": len(agrees),
        "limit": 60.0, "fidelity": float(agrees.mean()), "accuracy": 0.5, "validation": float(agrees.mean()),
        "leaves": 4, "agrees": packed(agrees), **more,
    }  # fmt: skip


def failed(table, method, **more):
    whole = record(table, method, [1], status="timeout", **more)
    return {name: value for name, value in whole.items() if name not in {"fidelity", "accuracy", "validation"}}


def test_a_table_counts_once_however_many_seeds_it_has():
    values = {("a", "mlp", 0): 1.0, ("a", "mlp", 1): 0.0, ("b", "mlp", 0): 1.0}
    assert table_means(values) == {"a": 0.5, "b": 1.0}
    assert over_tables(values) == 0.75
    assert np.isnan(over_tables({}))


def test_discordant_rows_are_those_on_which_one_alone_is_right():
    ours, theirs = record("a", "limbeck", [1, 1, 1, 0, 0]), record("a", "cart", [1, 0, 0, 1, 0])
    assert discordant(ours, theirs) == Duel(2, 1)


def test_the_paired_test_is_the_binomial_one():
    assert sign_test(0, 0) == 1.0
    assert sign_test(0, 5) == pytest.approx(2 / 32)
    assert Duel(0, 6).p == pytest.approx(2 / 64)
    assert Duel(1, 2) + Duel(3, 4) == Duel(4, 6)


def test_holm_multiplies_by_the_tests_that_are_left_and_never_decreases():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_signed_ranks_take_tables_as_units():
    ours = {(f"t{j}", "mlp", s): 0.9 for j in range(6) for s in range(2)}
    theirs = {problem: 0.8 - 0.01 * int(problem[0][1]) for problem in ours}
    assert signed_rank(ours, theirs) == pytest.approx(2 / 64)
    assert signed_rank(ours, ours) == 1.0


def test_seconds_of_all_sizes_are_compared_table_by_table():
    def took(table, method, seconds, seed=0):
        return [
            record(table, method, [1], size=s, seconds=t, seed=seed)
            for s, t in zip((4, 8, 16, 32), seconds, strict=True)
        ]

    cells = took("a", "limbeck", (2.0, 0, 0, 0)) + took("a", "cart", (1.0, 1, 0, 0))
    cells += took("b", "limbeck", (3.0, 0, 0, 0)) + took("b", "cart", (1.0, 1, 0, 0))
    cells += took("b", "limbeck", (9.0, 0, 0, 0), seed=1)  # the other one has not finished
    assert sooner(cells).splitlines()[-1] == "| cart | 2.50 | 2.00 | 1 of 2 tables |"


def test_ranks_share_equal_places():
    cells = [record("a", m, bits) for m, bits in (("cart", [1, 1]), ("limbeck", [1, 1]), ("trustee", [0, 1]))]
    assert Grid(cells, ["cart", "limbeck", "trustee"]).mean_ranks() == {"cart": 1.5, "limbeck": 1.5, "trustee": 3.0}


def test_a_method_that_often_fails_leaves_the_common_problems_alone_and_one_that_rarely_does_shrinks_them():
    cells = [record("a", "cart", [1, 0], seed=s) for s in range(10)]
    rare = [record("a", "trustee", [1, 1], seed=s) for s in range(9)] + [failed("a", "trustee", seed=9)]
    often = [record("a", "pystreed", [1, 1], seed=s) for s in range(5)]
    grid = Grid([*cells, *rare, *often], ["cart", "trustee", "pystreed"])
    assert grid.whole == ["cart", "trustee"]
    assert len(grid.common) == 9
    text = means({4: grid})
    assert "| pystreed | 1.0000 † (5) |" in text
    assert "| trustee | **1.0000** |" in text
    assert "| cart | 0.5000 |" in text


def test_the_best_peer_is_chosen_by_validation_or_in_hindsight():
    cells = [
        record("a", "cart", [1, 0, 0, 0], validation=0.9), record("a", "trustee", [1, 1, 0, 0], validation=0.8),
        record("a", "limbeck", [1, 1, 1, 1], validation=1.0),
    ]  # fmt: skip
    grid = Grid(cells, ["cart", "trustee", "limbeck"])
    assert list(grid.best_of(["cart", "trustee"], "validation").values()) == [0.25]
    assert list(grid.best_of(["cart", "trustee"], "fidelity").values()) == [0.5]


def test_wins_and_losses_need_the_paired_test_to_reject():
    sure, unsure = [1] * 20, [1] * 17 + [0] * 3
    lost = [0] * 20
    cells = []
    for table, ours, theirs in (("win", sure, lost), ("tie", sure, unsure), ("loss", lost, sure)):
        cells += [record(table, "limbeck", ours), record(table, "cart", theirs)]
    grids = {4: Grid(cells, ["limbeck", "cart"])}
    assert "| cart | 1 / 1 / 1 (p = 1) |" in duels(grids)
    said = below_base(grids)
    assert "Of 3 pairs of table and size, limbeck is above CART at p < 0.05 in 1 and below in 1; 1 of these" in said
    assert "| loss | 4 | 0 | 20 |" in said


def test_problems_on_which_a_method_was_stopped_early_are_left_out_of_the_part_with_equal_limits():
    cells = [record(table, m, [1, 0, 1]) for table in "abcd" for m in ("cart", "limbeck")]
    cells += [
        record("a", "pystreed", [1, 1, 1], seconds=9.5, limit=10.0),  # more time might have helped
        failed("b", "pystreed", seconds=12.5, limit=10.0),
        record("c", "pystreed", [1, 1, 1], seconds=8.0, limit=10.0),
        record("d", "pystreed", [1, 1, 1], seconds=60.0),  # all of the full limit
    ]
    part = report(cells).split("### Problems on which no method was stopped before 60 seconds")[1].split("###")[0]
    assert "| problems | 2 |" in part
    assert "| pystreed | **1.0000** |" in part


def test_the_report_is_written_between_its_markers_and_nowhere_else():
    cells = [record(table, m, [1, 0, 1], size=s) for table in "ab" for m in ("cart", "limbeck") for s in (4, 8)]
    text = report([*cells, failed("a", "pycontree", size=8)])
    assert "| pycontree | 0 | 0 | 1 | 0 | 0 |" in text
    page = "before\n<!-- report:begin -->\nold\n<!-- report:end -->\nafter\n"
    once = between_markers(page, text)
    assert once == between_markers(once, text)
    assert once.startswith("before\n")
    assert once.endswith("<!-- report:end -->\nafter\n")
    assert "old" not in once
    with pytest.raises(ValueError, match="markers"):
        between_markers("no markers", text)
