"""The page as text: whole, small, closed to the network, and escaped."""

import builtins
import html.parser
import json
import re

import pytest
from tests.report.conftest import HACK, KINDS

from limbeck.errors import InputError, MissingExtraError
from limbeck.report import report_html


class Parsed(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.data = [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page_of(results):
    return lambda kind: report_html(results[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_small_and_names_no_other_file(kind, page_of):
    page = page_of(kind)
    assert len(page.encode()) < 1.5e6
    for tag, attrs in Parsed(page).tags:
        assert tag not in ("link", "img", "iframe", "object", "base", "form"), attrs
        assert not {"src", "srcset", "action"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]
        assert attrs.get("href", "#").startswith("#")


def test_a_page_has_as_many_scripts_as_were_put_there(page_of):
    scripts = [attrs for tag, attrs in Parsed(page_of("hostile")).tags if tag == "script"]
    assert len(scripts) == 5
    assert HACK not in page_of("hostile")


def test_the_same_result_gives_the_same_page(page_of):
    assert page_of("classes") == page_of("classes")


def test_the_data_of_the_scripts_are_json(page_of):
    for kind in ("hostile", "mixed"):
        (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page_of(kind), re.S)
        assert json.loads(text)["trees"]


def test_a_page_says_what_is_missing(page_of):
    assert "No certificate" in page_of("bare")
    assert "no validation rows" in page_of("bare")
    assert "Nothing is known of it" in page_of("classes")
    assert "No verdict" in page_of("large")


def test_a_report_is_written_whole_and_returned(results, tmp_path):
    page = results["classes"].report(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
    with pytest.raises(InputError):
        results["classes"].report(tmp_path / "absent" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_missing_package_is_named_with_its_extra(results, monkeypatch):
    whole = builtins.__import__

    def without(name, *rest):
        if name == "jinja2":
            raise ImportError(name)
        return whole(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"limbeck\[report\]"):
        report_html(results["classes"])
    assert results["classes"]._repr_html_() is None  # a notebook falls back to the printed form
