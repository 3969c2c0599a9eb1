"""Questions about regions of images: how bright they are, in which colour, and how strong their edges."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.questions import Candidates, Question, Questions
from limbeck.errors import InputError
from limbeck.tables import number_text

__all__ = ["Images", "Region", "cell_sums"]

_BRIGHT, _ACROSS, _DOWN = "bright", "across", "down"
_WORDS = {_BRIGHT: "brighter than", _ACROSS: "edges left to right above", _DOWN: "edges top to bottom above"}


@dataclass(frozen=True, eq=False)
class Region:
    """Cells of a grid that is stretched over an image.

    Parameters
    ----------
    where : tuple
        What a question says of the region.
    grid : int
        Rows, and columns, of the grid.
    cells : ndarray of intp
        The cells, row by row from 0, in rising order; at least one.
    """

    where: tuple[Any, ...]
    grid: int
    cells: NDArray[np.intp]


@dataclass(frozen=True)
class Images(Questions):
    """Questions (measure, *where, threshold), whether a measure of a region of an image is above a threshold.

    A region's brightness is the mean over its pixels and channels, its redness and so on the mean of one channel, and
    an edge the mean of the absolute differences of neighbouring pixels.

    Parameters
    ----------
    thresholds : int, at least 1
        Most thresholds of each measure, at quantiles of the images that fit.
    edges : bool
        Whether edges are asked about too.
    channels : {"last", "first", "none"}
        Where an image of three axes has its channels; images of two have none.
    """

    thresholds: int = field(default=8, kw_only=True)
    edges: bool = field(default=True, kw_only=True)
    channels: str = field(default="last", kw_only=True)

    def __post_init__(self) -> None:
        if self.thresholds < 1:
            raise InputError("`thresholds` of at least 1", f"`thresholds={self.thresholds}`", "write `thresholds=8`")
        if self.channels not in ("last", "first", "none"):
            found = f"`channels={self.channels!r}`"
            raise InputError("`channels` as `last`, `first` or `none`", found, "say where the channels are")

    @abstractmethod
    def regions(self, images: Sequence[NDArray[np.float64]]) -> list[Region]:
        """Propose regions for images of shape (channels, height, width); those of one grid follow each other."""

    @abstractmethod
    def region(self, where: tuple[Any, ...]) -> Region:
        """Return the region that a question is about."""

    @abstractmethod
    def place(self, where: tuple[Any, ...]) -> str:
        """Say in words where the region is."""

    def candidates(self, inputs: Sequence[Any], least: int) -> Candidates:
        from scipy.sparse import csc_array  # slow to import

        images = [self.pixels(one) for one in inputs]
        questions: list[Question] = []
        columns: list[NDArray[np.int32]] = []
        for measure, region, values in self._measured(images):
            for threshold in _between(values, self.thresholds):
                above = values > threshold
                if least <= above.sum() <= len(values) - least:
                    questions.append((measure, *region.where, threshold))
                    columns.append(np.flatnonzero(above).astype(np.int32))
        indptr = np.concatenate([[0], np.cumsum([len(c) for c in columns])]).astype(np.int64)
        indices = np.concatenate(columns) if columns else np.zeros(0, np.int32)
        shape = (len(images), len(questions))
        return Candidates(questions, csc_array((np.ones(len(indices), bool), indices, indptr), shape=shape))

    def _measured(self, images: Sequence[NDArray[np.float64]]) -> Iterator[tuple[str, Region, NDArray[np.float64]]]:
        """Yield each measure of each region with its values, shape (n,)."""
        channels = len(images[0])
        names = [_BRIGHT, *([_ACROSS, _DOWN] if self.edges else []), *map(str, range(channels if channels > 1 else 0))]
        for grid, same in groupby(self.regions(images), key=lambda region: region.grid):
            regions = list(same)
            means = _Means(grid, [region.cells for region in regions])
            for measure in names:
                values = np.stack([means.of(_layer(image, measure)) for image in images])
                for place, region in enumerate(regions):
                    yield measure, region, values[:, place]

    def answers(self, inputs: Sequence[Any]) -> NDArray[np.bool_]:
        found = np.zeros((len(inputs), len(self.chosen)), bool)
        regions = [self.region(question[1:-1]) for question in self.chosen]
        thresholds = np.array([question[-1] for question in self.chosen], float)
        finest = max((region.grid for region in regions), default=1)
        together: dict[tuple[str, int], list[int]] = {}
        for q, (question, region) in enumerate(zip(self.chosen, regions, strict=True)):
            together.setdefault((question[0], region.grid), []).append(q)
        means = {key: _Means(key[1], [regions[q].cells for q in own]) for key, own in together.items()}
        for i, one in enumerate(inputs):
            image = self.pixels(one)
            if min(image.shape[1:]) < finest:
                seen = f"an image of {image.shape[1]} by {image.shape[2]} pixels"
                raise InputError(f"images of at least {finest} by {finest} pixels", seen, "enlarge it, or leave it out")
            for key, own in together.items():
                found[i, own] = means[key].of(_layer(image, key[0])) > thresholds[own]
        return found

    def pixels(self, one: Any) -> NDArray[np.float64]:
        """Return an image as numbers, shape (channels, height, width)."""
        asked = "images as arrays of numbers, of shape (height, width) or with channels"
        try:
            image = np.asarray(one, np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(asked, f"a `{type(one).__name__}`: {error}", "convert it, or leave it out") from error
        if image.ndim == 1 and round(len(image) ** 0.5) ** 2 == len(image) > 0:
            image = image.reshape(round(len(image) ** 0.5), -1)
        if image.ndim == 2:
            image = image[None]
        elif image.ndim == 3 and self.channels != "none":
            image = np.moveaxis(image, 0 if self.channels == "first" else 2, 0)
        else:
            raise InputError(asked, f"the shape {image.shape}", "give one image a row, and see `channels=`")
        if not image.size or not np.isfinite(image).all():
            raise InputError(asked, "no pixels" if not image.size else "NaN or infinity", "leave it out")
        return image

    def name(self, question: Question) -> str:
        measure, *where, threshold = question
        what = _WORDS.get(measure, f"channel {measure} above")
        return f"{self.place(tuple(where))} {what} {number_text(threshold)}"

    def without(self, one: Any, question: Question) -> Any:
        """Return the image with the region in the grey of the whole image."""
        image = np.array(one, copy=True)
        flat = image.reshape(round(len(image) ** 0.5), -1) if image.ndim == 1 else image
        seen = np.moveaxis(flat, 0, 2) if self.channels == "first" and flat.ndim == 3 else flat
        seen[self.mask(question, seen.shape[:2])] = flat.mean()
        return image

    def mask(self, question: Question, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return which pixels of an image of a shape (height, width) are in the region of a question."""
        region = self.region(question[1:-1])
        inside = np.zeros(region.grid**2, bool)
        inside[region.cells] = True
        rows, columns = (np.searchsorted(_edges(n, region.grid), np.arange(n), "right") - 1 for n in shape)
        return inside.reshape(region.grid, region.grid)[np.ix_(rows, columns)]

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        return {"thresholds": int, "edges": bool, "channels": str}


