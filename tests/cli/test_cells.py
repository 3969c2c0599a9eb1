"""A finished tree says how another table is read; what the user names comes first."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from limbeck import Distillation, distill
from limbeck.cli.cells import CellTypes, moments
from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.errors import InputError

NOTHING = {"text_columns": (), "date_columns": ()}
MODEL = '''
import numpy as np
import pandas as pd

def model(rows):
    """Depends on codes, on a country called NA, and on a date."""
    early = rows["when"] <= pd.Timestamp("2021-01-01")
    return np.where(rows["country"].astype(object) == "NA", 2, rows["zip"].str.startswith("0") * 1) + 3 * early

def make():
    return model
'''


def frame(n=300):
    rng = np.random.default_rng(0)
    when = pd.to_datetime(rng.choice(["2020-06-01", "2022-03-01"], n))
    zips, countries = (rng.choice(some, n) for some in (["01234", "12345"], ["NA", "DE", "FR", ""]))
    return pd.DataFrame({"zip": zips, "country": np.where(countries == "", None, countries), "when": when})


def tree():
    late = Split(Literal.at_most("day", 3.0, dated=True), Leaf((1.0,), 1), Leaf((2.0,), 1))
    root = Split(Literal.one_of("word", ["NA"]), late, Leaf((3.0,), 1))
    columns = (("word", Kind.CATEGORICAL), ("gap", Kind.CATEGORICAL), ("day", Kind.NUMERIC), ("other", Kind.NUMERIC))
    return Tree.from_node(root, classes=None, columns=columns)


def test_a_tree_knows_text_gaps_and_dates():
    known = tree().read_with({"gap": "gaps", "other": "date"})
    assert Tree.from_dict(known.to_dict()).cells == known.cells
    types = CellTypes.of(NOTHING, known)
    assert (types.text, types.gaps, types.dates, types.asked) == (("word",), ("gap",), ("day", "other"), ())
    types = CellTypes.of({"text_columns": ("gap", "day"), "date_columns": ()}, known)
    assert (types.text, types.gaps, types.dates) == (("gap", "day", "word"), (), ("other",))
    assert CellTypes.of(NOTHING, tree()).text == ("word", "gap")


def test_a_column_is_one_thing():
    with pytest.raises(InputError, match="`a` in both"):
        CellTypes.of({"text_columns": ("a",), "date_columns": ("a",)})


def test_what_is_no_date_is_named():
    assert moments("a", ["2021-05-31", None, " 2021-05-31 12:00 "])[1] is None
    with pytest.raises(InputError, match="`31 May`"):
        moments("a", ["31 May"])


def test_a_tree_with_cells_of_no_known_kind_is_refused():
    plain = tree().read_with({"gap": "gaps"}).to_dict()
    plain["columns"][1]["cells"] = "guess"
    with pytest.raises(InputError, match="guess"):
        Tree.from_dict(plain)


def predicted(done):
    return [int(line[0]) for line in list(csv.reader(io.StringIO(done.stdout)))[1:]]


def test_every_verb_reads_as_the_distillation_did(run, here):
    rows = frame()
    rows.to_csv(here / "t.csv", index=False)
    (here / "coded.py").write_text(MODEL)
    told = ["--text", "zip", "--text", "country", "--date", "when"]
    done = run("distill", "coded:make", "t.csv", *told, "--effort", "fast", "--max-leaves", "12", "--out", "r")
    assert done.exit_code == 0, done.stderr
    result = Distillation.load("r/distillation.json")
    assert result.certificate.disagreements == 0
    for student in ("r", "r/tree.json"):
        assert predicted(run("predict", student, "t.csv")) == result.predict(rows).tolist()
        assert "differ on 0 of 300" in run("certify", student, "coded:make", "t.csv").stdout
    probed = run("junta", "coded:make", "t.csv", *told, "--k", "3", "--tree", "j.json", "--fresh", "t.csv")
    assert probed.exit_code == 0, probed.stderr
    assert predicted(run("predict", "j.json", "t.csv")) == result.predict(rows).tolist()


def test_words_that_were_missing_in_the_fit_are_missing_ever_after(run, here):
    rows = frame()
    rows.to_csv(here / "t.csv", index=False)
    (here / "gaps.py").write_text("def make():\n    return lambda rows: rows['country'].isna().to_numpy() * 1\n")
    done = run("distill", "gaps:make", "t.csv", "--effort", "fast", "--out", "r")
    assert "`country` (NA" in done.stdout
    assert "`zip` (01234)" in done.stdout
    wanted = (rows.country.isna() | (rows.country == "NA")).astype(int).tolist()
    for student in ("r", "r/tree.json"):
        assert predicted(run("predict", student, "t.csv")) == wanted
    assert predicted(run("predict", "r", "t.csv", "--text", "country")) == rows.country.isna().astype(int).tolist()


def test_a_column_that_was_text_in_memory_is_text_in_a_file(run, here):
    rows = frame()
    result = distill(lambda q: (q["country"] == "NA").to_numpy() * 1, rows, effort="fast", max_leaves=2)
    result.save(here / "r.json")
    rows.to_csv(here / "t.csv", index=False)
    assert predicted(run("predict", "r.json", "t.csv")) == (rows.country == "NA").astype(int).tolist()
