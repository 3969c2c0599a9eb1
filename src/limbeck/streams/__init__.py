"""Rows that come batch by batch: files, lazy frames, iterators; how they are gone through, and a sample of them.

Memory is bounded by the batch, never by the rows. Nothing that is drawn or added up here depends on how rows are cut
into batches, on the order of the batches, or on how many workers go through them.
"""

from limbeck.streams.batches import BATCH_ROWS, Batches, Frames, OutOfTimeError, Scan
from limbeck.streams.drawing import Drawn, draw
from limbeck.streams.files import Files, files_at, names_many
from limbeck.streams.keys import content_keys
from limbeck.streams.sources import batches_of, is_stream, refuse_all_at_once, to_go_through_again
from limbeck.streams.text import CellKinds

__all__ = [
    "BATCH_ROWS",
    "Batches",
    "CellKinds",
    "Drawn",
    "Files",
    "Frames",
    "OutOfTimeError",
    "Scan",
    "batches_of",
    "content_keys",
    "draw",
    "files_at",
    "is_stream",
    "names_many",
    "refuse_all_at_once",
    "to_go_through_again",
]
