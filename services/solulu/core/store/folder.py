"""The store as a folder: the embedded default.

An object is a file. It is written beside the others under a name that cannot be listed, flushed to the disk, and then
renamed, which a POSIX file system does at once or not at all; so a reader sees the old bytes, the new ones or nothing,
also after `kill -9` and a power cut.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

from solulu.core.errors import InvalidArgument, JobError, NotFound, SoluluError, Transient
from solulu.core.store import Stat
from solulu.core.store.names import RESERVED, check_name, check_prefix, is_name
from solulu.core.store.sources import open_source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LEFTOVER_SECONDS = 24 * 3600.0
"""Unfinished files this old belong to a dead writer; the first `put` of a store object removes them."""

_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_PERMANENT = {errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.EFBIG}


class FolderStore:
    """Objects as files under one folder, which is made when the first one is written.

    What it cannot promise: an object whose name is a folder of another one's (`a` beside `a/b`) is a JobError here and
    fine on S3; on a file system that folds case, so do names; on a network file system durability and the freshness
    of `list` are what its server and mount options make of fsync and caching.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
            raise InvalidArgument(f"store {url!r}: use file:///absolute/path, with ? and # percent-encoded")
        self.url = url
        self._root = Path(url2pathname(parts.path))
        if not self._root.is_absolute():
            raise InvalidArgument(f"store {url!r}: the path must be absolute, as in file:///absolute/path")
        self._unfinished = self._root / RESERVED
        self._is_prepared = False

    def open(self, name: str) -> BinaryIO:
        """The object as it was when it was opened, whatever becomes of the name."""
        path = self._path(name)
        with self._reading(name):
            return cast(BinaryIO, io.BufferedReader(_File(path)))

    def put(self, name: str, data: bytes | Path) -> None:
        """Writes and flushes the whole object, then gives it its name."""
        path = self._path(name)
        temporary = self._unfinished / uuid.uuid4().hex
        with open_source(data) as source, self._changing(name):
            self._prepare()
            try:
                with temporary.open("xb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
                self._rename(temporary, path)
            finally:
                with contextlib.suppress(OSError):  # a leftover does no harm, and the real error must be seen
                    temporary.unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[str]:
        """Names in the order of their code points, as on S3. What is written or deleted meanwhile may be missing."""
        folder = check_prefix(prefix).rpartition("/")[0]
        return self._walk(folder + "/" if folder else "", prefix)

    def delete(self, name: str) -> None:
        """Removes the object and the folders that it leaves empty."""
        path = self._path(name)
        with self._changing(name):
            try:
                path.unlink()
            except _ABSENT:
                return
            with contextlib.suppress(FileNotFoundError):  # a concurrent delete has removed the empty folder
                _flush_folder(path.parent)
            for folder in path.parents:
                if folder == self._root or not _remove_if_empty(folder):
                    return

    def stat(self, name: str) -> Stat:
        """Size and age by the file system's clock."""
        path = self._path(name)
        with self._reading(name):
            status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotFound(f"{name} is not in the store {self.url}")
        return Stat(status.st_size, status.st_mtime)

    def _path(self, name: str) -> Path:
        return self._root / check_name(name)

    def _walk(self, folder: str, prefix: str) -> Iterator[str]:
        for name in self._entries(folder):
            if not name.startswith(prefix):
                continue
            if name.endswith("/"):
                yield from self._walk(name, prefix)
            else:
                yield name

    def _entries(self, folder: str) -> Sequence[str]:
        """Names of what lies in a folder, sorted; those of folders end with a slash, so that `a-b` precedes `a/b`."""
        try:
            with self._reading(folder), os.scandir(self._root / folder) as entries:
                names = [folder + _entry_name(entry) for entry in entries if is_name(folder + entry.name)]
        except NotFound:
            return ()
        return sorted(name for name in names if name != folder)

    def _prepare(self) -> None:
        """Makes the folder of unfinished files, and once removes what dead writers left in it."""
        _make_folder(self._unfinished)
        if self._is_prepared:
            return
        self._is_prepared = True
        for leftover in self._unfinished.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process cleans as well
                if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                    leftover.unlink()

    def _rename(self, temporary: Path, path: Path) -> None:
        for _ in range(100):
            try:
                _make_folder(path.parent)
                os.replace(temporary, path)
                _flush_folder(path.parent)
                return
            except FileNotFoundError:
                continue  # a concurrent delete has just removed the empty folder
        raise Transient(f"{path} could not be written: its folder vanishes again and again")

    @contextlib.contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except _ABSENT as error:
            raise NotFound(f"{name} is not in the store {self.url}") from error
        except OSError as error:
            raise meaning(error, self._root / name) from error

    @contextlib.contextmanager
    def _changing(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise meaning(error, self._root / name) from error


def meaning(error: OSError, path: Path) -> SoluluError:
    """What the operating system's error about a file of the store means to a job; Transient unless known better."""
    what = f"{path}: {error.strerror or error}"
    if error.errno in _FULL:
        return JobError(f"disk full at {path}: free some space, or point SOLULU_STORE to where there is more")
    if error.errno in _FORBIDDEN:
        return JobError(f"{what}; the user of this process must be allowed to read and write the store")
    if error.errno in _PERMANENT:
        return JobError(what)
    return Transient(what)


class _File(io.FileIO):
    """A file opened for reading whose disk errors mean something to a job."""

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise meaning(error, Path(str(self.name))) from error

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as error:
            raise meaning(error, Path(str(self.name))) from error


def _entry_name(entry: os.DirEntry[str]) -> str:
    """The name with a slash for a folder; nothing for what no object can be, such as a link."""
    if entry.is_dir(follow_symlinks=False):
        return entry.name + "/"
    return entry.name if entry.is_file(follow_symlinks=False) else ""


def _make_folder(folder: Path) -> None:
    """Makes a folder whose own name survives a power cut, and its parents."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
