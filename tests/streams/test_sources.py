"""Every kind of rows that is a stream: the same rows, and only the columns that are asked for."""

import gzip

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from limbeck.errors import InputError
from limbeck.streams import (
    CellKinds,
    OutOfTimeError,
    batches_of,
    files_at,
    is_stream,
    names_many,
    to_go_through_again,
)
from limbeck.tables import as_table

FRAME = pd.DataFrame({"n": [1, 2, 3, 4], "t": ["a", None, "b", "NA"], "f": [0.5, None, 1.5, 2.0]})


@pytest.fixture
def place(tmp_path):
    FRAME.to_parquet(tmp_path / "rows.parquet", index=False)
    FRAME.to_csv(tmp_path / "rows.csv", index=False)
    with gzip.open(tmp_path / "rows.tsv.gz", "wt") as file:
        FRAME.to_csv(file, index=False, sep="\t")
    return tmp_path


SOURCES = {
    "list": lambda place: [FRAME[:1], FRAME[1:]],
    "function": lambda place: lambda: iter([FRAME[:3], FRAME[3:]]),
    "iterator": lambda place: iter([FRAME]),
    "record batches": lambda place: pa.Table.from_pandas(FRAME).to_batches(2),
    "reader": lambda place: pa.Table.from_pandas(FRAME).to_reader(2),
    "dataset": lambda place: ds.dataset(place / "rows.parquet"),
    "lazy frame": lambda place: pl.scan_parquet(place / "rows.parquet"),
    "relation": lambda place: duckdb.sql(f"from read_parquet('{place}/rows.parquet')"),
    "path": lambda place: place / "rows.parquet",
    "text": lambda place: str(place / "rows.parquet"),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_has_the_same_rows(place, kind):
    rows = SOURCES[kind](place)
    assert is_stream(rows)
    stream = batches_of(rows)
    tables = list(stream.tables())
    assert sum(table.n_rows for table in tables) == 4
    assert np.concatenate([table["n"].values for table in tables]).tolist() == [1, 2, 3, 4]
    assert np.concatenate([table["f"].missing for table in tables]).tolist() == [False, True, False, False]
    assert np.concatenate([table["t"].missing for table in tables]).tolist() == [False, True, False, False]


@pytest.mark.parametrize("kind", [kind for kind in SOURCES if kind not in ("iterator", "reader")])
def test_it_can_be_gone_through_again_and_by_columns(place, kind):
    stream = to_go_through_again(batches_of(SOURCES[kind](place)), "a test")
    assert stream.names() == ("n", "t", "f")
    some = stream.only(["f", "n"])
    for _ in range(2):
        assert all(set(table.names) == {"f", "n"} for table in some.tables())
        assert sum(table.n_rows for table in some.tables()) == 4


@pytest.mark.parametrize("kind", ["iterator", "reader"])
def test_what_can_be_gone_through_once_only_says_so(place, kind):
    with pytest.raises(InputError, match="more than once"):
        to_go_through_again(batches_of(SOURCES[kind](place)), "a test")


@pytest.mark.parametrize("rows", [FRAME, np.zeros((2, 3)), [[1, 2], [3, 4]], [np.zeros(3)], [], None, 3])
def test_rows_in_memory_are_no_stream(rows):
    assert not is_stream(rows)


def test_text_files_are_read_as_a_parquet_file_is(place):
    parquet = as_table(next(iter(files_at(place / "rows.parquet"))))
    for name in ("rows.csv", "rows.tsv.gz"):
        table = as_table(next(iter(files_at(place / name))))
        assert table.schema == parquet.schema
        assert table["t"].missing.tolist() == [False, True, False, True]  # in text files NA is a gap
        assert next(iter(files_at(place / name, CellKinds(text=("t",)))))["t"].tolist()[3] == "NA"


def test_what_a_column_of_text_holds_is_seen_in_all_files(tmp_path):
    (tmp_path / "a.csv").write_text("x,y,z\n1,True,\n2,False,\n")
    (tmp_path / "b.csv").write_text("x,y,z\n2.5,,\nNA,True,\n")
    (tmp_path / "c.csv").write_text("x,y,z\nlow,True,\n")
    two = files_at(tmp_path / "[ab].csv")
    assert two.kinds.numbers == (("x", "float64"), ("y", "bool"), ("z", "float64"))
    assert files_at(tmp_path).kinds.gaps == ("x",)


def test_the_pass_over_cells_tells_how_far_it_is_and_ends_in_time(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("x\n1\n2\n")
    seen = []
    assert files_at(tmp_path).look(lambda *step: seen.append(step)) == ()
    assert [done for _, done, _ in seen] == [2, 4]
    with pytest.raises(OutOfTimeError, match="columns hold', 2"):
        files_at(tmp_path).look(keep_going=lambda: False)


def test_files_of_other_columns_and_repeated_names_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("x\n1\n")
    with pytest.raises(InputError, match=r"b\.csv"):
        list(files_at(tmp_path))
    (tmp_path / "a.csv").write_text("x,x\n1,2\n")
    with pytest.raises(InputError, match="more than once"):
        list(files_at(tmp_path / "a.csv"))


def test_a_column_that_no_file_has_is_named(place):
    with pytest.raises(InputError, match="nope"):
        list(files_at(place / "rows.parquet").only(["nope"]))
    with pytest.raises(InputError, match="nope"):
        list(files_at(place / "rows.parquet").without(["nope"]))


def test_folders_and_globs_name_many(place):
    assert names_many(str(place))
    assert names_many(str(place / "*.parquet"))
    assert not names_many(str(place / "rows.parquet"))
    assert files_at(place / "*.parquet").n_rows == 4
    assert files_at(place).n_rows is None  # text files do not say
    with pytest.raises(InputError, match="none"):
        files_at(place / "*.feather")
    (place / "notes.md").write_text("x")
    with pytest.raises(InputError, match=r"notes\.md"):
        files_at(place)


@pytest.mark.parametrize("place", [2, 0])
def test_a_column_of_another_type_in_one_file_is_named_before_rows_are_read(tmp_path, place):
    for i in range(3):
        frame = FRAME.assign(n=None) if i == 1 else FRAME  # a column without any value goes with all others
        frame = frame.astype({"n": "float32"}) if i == 2 else frame
        (frame.assign(n=["1", "2", "3", "4"]) if i == place else frame).to_parquet(tmp_path / f"{i}.parquet")
    found = ("numbers", "text") if place else ("text", "numbers")
    with pytest.raises(InputError, match=rf"{found[0]} in the column `n` of .*2\.parquet.*found {found[1]}"):
        next(iter(files_at(tmp_path)))
    assert len(list(files_at(tmp_path, CellKinds(text=("n",))))) == 3  # it is to be text whatever it is
    assert len(list(files_at(tmp_path).only(["f"]))) == 3


def test_a_column_of_numbers_that_becomes_text_in_a_later_file_is_said(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,p\n2,q\n")
    (tmp_path / "b.csv").write_text("x,y\n3,4\nlate,5\n")
    files = files_at(tmp_path)
    assert files.kinds.gaps == ("x", "y")
    assert files.look() == (f"`x` is text: it held numbers before cells of `{tmp_path / 'b.csv'}`",)


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas])
def test_frames_of_a_list_have_the_same_columns_in_whatever_order(make):
    first, other = make(FRAME), make(FRAME[["f", "n", "t"]])
    assert [table.names for table in batches_of([first, other]).tables()] == [("n", "t", "f")] * 2
    for frame, found in ((make(FRAME[["f", "n"]]), "without `t`"), (make(FRAME.assign(more=1)), "`more` besides")):
        with pytest.raises(InputError, match=f"a list of frames; found one.*{found}"):
            list(batches_of([first, frame]).tables())
    assert len(list(batches_of([first, make(FRAME.assign(more=1))]).only(["f"]).tables())) == 2
    with pytest.raises(InputError, match="without `t`"):
        list(batches_of([first, make(FRAME[["f"]])]).only(["t"]).tables())


def test_arrays_of_a_list_have_one_width():
    with pytest.raises(InputError, match="3 columns in a list of frames; found 2"):
        list(batches_of([np.zeros((2, 3)), np.zeros((2, 2))]))
