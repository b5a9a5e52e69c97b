"""The repositories that the verdict is measured on: folders, or what a list names, read as an index reads them.

A list is JSON, `{language: {"look": [...], "count": [...]}}` with the name, URL and commit of each repository. Rules
are written looking at the ones, and counted on the others, which nobody who writes rules reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from solulu.core.settings import Settings
from solulu.core.sources import MAX_FILE_BYTES, open_source
from solulu.languages import Language, for_path
from solulu.verifier.index import is_read

LARGEST_BYTES = 200_000
_NOT_THEIRS = re.compile(r"(^|/)(node_modules|vendor|third_party|thirdparty|external|dist|build)/|\.min\.")
"""Other people's code and what a build makes: indexed, but no place to cut holes."""


@dataclass(frozen=True)
class Repository:
    """One to measure on, in one language."""

    name: str
    language: str
    source: str
    """A source string."""
    url: str = ""
    commit: str = ""

    def files(self, settings: Settings) -> list[tuple[str, bytes]]:
        """What its index is made of, sorted by path."""
        files = open_source(self.source, settings).files()
        return [(file.path, file.read()) for file in files if is_read(file.path) and file.size <= MAX_FILE_BYTES]


def listed(where: Path, side: str, languages: Collection[str], trees: Path | None) -> Iterator[Repository]:
    """The repositories of one side of a list: fetched by git, or from `trees/SIDE/LANGUAGE/NAME` where they lie."""
    for language, sides in sorted(json.loads(where.read_text()).items()):
        for entry in sides[side] if language in languages or not languages else ():
            source = f"git:{entry['url']}@{entry['commit']}"
            if trees:
                source = f"folder:{trees / side / language / entry['name']}"
            yield Repository(entry["name"], language, source, entry["url"], entry["commit"])


def is_for_holes(path: str, data: bytes, language: Language) -> bool:
    """Whether people of this repository wrote the file, as far as one can tell."""
    if for_path(path) is not language or len(data) > LARGEST_BYTES or _NOT_THEIRS.search(path):
        return False
    return data == data.decode("utf-8", "ignore").encode() and not language.is_generated(data)
