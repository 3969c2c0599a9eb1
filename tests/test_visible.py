"""Characters that a terminal acts on are shown, and never sent."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import Kind, Leaf, Literal, OutputReading, Split, Tree
from limbeck.core.outputs import Rule, Task
from limbeck.errors import InputError
from limbeck.visible import json_escaped, visible, visible_lines

ACTIVE = [
    "\x1b[31m",
    "\x9b2J",
    "\x07",
    "\r",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u061c",
    "\u2028",
    "\ufeff",
    "\ud800",
    "\x7f",
]
ORDINARY = ["שלום", "می\u200cخواهم", "👩\u200d🚀", "naïve café", "A\u0308", "a\u00a0b", "日本語", "back\\slash"]


def acts(character):
    """Tell whether Unicode calls a character control, format, surrogate or separator of lines (but for joiners)."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\u200c\u200d"


@given(st.text(st.characters()))
def test_no_character_that_acts_is_left(text):
    assert not any(map(acts, visible(text)))
    assert visible(visible(text)) == visible(text)
    assert visible_lines(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ACTIVE)
def test_what_acts_is_shown_by_its_number(text):
    assert visible(text) == "".join(c.encode("unicode_escape").decode() if acts(c) else c for c in text) != text


@pytest.mark.parametrize("text", ORDINARY)
def test_words_of_every_script_stay_as_they_are(text):
    assert visible(text) == text


@given(st.recursive(st.text(st.characters()), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_stays_the_same_document(plain):
    text = json.dumps(plain, ensure_ascii=False, indent=1)
    assert json.loads(json_escaped(text)) == plain
    assert not any(map(acts, json_escaped(text).replace("\n", "")))


@pytest.mark.parametrize("active", ACTIVE)
def test_texts_about_a_tree_and_errors_show_them(active):
    name, category, label = (f"{active}{part}" for part in ("column", "category", "class"))
    root = Split(Literal.one_of(name, [category, "b"]), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    tree = Tree.from_node(root, classes=(label, "other"), columns=((name, Kind.CATEGORICAL),))
    error = InputError(f"`{name}`", category, label)
    reading = OutputReading(Task.BINARY, Rule.LABEL, (label, "other"))
    for shown in (tree.to_text(), tree.to_markdown(), tree.to_dot(), tree.to_svg(), str(error), str(reading)):
        assert not any(map(acts, shown.replace("\n", "")))
