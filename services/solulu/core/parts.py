"""Parts: a unit's rows as one Parquet file whose bytes depend on the rows alone.

A part also carries its drops by reason, so what was lost is known from the artifact without any database.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from solulu.core.digests import sha256
from solulu.core.errors import CorruptArtifact
from solulu.core.records import Record
from solulu.core.stage import Drop, Row

_EXAMPLES_PER_REASON = 3
_DETAIL_CHARS = 200


@dataclass(frozen=True)
class Part:
    """An encoded part and what is in it."""

    data: bytes
    num_rows: int
    drops: dict[str, int] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes."""
        return sha256(self.data)

    def name(self, unit: str) -> str:
        """The file's name: unit and digest, so a part that is made again never overwrites another."""
        return f"part-{unit}-{self.sha256[:12]}.parquet"


def encode(
    record: Record, rows: Sequence[Row], drops: Sequence[Drop], earlier: Mapping[str, Sequence[str]] | None = None
) -> Part:
    """Rows and drops of a unit as a part, with the examples of `earlier` drops, which are counted elsewhere. Raises
    pyarrow's error where a row does not fit the record's schema."""
    counts = Counter(drop.reason for drop in drops)
    examples = {reason: list(some[:_EXAMPLES_PER_REASON]) for reason, some in (earlier or {}).items()}
    for drop in drops:
        kept = examples.setdefault(drop.reason, [])
        if len(kept) < _EXAMPLES_PER_REASON:
            kept.append(f"{drop.row_id}: {drop.detail}"[:_DETAIL_CHARS])
    metadata = {
        b"solulu.kind": record.kind.encode(),
        b"solulu.schema_version": str(record.version).encode(),
        b"solulu.drops": json.dumps(counts, sort_keys=True).encode(),
        b"solulu.drop_examples": json.dumps(examples, sort_keys=True).encode(),
    }
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=record.schema).replace_schema_metadata(metadata)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", row_group_size=4096)
    return Part(buffer.getvalue(), len(rows), dict(sorted(counts.items())))


def decode(data: bytes, columns: list[str] | None = None) -> pa.Table:
    """The part's rows. Raises CorruptArtifact where the bytes are no Parquet file."""
    try:
        return pq.read_table(io.BytesIO(data), columns=columns)
    except (pa.ArrowInvalid, OSError) as error:
        raise CorruptArtifact(f"a part is not a readable Parquet file: {error}") from error


def drop_examples(data: bytes) -> dict[str, list[str]]:
    """A few dropped rows by reason, each `row id: detail`."""
    metadata = pq.read_schema(io.BytesIO(data)).metadata or {}
    return json.loads(metadata.get(b"solulu.drop_examples", b"{}"))
