"""`dist:NAME`: the import packages of a Python distribution that is installed beside Solulu.

The package registry already delivered this code and its licence, so it needs no network. Nothing is imported: the
files come from the installer's own list.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings
from solulu.core.sources.local import LocalTree
from solulu.core.sources.source import DeclaredLicense, SourceChanged, SourceFile, SourceUnreachable

_FORM = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(==(?P<version>[^#\s]+)(#(?P<digest>[0-9a-f]{64}))?)?")
_METADATA_SUFFIXES = (".dist-info", ".egg-info", ".data")
_LICENSE_NAME = re.compile(r"(?i)(un)?licen[cs]e|copying")


class Distribution:
    """An installed distribution of this interpreter."""

    def __init__(self, text: str, settings: Settings) -> None:
        """`text` is NAME, NAME==VERSION or NAME==VERSION#DIGEST; the settings put no limit on it."""
        match = _FORM.fullmatch(text)
        if not match:
            raise InvalidArgument(f"dist:{text} is not of the form dist:NAME or dist:NAME==VERSION")
        self._version, self._digest = match["version"], match["digest"]
        self.repo = re.sub(r"[-_.]+", "-", match["name"]).lower()

    @property
    def commit(self) -> str:
        """`NAME==VERSION`."""
        return f"{self.repo}=={self._version or self._installed.version}"

    def pin(self) -> str:
        """`dist:NAME==VERSION#DIGEST`."""
        return f"dist:{self.commit}#{self._checked().digest}"

    def files(self) -> Iterator[SourceFile]:
        """The files of its import packages."""
        return self._checked().files()

    def declared_license(self) -> DeclaredLicense:
        """Licence fields, classifiers and the licence files of the metadata folder."""
        metadata = self._installed.metadata
        return DeclaredLicense(
            expression="".join(metadata.get_all("License-Expression") or []),
            text="\n".join(metadata.get_all("License") or []),
            classifiers=tuple(c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")),
            files=tuple(sorted(self._license_files())),
        )

    @cached_property
    def _installed(self) -> importlib.metadata.Distribution:
        try:
            return importlib.metadata.distribution(self.repo)
        except importlib.metadata.PackageNotFoundError as error:
            raise SourceUnreachable(
                f"no distribution {self.repo} is installed beside Solulu; install it with pip, or check the name"
            ) from error

    @cached_property
    def _tree(self) -> LocalTree:
        root = Path(str(self._installed.locate_file("")))
        paths = [str(path) for path in self._installed.files or () if _is_in_import_package(PurePosixPath(path))]
        tree = LocalTree(f"distribution {self.repo}", root, paths)
        if not tree.entries:
            raise SourceUnreachable(
                f"distribution {self.repo} lists no files of its own (an editable installation or a meta-package); "
                "give its source as folder:PATH"
            )
        return tree

    def _checked(self) -> LocalTree:
        installed = self._installed.version
        if self._version and self._version != installed:
            text = f"{self.repo} {self._version} is asked for but {installed} is installed"
            raise SourceChanged(f"{text}; submit the job again") if self._digest else SourceUnreachable(text)
        if self._digest and self._digest != self._tree.digest:
            raise SourceChanged(
                f"the files of {self.repo} {installed} are not those that were pinned; submit the job again"
            )
        return self._tree

    def _license_files(self) -> Iterator[tuple[str, bytes]]:
        for path in self._installed.files or ():
            folder, *rest = path.parts
            is_top = len(rest) == 1 or (len(rest) == 2 and rest[0].lower() in {"licenses", "license_files"})
            if folder.endswith(".dist-info") and is_top and _LICENSE_NAME.match(rest[-1]):
                where = Path(str(self._installed.locate_file(path)))
                if where.is_file():
                    yield "/".join(rest), where.read_bytes()


def _is_in_import_package(path: PurePosixPath) -> bool:
    """Whether an installed file belongs to a package or module, not to scripts, metadata or bytecode."""
    top = path.parts[0]
    if path.is_absolute() or ".." in path.parts or top.endswith(_METADATA_SUFFIXES):
        return False
    return "__pycache__" not in path.parts and path.suffix not in {".pyc", ".pyo", ".pth"}
