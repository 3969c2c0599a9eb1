import numpy as np
import pandas as pd
import pytest

from limbeck.core import Clause, Literal, as_table
from limbeck.errors import InputError
from limbeck.observe import RejectionSampler, UniformBits, as_sampler

SIGNS = as_table(np.array([[-1, 0], [1, 1], [1, 0], [-1, 1]], dtype=np.int8))


def test_bits_satisfy_the_clause_and_are_uniform_elsewhere():
    sampler = UniformBits.like(as_table(np.array([[-1.0, 0.0, -1.0], [1.0, 1.0, 1.0]])))
    clause = Clause(((Literal.is_value("x0", 1), False), (Literal.at_most("x1", 0.5), False)))
    drawn = sampler.draw(clause, 4000, np.random.default_rng(0))
    assert drawn is not None
    assert clause.holds(drawn.table).all()
    assert drawn.share == 0.25
    assert set(np.unique(drawn.table.native[:, 2])) == {-1.0, 1.0}
    assert abs(drawn.table.native[:, 2].mean()) < 5 / np.sqrt(4000)


def test_bits_keep_the_type_of_the_rows():
    drawn = UniformBits.like(SIGNS).draw(Clause(), 5, np.random.default_rng(0))
    assert drawn is not None
    assert drawn.table.native.dtype == np.int8
    assert drawn.table.names == SIGNS.names


def test_rejection_keeps_rows_of_the_clause_and_estimates_its_share():
    def sample(n, rng):
        return pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})

    sampler = RejectionSampler(sample, ("a", "b"))
    clause = Clause(((Literal.at_most("a", -1.0), True),))
    drawn = sampler.draw(clause, 500, np.random.default_rng(0))
    assert drawn is not None
    assert drawn.table.n_rows == 500
    assert (drawn.table["a"].values <= -1.0).all()
    assert abs(drawn.share - 0.1587) < 5 * np.sqrt(0.1587 * 0.8413 / 4000)


def test_a_clause_that_never_holds_gives_nothing():
    sampler = RejectionSampler(lambda n, rng: np.zeros((n, 1)), ("x0",))
    assert sampler.draw(Clause(((Literal.at_most("x0", -1.0), True),)), 10, np.random.default_rng(0)) is None


@pytest.mark.parametrize(
    ("sampler", "rows"),
    [("uniform", SIGNS), ("uniform bits", as_table([[0.0, 1.0], [2.0, 1.0]])), (3, SIGNS)],
)
def test_other_samplers_are_refused(sampler, rows):
    with pytest.raises(InputError) as caught:
        as_sampler(sampler, rows)
    assert caught.value.asked
    assert caught.value.found
    assert caught.value.remedy


def test_samplers_are_found_by_what_they_are():
    assert as_sampler(None, SIGNS) is None
    assert isinstance(as_sampler("uniform bits", SIGNS), UniformBits)
    assert isinstance(as_sampler(lambda n, rng: None, SIGNS), RejectionSampler)
    given = UniformBits.like(SIGNS)
    assert as_sampler(given, SIGNS) is given


@pytest.mark.parametrize("shape", [(-1, 2), (0, 3)])
def test_a_sampler_that_returns_other_rows_than_asked_for_is_refused(shape):
    more, columns = shape
    sampler = RejectionSampler(lambda n, rng: np.zeros((n + more, columns)), ("a", "b"))
    with pytest.raises(InputError, match="40 rows of 2 columns"):
        sampler.draw(Clause(), 10, np.random.default_rng(0))
