"""Rows on a Dask cluster of processes: the same bits as in memory, also when a worker is killed in the middle."""

import asyncio
import importlib.util
import os
import socketserver
import threading
from concurrent.futures import ThreadPoolExecutor

import dask.dataframe as dd
import distributed
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from limbeck import certify, distill
from limbeck.cli.main import commands
from limbeck.distillation import Distillation
from limbeck.errors import InputError, MissingExtraError
from limbeck.passes import streaming
from limbeck.streams import OutOfTimeError, batches_of, draw, files_at
from limbeck.streams.cluster import Partitions
from limbeck.teachers import TeacherFile

FAST = {"max_leaves": 5, "effort": "fast"}

MODELS = '''
import multiprocessing
import os
import numpy as np
from limbeck.errors import MissingExtraError

opened = []

def model(x):
    return np.where(x["b"].to_numpy() == "x", x["a"].to_numpy() > 1, x["c"].to_numpy() > 0.3).astype(int)

def on_a_worker():
    return multiprocessing.parent_process() is not None

def make_deadly():
    """A model that kills the worker that asks it first."""
    def deadly(x):
        marker = os.environ["MARKER"]
        if on_a_worker() and not os.path.exists(marker):
            open(marker, "x").close()
            os._exit(1)
        return model(x)
    return deadly

def make_incomplete():
    if on_a_worker():
        raise MissingExtraError.for_package("xgboost", "boost", "a teacher from an XGBoost model")
    return model

def make_counting():
    opened.append(1)
    return lambda x: model(x) if len(opened) == 1 else 1 / 0
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "models_of_the_cluster.py").write_text(MODELS)
    return folder


@pytest.fixture(scope="module")
def client(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("MARKER", str(place / "marker"))
        patch.syspath_prepend(place)
        asked = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
        cluster = distributed.LocalCluster(n_workers=2, processes=True, **asked)
        with cluster, distributed.Client(cluster) as client:
            yield client


@pytest.fixture(autouse=True)
def small_sample(monkeypatch):
    monkeypatch.setattr(streaming, "MOST_SEARCHED", 300)
    monkeypatch.setattr(streaming, "MOST_CERTIFICATE", 200)


def rows(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    c = rng.normal(size=n).round(1)
    return pd.DataFrame({"a": rng.integers(4, size=n), "b": rng.choice(list("xyz"), n), "c": c})


def told(result):
    return [(p.tree.to_dict(), p.fit_fidelity) for p in result.frontier], result.certificate, result.ledger.fit_rows


@pytest.fixture(scope="module")
def expected(client):
    from models_of_the_cluster import model

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "MOST_SEARCHED", 300)
        patch.setattr(streaming, "MOST_CERTIFICATE", 200)
        return told(distill(model, [rows()], **FAST))


def test_partitions_of_any_size_in_any_order_give_what_memory_gives(client, expected):
    frame = rows()
    uneven = dd.concat(
        [dd.from_pandas(frame.iloc[part], npartitions=1) for part in (slice(0, 3), slice(3, 1200), slice(1200, None))]
    )
    shuffled = dd.from_pandas(frame.sample(frac=1, random_state=1).reset_index(drop=True), npartitions=10)
    for way in (uneven, shuffled):
        assert told(distill("models_of_the_cluster:model", way, **FAST)) == expected


def test_a_killed_worker_changes_nothing(client, place, expected):
    found = distill("models_of_the_cluster:make_deadly", dd.from_pandas(rows(), npartitions=5), **FAST)
    assert (place / "marker").exists()
    assert told(found) == expected


def test_a_worker_opens_the_teacher_once(client, expected):
    spec = TeacherFile("models_of_the_cluster:make_counting")
    assert told(distill(spec, dd.from_pandas(rows(), npartitions=5), **FAST)) == expected


def test_a_worker_that_lacks_an_extra_says_so(client):
    with pytest.raises(MissingExtraError, match=r"on the worker tcp://.*xgboost.*limbeck\[boost\]"):
        distill("models_of_the_cluster:make_incomplete", dd.from_pandas(rows(), npartitions=4), **FAST)


def test_a_model_in_memory_does_not_travel(client):
    with pytest.raises(InputError, match="every worker can open"):
        distill(lambda x: x, dd.from_pandas(rows(), npartitions=2), **FAST)


def test_certify_on_the_cluster_says_what_it_says_of_the_table(client):
    from models_of_the_cluster import model

    result, fresh = distill(model, rows(500), certificate=0.0, **FAST), rows(2000, 1)
    found = certify(result, "models_of_the_cluster:model", dd.from_pandas(fresh, npartitions=7))
    claim = certify(result, model, fresh)
    assert (found.error_limit, found.leaves, found.by_class) == (claim.error_limit, claim.leaves, claim.by_class)


def test_files_on_the_command_line_through_a_scheduler(client, expected, place, monkeypatch):
    (place / "data").mkdir()
    for i, part in enumerate(np.array_split(np.arange(1500), 3)):
        rows().iloc[part].to_parquet(place / "data" / f"{i}.parquet")
    monkeypatch.chdir(place)
    words = ["distill", "models_of_the_cluster:model", "data/*.parquet", "--scheduler", client.scheduler.address]
    done = CliRunner().invoke(commands, [*words, "--out", "out", "--effort", "fast", "--max-leaves", "5"])
    assert done.exit_code == 0, done.stderr
    kept = Distillation.load(place / "out" / "distillation.json")
    for point, (tree, fidelity) in zip(kept.frontier, expected[0], strict=True):
        assert {**point.tree.to_dict(), "columns": 0} == {
            **tree,
            "columns": 0,
        }  # a table's file says how cells are read
        assert point.fit_fidelity == fidelity


def test_progress_tells_the_rows_of_the_partitions(client):
    seen = []
    stream = batches_of(dd.from_pandas(rows(), npartitions=3))
    distill("models_of_the_cluster:model", stream, progress=lambda *step: seen.append(step), **FAST)
    assert [done for what, done, _ in seen if what == "drawing a sample"][-1] == 1500


def test_the_clock_is_asked_after_every_partition(client):
    stream, asked = batches_of(dd.from_pandas(rows(), npartitions=5)), []
    with pytest.raises(OutOfTimeError):
        draw(stream, lambda n: 10, 0, keep_going=lambda: asked.append(1) or len(asked) < 3)
    assert len(asked) == 3


def test_one_worker_gives_what_two_give(client, expected):
    client.cluster.scale(1)
    frame = dd.from_pandas(rows(), npartitions=7)
    assert told(distill("models_of_the_cluster:model", frame, **FAST)) == expected


def test_without_a_client_the_threads_of_dask_do_it(client, expected):
    frame = dd.from_pandas(rows(), npartitions=7)
    assert told(distill("models_of_the_cluster:model", Partitions(frame), **FAST)) == expected


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    frame = dd.from_pandas(rows(10), npartitions=1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'limbeck\[dask\]'"):
        batches_of(frame)


def test_no_scheduler_is_one_clear_error(place):
    from limbeck.streams.cluster import connected

    async def in_a_notebook():
        connected("nonsense://here", files_at(place / "few.csv"))

    (place / "few.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"a Dask scheduler at .*nonsense"):
        connected("nonsense://here", files_at(place / "few.csv"))
    # In a thread of its own, since this one may have a loop that runs, by another test.
    with ThreadPoolExecutor(1) as apart, pytest.raises(InputError, match=r"ValueError: .*nonsense"):
        apart.submit(lambda: asyncio.run(in_a_notebook())).result()


def test_somebody_else_at_the_address_is_one_clear_error(place):
    from limbeck.streams.cluster import connected

    (place / "few.csv").write_text("a\n1\n")
    with socketserver.TCPServer(("127.0.0.1", 0), Website) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(InputError, match=r"a Dask scheduler at .*answers otherwise"):
            connected(f"tcp://127.0.0.1:{server.server_address[1]}", files_at(place / "few.csv"))
        server.shutdown()


class Website(socketserver.BaseRequestHandler):
    """What a web server says to whom it does not understand."""

    def handle(self):
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