class _Means:
    """The means of a layer over regions of one grid."""

    def __init__(self, grid: int, cells: Sequence[NDArray[np.intp]]) -> None:
        self._grid = grid
        self._cells = np.concatenate(cells) if cells else np.zeros(0, np.intp)
        self._starts = np.cumsum([0, *(len(own) for own in cells)])[:-1]

    def of(self, layer: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return them, shape (r,): each is the same whatever other regions there are."""
        sums, areas = (part.ravel()[self._cells] for part in cell_sums(layer, self._grid))
        return np.add.reduceat(sums, self._starts) / np.add.reduceat(areas, self._starts)


def cell_sums(layer: NDArray[np.float64], grid: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sum over each cell of a grid, and how many pixels it has, shape (grid, grid) both."""
    down, across = (_edges(n, grid) for n in layer.shape)
    sums = np.add.reduceat(np.add.reduceat(layer, down[:-1], axis=0), across[:-1], axis=1)
    return sums, np.outer(np.diff(down), np.diff(across)).astype(np.float64)


def _layer(image: NDArray[np.float64], measure: str) -> NDArray[np.float64]:
    """Return what a measure is the mean of, shape (height, width)."""
    if measure == _BRIGHT:
        return image.mean(axis=0)
    if measure in (_ACROSS, _DOWN):
        axis = 2 if measure == _ACROSS else 1
        steps = np.abs(np.diff(image, axis=axis)).mean(axis=0)
        return np.pad(steps, [(0, 0), (0, 1)] if measure == _ACROSS else [(0, 1), (0, 0)])
    if int(measure) >= len(image):
        found = f"{len(image)} of them"
        raise InputError(f"images with a channel {measure}", found, "give images like those of the fit")
    return image[int(measure)]


def _edges(length: int, grid: int) -> NDArray[np.intp]:
    """Return where the cells of a side begin, and where the last one ends."""
    return np.round(np.linspace(0, length, grid + 1)).astype(np.intp)


def _between(values: NDArray[np.float64], most: int) -> list[float]:
    """Return thresholds at even quantiles, each between two neighbouring values and with few digits."""
    distinct = np.unique(values)
    if len(distinct) < 2:
        return []
    after = np.searchsorted(distinct, np.quantile(values, np.arange(1, most + 1) / (most + 1)), side="right") - 1
    cuts = np.unique(np.clip(after, 0, len(distinct) - 2))
    return [_readable(float(distinct[i]), float(distinct[i + 1])) for i in cuts]


def _readable(low: float, high: float) -> float:
    """Return the number with the fewest digits in the middle half between two numbers."""
    for digits in range(-3, 16):
        middle = round((low + high) / 2, digits)
        if abs(middle - (low + high) / 2) <= (high - low) / 4 and low <= middle < high:
            return float(middle)
    return low
