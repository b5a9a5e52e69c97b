"""The symbols of a repository as it is now, for verdicts.

They are kept under `$SOLULU_HOME/cache` by what they were made of. Where a few files have changed since the last time,
only those are read anew: a person who types waits for the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from solulu.core.digests import sha256
from solulu.core.settings import Settings
from solulu.core.sources import MAX_FILE_BYTES, Source, open_source
from solulu.llm.packaged import make_once
from solulu.verifier.index import FORMAT, SymbolIndex, build, is_read, updated

_MOST_CHANGES = 32
"""More changed files than this are as quickly indexed with all the others."""


class SymbolCache:
    """Indexes on disk, by the digest of what they were made of."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.home.absolute() / "cache" / "symbols"

    def get(self, digest: str, make: Callable[[], SymbolIndex]) -> SymbolIndex:
        """The index that is kept under a digest, made if it is not there."""
        folder = self._folder / f"{digest[:40]}-v{FORMAT}"
        make_once(folder, lambda out: _write(out / "symbols.idx", make().to_bytes()))
        return SymbolIndex.from_bytes((folder / "symbols.idx").read_bytes())


class RepositorySymbols:
    """The index of one repository, made once and brought up to date when asked."""

    def __init__(self, repo: str, settings: Settings, cache: SymbolCache) -> None:
        """`repo` is a source string (`folder:PATH`, `git:URL@REF`)."""
        self._text, self._settings, self._cache = repo, settings, cache
        self._pin = ""
        self._digests: dict[str, str] = {}
        self._index = SymbolIndex({})

    @property
    def index(self) -> SymbolIndex:
        """As of the last `refresh`."""
        return self._index

    def refresh(self) -> str:
        """Brings the index up to date and returns the repository's name in it. Raises SourceUnreachable."""
        source = open_source(self._text, self._settings)
        pin = source.pin()
        if pin != self._pin:
            contents = dict(_contents(source))
            digests = {path: sha256(data) if data is not None else "" for path, data in contents.items()}
            changed = sorted(path for path in digests if self._digests.get(path) != digests[path])
            if self._pin and self._digests.keys() <= digests.keys() and len(changed) <= _MOST_CHANGES:
                for path in changed:
                    self._index = updated(self._index, source.repo, path, contents[path])
            else:
                self._index = self._cache.get(sha256(pin.encode()), lambda: build(source.repo, contents.items()))
            self._pin, self._digests = pin, digests
        return source.repo


def _contents(source: Source) -> Iterator[tuple[str, bytes | None]]:
    """Every file; those that say nothing to the verifier are named and not read, since a module may be among them."""
    for file in source.files():
        yield file.path, file.read() if is_read(file.path) and file.size <= MAX_FILE_BYTES else None


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
