"""Run the problems and write the page: `python -m benchmarks.real [--only NAME] [--effort normal]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.real.compare import measured
from benchmarks.real.page import written
from benchmarks.real.problems import PROBLEMS

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Measure what is asked for, and write the page from all results that there are."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=list(PROBLEMS))
    parser.add_argument("--effort", default="fast", choices=["fast", "normal", "thorough"])
    parser.add_argument("--page", action="store_true", help="write the page only")
    asked = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    for name, make in PROBLEMS.items():
        if not asked.page and asked.only in (None, name):
            found = measured(make(), asked.effort)
            (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            print(name, found["fidelity"], found["verdict"], f"{found['seconds']:.0f} s", flush=True)
    written([json.loads((RESULTS / f"{name}.json").read_text()) for name in PROBLEMS if _there(name)])


def _there(name: str) -> bool:
    return (RESULTS / f"{name}.json").exists()


if __name__ == "__main__":
    main()
