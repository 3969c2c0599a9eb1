"""Patches of images: the cells of grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.images import Images, Region
from limbeck.errors import InputError

__all__ = ["Patches"]


@dataclass(frozen=True)
class Patches(Images):
    """Ask about the patches of a grid over an image: brightness, colours, and edges.

    A patch's brightness is the mean over its pixels and channels, its redness and so on the mean of one channel, and an
    edge the mean of the absolute differences of neighbouring pixels. Patch (1, 2) is in the first row and the second
    column.

    Parameters
    ----------
    grids : tuple of int
        Each is a grid of so many rows and columns of patches. On small images a finer grid ends at single pixels.
    thresholds : int, at least 1
        Most thresholds of each measure, at quantiles of the images that fit.
    edges : bool
        Whether edges are asked about too.
    channels : {"last", "first", "none"}
        Where an image of three axes has its channels; images of two have none.
    chosen : tuple of (str, int, int, int, float)
        The questions that are asked: measure, grid, row, column (from 0) and threshold.

    Notes
    -----
    The grid is stretched over each image, so that images may be of any size, also of different ones, down to one pixel
    a patch; a smaller image is refused, and so are images of another number of channels. A flat row of w² pixels is an
    image of w by w.

    Examples
    --------
    >>> patches = Patches().asking([("bright", 2, 0, 1, 0.5)])
    >>> patches.names
    ('patch (1, 2) of 2 x 2 brighter than 0.5',)
    >>> patches.answers([np.array([[0, 1.0], [0, 0]]), np.zeros((7, 5))]).tolist()
    [[True], [False]]
    """

    kind: ClassVar[str] = "patches"

    grids: tuple[int, ...] = (1, 2, 4, 8)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.grids or min(self.grids) < 1:
            raise InputError("`grids` of at least 1", f"`grids={self.grids}`", "write `Patches(grids=(4, 8))`")

    def regions(self, images: Sequence[NDArray[np.float64]]) -> list[Region]:
        smallest = min(min(image.shape[1:]) for image in images)
        grids = sorted(grid for grid in self.grids if grid <= smallest)
        return [self.region((grid, row, column)) for grid in grids for row, column in np.ndindex(grid, grid)]

    def region(self, where: tuple[Any, ...]) -> Region:
        grid, row, column = where
        return Region(where, grid, np.array([row * grid + column]))

    def place(self, where: tuple[Any, ...]) -> str:
        grid, row, column = where
        return "image" if grid == 1 else f"patch ({row + 1}, {column + 1}) of {grid} x {grid}"

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        return {"grids": [int], **super().saved_fields()}
