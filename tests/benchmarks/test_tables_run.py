"""Workers are run, stopped and resumed, and records hold what was measured."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from benchmarks.tables import guard
from benchmarks.tables.__main__ import main
from benchmarks.tables.given import Clock, Given, Student
from benchmarks.tables.measure import given_of
from benchmarks.tables.methods import METHODS
from benchmarks.tables.methods.cart_synthetic import interpolated, resampled
from benchmarks.tables.problems import make_problem
from benchmarks.tables.results import Results, packed, unpacked
from benchmarks.tables.worker import best_student

pytest.importorskip("torch")

POPEN = subprocess.Popen
SAYS = 'import json, time\ndef say(**m): print("@" + json.dumps(m), flush=True)\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LIMBECK_CACHE", str(tmp_path / "cache"))


def scripted(monkeypatch, script):
    """Let a script stand for the worker; it finds its sizes in `sizes`."""

    def popen(command, **options):
        sizes = [int(size) for size in command[6:]]
        return POPEN([sys.executable, "-c", f"{SAYS}sizes = {sizes}\n{script}"], **options)

    monkeypatch.setattr(guard.subprocess, "Popen", popen)


def ended(tmp_path, sizes=(4, 8)):
    return [(o.size, o.status, o.note) for o in guard.outcomes("cart", tmp_path / "g.npz", tmp_path, list(sizes))]


def test_a_worker_that_hangs_is_killed_and_the_next_size_is_still_run(monkeypatch, tmp_path):
    monkeypatch.setenv("LIMBECK_LIMIT", "0.1")
    scripted(monkeypatch, "for s in sizes:\n say(start=s)\n if s == 4: time.sleep(60)\n say(done=s, seconds=1.0)")
    np.savez(tmp_path / "4.npz", test=[1], validation=0.5, leaves=3, setting="x")
    found = list(guard.outcomes("cart", tmp_path / "g.npz", tmp_path, [4, 8]))
    assert [(o.size, o.status) for o in found] == [(4, "timeout"), (8, "done")]
    assert found[0].student is not None
    assert found[0].student["leaves"] == 3
    assert found[1].student is None


def test_a_worker_that_fails_tells_why_and_never_loops(monkeypatch, tmp_path):
    scripted(monkeypatch, "say(start=sizes[0])\nraise ValueError('no such thing')")
    assert ended(tmp_path) == [(size, "error", "ValueError: no such thing") for size in (4, 8)]
    scripted(monkeypatch, "raise ImportError('gone')")
    assert ended(tmp_path) == [(size, "error", "ImportError: gone") for size in (4, 8)]


def test_noise_on_the_output_is_no_message(monkeypatch, tmp_path):
    scripted(monkeypatch, "print('hello')\nfor s in sizes:\n say(start=s)\n print(s)\n say(done=s, seconds=0.0)")
    assert ended(tmp_path) == [(4, "done", ""), (8, "done", "")]


def test_equals_on_the_validation_rows_are_decided_by_the_rows_that_fit(tmp_path):
    x = np.zeros((2, 1), np.float32)
    given = Given("t", "mlp", 0, "classification", x, x, x, np.array([0, 1]), np.array([0, 1]))
    path, best = tmp_path / "4.npz", (float("-inf"), 0.0)
    for fit, answers, name in [(0.5, [0, 0], "a"), (0.9, [1, 1], "b"), (0.9, [0, 0], "c"), (1.0, [1, 0], "d")]:
        best = best_student(Student(fit, np.array(answers), np.array([0, 0]), 2, name), best, given, path)
    assert best == (0.5, 0.9)
    assert np.load(path)["setting"].item() == "b"


def test_shared_work_is_charged_to_every_size_and_kept_work_to_none(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("benchmarks.tables.given.time.process_time", lambda: now[0])

    def slow():
        now[0] += 7
        return "made"

    clock = Clock()
    clock.start()
    assert clock.once("a", slow) == clock.kept("b", slow) == "made"
    assert clock.spent() == 14
    clock.start()
    assert clock.kept("b", slow) == "made"
    assert clock.spent() == 0
    assert clock.once("a", slow) == "made"
    assert (clock.spent(), clock.left()) == (7, 53)


def test_bits_survive_their_text():
    bits = np.random.default_rng(0).random(1003) < 0.9
    np.testing.assert_array_equal(unpacked(packed(bits), 1003), bits)


def test_a_run_fills_what_is_missing_and_nothing_twice(tmp_path, monkeypatch):
    out = tmp_path / "folder" / "results.jsonl"
    command = ["tables", "--tables", "monk-1", "--methods", "cart", "--teachers", "mlp", "--seeds", "0"]
    for sizes, n_lines in (("2", 1), ("2,4", 2), ("2,4", 2)):
        monkeypatch.setattr(sys, "argv", [*command, "--sizes", sizes, "--out", str(out)])
        main()
        assert len(out.read_text().splitlines()) == n_lines
    records = list(Results(out).records())
    assert [(r["method"], r["size"], r["status"]) for r in records] == [("cart", 2, "done"), ("cart", 4, "done")]
    for record in records:
        assert record["leaves"] <= record["size"]
        assert record["fidelity"] == pytest.approx(unpacked(record["agrees"], record["n_test"]).mean(), abs=1e-5)
        assert json.loads(json.dumps(record)) == record
    monkeypatch.setattr(sys, "argv", [*command, "--sizes", "4", "--again", "cart", "--out", str(out)])
    main()
    assert len(out.read_text().splitlines()) == 3
    assert len(list(Results(out).records())) == 2


def test_limbeck_answers_in_the_teacher_s_terms_on_a_problem_that_it_can_solve():
    given = given_of(make_problem("monk-1", "mlp", 0))
    clock = Clock()
    clock.start()
    (student,) = METHODS["limbeck"].students()(given, 8, clock)
    assert student.leaves <= 8
    assert student.fit_score > 0.9
    assert (student.validation == given.validation_labels).mean() > 0.8


def test_made_up_rows_stay_within_the_data():
    rows = pd.DataFrame({"n": [0.0, 1.0, 5.0, 6.0], "c": ["a", "a", "b", "b"]})
    for generator in (interpolated, resampled):
        made = generator(rows, 200, np.random.default_rng(0))
        assert len(made) == 200
        assert made["n"].between(0, 6).all()
        assert set(made["c"]) == {"a", "b"}
    assert set(resampled(rows, 200, np.random.default_rng(0))["n"]) == {0.0, 1.0, 5.0, 6.0}
