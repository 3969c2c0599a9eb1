"""Tables: what both readers make of a file, and one clear error for every file that is no table."""

import csv
import gzip
import importlib.util
import sys

import numpy as np
import polars as pl
import pytest

from limbeck.cli import tables
from limbeck.cli.cells import CellTypes
from limbeck.cli.tables import read_table, without_columns
from limbeck.core import Kind, as_table
from limbeck.errors import InputError, MissingExtraError

MIXED = 'number,text,code,flag\n1.5,"a, ""b""",01,True\n,NA,7,False\n-inf,ü,x,True\n'


@pytest.fixture(params=["pandas", "polars"])
def engine(request, monkeypatch):
    hidden = {"pandas", "polars"} - {request.param}
    real = importlib.util.find_spec
    monkeypatch.setattr(tables.importlib.util, "find_spec", lambda name: None if name in hidden else real(name))
    return request.param


def written(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_both_readers_see_the_same_values(engine, tmp_path):
    table = as_table(read_table(written(tmp_path, MIXED)))
    assert table.names == ("number", "text", "code", "flag")
    assert [c.kind for c in table.columns] == [Kind.NUMERIC, Kind.CATEGORICAL, Kind.CATEGORICAL, Kind.NUMERIC]
    assert np.array_equal(table["number"].values, [1.5, np.nan, -np.inf], equal_nan=True)
    assert table["text"].missing.tolist() == [False, True, False]
    assert set(table["text"].categories) == {'a, "b"', "ü"}
    assert set(table["code"].categories) == {"01", "7", "x"}
    assert table["flag"].values.tolist() == [1.0, 0.0, 1.0]


COUNTRIES = "zip,country,when,n\n01,NA,2021-05-31,NA\n2,,2021-06-01 12:00,3\n3,DE,NA,4\n"


def test_text_stays_as_it_is_written_and_only_an_empty_cell_is_missing(engine, tmp_path):
    types = CellTypes(text=("zip", "country"), asked=("zip", "country"))
    table = as_table(read_table(written(tmp_path, COUNTRIES), types))
    assert table.names == ("zip", "country", "when", "n")
    assert table["zip"].categories == ("01", "2", "3")
    assert table["country"].categories == ("DE", "NA")
    assert table["country"].missing.tolist() == [False, True, False]
    assert np.array_equal(table["n"].values, [np.nan, 3.0, 4.0], equal_nan=True)


def test_words_for_missing_values_and_lost_zeros_are_said(engine, tmp_path):
    lost = []
    table = as_table(read_table(written(tmp_path, COUNTRIES), note=lost.append))
    assert table["zip"].values.tolist() == [1.0, 2.0, 3.0]
    assert table["country"].missing.tolist() == [True, True, False]
    zeros, words = lost
    assert "`zip` (01)" in zeros
    assert "`country` (NA, 1 cell)" in words
    assert "`n`" not in words
    told = CellTypes(text=("zip",), gaps=("country",), dates=("when",))
    lost.clear()
    assert as_table(read_table(written(tmp_path, COUNTRIES), told, lost.append))["country"].categories == ("DE",)
    assert lost == []


def test_dates_are_read_where_they_are_named(engine, tmp_path):
    types = CellTypes(dates=("when",), asked=("when",))
    column = as_table(read_table(written(tmp_path, COUNTRIES), types))["when"]
    assert column.dates
    np.testing.assert_array_equal(column.values, [18778.0, 18779.5, np.nan])
    with pytest.raises(InputError, match="`DE`"):
        read_table(written(tmp_path, COUNTRIES), CellTypes(dates=("country",)))
    with pytest.raises(InputError, match="no column `nope`"):
        read_table(written(tmp_path, COUNTRIES), CellTypes(text=("nope",), asked=("nope",)))


def test_columns_of_a_parquet_file_can_be_named_too(engine, tmp_path):
    frame = pl.DataFrame({"zip": [1234, None], "when": ["2021-05-31", None], "n": [1, 2]})
    frame.write_parquet(tmp_path / "t.parquet")
    types = CellTypes(text=("zip",), dates=("when",), asked=("zip", "when"))
    table = as_table(read_table(tmp_path / "t.parquet", types))
    assert table["zip"].categories == ("1234",)
    assert table["when"].dates
    assert table["when"].missing.tolist() == [False, True]


def test_other_forms_of_the_same_table(engine, tmp_path):
    first = as_table(read_table(written(tmp_path, "a,b\n1,x\n2,y\n")))
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    frame.write_parquet(tmp_path / "t.parquet")
    others = [
        read_table(written(tmp_path, "a\tb\n1\tx\n2\ty\n", "t.tsv")),
        read_table(written(tmp_path, b"\xef\xbb\xbfa,b\r\n1,x\r\n2,y\r\n", "bom.CSV")),
        read_table(tmp_path / "t.parquet"),
    ]
    for other in map(as_table, others):
        assert other.names == first.names
        assert other["a"].values.tolist() == first["a"].values.tolist()
        assert other["b"].categories == first["b"].categories


WRONG = {
    "empty": (b"", "an empty file"),
    "no names": (b",,\n1,2,3\n", "a first line without names"),
    "short line": (b"a,b\n1,2\n3\n", "1 cells in line 3"),
    "long line": (b"a,b\n1,2,3\n", "3 cells in line 2"),
    "first line longer": (b"a,b\n1,2,3\n4,5,6\n", "3 cells in line 2"),
    "repeated name": (b"a,b,a\n1,2,3\n", "`a` more than once"),
    "latin 1": ("a,b\n1,2\nü,3\n".encode("latin-1"), "not UTF-8 in line 3"),
    "utf 16": ("a,b\n1,2\n".encode("utf-16"), "not UTF-8 in line 1"),
    "semicolons": (b"a;b\n1;2\n", "the first line `a;b`"),
    "open quote": (b'a,b\n1,"2\n3,4\n', "delimited text that cannot be read"),
}


@pytest.mark.parametrize(("content", "found"), WRONG.values(), ids=WRONG)
def test_what_is_no_table(engine, tmp_path, content, found):
    with pytest.raises(InputError) as caught:
        read_table(written(tmp_path, content))
    assert found in caught.value.found
    assert "t.csv" in caught.value.asked
    assert caught.value.remedy


def test_places_without_a_table(tmp_path):
    for path, found in (
        ("absent.csv", "no such file"),
        (".", "no extension"),
        ("i.npy", "the extension `.npy`"),
        ("t.xlsx", "the extension `.xlsx`"),
    ):
        with pytest.raises(InputError) as caught:
            read_table(tmp_path / path)
        assert caught.value.found.startswith(found.split(" `")[0])
    with pytest.raises(InputError, match="MODEL first"):
        read_table("models:make")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="a directory"):
        read_table(tmp_path / "folder.csv")
    with pytest.raises(InputError, match="cannot be opened"):
        read_table(written(tmp_path, b"a\n1\n") / "inside.csv")


