"""Which trees that may ask the model a certificate tries, one after the other, by what held-out rows say of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from limbeck.deferral import OperatingPoint
from limbeck.theory.answering import levels_of
from limbeck.theory.binomial import error_upper_limit

__all__ = ["Judge", "in_turn", "undominated"]

# Standard errors of the certificate's count that are left as room, one try after the other. With all the room that
# there is nothing is sure enough: the first to be tried is the surest. The last ones keep the target only where the
# held-out rows said too much against them; to try them costs little, for what was shown before them stays.
_ROOM = (math.inf, 4.0, 3.0, 2.0, 1.5, 1.0, 0.5, 0.0, -0.5, -1.0, -2.0, -3.0, -4.0, -6.0)
# Room by which the surest is found, and with which one is chosen where no certificate will try others.
_SOME_ROOM = 1.0
# Share of the rows up to which two trees answer about as many.
_AS_MANY = 0.01


@dataclass(frozen=True)
class Judge:
    """Chooses among operating points, with room for what a certificate on n rows cannot see.

    Parameters
    ----------
    target, delta : float
        Error to certify, and probability with which the certificate may fail.
    n_rows : int
        Certificate rows.
    """

    target: float
    delta: float
    n_rows: int

    def best(self, points: Sequence[OperatingPoint], room: float) -> OperatingPoint:
        """Return the point that answers most of those that would be certified with such room; else the surest.

        Of those that answer about as many rows, the one at the lowest price, which answers where it is surest.
        """
        certain = [p for p in points if self.confirms(p, room)]
        if not certain:
            return min(points, key=lambda p: (self._limit(p, _SOME_ROOM), -p.n_answered))
        most = max(p.n_answered - _AS_MANY * p.n_rows for p in certain)
        alike = [p for p in certain if p.n_answered >= most]
        return min(alike, key=lambda p: (math.inf if p.price is None else p.price, p.max_leaves))

    def confirms(self, point: OperatingPoint, room: float) -> bool:
        """Tell whether a certificate would confirm the target if it sees so many standard errors more than expected."""
        return point.n_answered > 0 and self._limit(point, room) <= self.target

    def _limit(self, point: OperatingPoint, room: float) -> float:
        """Return the limit that a certificate would give."""
        n = math.floor(point.answered * self.n_rows) if self.n_rows else point.n_answered
        expected = (point.disagreements + 1) / (point.n_answered + 1) * n
        seen = math.ceil(max(0.0, min(n, expected + room * math.sqrt(expected)))) if n else 0
        return error_upper_limit(seen, n, levels_of(self.delta)[1])


def in_turn(judge: Judge, by_size: Sequence[Sequence[OperatingPoint]]) -> list[list[OperatingPoint]]:
    """Return what to try: of points of more and more leaves those to take, the surest first, then bolder and bolder.

    Tries in a fixed order cost a certificate nothing as long as each keeps the target (see `certify_deferral`); so the
    first is the one that is most likely to, and those after it answer more and more rows. Without certificate rows
    there is one choice, with some room.
    """
    turns: list[list[OperatingPoint]] = []
    for room in _ROOM if judge.n_rows else (_SOME_ROOM,):
        picks: list[OperatingPoint] = []
        for same in by_size:
            picks.append(judge.best([*picks[-1:], *same], room))
        if not turns or picks[-1].n_answered > turns[-1][-1].n_answered:
            turns.append(picks)
    return [list(dict.fromkeys(picks)) for picks in turns]


def undominated(points: Sequence[OperatingPoint]) -> tuple[OperatingPoint, ...]:
    """Leave out the points that another one beats: as few leaves, as many rows answered, and as small an error."""
    kept: list[OperatingPoint] = []
    for point in sorted(points, key=lambda p: (p.max_leaves, -p.n_answered, p.error)):
        if not any(p.n_answered >= point.n_answered and p.error <= point.error for p in kept):
            kept.append(point)
    return tuple(kept)
