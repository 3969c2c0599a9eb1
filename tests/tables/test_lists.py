"""Lists of rows keep the type of every value, which NumPy alone does not."""

import numpy as np
import pytest

from limbeck.errors import InputError
from limbeck.tables import Kind, as_table


def test_numbers_beside_text_stay_numbers():
    table = as_table([["red", 1], ["blue", 2.5]])
    assert [column.kind for column in table.columns] == [Kind.CATEGORICAL, Kind.NUMERIC]
    assert table.native.tolist() == [["red", 1], ["blue", 2.5]]


def test_a_boolean_among_numbers_is_a_number_to_the_teacher_and_keeps_its_word():
    table = as_table([[True, 1.5], [False, 2.5]])
    assert table.native.dtype == np.float64
    assert table["x0"].values.tolist() == [1.0, 0.0]
    assert table["x0"].in_words().categories == ("False", "True")


def test_text_and_numbers_alone_are_what_numpy_makes_of_them():
    assert as_table([["u", "v"]]).native.dtype.kind == "U"
    assert as_table([[1, 2]]).native.dtype.kind == "i"


def test_lists_in_cells_are_left_to_the_teacher():
    table = as_table([[1, [2, 3]], [4, [5, 6]]])
    assert table["x1"].unread
    assert table.native[1, 1] == [5, 6]


@pytest.mark.parametrize("rows", [[[1, 2], [3]], [[1], 2], [{"a": 1}], {"a": [1]}, [[[1, 2]], [[3, 4]]]])
def test_what_is_no_table_is_refused(rows):
    with pytest.raises(InputError, match="shape"):
        as_table(rows)