def test_a_damaged_parquet_file(engine, tmp_path):
    with pytest.raises(InputError, match="Parquet that cannot be read"):
        read_table(written(tmp_path, b"PAR1 and nothing more", "t.parquet"))


def test_no_reader_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(tables.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'limbeck\[table\]'"):
        read_table(written(tmp_path, "a\n1\n"))


def test_a_parquet_file_without_pyarrow(tmp_path, monkeypatch):
    def absent(path, engine):
        raise ImportError("no pyarrow")

    monkeypatch.setattr(tables, "check_parquet", absent)
    with pytest.raises(MissingExtraError, match="pyarrow"):
        read_table(written(tmp_path, b"PAR1", "t.parquet"))


def test_a_cell_of_a_million_characters_is_read_and_the_limit_is_restored(engine, tmp_path):
    before = csv.field_size_limit()
    table = as_table(read_table(written(tmp_path, f"a,b\n1,{'z' * 1_000_000}\n2,y\n")))
    assert max(map(len, table["b"].categories)) == 1_000_000
    assert csv.field_size_limit() == before < sys.maxsize


def test_columns_are_left_out_in_order(engine, tmp_path):
    frame = read_table(written(tmp_path, "a,b,c\n1,2,3\n"))
    assert as_table(without_columns(frame, ["b"], "--drop")).names == ("a", "c")
    assert without_columns(frame, [], "--drop") is frame
    with pytest.raises(InputError) as caught:
        without_columns(frame, ["b", "d", "e"], "--drop")
    assert (caught.value.asked, caught.value.found) == (
        "`--drop` with columns of the table", "no column `d`, `e` among `a`, `b`, `c`"
    )  # fmt: skip


def test_packed_text_is_read_like_the_file_inside(tmp_path):
    plain, packed = tmp_path / "t.csv", tmp_path / "t.csv.gz"
    plain.write_text("a,b\n1,x\n2,y\n", encoding="utf-8")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_table(packed).equals(read_table(plain))


def test_a_damaged_packed_file_is_one_clear_error(tmp_path):
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(b"a,b\n1,2\n")[:-6])
    with pytest.raises(InputError, match="cannot be read"):
        read_table(packed)


def test_a_first_line_of_numbers_is_told(tmp_path):
    for text, told in ((b"0.5,1\n2,3\n", 1), (b"0,1\n2,3\n", 0), (b"a,1.5\n2,3\n", 0)):
        said = []
        read_table(written(tmp_path, text), note=said.append)
        assert sum("first line" in line for line in said) == told
