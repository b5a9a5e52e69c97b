"""What is in an archive, read so that no archive can do harm: zip and tar, the latter plain, by gzip or by xz.

Names are only ever names: nothing is unpacked to where an entry says. Sizes are counted as they come out and never
believed. What an honest packer does not make (a way out of the folder, two files of one name, a thousand times more
content than archive) refuses the whole archive; links and devices are left out, as they are of folders and of git.
"""

from __future__ import annotations

import lzma
import re
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from solulu.core.sources.local import text_path
from solulu.core.sources.source import MAX_FILE_BYTES, SourceUnreachable

MAX_BYTES = 1_000_000_000
"""Most bytes that come out of an archive, what is left out included."""
MAX_ENTRIES = 100_000
MAX_RATIO = 200
"""Most bytes out for a byte in, after the first `_RATIO_FROM`. Source code gives 3 to 10, and some tables 50."""
_RATIO_FROM = 20_000_000
_MAX_DIRECTORY_BYTES = 32_000_000
"""The list at the end of a zip file is read as a whole."""
_MAX_HEADER_BYTES, _MAX_HEADERS_BYTES = 1_000_000, 128_000_000
"""Of one tar header, and of all."""
_XZ_MEMORY_BYTES = 200_000_000
_BLOCK = 1 << 18
_GZIP, _XZ, _ZIP = b"\x1f\x8b", b"\xfd7zXZ\0", (b"PK\x03\x04", b"PK\x05\x06")
_END_OF_DIRECTORY = b"PK\x05\x06"
_WAY_OUT = re.compile(r"(^|[/\\])\.\.($|[/\\])|^[/\\]|^[A-Za-z]:|\0")
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, struct.error, ValueError,
           OSError, OverflowError, NotImplementedError, RecursionError)  # fmt: skip
"""What the libraries raise on bytes that are no archive, or a damaged one."""


@dataclass(frozen=True)
class Entry:
    """A regular file in an archive."""

    path: str
    size: int
    data: bytes | None
    """None where the file is larger than any spec reads."""


def entries(file: Path, name: str) -> Iterator[Entry]:
    """The regular files, in the archive's order, each path once. `name` begins the messages.

    Raises SourceUnreachable for what is damaged, no archive, encrypted, too large, or made to do harm.
    """
    seen: dict[str, Entry] = {}
    try:
        for entry in _entries(file, name):
            if seen.setdefault(entry.path, entry) is entry:
                yield entry
            elif seen[entry.path] != entry:
                raise SourceUnreachable(f"{name} holds {entry.path!r} twice, and not the same")
    except _BROKEN as error:
        raise SourceUnreachable(f"{name} is damaged or no archive: {error}") from error


def _entries(file: Path, name: str) -> Iterator[Entry]:
    with file.open("rb") as raw:
        head = raw.read(512)
        raw.seek(0)
        budget = _Budget(name, file.stat().st_size)
        if head.startswith(_ZIP):
            yield from _zip_entries(raw, name, budget)
        elif head.startswith((_GZIP, _XZ)):
            with tempfile.TemporaryFile() as plain:
                for block in _decompressed(raw, is_xz=head.startswith(_XZ)):
                    budget.take(len(block))
                    plain.write(block)
                plain.seek(0)
                yield from _tar_entries(plain, name, _Budget(name, budget.taken))
        elif head[257:262] == b"ustar":
            yield from _tar_entries(raw, name, budget)
        else:
            raise SourceUnreachable(f"{name} is neither a zip nor a tar file (plain, gzip or xz)")


class _Budget:
    """How much may still come out of an archive."""

    def __init__(self, name: str, size: int) -> None:
        self.taken, self._name = 0, name
        self._most = min(MAX_BYTES, max(_RATIO_FROM, MAX_RATIO * size))
        self._entries = 0

    def take(self, count: int) -> None:
        """Counts bytes that came out."""
        self.taken += count
        if self.taken > self._most:
            raise SourceUnreachable(f"{self._name} unpacks to more than {self._most:,} bytes; it is not read")

    def take_entry(self) -> None:
        """Counts an entry of any kind."""
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise SourceUnreachable(f"{self._name} has more than {MAX_ENTRIES:,} entries; it is not read")


