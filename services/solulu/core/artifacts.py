"""Artifacts: parts and files under `<stage>/<key>/`, done when the manifest is there.

The manifest is written last, so a reader never sees half an artifact; it reads only the files that the manifest lists
and checks the digest of each (contracts.md, "Artifact").
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from solulu.core import parts
from solulu.core.digests import canonical_json, sha256, tree_digest
from solulu.core.errors import CorruptArtifact, InvalidArgument, NotFound
from solulu.core.store import Store
from solulu.core.store.retrying import read_again

MANIFEST = "manifest.json"
_CACHED_PARTS = 16


@dataclass(frozen=True)
class FileEntry:
    """One file of an artifact; `num_rows` is set where it is a part."""

    path: str
    num_bytes: int
    sha256: str
    num_rows: int | None = None


@dataclass(frozen=True)
class InputEntry:
    """One input of the job that made an artifact."""

    name: str
    reference: str
    content_digest: str


@dataclass(frozen=True)
class Manifest:
    """What an artifact is, holds, and was made of. Everything below `files` is informational and in no digest."""

    kind: str
    schema_version: int
    stage: str
    stage_version: int
    key: str
    spec: dict[str, Any]
    inputs: tuple[InputEntry, ...]
    num_rows: int
    drops: dict[str, int]
    files: tuple[FileEntry, ...]
    """Parts in the artifact's row order, then other files sorted by path."""
    usage: dict[str, float] = field(default_factory=dict)
    tool_versions: dict[str, str] = field(default_factory=dict)
    create_time: float = 0.0
    elapsed_seconds: float = 0.0

    @property
    def reference(self) -> str:
        """`<stage>/<key>`."""
        return f"{self.stage}/{self.key}"

    @property
    def content_digest(self) -> str:
        """sha256 over the sorted (path, sha256) of the files."""
        return tree_digest((file.path, file.sha256) for file in self.files)

    def to_json(self) -> bytes:
        """Canonical JSON."""
        return canonical_json({**asdict(self), "content_digest": self.content_digest})

    @classmethod
    def from_json(cls, data: bytes, where: str) -> Manifest:
        """Reads a manifest. Raises CorruptArtifact naming `where` if it is not one, or contradicts itself."""
        try:
            fields = json.loads(data)
            digest = fields.pop("content_digest")
            fields["inputs"] = tuple(InputEntry(**entry) for entry in fields["inputs"])
            fields["files"] = tuple(FileEntry(**entry) for entry in fields["files"])
            manifest = cls(**fields)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptArtifact(
                f"{where} is not a manifest ({error}); delete the artifact and run its job again"
            ) from error
        if manifest.content_digest != digest:
            raise CorruptArtifact(
                f"{where} does not list the files it was written for; delete the artifact and run its job again"
            )
        return manifest


