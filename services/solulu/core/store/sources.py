"""What `put` is given, as one kind of thing: a file opened for reading."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from solulu.core.errors import JobError


def open_source(data: bytes | Path) -> BinaryIO:
    """The bytes, or the local file, opened; JobError where the file cannot be."""
    if isinstance(data, bytes):
        return io.BytesIO(data)
    try:
        return data.open("rb")
    except OSError as error:
        raise JobError(f"{data} cannot be read to put it in the store: {error.strerror}") from error


def num_bytes(source: BinaryIO) -> int:
    """Length of an opened source, which is left at its start."""
    length = source.seek(0, io.SEEK_END)
    source.seek(0)
    return length
