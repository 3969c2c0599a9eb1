"""Names that are shown together are cut so that no two look alike."""

from hypothesis import given
from hypothesis import strategies as st

from limbeck.tables import shortened, told_apart

NAMES = st.lists(st.text("ab\n\\", max_size=3).map(lambda text: text * 20) | st.text(max_size=60), max_size=8)


@given(NAMES)
def test_different_texts_have_different_short_forms(names):
    shown = told_apart(names, most=10)
    assert list(shown) == list(dict.fromkeys(names))
    assert len(set(shown.values())) == len(shown)


@given(st.text(max_size=40))
def test_a_short_text_alone_is_shown_as_messages_show_it(text):
    assert told_apart([text]) == {text: shortened(text)}


def test_names_that_differ_at_their_ends_need_no_more_than_the_usual_length():
    names = [f"monthly_average_outstanding_balance_of_account_{kind}" for kind in ("current", "savings")]
    assert [len(name) for name in told_apart(names).values()] == [40, 40]


def test_texts_of_a_million_letters_are_short_even_where_only_their_middle_differs():
    names = ["a" * 500_000 + letter + "b" * 500_000 for letter in "xyz"]
    shown = told_apart(names)
    assert len(set(shown.values())) == 3
    assert max(map(len, shown.values())) < 50
