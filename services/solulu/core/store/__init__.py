"""Where artifacts lie: a folder or S3, behind five methods.

An object is written whole or not at all, and never changed afterwards except by the same name with other bytes (last
write wins). Names are relative, with forward slashes. Every failure that may pass raises Transient, every other one
JobError; an object that is not there raises NotFound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings


@dataclass(frozen=True)
class Stat:
    """Size and age of an object."""

    num_bytes: int
    modified: float
    """Seconds since the epoch, on the store's clock."""


class Store(Protocol):
    """Five methods over named objects."""

    url: str

    def open(self, name: str) -> BinaryIO:
        """The object's bytes as a seekable file, opened for reading."""

    def put(self, name: str, data: bytes | Path) -> None:
        """Writes an object from bytes or a local file; whole or not at all."""

    def list(self, prefix: str) -> Iterator[str]:
        """Names that start with `prefix`, sorted, with folders inside."""

    def delete(self, name: str) -> None:
        """Removes an object; one that is not there is no error."""

    def stat(self, name: str) -> Stat:
        """Size and age, or NotFound."""


def open_store(settings: Settings) -> Store:
    """The store that the settings name."""
    scheme = urlsplit(settings.store_url).scheme
    if scheme == "file":
        from solulu.core.store.folder import FolderStore

        return FolderStore(settings.store_url)
    if scheme == "s3":
        from solulu.core.store.s3 import S3Store

        return S3Store(settings)
    raise InvalidArgument(f"store {settings.store_url!r}: use file:///path or s3://bucket/prefix")
