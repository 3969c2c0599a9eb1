"""Results of every kind, their pages, and a browser to open them in."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.neural_network import MLPClassifier
from tests.report.by_hand import classified, evidence, regressed, tree  # noqa: F401

from limbeck import distill
from limbeck.core import Kind, Leaf, Literal, OutputReading, Split, Tree
from limbeck.core.outputs import Rule, Task
from limbeck.distillation import Distillation, Ledger, SizedTree, Status

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

HACK = "</script><script>window.hacked=1</script>"
HOSTILE = (
    HACK, '"><img src=x onerror="window.hacked=1">', "a'b\nc\u2028d", "\u202egnp.exe", "{{ 7 * 7 }}", "&lt;b&gt;",
    "very long " * 60,
)  # fmt: skip


def rows_of(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"a": rng.normal(size=n).round(3), "b": rng.integers(2, size=n), "c": rng.choice(list("uvw"), n)}
    )


def answer(rows):
    return np.where((rows["a"] > 0) & (rows["c"] == "u"), "yes", np.where(rows["b"] == 1, "perhaps", "no"))


def classes():
    return distill(answer, rows_of(400), max_leaves=5, effort="fast")


def numbers():
    return distill(lambda r: r["a"].to_numpy() + 0.5 * r["b"].to_numpy(), rows_of(400), max_leaves=6, effort="fast")


def twelve():
    cuts = np.linspace(-1.5, 1.5, 11)
    return distill(lambda r: np.digitize(r["a"], cuts), rows_of(600), max_leaves=13, effort="fast")


def bare():
    return distill(answer, rows_of(80), max_leaves=4, effort="fast", certificate=0.0, validation=0.0, queries=False)


def one_leaf():
    return distill(lambda r: np.zeros(len(r), int), rows_of(60), effort="fast")


def no_rows():
    return distill(answer, rows_of(200), max_leaves=3, effort="fast", keep_rows=False)


def layers():
    bits = np.random.default_rng(0).integers(2, size=(500, 5))
    learn = {"learning_rate_init": 0.03, "max_iter": 60, "tol": 1.0, "n_iter_no_change": 50, "random_state": 0}
    network = MLPClassifier((12,), **learn).fit(bits, bits[:, 0] ^ bits[:, 1])
    return distill(network, bits, max_leaves=4, effort="fast")


def hostile():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({name: rng.normal(size=300).round(2) for name in HOSTILE[:-2]})
    rows[HOSTILE[-2]] = rng.choice(HOSTILE, 300)
    rows[HOSTILE[-1]] = rng.integers(2, size=300)
    labels = np.array([HACK, '<img src=x onerror="window.hacked=1">', "\u202eon"], dtype=object)

    def model(r):
        return labels[np.where(r[HOSTILE[-2]] == HACK, 0, np.where(r[HOSTILE[0]] > 0.2, 1, 2))]

    return distill(model, rows, max_leaves=6, effort="fast")


def large():
    """A tree of 128 leaves as an older file holds it: no exhibits, no baseline, no certificate."""

    def grown(depth, code):
        if depth == 7:
            return Leaf((1.0, 0.0) if code % 3 else (0.0, 1.0), 8.0)
        return Split(Literal.is_value(f"x{depth}", 1.0), grown(depth + 1, 2 * code), grown(depth + 1, 2 * code + 1))

    columns = tuple((f"x{j}", Kind.NUMERIC) for j in range(7))
    whole, leaf = (
        Tree.from_node(root, classes=(0, 1), columns=columns) for root in (grown(0, 1), Leaf((0.6, 0.4), 1024.0))
    )
    return Distillation(
        "model", OutputReading(Task.BINARY, Rule.LABEL, (0, 1)),
        (SizedTree(leaf, 0.6, 0.61), SizedTree(whole, 1.0, 0.99)), whole, None, None, Status.COMPLETE,
        Ledger(1024, 200, 0, 0, 10, 10, 7), (), {"concepts": []}, {"limbeck": "0.1.0"},
    )  # fmt: skip


def mixed():
    """Missing and infinite values, categories, a binary column of -1 and 1, and a concept."""
    rng = np.random.default_rng(1)
    rows = rows_of(500)
    rows["sign"] = rng.choice([-1.0, 1.0], 500)
    rows["concept"] = rng.integers(2, size=500)
    rows.loc[::7, "a"] = np.nan
    rows.loc[1::11, "a"] = np.inf
    rows.loc[2::13, "a"] = -np.inf
    rows["c"] = rows["c"].astype(object)
    rows.loc[::5, "c"] = None

    def model(r):
        known = r["a"].fillna(-5.0).replace([np.inf, -np.inf], 3.0)
        return ((known > 0.3) ^ (r["sign"] > 0) & (r["c"].fillna("none") != "u")).to_numpy().astype(int)

    return distill(model, rows, max_leaves=10, concepts=["concept"], effort="fast")


KINDS = {f.__name__: f for f in (classes, numbers, twelve, bare, one_leaf, no_rows, layers, hostile, large, mixed)}


@pytest.fixture(scope="session")
def results():
    """Results by kind, made when first asked for."""

    class Made(dict):
        def __missing__(self, kind):
            self[kind] = KINDS[kind]()
            return self[kind]

    return Made()


def browser_path():
    found = os.environ.get("LIMBECK_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    return found or (ON_A_MAC if Path(ON_A_MAC).exists() else None)


@pytest.fixture(scope="session")
def browser():
    path = browser_path()
    if path is None:
        words = "no Chrome or Chromium on this machine: the report is not tested in a browser"
        pytest.fail(words) if "LIMBECK_NEEDS_BROWSER" in os.environ else pytest.skip(words)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def file_of(results, tmp_path_factory):
    place = tmp_path_factory.mktemp("pages")

    def written(kind):
        path = place / f"{kind}.html"
        if not path.exists():
            results[kind].report(path)
        return path

    return written


@pytest.fixture
def visit(browser, file_of):
    """Open the page of a kind; nothing may be said on its console and nothing asked of any network."""
    said, asked, contexts = [], [], []

    def opened(kind, **settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        own = file_of(kind).as_uri()

        def refuse(route):
            if route.request.url == own:
                route.continue_()
            else:
                asked.append(route.request.url)
                route.abort()

        page.route("**/*", refuse)
        page.goto(own)
        page.wait_for_selector("body[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert asked == []
