"""Run many and print what broke: `python -m tests.fuzz --runs 5000 --commands 1000 [--first SEED]`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.fuzz.commands import check_command, prepare
from tests.fuzz.distillations import check_distillation

# Seconds after which a run counts as one that hangs.
_HANGS = 120


def main() -> None:
    """Run the random distillations and commands from a first seed on; exit with 1 when one broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.path[:0] = [folder, str(Path(__file__).parents[2])]
        prepare(Path(folder))
        for check, count in ((check_distillation, given.runs), (check_command, given.commands)):
            ended: Counter[str] = Counter()
            with ProcessPoolExecutor(given.jobs) as pool:
                seeds = range(given.first, given.first + count)
                for seed, (end, shown) in zip(
                    seeds, pool.map(partial(_timed, check), seeds, chunksize=10), strict=True
                ):
                    ended[end] += 1
                    if shown:
                        print(f"{check.__name__}({seed}):\n{shown}", flush=True)
            broken += ended["broken"]
            print(f"{check.__name__}: {count} runs: {dict(ended.most_common())}", flush=True)
    sys.exit(1 if broken else 0)


def _timed(check: Callable[[int, Path], str], seed: int) -> tuple[str, str]:
    """Run one check within its time; return how it ended, and the trace where it broke."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"seed {seed} hangs")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(_HANGS)
    try:
        return check(seed, Path.cwd()), ""
    except BaseException:
        return "broken", traceback.format_exc()
    finally:
        signal.alarm(0)


if __name__ == "__main__":
    main()