class ArtifactReader:
    """Rows and files of an artifact, or of a job's parts before there is a manifest."""

    def __init__(self, store: Store, folder: str, manifest: Manifest) -> None:
        self._store = store
        self._folder = folder
        self.manifest = manifest
        self._parts = [file for file in manifest.files if file.num_rows is not None]
        self._starts = [0, *itertools.accumulate(file.num_rows or 0 for file in self._parts)]
        self._tables: OrderedDict[str, pa.Table] = OrderedDict()
        self._places: dict[str, tuple[int, int]] | None = None

    @property
    def reference(self) -> str:
        """`<stage>/<key>`."""
        return self.manifest.reference

    @property
    def kind(self) -> str:
        """The artifact's kind, such as `contexts`."""
        return self.manifest.kind

    @property
    def content_digest(self) -> str:
        """The manifest's content digest."""
        return self.manifest.content_digest

    @property
    def num_rows(self) -> int:
        """Rows of all parts."""
        return self._starts[-1]

    def rows(
        self, start: int = 0, stop: int | None = None, columns: list[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Rows `start` to `stop` in the artifact's order."""
        stop = self.num_rows if stop is None else min(stop, self.num_rows)
        number = max(bisect.bisect_right(self._starts, start) - 1, 0)
        while start < stop and number < len(self._parts):
            first, end = self._starts[number], self._starts[number + 1]
            table = self._table(number)
            if columns is not None:
                table = table.select(columns)
            yield from table.slice(start - first, min(stop, end) - start).to_pylist()
            start, number = max(start, min(stop, end)), number + 1

    def table(self, columns: list[str] | None = None) -> pa.Table:
        """All rows; an empty table where the artifact has no parts."""
        tables = [self._table(number) for number in range(len(self._parts))]
        if columns is not None:
            tables = [table.select(columns) for table in tables]
        return pa.concat_tables(tables) if tables else pa.table({})

    def lookup(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Rows by id; ids that the artifact does not have are left out. Reads only the parts that are needed."""
        if self._places is None:
            self._places = {
                row_id: (number, index)
                for number in range(len(self._parts))
                for index, row_id in enumerate(self._table(number)["id"].to_pylist())
            }
        places = self._places
        wanted = sorted((places[row_id], row_id) for row_id in set(ids) if row_id in places)
        return {row_id: self._table(number).slice(index, 1).to_pylist()[0] for (number, index), row_id in wanted}

    def files(self, prefix: str = "") -> list[str]:
        """Paths of the files that are no parts and start with `prefix`, sorted."""
        return sorted(
            file.path for file in self.manifest.files if file.num_rows is None and file.path.startswith(prefix)
        )

    @read_again
    def read(self, path: str) -> bytes:
        """A file's bytes. Raises NotFound if the manifest does not list it, CorruptArtifact if its digest differs."""
        entry = self._entry(path)
        try:
            with self._store.open(f"{self._folder}/{path}") as file:
                data = file.read()
        except NotFound as error:
            raise CorruptArtifact(f"{self._folder}/{path} is listed in the manifest but is not in the store") from error
        if sha256(data) != entry.sha256:
            raise CorruptArtifact(
                f"{self._folder}/{path} has other bytes than its manifest lists "
                f"({len(data):,} now, {entry.num_bytes:,} then); delete the artifact and run its job again"
            )
        return data

    def download(self, folder: Path, prefix: str = "") -> None:
        """Copies the files that are no parts and start with `prefix` into a local folder, checking digests."""
        for path in self.files(prefix):
            self._download(path, folder / path)

    def drop_examples(self) -> dict[str, list[str]]:
        """A few dropped rows by reason, each `row id: detail`."""
        examples: dict[str, list[str]] = {}
        for file in self._parts:
            for reason, some in parts.drop_examples(self.read(file.path)).items():
                examples.setdefault(reason, []).extend(some)
        return examples

    def problems(self) -> list[str]:
        """What is wrong with the artifact's files, one sentence each."""
        found = []
        for file in self.manifest.files:
            try:
                self.read(file.path)
            except CorruptArtifact as error:
                found.append(str(error))
        return found

    @read_again
    def _download(self, path: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with self._store.open(f"{self._folder}/{path}") as source, target.open("wb") as out:
            while block := source.read(1 << 20):
                digest.update(block)
                out.write(block)
        if digest.hexdigest() != self._entry(path).sha256:
            target.unlink()
            raise CorruptArtifact(f"{self._folder}/{path} has other bytes than its manifest lists")

    def _entry(self, path: str) -> FileEntry:
        for file in self.manifest.files:
            if file.path == path:
                return file
        raise NotFound(f"artifact {self.reference} has no file {path!r}")

    def _table(self, number: int) -> pa.Table:
        path = self._parts[number].path
        if path in self._tables:
            self._tables.move_to_end(path)
        else:
            self._tables[path] = parts.decode(self.read(path))
            if len(self._tables) > _CACHED_PARTS:
                self._tables.popitem(last=False)
        return self._tables[path]


def open_artifact(store: Store, reference: str) -> ArtifactReader:
    """The artifact that `reference` names. NotFound, or InvalidArgument for a prefix too short or shared."""
    reference = complete_reference(store, reference)
    name = f"{reference}/{MANIFEST}"
    try:
        with store.open(name) as file:
            data = file.read()
    except NotFound as error:
        raise NotFound(f"there is no artifact {reference}; `solulu artifacts list` shows those that are") from error
    return ArtifactReader(store, reference, Manifest.from_json(data, name))


def exists(store: Store, reference: str) -> bool:
    """Whether the artifact is done. `reference` must be complete."""
    try:
        store.stat(f"{reference}/{MANIFEST}")
    except NotFound:
        return False
    return True


def complete_reference(store: Store, text: str) -> str:
    """`<stage>/<key>` from itself, from `<stage>/<prefix>` or from a bare prefix of at least 8 hex digits."""
    match = re.fullmatch(r"(?:([a-z]+)/)?([0-9a-f]{8,64})", text)
    if not match:
        raise InvalidArgument(f"{text!r} names no artifact; give STAGE/KEY, or at least 8 hex digits of the key")
    stage, key = match.groups()
    if stage and len(key) == 64:
        return text
    found = [ref for ref in references(store, f"{stage}/{key}" if stage else "") if ref.split("/")[1].startswith(key)]
    if not found:
        raise NotFound(f"there is no artifact {text}; `solulu artifacts list` shows those that are")
    if len(found) > 1:
        raise InvalidArgument(
            f"{text} is the beginning of {len(found)} artifacts; give more digits: {', '.join(found[:4])}"
        )
    return found[0]


def references(store: Store, prefix: str = "") -> Iterator[str]:
    """References of the artifacts that are done, sorted."""
    for name in store.list(prefix):
        stage, _, rest = name.partition("/")
        if stage != "checkpoints" and rest.endswith(f"/{MANIFEST}") and rest.count("/") == 1:
            yield name.removesuffix(f"/{MANIFEST}")


def delete_artifact(store: Store, reference: str) -> None:
    """Removes an artifact: the manifest first, so that nobody reads a half-deleted one."""
    store.delete(f"{reference}/{MANIFEST}")
    for name in list(store.list(f"{reference}/")):
        store.delete(name)


def garbage(store: Store, live_keys: set[str]) -> Iterator[str]:
    """Names in the store that no manifest lists and no live or resumable job (by key) may still need."""
    ours = (name for name in store.list("") if name.count("/") >= 2)
    for (stage, key), names in itertools.groupby(ours, key=lambda name: tuple(name.split("/", 2)[:2])):
        present = list(names)
        manifest = f"{stage}/{key}/{MANIFEST}"
        if key in live_keys:
            continue
        listed = set()
        if manifest in present:
            try:
                files = open_artifact(store, f"{stage}/{key}").manifest.files
            except CorruptArtifact:
                continue  # it may still tell somebody what was there; `solulu artifacts rm` removes it
            listed = {manifest, *(f"{stage}/{key}/{file.path}" for file in files)}
        yield from (name for name in present if name not in listed)
