"""What every source of code looks like, whether installed, in a folder or in git.

A source is pinned once, when a job is submitted, and read later, perhaps on another machine: reading compares what is
there with the pin, so an artifact never holds other code than its spec names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from solulu.core.errors import JobError, NotFound, RowError

MAX_FILE_BYTES = 10_000_000
"""A larger file cannot be read by any spec, so it is pinned by its size alone."""
MAX_FILES = 1_000_000
"""More entries than this in one source are refused: no real repository has them, a nested-tree bomb does."""


class SourceUnreachable(NotFound):
    """The source is not there, or cannot be reached now; other sources may be."""


class SourceChanged(JobError):
    """The source no longer holds what its pin says."""


@dataclass(frozen=True)
class SourceFile:
    """A regular file of a source."""

    path: str
    """Relative, with forward slashes; bytes that are not UTF-8 are written as backslash escapes."""
    size: int
    """In bytes, known without reading."""
    load: Callable[[], bytes] = field(repr=False, compare=False)

    def read(self) -> bytes:
        """The file's bytes. Raises RowError where it is larger than MAX_FILE_BYTES, SourceChanged where it is not what
        was pinned."""
        if self.size > MAX_FILE_BYTES:
            raise RowError("too_large", f"{self.path} has {self.size:,} bytes; at most {MAX_FILE_BYTES:,} are read")
        return self.load()


@dataclass(frozen=True)
class DeclaredLicense:
    """What the packaging metadata of a source says about its licence; empty where it has none."""

    expression: str = ""
    """An SPDX expression, from metadata that promises one."""
    text: str = ""
    """A free-text licence field."""
    classifiers: tuple[str, ...] = ()
    """Trove classifiers that begin with `License ::`."""
    files: tuple[tuple[str, bytes], ...] = ()
    """(name, bytes) of licence files that lie outside the source's own files."""


class Source(Protocol):
    """A repository's worth of code."""

    repo: str
    """URL without credentials, distribution name or folder name."""

    @property
    def commit(self) -> str:
        """The state that is read: a git commit, `NAME==VERSION`, or a folder's tree digest."""

    def pin(self) -> str:
        """The source string that names exactly what is there now. Raises SourceUnreachable."""

    def files(self) -> Iterator[SourceFile]:
        """The regular files, sorted by path; links, submodules and devices are left out. Raises SourceUnreachable, or
        SourceChanged where the pin that the source was opened with no longer holds."""

    def declared_license(self) -> DeclaredLicense:
        """What the packaging metadata says."""
