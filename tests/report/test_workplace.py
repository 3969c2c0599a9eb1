"""Runs that are killed at any step, and runs at the same time, leave a whole result and nothing else."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from limbeck.report import workplace, writing

OWNED = ("a.txt", "b.txt")


def listing(path):
    return {str(p.relative_to(path)): p.read_text() for p in path.rglob("*") if p.is_file()}


def whole(mark):
    return {"out/a.txt": f"{mark}", "out/b.txt": f"{mark}"}


def put(target, mark):
    writing.put_directory(target, {"a.txt": f"{mark}", "b.txt": f"{mark}"}, OWNED)


# Each child is killed one step later than the one before; its parent then does what the next run would do.
KILLED = """
import json, os, sys
from pathlib import Path
from limbeck.report import workplace, writing

target, kind, offered = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "exchange"
OWNED = ("a.txt", "b.txt")
calls, last, parent = 0, 0, True

def stepping(call):
    def step(*args, **more):
        global calls
        calls += not parent
        if calls == last and not parent:
            os._exit(9)
        return call(*args, **more)
    return step

def seen():
    return {str(p.relative_to(target.parent)): p.read_text() for p in target.parent.rglob("*") if p.is_file()}

for name in ("mkdir", "rmdir", "unlink", "rename", "replace", "fsync"):
    setattr(os, name, stepping(getattr(os, name)))
writing.exchange = stepping(workplace.exchange if offered else lambda a, b: False)
for last in range(1, 100):
    child = os.fork()
    if not child:
        parent = False
        if kind == "directory":
            writing.put_directory(target, {"a.txt": "new", "b.txt": "new"}, OWNED)
        else:
            writing.put_file(target, "new")
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    killed = seen()
    workplace.mended(target, OWNED)
    left = [name for name in os.listdir(target.parent) if name.startswith(".")]
    print(json.dumps([code, killed, seen(), left]))
    if code == 0:
        break
"""


def killed_at_every_step(target, kind, offered):
    """Return what is there after each kill, and what after the next run has looked."""
    words = [sys.executable, "-c", KILLED, str(target), kind, offered]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [code for code, *_ in steps] == [9] * (len(steps) - 1) + [0]
    assert not any(left for *_, left in steps), "nothing is left lying about"
    return [(killed, mended) for _, killed, mended, _ in steps]


@pytest.mark.parametrize("offered", ["exchange", "two renames"])
def test_a_directory_survives_a_kill_at_every_step(tmp_path, offered):
    out = tmp_path / "out"
    (out / "photos").mkdir(parents=True)
    (out / "photos" / "cat").write_text("meow")
    for name in OWNED:
        (out / name).write_text("old")
    steps = killed_at_every_step(out, "directory", offered)
    assert len(steps) > 8
    for killed, mended in steps:
        there = {name: text for name, text in killed.items() if name.startswith("out/") and "photos" not in name}
        assert there in [whole("old"), whole("new")] or (offered == "two renames" and not there)
        assert mended in [{**whole(mark), "out/photos/cat": "meow"} for mark in ("old", "new")]
    assert [mended["out/a.txt"] for _, mended in steps] == sorted((m["out/a.txt"] for _, m in steps), reverse=True)
    assert steps[0][1]["out/a.txt"] == "old"
    assert steps[-1][1]["out/a.txt"] == "new"


def test_a_new_directory_and_a_file_survive_a_kill_at_every_step(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    for killed, mended in killed_at_every_step(tmp_path / "one" / "out", "directory", "exchange"):
        assert {n: t for n, t in killed.items() if n.startswith("out/")} in [{}, whole("new")]
        assert mended in [{}, whole("new")]
    (tmp_path / "two" / "file").write_text("old")
    for killed, mended in killed_at_every_step(tmp_path / "two" / "file", "file", "exchange"):
        assert killed["file"] in ("old", "new")
        assert mended in [{"file": "old"}, {"file": "new"}]
    assert mended == {"file": "new"}


@pytest.mark.parametrize("offered", [True, False])
def test_runs_at_the_same_time_leave_one_whole_result(tmp_path, monkeypatch, offered):
    if not offered:
        monkeypatch.setattr(writing, "exchange", lambda a, b: False)
    out = tmp_path / "out"
    (out / "photos").mkdir(parents=True)
    (out / "photos" / "cat").write_text("meow")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: put(out, i), range(60)))
    found = listing(tmp_path)
    assert found.pop("out/photos/cat") == "meow"
    assert found in [whole(i) for i in range(60)]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_living_run_has_is_left_alone(tmp_path):
    target = tmp_path / "out"
    with workplace.workplace(target) as room:
        (room / "new").write_text("half")
        workplace.mended(target)
        assert (room / "new").read_text() == "half"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no such call")
def test_two_directories_change_places_in_one_step(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if workplace.exchange(tmp_path / "a", tmp_path / "b"):  # some disks do not offer it
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    with pytest.raises(OSError, match="c"):
        workplace.exchange(tmp_path / "a", tmp_path / "c")
