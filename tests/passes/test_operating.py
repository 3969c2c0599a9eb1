"""Which operating points a certificate tries, and in what order."""

from hypothesis import given
from hypothesis import strategies as st

from limbeck.deferral import OperatingPoint
from limbeck.passes.operating import Judge, in_turn, undominated


def point(answered, differ, leaves=4, price=0.1):
    return OperatingPoint(leaves, price, 1000, answered, differ)


POINTS = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(lambda pair: point(pair[0], min(pair))),
    min_size=1,
    max_size=12,
)


def test_the_choice_leaves_room_for_the_certificate():
    by_a_hair, safe = point(900, 17), point(600, 2)
    assert Judge(0.02, 0.05, 500).best([by_a_hair, safe], 1.0) == safe
    assert Judge(0.02, 0.05, 10**6).best([point(900, 16), safe], 1.0) == point(900, 16)


def test_of_points_that_answer_as_many_rows_the_lowest_price_is_taken():
    dear, cheap = point(700, 2, price=0.2), point(695, 2, price=0.05)
    assert Judge(0.05, 0.05, 1000).best([dear, cheap], 1.0) == cheap


@given(POINTS, st.integers(1, 5000))
def test_the_surest_comes_first_and_those_after_it_answer_more_and_more(points, n_rows):
    judge = Judge(0.02, 0.05, n_rows)
    turns = [picks[-1] for picks in in_turn(judge, [points])]
    answered = [pick.n_answered for pick in turns]
    assert answered == sorted(set(answered))
    assert turns[0] == judge.best(points, float("inf"))
    if any(judge.confirms(p, 1.0) for p in points):
        assert judge.confirms(turns[0], 1.0)


def test_tries_go_on_beyond_what_is_expected_to_keep_the_target():
    turns = in_turn(Judge(0.02, 0.05, 2000), [[point(300, 0), point(700, 6), point(800, 14)]])
    assert [picks[-1].n_answered for picks in turns] == [300, 700, 800]


def test_what_held_out_rows_speak_against_is_tried_last():
    safe, bold, wild = point(700, 6), point(900, 27), point(1000, 120)  # 27 of 900 is 3.2 standard errors above 2 %
    turns = in_turn(Judge(0.02, 0.05, 1000), [[safe, bold, wild]])
    assert [picks[-1] for picks in turns] == [safe, bold]


def test_without_certificate_rows_there_is_one_choice():
    points = [point(300, 0), point(700, 2), point(800, 40)]
    assert in_turn(Judge(0.02, 0.05, 0), [points]) == [[point(700, 2)]]


@given(POINTS)
def test_what_is_left_out_is_beaten(points):
    kept = undominated(points)
    for p in points:
        assert any(q.n_answered >= p.n_answered and q.error <= p.error for q in kept)
