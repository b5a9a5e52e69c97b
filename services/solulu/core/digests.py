"""Keys and digests: what makes an artifact's address (contracts.md, "Artifact").

Everything is hashed as sorted, compact JSON, so the same content has the same digest in any process and any order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Sorted, compact JSON in UTF-8. Numbers keep Python's shortest form; NaN and infinities are refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256(data: bytes) -> str:
    """Hex digest of `data`."""
    return hashlib.sha256(data).hexdigest()


def artifact_key(stage: str, stage_version: int, spec: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """The key of what `stage` makes from the resolved `spec` and the `inputs`' content digests (by input name)."""
    return sha256(
        canonical_json({"stage": stage, "stage_version": stage_version, "spec": dict(spec), "inputs": dict(inputs)})
    )


def tree_digest(files: Iterable[tuple[str, str]]) -> str:
    """Digest of a folder from the (path, sha256) of its files; also the content digest of an artifact."""
    return sha256(canonical_json(sorted(files)))


def row_id(*parts: object) -> str:
    """A content-hashed id: 32 hex digits over the parts, in order."""
    return sha256(canonical_json([str(part) for part in parts]))[:32]
