"""What is uploaded: the sdist builds a wheel, the wheel installs and runs alone, and its types hold from outside."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

import limbeck

ROOT = Path(__file__).parents[2]
PACKAGES = str(Path(np.__file__).parents[1])
PROGRAM = Path(__file__).parent / "user_program.py"
# Without `site` no editable install of this checkout stands in the way.
START = "import sys; sys.path[:0] = {places!r}; sys.argv = {argv!r}; import runpy; {run}"


def done(*command, cwd):
    told = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A wheel that was built from the sdist, without compiling, which takes minutes and has its own tests."""
    pytest.importorskip("build")
    pytest.importorskip("scikit_build_core")
    place = tmp_path_factory.mktemp("dist")
    checkout = place / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".*", "*.so", "results", "demo-*", "site", "tests"))
    quick = "--config-setting=wheel.cmake=false"
    done(sys.executable, "-m", "build", "--no-isolation", quick, "--outdir", place, ".", cwd=checkout)
    return next(place.glob("*.tar.gz")), next(place.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    place = tmp_path_factory.mktemp("installed")
    done(
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", place, built[1],
        cwd=place,
    )  # fmt: skip
    return place


def run(installed, folder, run, *argv):
    places = [str(installed), PACKAGES]
    return done(sys.executable, "-S", "-c", START.format(places=places, argv=["limbeck", *argv], run=run), cwd=folder)


def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built[1]) as archive:
        names = archive.namelist()
    own = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "limbeck").rglob("*")
           if path.is_file() and path.suffix not in (".pyc", ".so")}  # fmt: skip
    assert {name for name in names if name.startswith("limbeck/")} == own
    assert {name.split("/")[0] for name in names} == {"limbeck", f"limbeck-{limbeck.__version__}.dist-info"}
    assert "limbeck/py.typed" in names


def test_the_sdist_holds_what_a_build_needs(built):
    with tarfile.open(built[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE", "src/native/module.cpp"} <= names


def test_the_installed_package_runs_the_readmes_ten_lines_and_the_users_program(installed, tmp_path):
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    (tmp_path / "ten_lines.py").write_text(block, encoding="utf-8")
    told = run(installed, tmp_path, "runpy.run_path('ten_lines.py'); import limbeck; print(limbeck.__file__)")
    assert "this holds if" in told
    assert told.rstrip().endswith(str(installed / "limbeck" / "__init__.py"))
    told = run(installed, tmp_path, f"runpy.run_path({str(PROGRAM)!r}, run_name='__main__')")
    assert "differs on at most" in told


def test_the_installed_command_says_its_version(installed, tmp_path):
    told = run(installed, tmp_path, "runpy.run_module('limbeck', run_name='__main__')", "--version")
    assert told.startswith(f"limbeck {limbeck.__version__}")


def test_a_typed_program_holds_against_the_installed_package_and_a_wrong_one_does_not(installed, tmp_path):
    pytest.importorskip("pyright")
    right = PROGRAM.read_text(encoding="utf-8")
    (tmp_path / "right.py").write_text(right, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(right.replace("sql: str", "sql: int"), encoding="utf-8")
    settings = {
        "include": ["."], "typeCheckingMode": "strict", "pythonVersion": "3.11",
        "extraPaths": [str(installed), PACKAGES],
    }  # fmt: skip
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "-p", str(tmp_path)]
    told = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout)
    found = [(Path(d["file"]).name, d["message"]) for d in told["generalDiagnostics"] if d["severity"] == "error"]
    assert told["summary"]["filesAnalyzed"] == 2
    assert {name for name, _ in found} == {"wrong.py"}, found


def test_every_place_names_the_same_version():
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M)[1]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[1]
    assert cited == newest == limbeck.__version__
