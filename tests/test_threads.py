"""Work shared among threads: results in order, the BLAS held to one thread meanwhile, and given back."""

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from limbeck.threads import blas_as_found, cores, in_parallel, one_blas_thread


def blas_threads():
    np.ones((2, 2)) @ np.ones((2, 2))
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def two_threads_of_the_blas():
    """Else there is nothing to hold it to."""
    with threadpool_limits(2, user_api="blas"):
        assert max(blas_threads()) == 2
        yield


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_results_come_in_the_order_of_the_items(workers):
    assert list(in_parallel(lambda x: x * x, range(20), workers=workers)) == [x * x for x in range(20)]
    assert list(in_parallel(len, [], workers=workers)) == []


def test_the_blas_keeps_to_one_thread_until_the_last_result_and_also_after_an_error():
    before = blas_threads()
    assert list(in_parallel(lambda _: max(blas_threads()), range(3), workers=2)) == [1, 1, 1]
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError):
        list(in_parallel(lambda x: 1 // x, [1, 0], workers=2))
    assert blas_threads() == before


def test_a_teacher_has_the_threads_of_the_blas_that_a_search_does_without():
    before = blas_threads()
    with one_blas_thread():
        with one_blas_thread():
            assert max(blas_threads()) == 1
            with blas_as_found():
                assert blas_threads() == before
        assert max(blas_threads()) == 1
    assert blas_threads() == before
    with blas_as_found():
        assert blas_threads() == before


def test_work_within_work_does_not_wait_for_itself():
    def inner(x):
        return sum(in_parallel(lambda y: x * y, range(4), workers=2))

    assert list(in_parallel(inner, range(8), workers=2)) == [6 * x for x in range(8)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_has_threads_of_its_own():
    assert list(in_parallel(abs, range(3), workers=2)) == [0, 1, 2]
    child = os.fork()
    if not child:
        os._exit(0 if list(in_parallel(abs, range(3), workers=2)) == [0, 1, 2] else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_there_is_a_core():
    assert cores() >= 1
