"""One distillation on a cluster of processes of this machine. `python -m benchmarks.scale.cluster FOLDER WORKERS`."""

from __future__ import annotations

import json
import resource
import sys
import time

import dask
import distributed

from benchmarks.scale.rows import model
from limbeck import distill
from limbeck.streams import files_at
from limbeck.streams.cluster import Partitions


def peak() -> float:
    """Return the peak memory of this process, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(folder: str, n_workers: int) -> None:
    """Distill the files of a folder, and print what it took."""
    dask.config.set({"distributed.worker.daemon": False})
    place = distributed.LocalCluster(
        n_workers=n_workers, threads_per_worker=1, dashboard_address=":0", memory_limit="4GB"
    )
    with place, distributed.Client(place) as client:
        start = time.perf_counter()
        result = distill(str(model()), Partitions(files_at(folder), client), max_leaves=16)
        wall = time.perf_counter() - start
        workers = list(client.run(peak).values())
        processor = sum(client.run(time.process_time).values()) + time.process_time()
    told = {"wall": wall, "cpu": processor, "rss": peak(), "workers": workers, "passes": result.ledger.seconds}
    print(json.dumps({**told, "fidelity": result.certificate.fidelity, "nodes": result.tree.to_dict()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
