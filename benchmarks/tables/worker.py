"""One method on one problem, in a process of its own: `python -m benchmarks.tables.worker METHOD FOLDER LEAVES...`.

It tells on its output what it starts and ends, and keeps the best tree so far in the folder: whoever kills it still has
that.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np

from benchmarks.tables.given import Clock, Given, Student, score
from benchmarks.tables.methods import METHODS

__all__ = ["best_student", "run"]

Score = tuple[float, float]


def run(method: str, given_path: Path, folder: Path, sizes: list[int]) -> None:
    """Run all sizes, one after the other."""
    given, clock, students = Given.read(given_path), Clock(), METHODS[method].students()
    if METHODS[method].asks:
        given.problem  # noqa: B018 - loaded before the clock starts
    say({"versions": METHODS[method].versions()})
    for leaves in sizes:
        say({"start": leaves})
        clock.start()
        best = (float("-inf"), 0.0)
        for student in students(given, leaves, clock):
            if student.leaves <= leaves:
                best = best_student(student, best, given, folder / f"{leaves}.npz")
            if clock.left() < 0:
                break
        say({"done": leaves, "seconds": clock.spent()})


def best_student(student: Student, best: Score, given: Given, path: Path) -> Score:
    """Keep a student when it is better than all before it: on the validation rows, and among equals on the fit rows."""
    validation = score(student.validation, given.validation_labels, given.task)
    found = (validation, student.fit_score)
    if found <= best:
        return best
    part = path.with_suffix(".part.npz")
    np.savez(part, test=student.test, validation=validation, leaves=student.leaves, setting=student.setting)
    part.replace(path)
    return found


def say(message: dict[str, object]) -> None:
    """Tell the parent."""
    print("@" + json.dumps(message), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), [int(size) for size in sys.argv[4:]])
