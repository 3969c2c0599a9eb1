"""The site is built without a warning, shows every room and every measured figure, and asks nothing of other hosts."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import limbeck

ROOT = Path(__file__).parents[1]
SOURCE = Path(limbeck.__file__).parent
SETTINGS = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
NAVIGATION = re.findall(r"(\S+\.md)$", SETTINGS.partition("\nnav:\n")[2], re.M)

# Attributes by which a browser fetches something when it opens a page; links to follow are in `a` alone.
FETCHED = {"src", "srcset", "poster", "data", "href", "xlink:href"}
ROW = re.compile(r"^\|(?! *-{3})(.+)\|$", re.M)
FENCE = re.compile(r"^```\n(.*?)^```$", re.M | re.S)


def test_every_room_has_a_page_and_every_page_a_room():
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    table = re.findall(r"^\| \[`(\w+)/`\]", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.M)
    shown = [page.removeprefix("rooms/").removesuffix(".md") for page in NAVIGATION if page.startswith("rooms/")]
    assert sorted(shown) == sorted(["index", *table])
    assert shown[0] == "index"
    assert set(table) == rooms
    assert {path.stem for path in (ROOT / "docs" / "rooms").iterdir()} == {"index"} | rooms


def test_a_room_page_has_words_an_example_and_the_names():
    for room in sorted(path.parent.name for path in SOURCE.glob("*/__init__.py")):
        page = (ROOT / "docs" / "rooms" / f"{room}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# limbeck.{room}\n")
        assert "```python\n" in page, room
        assert room == "cli" or f"\n::: limbeck.{room}\n" in page


class Page(HTMLParser):
    """What one page of the site fetches, links to and says."""

    def __init__(self, path):
        super().__init__()
        self.path, self.fetched, self.linked, self.names, self.text = path, [], [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a":
            self.linked += [found["href"]] if found.get("href") else []
        elif tag != "link" or "canonical" not in found.get("rel", ""):
            self.fetched += [found[name] for name in FETCHED & set(found)]
        self.fetched += re.findall(r"url\(([^)]*)\)", found.get("style") or "")

    def handle_data(self, data):
        self.text.append(data)


def is_outside(address):
    return bool(urlsplit(address.strip("\"' ")).netloc)


def leads_nowhere(page, address, pages):
    """Tell whether a link within the site has no file, or its file no such place."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return False
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if target.is_dir():
        target /= "index.html"
    if target not in pages:
        return not target.exists()
    return bool(parts.fragment) and unquote(parts.fragment) not in pages[target].names


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site as `make site` does, in a folder of its own."""
    missing = [name for name in ("mkdocs", "material", "mkdocstrings_handlers") if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: the site is not tested; pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("site").resolve() / "built"
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stderr, built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_entry_of_the_navigation_is_a_page_and_every_page_an_entry(site, pages):
    entries = {(site / entry).with_suffix(".html") for entry in NAVIGATION}
    assert len(entries) == len(NAVIGATION)
    assert entries == set(pages) - {site / "404.html"}


def test_no_page_fetches_anything_from_another_host(site, pages):
    fetched = {address for page in pages.values() for address in page.fetched}
    assert any(address.endswith(".css") for address in fetched)
    assert not {address for address in fetched if is_outside(address)}
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not [address for address in re.findall(r"(?:url\(|@import )([^);]*)", text) if is_outside(address)]


def test_every_link_within_the_site_leads_somewhere(site, pages):
    for path, page in pages.items():
        addresses = page.linked + page.fetched if path.name != "404.html" else []  # its links begin at the host's root
        assert not [address for address in addresses if leads_nowhere(page, address, pages)], path.relative_to(site)


def test_the_checks_of_links_can_fail(tmp_path):
    path = tmp_path / "page.html"
    path.write_text('<h1 id="top"></h1><img src="//cdn.example/x.png"><a href="gone.html"></a><a href="#gone"></a>')
    page = Page(path)
    assert [address for address in page.fetched if is_outside(address)] == ["//cdn.example/x.png"]
    assert all(leads_nowhere(page, address, {path: page}) for address in page.linked)
    assert not leads_nowhere(page, "#top", {path: page})


def test_rooms_show_the_docstrings_of_their_names(pages, site):
    page = pages[site / "rooms" / "theory.html"]
    assert {f"limbeck.theory.{name}" for name in limbeck.theory.__all__} <= page.names
    assert "Clopper-Pearson one-sided upper limit" in "".join(page.text)


def test_the_benchmarks_page_shows_the_figures_of_the_benchmarks(pages, site):
    shown = "".join(pages[site / "benchmarks.html"].text)
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    directives = re.findall(r"^<!-- shown: \.\./(\S+), (.+) -->$", page, re.M)
    assert len(directives) >= 5
    for source, heading in directives:
        section = (ROOT / source).read_text(encoding="utf-8").partition(f" {heading}\n")[2].partition("\n#")[0]
        cells = {cell.replace("`", "").strip(" *") for row in ROW.findall(section)[:4] for cell in row.split("|")}
        fence = FENCE.search(section)
        assert cells or fence, heading
        missing = [cell for cell in cells or {fence[1]} if cell not in shown]
        assert not missing, heading
    assert not re.search(r"\d\.\d", page), "figures belong to the pages of the benchmarks"
