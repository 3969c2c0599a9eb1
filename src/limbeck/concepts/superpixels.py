"""Superpixels: pieces of the image whose pixels go together, the same pieces for every image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.images import Images, Region, cell_sums
from limbeck.errors import InputError

__all__ = ["Superpixels"]

# Most rows and columns of cells that pieces are made of, and images by which they are found: Ward's clustering takes
# about a second for as many.
_FINEST, _MOST_IMAGES = 64, 256


@dataclass(frozen=True)
class Superpixels(Images):
    """Ask about pieces of the image whose pixels are alike from image to image: brightness, colours, and edges.

    Where images show the same thing in the same place (digits, faces, scans), neighbouring pixels go together: the
    stroke of a seven, the sky. Pieces of one image alone would have nothing to do with those of another; these are
    found once, on the images that fit: connected pixels whose values are alike in all of them, by Ward's clustering.
    Their edges are where images change, not at the lines of a grid.

    Parameters
    ----------
    pieces : tuple of int
        Each cuts the image into so many pieces.
    thresholds : int, at least 1
        Most thresholds of each measure, at quantiles of the images that fit.
    edges : bool
        Whether edges are asked about too.
    channels : {"last", "first", "none"}
        Where an image of three axes has its channels; images of two have none.
    chosen : tuple of (str, int, int, int, str, float)
        The questions that are asked: measure; the grid of whose cells the piece is made; its number, and of how many;
        its cells, row by row from 0, as in `3-5 8`; and the threshold.

    Notes
    -----
    Cells are pixels, and parts of a grid of 64 by 64 where images are larger. As with `Patches` the grid is stretched
    over each image. A question holds its piece, so that a saved result needs nothing else.

    Examples
    --------
    >>> left = np.zeros((4, 4))
    >>> left[:, :2] = 1.0
    >>> images = np.stack([left * i + left[:, ::-1] * j for i in range(5) for j in range(5)])
    >>> halves = Superpixels(pieces=(2,), thresholds=1, edges=False)
    >>> halves.asking(halves.candidates(images, 3).questions).names  # doctest: +NORMALIZE_WHITESPACE
    ('piece 1 of 2 (around (2, 1) of 4 x 4) brighter than 2.5',
     'piece 2 of 2 (around (2, 3) of 4 x 4) brighter than 2.5')

    References
    ----------
    Ren and Malik (2003), *Learning a classification model for segmentation*, ICCV, for superpixels. Ward (1963), J. Am.
    Stat. Assoc. 58; Thirion, Varoquaux, Dohmatob, Poline (2014), *Which fMRI clustering gives good brain
    parcellations?*, Front. Neurosci. 8: Ward's method over connected pixels, for pieces that images have in common.
    """

    kind: ClassVar[str] = "superpixels"

    pieces: tuple[int, ...] = (8, 16, 32, 64)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.pieces or min(self.pieces) < 2:
            raise InputError(
                "`pieces` of at least 2", f"`pieces={self.pieces}`", "write `Superpixels(pieces=(16, 32))`"
            )

    def regions(self, images: Sequence[NDArray[np.float64]]) -> list[Region]:
        grid = min(_FINEST, *(min(image.shape[1:]) for image in images))
        some = images[:: -(-len(images) // _MOST_IMAGES)]
        layers = [layer for image in some for layer in image]
        alike = np.stack([np.divide(*cell_sums(layer, grid)).ravel() for layer in layers], axis=1)
        found: list[Region] = []
        for most in sorted({min(pieces, grid * grid) for pieces in self.pieces}):
            labels = _pieces(alike, grid, most)
            for number in range(most):
                cells = np.flatnonzero(labels == number)
                found.append(Region((grid, number + 1, most, _runs(cells)), grid, cells))
        return found

    def region(self, where: tuple[Any, ...]) -> Region:
        grid, _, _, runs = where
        return Region(where, grid, _cells(runs, grid))

    def place(self, where: tuple[Any, ...]) -> str:
        grid, number, pieces, runs = where
        row, column = _middle(_cells(runs, grid), grid)
        return f"piece {number} of {pieces} (around ({row + 1}, {column + 1}) of {grid} x {grid})"

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        return {"pieces": [int], **super().saved_fields()}


def _pieces(alike: NDArray[np.float64], grid: int, pieces: int) -> NDArray[np.intp]:
    """Return the piece of every cell, numbered as one reads; `alike` has the values of each, shape (grid², values)."""
    from sklearn.cluster import AgglomerativeClustering  # slow to import
    from sklearn.feature_extraction.image import grid_to_graph

    if pieces >= len(alike):
        return np.arange(len(alike))
    neighbours = grid_to_graph(grid, grid)
    labels = AgglomerativeClustering(pieces, connectivity=neighbours, linkage="ward").fit(alike).labels_
    _, first = np.unique(labels, return_index=True)
    return np.argsort(np.argsort(first))[labels]


def _middle(cells: NDArray[np.intp], grid: int) -> tuple[int, int]:
    """Return the row and the column of the cell of a piece that is nearest to the mean of its cells."""
    places = np.column_stack(np.divmod(cells, grid))
    row, column = places[((places - places.mean(axis=0)) ** 2).sum(axis=1).argmin()].tolist()
    return row, column


def _runs(cells: NDArray[np.intp]) -> str:
    """Write rising numbers as runs: `3-5 8`."""
    runs = np.split(cells, np.flatnonzero(np.diff(cells) > 1) + 1)
    return " ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _cells(runs: str, grid: int) -> NDArray[np.intp]:
    """Read what `_runs` wrote."""
    ends = [[int(end) for end in run.split("-")] for run in runs.split()]
    if not ends or any(not 0 <= own[0] <= own[-1] < grid * grid or len(own) > 2 for own in ends):
        raise ValueError(f"`{runs}` as cells of {grid} x {grid}")
    return np.concatenate([np.arange(own[0], own[-1] + 1) for own in ends])
