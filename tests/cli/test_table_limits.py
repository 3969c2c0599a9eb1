"""Small files that unpack to much are refused before a data frame is made of them; ordinary ones are not."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from limbeck.cli import table_limits
from limbeck.cli.tables import read_table
from limbeck.errors import InputError

ROWS = "a,b\n" + "1,2\n" * 40


@pytest.fixture
def tight(monkeypatch):
    """The same bounds, small enough that a test can exceed them in no time."""
    monkeypatch.setattr(table_limits, "_FREE", 1 << 16)


def test_packed_text_that_unpacks_to_too_much(tight, tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    assert read_table(path).shape == (40, 2)
    path.write_bytes(gzip.compress(ROWS.encode() + b"1,2\n" * (1 << 18)))
    with pytest.raises(InputError, match=r"100 times the size of the file.*`gunzip`"):
        read_table(path)
    path.write_bytes(gzip.compress(ROWS.encode()) + gzip.compress(b"1,2\n" * (1 << 18)))
    with pytest.raises(InputError, match="more, when it is unpacked"):
        read_table(path)


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_parquet_that_declares_too_much(engine, tight, tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": np.zeros(100), "b": ["x"] * 100}).to_parquet(path)
    table_limits.check_parquet(path, engine)
    pd.DataFrame({"a": np.zeros(1 << 20)}).to_parquet(path)
    with pytest.raises(InputError, match=r"100 times the size of the file.*fewer rows"):
        table_limits.check_parquet(path, engine)


def test_parquet_that_holds_more_than_it_declares(tight, tmp_path):
    """One long text, a thousand times: a few bytes a row in the file."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": ["x" * 10_000] * 1000}), path, compression="zstd")
    assert path.stat().st_size < 5_000
    with pytest.raises(InputError, match="more, when it is unpacked"):
        read_table(path)


def test_tables_with_too_many_columns(monkeypatch, tmp_path):
    (tmp_path / "t.csv").write_text(ROWS)
    pd.DataFrame({"a": [1], "b": [2]}).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(table_limits, "_MOST_COLUMNS", 1)
    for name in ("t.csv", "t.parquet"):
        with pytest.raises(InputError, match=r"at most 1 column in .* found 2 columns"):
            read_table(tmp_path / name)


def test_many_repeated_names_are_told_at_once(tmp_path):
    (tmp_path / "t.csv").write_text(",".join(["a", "b"] * 40_000) + "\n1\n")
    with pytest.raises(InputError, match="`a`, `b` more than once"):
        read_table(tmp_path / "t.csv")


def test_ordinary_tables_stay_within_the_bounds(tmp_path):
    frame = pd.DataFrame({"a": np.zeros(100_000), "b": pd.Categorical(["x", None] * 50_000), "c": [[1]] * 100_000})
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").shape == frame.shape
    frame[["a", "b"]].to_csv(tmp_path / "t.csv.gz", index=False)
    assert read_table(tmp_path / "t.csv.gz").shape == (100_000, 2)
