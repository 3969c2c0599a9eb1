"""Words: what scikit-learn's vectoriser counts, read back by name, removed and marked where they stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from limbeck.concepts import Words
from limbeck.errors import InputError

TEXTS = ["Free money, free!", "no money", "", "free lunch today", "Grüße, money money money", "a b c"] * 3


@pytest.mark.parametrize("ngrams", [(1, 1), (1, 2), (2, 3)])
def test_candidates_are_what_the_vectoriser_counts(ngrams):
    found = Words(ngrams=ngrams, counts=(1, 2)).candidates(TEXTS, 3)
    vectoriser = CountVectorizer(ngram_range=ngrams)
    counts = vectoriser.fit_transform(TEXTS).toarray()
    place = vectoriser.vocabulary_
    expected = {
        (term, k): counts[:, j] >= k
        for term, j in place.items()
        for k in (1, 2)
        if 3 <= (counts[:, j] >= k).sum() <= 15
    }
    answers = dict(zip(found.questions, found.answers.toarray().T, strict=True))
    assert answers.keys() == expected.keys()
    assert all((answers[question] == expected[question]).all() for question in expected)


def test_chosen_questions_answer_as_they_did_as_candidates():
    words = Words(ngrams=(1, 2), counts=(1, 2, 3))
    found = words.candidates(TEXTS, 3)
    assert (words.asking(found.questions).answers(TEXTS) == found.answers.toarray()).all()


@given(st.text(alphabet="ab ,.ÄßiİI\n", max_size=40), st.sampled_from(["ab", "aa bb", "ba", "ii"]))
def test_a_removed_word_is_gone_and_marks_are_where_it_stands(text, term):
    words = Words(ngrams=(1, 2)).asking([(term, 1)])
    marks = words.marks(text, (term, 1))
    if words.answers([text])[0, 0] and len(text.lower()) == len(text):
        assert marks
        assert all(text[start:stop].lower().split()[0].startswith(term[0]) for start, stop in marks)
    if not marks:
        assert words.without(text, (term, 1)) == text
    else:
        assert len(words.without(text, (term, 1))) < len(text)


def test_letters_inside_words():
    letters = Words(letters=True, ngrams=(3, 3)).asking([("ing", 1)])
    assert letters.answers(["Singing", "song"]).tolist() == [[True], [False]]
    assert letters.names == ('contains the letters "ing"',)


def test_bytes_and_files_are_read_as_utf8_and_what_is_not_is_no_letter(tmp_path):
    words = Words().asking([("money", 1)])
    file = tmp_path / "a.txt"
    file.write_bytes(b"\xff\xfemoney\x80")
    assert words.answers([b"\xffmoney", file, b"", ""]).ravel().tolist() == [True, True, False, False]
    assert words.without(file, ("money", 1)) is None


@pytest.mark.parametrize("strange", [None, 3, np.nan, ["a"]])
def test_what_is_no_text_is_refused(strange):
    with pytest.raises(InputError, match="give an empty text"):
        Words().candidates(["a", strange], 1)


@pytest.mark.parametrize("wrong", [{"ngrams": (0, 1)}, {"ngrams": (3, 2)}, {"pattern": "("}, {"counts": (0,)}])
def test_settings_that_cannot_be_used_are_refused(wrong):
    with pytest.raises(InputError):
        Words(**wrong)
