"""What the repositories of a job are called.

A name is what rows are grouped and split by, so two commits of one repository share it; two folders that happen to have
one name do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from solulu.core.digests import sha256
from solulu.core.sources import archive_registries as registries
from solulu.core.sources import is_pinned


@dataclass(frozen=True)
class Repository:
    """A unit's payload: a source and what it is called in this job."""

    source: str
    """Pinned, unless it could not be reached."""
    repo: str
    index_name: str
    """Under which its symbols are indexed: `repo`, unless another commit of it is scraped too."""
    is_cut: bool = True
    """False where only its symbols are wanted."""

    @property
    def slug(self) -> str:
        """A short name that is safe in a file name and that no other source has."""
        name = PurePosixPath(_name(self.source)).name.removesuffix(".git")
        name = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:40]
        return f"{name or 'source'}-{sha256(self.source.encode())[:8]}"


def name_all(sources: Iterable[str], packages: Iterable[str] = ()) -> list[Repository]:
    """The sources with their names, for each index another, and after them the packages, of which only the symbols are
    wanted. One that is both is a source."""
    cut = set(sources := list(sources))
    sources = list(dict.fromkeys([*sources, *packages]))
    local = [source for source in sources if _is_local(source)]
    places = [PurePosixPath(_name(source)) for source in local]
    found: dict[str, Repository] = {}
    for source in sources:
        repo = _name(source)
        if source in local:
            repo = _tail(PurePosixPath(repo), places)
        index_name = repo if all(repo != other.index_name for other in found.values()) else source
        found[source] = Repository(source, repo, index_name, source in cut)
    return list(found.values())


def _is_local(source: str) -> bool:
    return source.startswith("folder:") or (source.startswith("archive:") and "://" not in source)


def _name(source: str) -> str:
    """What a pinned source is without its kind and its pin: distribution, path or URL; a registry's package keeps the
    kind, as registries share names."""
    kind, _, name = source.partition(":")
    if not is_pinned(source):
        return name
    if kind in registries.PUBLIC:
        return f"{kind}:{registries.parse(kind, name.rpartition('#')[0]).name}"
    return name.partition("==")[0] if kind == "dist" else name.rpartition("@" if kind == "git" else "#")[0]


def _tail(folder: PurePosixPath, folders: list[PurePosixPath]) -> str:
    """A folder's or file's name, with as many of those above it as tell it apart from the others."""
    for depth in range(1, len(folder.parts)):
        if sum(other.parts[-depth:] == folder.parts[-depth:] for other in folders) <= 1:
            return "/".join(folder.parts[-depth:])
    return str(folder)
