"""Runs a worker and ends it when it takes too long: what it has found until then still counts."""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables.given import limit
from benchmarks.tables.methods import METHODS
from benchmarks.tables.teachers import cache_folder

__all__ = ["Outcome", "outcomes", "peers_python"]

GRACE, WALL, START_LIMIT = 1.25, 10.0, 240.0
"""Multiples of a size's limit after which it is killed, by processor time and by the wall; seconds to load packages."""
MOST_MEMORY = 6 << 30
PEERS = "LIMBECK_PEERS"
"""The environment variable with the Python of the peers' environment."""


@dataclass(frozen=True)
class Outcome:
    """How one number of leaves ended.

    Parameters
    ----------
    size : int
        Leaves that were allowed.
    status : {"done", "timeout", "error"}
        Whether the method ended by itself.
    seconds : float
        Its processor time.
    student : dict of arrays or None
        The best tree that it had kept: `test`, `validation`, `leaves`, `setting`.
    versions : dict
        Of its packages.
    note : str
        The last line of an error.
    """

    size: int
    status: str
    seconds: float
    student: dict[str, Any] | None
    versions: dict[str, str]
    note: str = ""


def peers_python() -> Path:
    """Return the Python of the peers' environment."""
    return Path(os.environ.get(PEERS, cache_folder().parent / "peers-venv" / "bin" / "python"))


def outcomes(method: str, given: Path, folder: Path, sizes: list[int]) -> Iterator[Outcome]:
    """Run a method for all sizes; after a kill or a crash, a new worker goes on with the next size."""
    left = sorted(sizes)
    while left:
        for outcome in _one_worker(method, given, folder, left):
            left.remove(outcome.size)
            yield outcome


def _one_worker(method: str, given: Path, folder: Path, sizes: list[int]) -> Iterator[Outcome]:
    """Run one worker to its end and tell how each size that it came to ended."""
    size, versions, complaints = sizes[0], {}, folder / "stderr.txt"
    with complaints.open("w") as stderr, _launched(method, given, folder, sizes, stderr) as process:
        watch = _Watch(process.pid)
        for message in _messages(process, watch):
            if "versions" in message:
                versions = message["versions"]
            elif "start" in message:
                size = message["start"]
                watch.start(GRACE * limit(), WALL * limit())
            elif "done" in message:
                yield Outcome(size, "done", message["seconds"], _kept(folder, size), versions)
                watch.start(START_LIMIT, START_LIMIT)
                size = next((later for later in sizes if later > size), 0)
        seconds, killed = watch.spent(), process.poll() is None
        if killed:
            process.kill()
        process.wait()
    if size:  # not all sizes were done
        note = (complaints.read_text().strip().splitlines() or [f"exit code {process.returncode}"])[-1][:200]
        yield Outcome(size, "timeout" if killed else "error", seconds, _kept(folder, size), versions,
                      "" if killed else note)  # fmt: skip


class _Watch:
    """How long a process may still run, in its own processor time and by the wall."""

    def __init__(self, pid: int) -> None:
        self._pid, self._cpu = pid, 0.0
        self.start(START_LIMIT, START_LIMIT)

    def start(self, cpu: float, wall: float) -> None:
        """Count from now on."""
        self._begun, self._until, self._most = self._read(), time.perf_counter() + wall, cpu

    def spent(self) -> float:
        """Return the processor time since then."""
        return self._read() - self._begun

    def passed(self) -> bool:
        """Tell whether either has passed."""
        return time.perf_counter() > self._until or self.spent() > self._most

    def _read(self) -> float:
        """Read the processor time; where there is no /proc, or no process any more, the last reading stays."""
        try:
            fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return self._cpu
        self._cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return self._cpu


def _launched(method: str, given: Path, folder: Path, sizes: list[int], stderr: Any) -> subprocess.Popen[bytes]:
    """Start a worker with one thread, in the environment that the method needs."""
    apart = METHODS[method].apart
    python = str(peers_python()) if apart else sys.executable
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    command = [python, "-m", "benchmarks.tables.worker", method, str(given), str(folder), *map(str, sizes)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=stderr, env={**os.environ, **threads},
        preexec_fn=_limit_memory if apart else None,
    )  # fmt: skip


def _limit_memory() -> None:
    """Let a solver that fills the memory fail, and not its neighbours."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _messages(process: subprocess.Popen[bytes], watch: _Watch) -> Iterator[dict[str, Any]]:
    """Yield the worker's messages until its output ends or its time, which the caller sets, has passed."""
    assert process.stdout is not None
    text = b""
    while not watch.passed():
        if not select.select([process.stdout], [], [], 0.2)[0]:
            continue
        chunk = os.read(process.stdout.fileno(), 65536)
        if not chunk:
            process.wait(timeout=30)
            return
        *lines, text = (text + chunk).split(b"\n")
        yield from (json.loads(line[1:]) for line in lines if line.startswith(b"@"))


def _kept(folder: Path, size: int) -> dict[str, Any] | None:
    """Read the best tree of this size that the worker kept."""
    path = folder / f"{size}.npz"
    if not path.exists():
        return None
    with np.load(path) as file:
        return {name: file[name] if file[name].ndim else file[name].item() for name in file.files}
