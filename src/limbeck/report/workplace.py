"""Where a file or a directory is made before it is put in place in one step, and what a killed run leaves is mended.

Beside the target lies, while a run writes, a directory `.limbeck-HASH-TOKEN`: `new` in it is what is being written, and
`before` what stood there. The run holds a lock on the directory. Where the lock is free the run is dead, and the next
run that writes the target (or reads it, and finds nothing) puts things right. Without locks, as on Windows, nothing is
taken for dead.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import secrets
import sys
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["emptied_into", "exchange", "mended", "workplace"]

_LINUX_EXCHANGE, _LINUX_HERE, _MACOS_SWAP = 2, -100, 2
_NO_LOCKS = -1
_NOT_OFFERED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def workplace(target: Path, owned: Collection[str] = ()) -> Generator[Path]:
    """Yield a fresh directory beside the target, on the same disk; it goes away at the end, whatever happens.

    What `owned` does not name in a directory that is left over there moves into the target.
    """
    while True:
        place = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}")
        place.mkdir()
        lock = _locked(place)
        # Another run may have taken it for dead before it was locked.
        if lock is not None and place.is_dir():
            break
        _release(lock)
    try:
        yield place
    finally:
        with contextlib.suppress(OSError):
            _cleared(place, target, owned)
        _release(lock)


def mended(target: Path, owned: Collection[str] = ()) -> None:
    """Put right what runs that were killed have left of a target; what is in use, or cannot be changed, stays."""
    with contextlib.suppress(OSError):
        for place in target.parent.glob(f"{_prefix(target)}*"):
            lock = _locked(place)
            if lock not in (None, _NO_LOCKS):
                with contextlib.suppress(OSError):
                    _cleared(place, target, owned)
            _release(lock)


def exchange(a: Path, b: Path) -> bool:
    """Let two paths change places in one step, so that neither is ever absent; False where that is not offered.

    Raises
    ------
    OSError
        One of the two is absent, or may not be moved.
    """
    call = _exchanger()
    if call is None:
        return False
    if call(os.fsencode(a), os.fsencode(b)) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_OFFERED:
        return False
    raise OSError(code, os.strerror(code), str(b))


def emptied_into(old: Path, target: Path, owned: Collection[str]) -> None:
    """Remove a directory; what `owned` does not name in it moves into the target first.

    Where nothing stands at the target, another run is between its two renames: what is left here stands in for it, and
    that run moves it over to its own result.
    """
    while old.is_dir():
        try:
            for entry in list(old.iterdir()):
                if entry.name in owned:
                    entry.unlink(missing_ok=True)
                elif target.is_dir():
                    os.rename(entry, target / entry.name)
                else:
                    os.rename(old, target)
                    break
            else:
                old.rmdir()
        except OSError as error:
            # The target came or went since it was looked at, or a run that moves its files put one here.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def _cleared(place: Path, target: Path, owned: Collection[str]) -> None:
    """Put back what stood at the target if nothing does, and remove the workplace."""
    before, new = place / "before", place / "new"
    if before.is_dir() and not target.exists():
        os.rename(before, target)
    for old in (new, before):
        if old.is_dir():
            emptied_into(old, target, owned)
        else:
            old.unlink(missing_ok=True)
    place.rmdir()


def _prefix(target: Path) -> str:
    """Name the workplaces of a target: short, however long its own name is."""
    return f".limbeck-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]}-"


def _locked(place: Path) -> int | None:
    """Lock a directory until this process ends; None where it is in use or gone, `_NO_LOCKS` where there are none."""
    try:
        import fcntl
    except ImportError:  # Windows
        return _NO_LOCKS
    try:
        descriptor = os.open(place, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError as error:
        os.close(descriptor)
        return None if isinstance(error, BlockingIOError) else _NO_LOCKS


def _release(lock: int | None) -> None:
    if lock not in (None, _NO_LOCKS):
        os.close(lock)


def _exchanger() -> Callable[[bytes, bytes], int] | None:
    """Return the call of the operating system, as a function of two paths; None where there is none."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            call, here, how = library.renamex_np, (), _MACOS_SWAP
        else:
            call, here, how = library.renameat2, (_LINUX_HERE,), _LINUX_EXCHANGE
    except (AttributeError, OSError, TypeError):  # another system, or an older library of C
        return None

    def exchanged(a: bytes, b: bytes) -> int:
        return call(*here, a, *here, b, how)

    return exchanged
