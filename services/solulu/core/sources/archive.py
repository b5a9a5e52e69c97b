"""`archive:PATH`, `archive:URL` and `npm:NAME@VERSION` (or crate, maven, gomod, sdist): the files of a packed release.

A registry's package is the easiest real code to come by, and its licence is on the label. What was read is kept by its
content, so a pinned archive needs neither its file nor its server again.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings
from solulu.core.sources import archive_registries as registries
from solulu.core.sources.addresses import split_url
from solulu.core.sources.archive_download import check_address, download
from solulu.core.sources.archive_entries import entries
from solulu.core.sources.archive_kept import Kept, keep, kept
from solulu.core.sources.archive_license import declared_license
from solulu.core.sources.folder import allowed_path
from solulu.core.sources.source import DeclaredLicense, SourceChanged, SourceFile, SourceUnreachable

_PINNED = re.compile(r"(?P<name>.+)#(?P<digest>[0-9a-f]{64})", re.S)


@dataclass
class Archive:
    """One archive: a local file, one behind a URL, or a version of a registry's package."""

    repo: str
    source: str
    """The source string, not pinned."""
    pinned: str
    """The tree digest that it was opened with; empty without."""
    version: str
    """How people call this state; empty where only its digest names it."""
    read: Callable[[Path], Kept]
    """Reads it into a folder of kept archives."""
    cache: Path

    @property
    def commit(self) -> str:
        """The version of a package, the tree digest of any other archive."""
        return self.version or self.pinned or self._kept.digest

    def pin(self) -> str:
        """The source string with the tree digest."""
        return f"{self.source}#{self._kept.digest}"

    def files(self) -> Iterator[SourceFile]:
        """The files, without the folder that all of them lie in."""
        return self._kept.files()

    def declared_license(self) -> DeclaredLicense:
        """What the package's own metadata says."""
        return declared_license(self._kept.files())

    @cached_property
    def _kept(self) -> Kept:
        if self.pinned and (found := kept(self.cache, self.pinned)):
            return found
        found = self.read(self.cache)
        if self.pinned and found.digest != self.pinned:
            raise SourceChanged(f"{self.source} is not what was pinned any more; submit the job again")
        return found


def archive(text: str, settings: Settings) -> Archive:
    """The archive that PATH, URL, PATH#DIGEST or URL#DIGEST names.

    Raises PermissionDenied for paths and addresses that are not allowed, InvalidArgument for other URLs.
    """
    name, pinned = _split(text)
    if "://" not in name:
        path = allowed_path(name, settings)
        return Archive(
            path.name, f"archive:{path}", pinned, "", lambda cache: _read_file(cache, path), _cache(settings)
        )
    if not split_url(name).path.strip("/"):
        raise InvalidArgument(f"archive:{name} names a host and no file")
    check_address(name, settings)
    return Archive(
        name, f"archive:{name}", pinned, "", lambda cache: _read_url(cache, name, settings), _cache(settings)
    )


def package(kind: str, text: str, settings: Settings) -> Archive:
    """The package that NAME@VERSION, or that with #DIGEST, names in a registry. Raises InvalidArgument."""
    name, pinned = _split(text)
    found = registries.parse(kind, name)

    def read(cache: Path) -> Kept:
        return _read_url(cache, registries.address(found, settings), settings)

    return Archive(f"{kind}:{found.name}", f"{kind}:{name}", pinned, f"{kind}:{name}", read, _cache(settings))


def _cache(settings: Settings) -> Path:
    return settings.home.absolute() / "cache" / "archives"


def _split(text: str) -> tuple[str, str]:
    match = _PINNED.fullmatch(text)
    return (match["name"], match["digest"]) if match else (text, "")


def _read_file(cache: Path, path: Path) -> Kept:
    if not path.is_file():
        raise SourceUnreachable(f"there is no file {path}; give the path of an archive")
    return keep(cache, entries(path, str(path)))


def _read_url(cache: Path, url: str, settings: Settings) -> Kept:
    with tempfile.NamedTemporaryFile(prefix="solulu-archive-") as file:
        download(url, file, settings)
        file.flush()
        return keep(cache, entries(Path(file.name), url))
