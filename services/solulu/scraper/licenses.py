"""The licence of each file of a repository.

What is said nearest to the file counts: an SPDX line in the file itself, then the licence file of the nearest folder,
then what the repository declares. So a vendored copy keeps its own licence, and is dropped if that is not acceptable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from solulu.core.sources import DeclaredLicense, SourceFile
from solulu.scraper import spdx

_LICENSE_FILE = re.compile(
    r"(?i)((un)?licen[cs]e|copying|copyright)([-_.](?!(py|go|java|js|ts|rs|cs|c|h|cpp|html?|json|ya?ml)$)[\w.-]+)?"
)
_FOLDERS = {"licenses", "licences", "meta-inf"}
"""What lies in them is about the folder around them."""
_HEADER = re.compile(rb"SPDX-License-Identifier:[ \t]*([^\r\n*\"'<>#]{1,200})")
_HEADER_BYTES = 4000
_LICENSE_FILE_BYTES = 500_000


class RepositoryLicenses:
    """What the files of one repository are licensed under."""

    def __init__(self, declared: DeclaredLicense, license_files: Iterable[SourceFile]) -> None:
        """`license_files` are those of the source's files that `is_license_file` names."""
        texts: dict[str, set[str]] = {}
        for file in license_files:
            folder = PurePosixPath(file.path).parent
            if folder.name.lower() in _FOLDERS:
                folder = folder.parent
            texts.setdefault(_folder_name(folder), set()).add(_read(file))
        self._by_folder = {folder: spdx.all_of(found) for folder, found in texts.items()}
        root = _declared(declared)
        if root != spdx.NOASSERTION:
            self._by_folder[""] = root

    def of(self, path: str, data: bytes) -> str:
        """SPDX expression of the file at `path` with the content `data`, or NOASSERTION."""
        if header := _HEADER.search(data, 0, _HEADER_BYTES):
            try:
                return spdx.canonical(header[1].decode("ascii", "replace").rstrip("*/- \t"))
            except spdx.NotAnExpression:
                return spdx.NOASSERTION
        for folder in PurePosixPath(path).parents:
            if found := self._by_folder.get(_folder_name(folder)):
                return found
        return spdx.NOASSERTION


def is_license_file(path: str) -> bool:
    """Whether a file's name says that it holds a licence text."""
    return bool(_LICENSE_FILE.fullmatch(PurePosixPath(path).name))


def _declared(declared: DeclaredLicense) -> str:
    """The repository's licence by its packaging metadata: an expression, a name, a text, then classifiers."""
    if declared.expression:
        try:
            return spdx.canonical(declared.expression)
        except spdx.NotAnExpression:
            return spdx.NOASSERTION
    candidates = (
        spdx.named(declared.text),
        spdx.all_of([spdx.of_text(data.decode("utf-8", "replace")) for _, data in declared.files]),
        spdx.of_text(declared.text),
        spdx.all_of([spdx.named(classifier.rpartition("::")[2]) for classifier in declared.classifiers]),
    )
    return next((found for found in candidates if found != spdx.NOASSERTION), spdx.NOASSERTION)


def _read(file: SourceFile) -> str:
    if file.size > _LICENSE_FILE_BYTES:
        return spdx.NOASSERTION
    return spdx.of_text(file.read().decode("utf-8", "replace"))


def _folder_name(folder: PurePosixPath) -> str:
    return "" if str(folder) == "." else str(folder)
