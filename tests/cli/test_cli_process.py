"""The command as a process of its own: what it imports, how it ends, and that nobody sees a trace."""

import json
import os
import resource
import signal
import subprocess
import sys

import pytest

COMMAND = (sys.executable, "-m", "limbeck")


@pytest.fixture
def environment(shelf):
    return {**os.environ, "PYTHONPATH": str(shelf), "LIMBECK_TRACE": "", "COLUMNS": "80"}


@pytest.fixture
def spawn(here, environment):
    def call(*words, env=(), encoding="utf-8", **settings):
        command = [*COMMAND, *map(str, words)]
        merged = {**environment, **dict(env)}
        return subprocess.run(
            command, capture_output=True, cwd=here, env=merged, timeout=120, encoding=encoding, **settings
        )

    return call


def test_help_imports_no_framework(environment):
    code = (
        "import sys\nfrom limbeck.cli.main import commands\n"
        "try:\n    commands(['distill', '--help'], prog_name='limbeck')\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'torch', 'pandas', 'polars', 'sklearn', 'onnx', 'onnxruntime', 'xgboost', 'lightgbm', 'skops'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


def test_help_documents_the_exit_codes(spawn):
    done = spawn("--help")
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout[done.stdout.index("Exit codes") :].strip().split("\n")[1:]]
    assert listed == ["0", "1", "2", "3", "4", "5", "130"]


def test_a_run_from_end_to_end(spawn, shelf, here):
    table = shelf / "numbers.csv"
    done = spawn("distill", shelf / "net.onnx", table, "--out", "o", "--effort", "fast", "--max-leaves", "4", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["tree"]["leaves"] <= 4
    plain = spawn("show", "o", env={"PYTHONIOENCODING": "latin-1"}, encoding="latin-1")
    assert plain.returncode == 0, plain.stderr
    assert "?? yes" in plain.stdout
    escaped = spawn("show", "o", "--json", env={"PYTHONIOENCODING": "latin-1"})
    assert json.loads(escaped.stdout)["tree"]["drawing"] == json.loads(done.stdout)["tree"]["drawing"]


@pytest.mark.parametrize(
    ("words", "code"),
    [(["show", "absent"], 3), (["show"], 2), (["distill", "absent.onnx", "numbers.csv"], 4),
     (["distill", "toy_models:make", "numbers.csv", "--out", "/dev/null/o"], 5)],
)  # fmt: skip
def test_exit_codes_without_a_trace(spawn, shelf, words, code):
    done = spawn(*[shelf / word if word == "numbers.csv" else word for word in words])
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr


def test_a_disk_that_really_refuses(spawn, shelf, here):
    def few_bytes():
        resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))

    words = ("distill", "toy_models:make", shelf / "numbers.csv", "--out", "o", "--effort", "fast")
    done = spawn(*words, preexec_fn=few_bytes, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 5, done.stderr
    assert "File too large" in done.stderr
    assert os.listdir(here) == []


def test_a_reader_that_goes_away(spawn, shelf, here, environment):
    assert spawn("distill", "toy_models:make", shelf / "numbers.csv", "--out", "o").returncode == 0
    process = subprocess.Popen(
        [*COMMAND, "show", "o"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=here, env=environment
    )
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait() != 0


def test_an_interrupt_in_the_middle(shelf, here, environment):
    started = here / "started"
    (here / "toy_slow.py").write_text(
        "import pathlib, time\ndef f(rows):\n"
        f"    pathlib.Path({str(started)!r}).touch()\n    time.sleep(0.2)\n    return [0] * len(rows)\n"
    )
    words = [*COMMAND, "distill", "toy_slow:f", str(shelf / "numbers.csv"), "--out", "o", "--batch-size", "1"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=here, env=environment)
    while not started.exists():
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"limbeck: interrupted\n")
    assert not (here / "o").exists()


def test_stdout_holds_the_result_alone(spawn, shelf, here):
    (here / "chatty.py").write_text(
        "import atexit, ctypes, os\nimport numpy as np\natexit.register(print, 'from the end')\n"
        "def f(rows):\n    print('from Python')\n    os.write(1, b'from the descriptor\\n')\n"
        "    ctypes.CDLL(None).puts(b'from C')\n    return (np.asarray(rows)[:, 0] > 0).astype(int)\n"
    )
    words = ("distill", "chatty:f", shelf / "numbers.csv", "--effort", "fast", "--max-leaves", "3", "--json")
    done = spawn(*words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tree"]["leaves"] <= 3
    assert {"from Python", "from the descriptor", "from C", "from the end"} <= set(done.stderr.split("\n"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")
@pytest.mark.parametrize("words", [["plan"], ["plan", "--json"], ["--help"], ["plan", "--help"], ["web", "--dot"]])
def test_a_full_stdout(words, here, environment):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, env=environment, text=True)
    assert done.returncode == 5, done.stderr
    assert done.stderr.split("\n")[0] == "limbeck: error"
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "| true"])
def test_streams_that_are_closed(closed, here, environment):
    line = f"{sys.executable} -c 'print(1)' | {sys.executable} -m limbeck web --dot {closed}"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, env=environment)
    # A reader that goes away may do so after all is written.
    assert done.returncode in {">&-": (5,), "2>&-": (0,), "| true": (0, 5)}[closed], done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert bool(done.stderr) == (closed == ">&-")


@pytest.mark.parametrize("module", ["numpy", "scipy", "click", "limbeck.cli.distill"])
def test_an_interrupt_while_limbeck_is_imported(module, here, environment):
    (here / "sitecustomize.py").write_text(
        "import signal, sys\nclass Finder:\n    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}:\n            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    merged = {**environment, "PYTHONPATH": f"{here}{os.pathsep}{environment['PYTHONPATH']}"}
    done = subprocess.run([*COMMAND, "plan"], capture_output=True, text=True, env=merged)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "limbeck: interrupted\n")


def test_an_interrupt_in_a_destructor_is_not_lost(here, environment):
    (here / "toy_end.py").write_text(
        "import signal\nclass Odd:\n    def __del__(self):\n        signal.raise_signal(signal.SIGINT)\n"
        "def f(rows):\n    Odd()\n    return [0] * len(rows)\n"
    )
    (here / "t.csv").write_text("a\n" + "1\n" * 30)
    done = subprocess.run([*COMMAND, "distill", "toy_end:f", "t.csv"], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "limbeck: interrupted\n")


def test_a_program_that_imports_limbeck_keeps_its_interrupts(environment):
    code = "import signal, limbeck; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
