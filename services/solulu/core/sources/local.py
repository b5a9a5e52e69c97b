"""Files of a local folder, with the digest that pins them.

Each file is read again when it is used and compared with the digest taken for the pin, so a file that changes in
between is noticed and never half a mixture of two states.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from solulu.core.digests import sha256, tree_digest
from solulu.core.sources.source import MAX_FILE_BYTES, MAX_FILES, SourceChanged, SourceFile, SourceUnreachable


@dataclass(frozen=True)
class LocalFile:
    """A file as it was when its tree was read."""

    path: str
    where: Path
    size: int
    digest: str


class LocalTree:
    """Regular files below `root`, sorted by path, as they were at one moment."""

    def __init__(self, name: str, root: Path, relative_paths: Iterable[str]) -> None:
        self.name = name
        self.entries = sorted(_look(name, root, relative_paths), key=lambda entry: entry.path)

    @property
    def digest(self) -> str:
        """Digest over the sorted (path, digest) of the files."""
        return tree_digest((entry.path, entry.digest) for entry in self.entries)

    def files(self) -> Iterator[SourceFile]:
        """The files; reading one checks that it has not changed."""
        for entry in self.entries:
            yield SourceFile(entry.path, entry.size, partial(_read, self.name, entry))


def text_path(path: str) -> str:
    """A file system path as text that can be stored: undecodable bytes as backslash escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _look(name: str, root: Path, relative_paths: Iterable[str]) -> Iterator[LocalFile]:
    base = Path(os.path.realpath(root))
    for number, relative in enumerate(relative_paths):
        if number >= MAX_FILES:
            raise SourceUnreachable(f"{name} has more than {MAX_FILES:,} files; name a smaller folder")
        where = root / relative
        try:
            status = where.stat()
            outside = not Path(os.path.realpath(where)).is_relative_to(base)
            if where.is_symlink() or outside or not stat.S_ISREG(status.st_mode):
                continue
            digest = _digest(where) if status.st_size <= MAX_FILE_BYTES else f"size:{status.st_size}"
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SourceUnreachable(f"{name}: {text_path(relative)} cannot be read: {error.strerror}") from error
        yield LocalFile(text_path(relative.replace(os.sep, "/")), where, status.st_size, digest)


def _digest(where: Path) -> str:
    with where.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(name: str, entry: LocalFile) -> bytes:
    try:
        data = entry.where.read_bytes()
    except OSError as error:
        raise SourceChanged(f"{name}: {entry.path} is gone ({error.strerror}); submit the job again") from error
    if sha256(data) != entry.digest:
        raise SourceChanged(f"{name}: {entry.path} changed while it was read; submit the job again")
    return data
