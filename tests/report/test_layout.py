"""Layout: nothing is lost, nothing is wider than it may be, and drawn branches stay whole."""

import math

from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import Kind, Leaf, Literal, Split, Tree
from limbeck.report.layout import aligned, count, paragraph, share, upper, wrapped_drawing

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=60).map(" ".join)


@given(WORDS, st.integers(40, 120))
def test_paragraphs_keep_their_words_and_their_width(text, width):
    filled = paragraph(text, width, lead="  - ")
    assert filled.split() == ["-", *text.split()]
    assert max(map(len, filled.split("\n"))) <= width
    assert all(line.startswith("    ") for line in filled.split("\n")[1:])


def test_columns_are_aligned_under_a_header_of_several_lines():
    table = aligned(["", "first\nsecond", "name"], [["→", "1", "a"], ["", "20", "bc"]], left=[2], indent=1)
    assert table.split("\n") == ["     first  name", "    second", " →       1  a", "        20  bc"]


@given(st.lists(st.floats(0, 1), min_size=1))
def test_limits_are_rounded_up_and_shares_never_to_one(values):
    for value in values:
        assert float(upper(value)) >= value - 1e-9
        assert float(upper(value)) <= min(value + 1.01e-4, 1)
        assert (share(value) == "1.0000") == (value == 1)
        assert abs(float(share(value)) - value) <= 1e-4


def test_what_is_known_is_not_rounded_away():
    assert (share(-3.25), share(None), count(1234567), count(2.5)) == ("-3.2500", "-", "1 234 567", "2.5")
    assert (upper(0.0), upper(1.0), upper(math.nextafter(0.5, 1))) == ("0.0000", "1.0000", "0.5000")


def unfolded(folded):
    """Put the folded lines of a drawing together again, by where a node may begin."""
    lines = []
    for line in folded.split("\n"):
        bare = line.lstrip("│ ")
        if bare.startswith(("├─ ", "└─ ")) or not lines:
            lines.append(line)
        else:
            lines[-1] += " " + bare
    return lines


LITERALS = st.builds(
    Literal.one_of, st.sampled_from("pqr"), st.lists(st.text("xyz", min_size=3, max_size=9), min_size=2, max_size=9)
)
NODES = st.recursive(
    st.builds(Leaf, st.just((1.0, 0.0)), st.integers(1, 999).map(float)),
    lambda child: st.builds(Split, LITERALS, child, child),
    max_leaves=12,
)


@given(NODES, st.integers(70, 110))
def test_folding_a_drawing_loses_nothing_and_keeps_to_the_width(root, width):
    columns = tuple((name, Kind.CATEGORICAL) for name in "pqr")
    drawing = Tree.from_node(root, classes=("a", "b"), columns=columns).to_text()
    folded = wrapped_drawing(drawing, width)
    assert [" ".join(line.split()) for line in unfolded(folded)] == [
        " ".join(line.split()) for line in drawing.split("\n")
    ]
    deepest = max(len(line) - len(line.lstrip("│ ")) for line in drawing.split("\n"))
    assert max(map(len, folded.split("\n"))) <= max(width, deepest + 40)


def test_branches_run_through_a_fold():
    literal = Literal.one_of("place", [f"name{i}" for i in range(9)])
    inner = Split(literal, Leaf((1.0, 0.0), 3.0), Leaf((0.0, 1.0), 4.0))
    tree = Tree.from_node(Split(literal, inner, inner), classes=("a", "b"), columns=(("place", Kind.CATEGORICAL),))
    assert wrapped_drawing(tree.to_text(), 40).split("\n") == [
        "place in {name0, name1, name2, name3,",
        "│  name4, name5, name6, name7, name8}",
        "├─ yes  place in {name0, name1, name2,",
        "│  │      name3, name4, name5, name6,",
        "│  │      name7, name8}",
        "│  ├─ yes  a  (100 % of 3 rows)",
        "│  └─ no   b  (100 % of 4 rows)",
        "└─ no   place in {name0, name1, name2,",
        "   │      name3, name4, name5, name6,",
        "   │      name7, name8}",
        "   ├─ yes  a  (100 % of 3 rows)",
        "   └─ no   b  (100 % of 4 rows)",
    ]
