"""`limbeck report` and `limbeck distill --report`: a page beside the result, whole or not at all."""

import pytest

from limbeck.distillation import Distillation
from limbeck.report import FILES


def test_a_report_lies_beside_the_result(run, student):
    done = run("report", "student")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.strip() == "report: student/report.html"
    kept = Distillation.load(student / "distillation.json")
    assert (student / "report.html").read_text(encoding="utf-8") == kept.report()


def test_a_report_goes_where_it_is_asked_to(run, student, here):
    assert run("report", "student/distillation.json", "--out", "page.html", "--quiet").stderr == ""
    assert (here / "page.html").exists()
    assert not (student / "report.html").exists()


def test_distill_writes_its_report_and_a_later_result_replaces_it(run, here):
    words = ("distill", "pipe.skops", "rows.csv", "--out", "kept", "--effort", "fast", "--max-leaves", "3")
    assert run(*words, "--report").exit_code == 0
    assert sorted(p.name for p in (here / "kept").iterdir()) == sorted((*FILES, "report.html"))
    assert run(*words).exit_code == 0  # a page of an earlier result would be wrong about this one
    assert sorted(p.name for p in (here / "kept").iterdir()) == sorted(FILES)


def test_no_rows_keeps_none(run, here):
    words = ("distill", "pipe.skops", "rows.csv", "--out", "kept", "--effort", "fast", "--max-leaves", "3")
    assert run(*words, "--no-rows").exit_code == 0
    assert Distillation.load(here / "kept" / "distillation.json").exhibits.rows == ()


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("report", "student/tree.json"), "a tree alone", 3),
        (("report", "absent"), "no such file", 3),
        (("report", "student", "--out", "absent/page.html"), "cannot be written", 5),
        (("distill", "pipe.skops", "rows.csv", "--report"), "no `--out DIR`", 3),
    ],
)
def test_what_cannot_be_reported_is_refused(words, said, code, run, student):
    done = run(*words)
    assert said in done.stderr
    assert done.exit_code == code
    assert not list(student.parent.glob("**/*.html"))
