"""The example notebook runs from top to bottom, and shows what it shows in the repository."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "examples" / "first_distillation.ipynb"
# In a process of its own: the kernel's libraries warn, and the tests take warnings for errors.
EXECUTE = """
import sys, nbclient, nbformat
book = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
nbformat.write(book, sys.argv[2])
"""
NUMBER = re.compile(r"\d[\d.e+-]*")


def shown(book):
    """What every cell shows, without its numbers and its pictures."""
    found = []
    for cell in json.loads(book.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            kinds = sorted(output.get("data", {}))
            text = "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            found.append((output["output_type"], kinds, NUMBER.sub("#", text)))
    return found


def test_the_notebook_runs_and_shows_what_it_shows(tmp_path):
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    again = tmp_path / "again.ipynb"
    told = subprocess.run(
        [sys.executable, "-c", EXECUTE, str(NOTEBOOK), str(again)], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    assert shown(again) == shown(NOTEBOOK)
    assert any("text/html" in kinds for _, kinds, _ in shown(NOTEBOOK))
    assert any("image/png" in kinds for _, kinds, _ in shown(NOTEBOOK))
