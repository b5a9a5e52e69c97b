"""An archive's files as they are kept after it was read once: their bytes one after another, and a list of them.

Addressed by the tree digest of what is in them, under `$SOLULU_HOME/cache/archives`. No name from an archive is ever a
name on this disk, so there is nothing that a name could reach.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path

from solulu.core.digests import canonical_json, sha256, tree_digest
from solulu.core.errors import JobError
from solulu.core.sources.archive_entries import Entry
from solulu.core.sources.source import SourceFile

_FILES, _LIST = "files.bin", "list.json"


@dataclass(frozen=True)
class Kept:
    """The files of one archive."""

    folder: Path

    @property
    def digest(self) -> str:
        """Digest over the (path, digest) of the files, as of a folder's."""
        return self.folder.name

    def files(self) -> Iterator[SourceFile]:
        """The files, sorted by path."""
        for path, size, digest, start in json.loads((self.folder / _LIST).read_bytes()):
            yield SourceFile(path, size, partial(self._read, path, size, digest, start))

    def _read(self, path: str, size: int, digest: str, start: int) -> bytes:
        with (self.folder / _FILES).open("rb") as file:
            file.seek(start)
            data = file.read(size)
        if sha256(data) != digest:
            raise JobError(f"{self.folder} is damaged at {path}; delete the folder and run the job again")
        return data


def kept(cache: Path, digest: str) -> Kept | None:
    """What is kept under a digest."""
    folder = cache / digest
    return Kept(folder) if (folder / _LIST).is_file() else None


def keep(cache: Path, entries: Iterable[Entry]) -> Kept:
    """Keeps the files of an archive, without the folder that all of them lie in."""
    cache.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=cache))
    try:
        rows: list[tuple[str, int, str, int]] = []
        start = 0
        with (making / _FILES).open("wb") as file:
            for entry in entries:
                digest = f"size:{entry.size}" if entry.data is None else sha256(entry.data)
                rows.append((entry.path, entry.size, digest, start))
                start += file.write(entry.data or b"")
        top = _top([path for path, *_ in rows])
        rows = sorted((path[top:], size, digest, start) for path, size, digest, start in rows)
        (making / _LIST).write_bytes(canonical_json(rows))
        folder = cache / tree_digest((path, digest) for path, _, digest, _ in rows)
        if not kept(cache, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(making, folder)
        return Kept(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _top(paths: list[str]) -> int:
    """Length of the folder that a packer put around everything: `package/`, `NAME-VERSION/`, `MODULE@VERSION/`.

    A jar without one begins with the folders of its Java packages, whose names have neither a dash nor an @.
    """
    if not paths:
        return 0
    first, last = (path.split("/")[:-1] for path in (min(paths), max(paths)))
    folders = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))]
    for number, folder in enumerate(folders, 1):
        if "@" in folder:
            return len("/".join(folders[:number])) + 1
    return len(folders[0]) + 1 if folders and (folders[0] == "package" or "-" in folders[0]) else 0
