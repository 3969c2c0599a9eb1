"""What answers do when one concept of a layer is given the value of another row: frozen figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limbeck.probes.used import Share

__all__ = ["ConceptMoved"]


@dataclass(frozen=True)
class ConceptMoved:
    """Answers that change when a layer's reading of one concept is moved to that of a row where it is otherwise.

    No program says here what the answer should become, so that only its changing counts; a clause that is no node of a
    tree may move answers as well as one that is.

    Parameters
    ----------
    label, layer : str
        The concept, or clause, and the layer.
    concept : Share
        Pairs whose answer changes when the concept's reading alone is moved. A number changes when it moves by more
        than a tenth of the answers' spread.
    random : Share
        The same for a random move of equal length.
    whole : Share
        The same for the whole layer of the other row.
    """

    label: str
    layer: str
    concept: Share
    random: Share
    whole: Share

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ConceptMoved:
        """Read what `dataclasses.asdict` wrote."""
        shares = {name: Share(**plain[name]) for name in ("concept", "random", "whole")}
        return cls(plain["label"], plain["layer"], **shares)
