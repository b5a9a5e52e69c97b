"""`folder:PATH`: a folder as it lies there, whatever version control says about it.

What is ignored is a fixed list of tool folders: a rule read from the folder itself (.gitignore) would make the same
files two sources.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from solulu.core.errors import InvalidArgument, PermissionDenied
from solulu.core.settings import Settings
from solulu.core.sources.local import LocalTree
from solulu.core.sources.source import DeclaredLicense, SourceChanged, SourceFile, SourceUnreachable

IGNORED = frozenset([
    ".bzr", ".eggs", ".git", ".gradle", ".hg", ".hypothesis", ".idea", ".mypy_cache", ".nox", ".pytest_cache",
    ".ruff_cache", ".solulu", ".svn", ".tox", ".venv", ".vscode", "__pycache__", "bower_components", "node_modules",
    "site-packages", "venv",
])  # fmt: skip
"""Folders of tools: dependencies, caches and version control, not the repository's own code."""

_PINNED = re.compile(r"(?P<path>.+)#(?P<digest>[0-9a-f]{64})", re.S)


class Folder:
    """A local folder."""

    def __init__(self, text: str, settings: Settings) -> None:
        """`text` is PATH or PATH#DIGEST. Raises PermissionDenied outside `settings.local_roots`."""
        match = _PINNED.fullmatch(text)
        self._pinned = match["digest"] if match else ""
        self._root = allowed_path(match["path"] if match else text, settings)
        self.repo = self._root.name or "root"

    @property
    def commit(self) -> str:
        """The tree digest."""
        return self._pinned or self._tree.digest

    def pin(self) -> str:
        """`folder:PATH#DIGEST`, the path absolute."""
        return f"folder:{self._root}#{self._checked().digest}"

    def files(self) -> Iterator[SourceFile]:
        """The files, without those in ignored folders."""
        return self._checked().files()

    def declared_license(self) -> DeclaredLicense:
        """Nothing: a folder's licence is in its files."""
        return DeclaredLicense()

    @cached_property
    def _tree(self) -> LocalTree:
        if not self._root.is_dir():
            raise SourceUnreachable(f"there is no folder {self._root}; give the path of an existing folder")
        return LocalTree(f"folder {self._root}", self._root, _walk(self._root))

    def _checked(self) -> LocalTree:
        if self._pinned and self._pinned != self._tree.digest:
            raise SourceChanged(f"folder {self._root} has changed since it was pinned; submit the job again")
        return self._tree


def allowed_path(path: str, settings: Settings) -> Path:
    """The absolute path, links resolved. Raises PermissionDenied where the settings do not allow it."""
    if "\0" in path:
        raise InvalidArgument(f"{path!r} is not a path")
    absolute = Path(os.path.realpath(Path(path).expanduser()))
    if settings.local_roots is None:
        return absolute
    if not any(absolute.is_relative_to(os.path.realpath(root)) for root in settings.local_roots):
        roots = ", ".join(map(str, settings.local_roots)) or "none"
        raise PermissionDenied(f"{absolute} is outside the folders that SOLULU_LOCAL_ROOTS allows ({roots})")
    return absolute


def _walk(root: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise SourceUnreachable(f"folder {root}: {error.filename} cannot be listed: {error.strerror}") from error

    for folder, folders, names in os.walk(root, onerror=refuse):
        folders[:] = sorted(
            name for name in folders if name not in IGNORED and not Path(folder, name, "pyvenv.cfg").exists()
        )
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)
