"""Bytes: places, words, signs and lines; names that can be read; files and bytes answer alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.concepts import Bytes
from limbeck.errors import InputError

GZIP, CODE = bytes.fromhex("1f8b0800"), b"#include <a>\n#include <b>\nint main() { return 0; }\n"


def test_magic_numbers_words_signs_and_lines():
    asked = [("starts 1f8b", 1), ("line #include", 2), ("has int", 1), ("has ();", 1), ("ends 7d", 1), ("byte 0a 2", 1)]
    found = Bytes().asking(asked)
    assert found.answers([GZIP, CODE]).astype(int).tolist() == [[1, 0, 0, 0, 0, 0], [0, 1, 1, 0, 1, 1]]
    assert found.names == (
        "starts with 1f 8b", 'a line starts with "#include", 2 times or more', 'contains "int"', 'contains "();"',
        'ends with "}"', "holds the byte 0a 2 times or more",
    )  # fmt: skip


@given(st.lists(st.binary(max_size=60), min_size=4, max_size=12))
def test_every_candidate_answers_again_as_it_did_and_has_a_name_of_its_own(inputs):
    kind = Bytes(span=16, places=(4,))
    found = kind.candidates(inputs, 1)
    chosen = kind.asking(found.questions)
    assert (chosen.answers(inputs) == found.answers.toarray()).all()
    assert len(set(chosen.names)) == len(chosen.names)


def test_files_answer_as_their_bytes(tmp_path):
    whole = CODE + b"x" * 5000 + b"\nlast line\n"
    file = tmp_path / "code"
    file.write_bytes(whole)
    kind = Bytes().asking([("line #include", 1), ("has last", 1), ("length 4096", 1), ("length 16384", 1)])
    assert kind.answers([file]).tolist() == kind.answers([whole]).tolist() == [[True, True, True, False]]


@pytest.mark.parametrize("question", [("starts 1f8b", 1), ("has int", 1), ("line #include", 1)])
def test_removal_takes_the_concept_away(question):
    kind = Bytes().asking([question])
    holder = GZIP if question[0].startswith("starts") else CODE
    assert kind.answers([holder])[0, 0]
    left = kind.without(holder, question)
    assert not kind.answers([left])[0, 0]
    assert len(left) == len(holder)


def test_where_nobody_knows_how_to_remove_nothing_is_removed(tmp_path):
    assert Bytes().without(CODE, ("length 64", 1)) is None
    assert Bytes().without(tmp_path, ("has int", 1)) is None


def test_a_file_that_is_not_there_and_inputs_without_bytes_are_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        Bytes().candidates([tmp_path / "none"], 1)
    with pytest.raises(InputError, match="`float`"):
        Bytes().candidates([1.5], 1)
