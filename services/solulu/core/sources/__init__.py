"""Where code comes from: an installed distribution, a folder, a git repository or an archive, behind one Protocol.

A source string names a source; its pinned form (`dist:NAME==VERSION#DIGEST`, `folder:PATH#DIGEST`, `git:URL@COMMIT`,
`archive:URL#DIGEST`, `npm:NAME@VERSION#DIGEST`) also names its content, and is a source string again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings
from solulu.core.sources.archive import archive, package
from solulu.core.sources.archive_registries import PUBLIC
from solulu.core.sources.distribution import Distribution
from solulu.core.sources.folder import Folder
from solulu.core.sources.git import GitRepository
from solulu.core.sources.source import (
    MAX_FILE_BYTES,
    DeclaredLicense,
    Source,
    SourceChanged,
    SourceFile,
    SourceUnreachable,
)  # fmt: skip

_KINDS: dict[str, Callable[[str, Settings], Source]] = {
    "archive": archive, "dist": Distribution, "folder": Folder, "git": GitRepository,
    **{kind: partial(package, kind) for kind in PUBLIC},
}  # fmt: skip
_PINNED = re.compile(
    rf"(dist:[^#]+==[^#]+#[0-9a-f]{{64}}|git:.+@[0-9a-f]{{40}}|(folder|archive|{'|'.join(PUBLIC)}):.+#[0-9a-f]{{64}})",
    re.S,
)
_FORMS = (
    "dist:NAME, folder:PATH, git:URL, git:URL@REF, archive:PATH, archive:URL, npm:NAME@VERSION, crate:NAME@VERSION, "
    "maven:GROUP:ARTIFACT@VERSION, gomod:MODULE@VERSION or sdist:NAME==VERSION"
)


def open_source(text: str, settings: Settings) -> Source:
    """The source that a source string names; nothing is read or fetched yet.

    Raises InvalidArgument for a string that names none, PermissionDenied where the settings forbid it.
    """
    kind, _, name = text.partition(":")
    if kind not in _KINDS or not name:
        raise InvalidArgument(f"{text!r} is no source; use {_FORMS}")
    return _KINDS[kind](name, settings)


def is_pinned(text: str) -> bool:
    """Whether a source string names its content."""
    return bool(_PINNED.fullmatch(text))


def source_of_repository(text: str) -> str:
    """The source string of what people call a repository: `DIR[@REF]` or a git URL.

    A folder without a ref is read as it lies there; a bare repository, a URL and anything with a ref is read from git.
    """
    if "://" in text:
        return f"git:{text}"
    folder = Path(text).expanduser()
    if "@" not in text or folder.is_dir():
        return f"git:{text}" if _is_bare(folder) else f"folder:{text}"
    return f"git:{text}"


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


__all__ = [
    "MAX_FILE_BYTES", "DeclaredLicense", "Source", "SourceChanged", "SourceFile", "SourceUnreachable", "is_pinned",
    "open_source", "source_of_repository",
]  # fmt: skip
