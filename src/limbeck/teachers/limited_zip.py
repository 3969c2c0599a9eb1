"""Zip archives read within a budget: a small file may not fill the memory with what it unpacks to."""

from __future__ import annotations

import io
import zipfile

__all__ = ["LimitedArchive", "budget_of"]

_FREE, _TIMES = 16 << 20, 20


def budget_of(size: int) -> int:
    """Return how many bytes a file of a size may hold when it is unpacked: 16 MiB, and 20 times its size."""
    return _FREE + _TIMES * size


class LimitedArchive:
    """The entries of a zip archive in memory; all that is read of them together stays within a budget.

    Parameters
    ----------
    data : bytes
        The archive.
    budget : int
        Most bytes that may be read, an entry that is read twice counted twice.
    """

    def __init__(self, data: bytes, budget: int) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self.left = budget

    @property
    def names(self) -> list[str]:
        """Names of the entries, each once."""
        return list(self._archive.NameToInfo)

    def read(self, name: str) -> bytes:
        """Return an entry, by the same directory as `names`.

        Raises
        ------
        ValueError
            The entry declares more bytes than are left, or is packed in a way that declares none that bind.
        """
        entry = self._archive.getinfo(name)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"the entry `{name}` is neither stored nor deflated")
        if entry.file_size > self.left:
            raise ValueError(f"its entries unpack to more than {_TIMES} times the size of the file")
        self.left -= entry.file_size
        # No more than the declared size is ever unpacked: `zipfile` stops there, and compares the checksum.
        return self._archive.read(entry)
