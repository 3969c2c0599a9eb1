"""The example on files asks the network as its own package does."""

from pathlib import Path

import magika
import numpy as np
from examples.files import Magika, teacher

ROOT = Path(__file__).parent.parent


def test_the_network_answers_as_in_its_own_package(tmp_path):
    paths = [
        ROOT / name for name in ("README.md", "Makefile", "src/limbeck/distill.py", "docs/figures/report-dark.png")
    ]
    (tmp_path / "white").write_bytes(b" \n\n  #!/bin/sh\necho hello\n\n" + b"\n" * 50)
    (tmp_path / "long").write_bytes(b"\n\n<html>" + b"<p>text</p>\n" * 2000 + b"</html>  \n")
    paths += [tmp_path / "white", tmp_path / "long"]
    own = magika.Magika()
    assert Magika()(paths).tolist() == [str(own.identify_path(path).dl.label) for path in paths]


def test_rare_types_are_one(tmp_path):
    paths = [ROOT / "README.md"] * 3 + [ROOT / "Makefile"]
    assert set(np.unique(teacher(paths[:3])._function(paths))) == {"markdown", "other"}