def _zip_entries(raw: IO[bytes], name: str, budget: _Budget) -> Iterator[Entry]:
    _check_directory(raw, name)
    with zipfile.ZipFile(raw) as archive:
        for info in archive.infolist():
            budget.take_entry()
            path = _safe(info.filename, name)
            is_link = info.external_attr >> 28 not in (0, 0o10)
            if info.is_dir() or is_link:
                continue
            if info.flag_bits & 1:
                raise SourceUnreachable(f"{name}: {path} is encrypted")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise SourceUnreachable(f"{name}: {path} is compressed in a way that is not read")
            if info.file_size > MAX_FILE_BYTES:
                yield Entry(path, info.file_size, None)
                continue
            with archive.open(info) as stream:
                data = stream.read(MAX_FILE_BYTES + 1)
            budget.take(len(data))
            yield Entry(path, len(data), data)


def _check_directory(raw: IO[bytes], name: str) -> None:
    """Refuses a zip file whose list of entries would fill the memory, before zipfile reads it."""
    size = raw.seek(0, 2)
    raw.seek(max(0, size - (1 << 16) - 22))
    tail = raw.read()
    at = len(tail) - 22 if tail[-22:-18] == _END_OF_DIRECTORY and tail.endswith(b"\0\0") else -1
    at = at if at >= 0 else tail.rfind(_END_OF_DIRECTORY)
    if at < 0 or len(tail) - at < 22:
        raise SourceUnreachable(f"{name} is a zip file without an end; it was cut off")
    if int.from_bytes(tail[at + 12 : at + 16], "little") > _MAX_DIRECTORY_BYTES:
        raise SourceUnreachable(f"{name} lists more entries than are read")
    raw.seek(0)


def _tar_entries(raw: IO[bytes], name: str, budget: _Budget) -> Iterator[Entry]:
    headers = cast(IO[bytes], _Headers(raw, name))
    with tarfile.open(fileobj=headers, mode="r:") as archive:
        for info in archive:
            archive.members = []  # type: ignore[attr-defined]  # tarfile would keep them all, whatever they hold
            budget.take_entry()
            path = _safe(info.name, name)
            if not info.isreg() or info.issparse():
                continue
            data = None
            if info.size <= MAX_FILE_BYTES:
                raw.seek(info.offset_data)
                data = raw.read(info.size)
                if len(data) != info.size:
                    raise EOFError(f"it ends within {path}")
                budget.take(len(data))
            yield Entry(path, info.size, data)


class _Headers:
    """A file as tarfile reads it: as many bytes at once as a header says, and only headers."""

    def __init__(self, raw: IO[bytes], name: str) -> None:
        self._raw, self._name, self._left = raw, name, _MAX_HEADERS_BYTES
        self.seek, self.tell = raw.seek, raw.tell

    def read(self, size: int) -> bytes:
        """The next bytes."""
        self._left -= size
        if size > _MAX_HEADER_BYTES or self._left < 0:
            raise SourceUnreachable(f"{self._name} has headers of more bytes than are read")
        return self._raw.read(size)


def _decompressed(raw: IO[bytes], is_xz: bool) -> Iterator[bytes]:
    """The content in bounded blocks, of all streams that follow one another."""
    rest = raw.read(_BLOCK)
    while rest:
        stream = _Xz() if is_xz else _Gzip()
        while not stream.is_at_end:
            is_over = False
            if not rest and stream.needs_input:
                rest = raw.read(_BLOCK)
                is_over = not rest
            block, rest = stream.step(rest)
            if is_over and not block:
                raise EOFError("it was cut off")
            yield block
        rest = (rest or raw.read(_BLOCK)).lstrip(b"\0")


class _Gzip:
    needs_input = True

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)

    @property
    def is_at_end(self) -> bool:
        return self._stream.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        """(what came out, what is left of the data)"""
        block = self._stream.decompress(data, _BLOCK)
        return block, self._stream.unused_data or self._stream.unconsumed_tail


class _Xz:
    def __init__(self) -> None:
        self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)

    @property
    def needs_input(self) -> bool:
        return self._stream.needs_input

    @property
    def is_at_end(self) -> bool:
        return self._stream.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        """(what came out, what is left of the data)"""
        return self._stream.decompress(data, _BLOCK), self._stream.unused_data


def _safe(name: str, archive: str) -> str:
    path = text_path(name)
    if _WAY_OUT.search(path):
        raise SourceUnreachable(f"{archive} holds {path!r}, which leads out of it; it is not read")
    return "/".join(part for part in path.split("/") if part not in ("", "."))
