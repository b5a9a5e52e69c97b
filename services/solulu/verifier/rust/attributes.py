"""Attributes: which of them may change an item or make names, and what is derived."""

from __future__ import annotations

import re
from functools import lru_cache

from solulu.verifier.rust.macros import HARMLESS_ATTRIBUTES, STD_DERIVES

_ATTRIBUTE = re.compile(rb"#!?\[\s*([\w:]+)")
_MOST_KEPT = 4_096
"""Attributes that are known: the same few stand everywhere."""
_DERIVE = re.compile(rb"\bderive\s*\(([^)]*)\)")


@lru_cache(maxsize=_MOST_KEPT)
def derives(attributes: bytes) -> tuple[str, ...]:
    """The last names of all derives, and `?` where an attribute may be a macro that changes the item."""
    found = [
        part.strip().rpartition("::")[2]
        for derived in _DERIVE.findall(attributes)
        for part in derived.decode("utf-8", "replace").split(",")
        if part.strip()
    ]
    if not are_harmless(attributes) and STD_DERIVES.issuperset(found):
        found.append("?")
    return tuple(sorted(set(found)))


@lru_cache(maxsize=_MOST_KEPT)
def are_harmless(attributes: bytes) -> bool:
    """Whether no attribute in a text is a macro that may make names."""
    return all(
        name.decode("utf-8", "replace") in HARMLESS_ATTRIBUTES
        or name.startswith((b"rustfmt::", b"clippy::", b"rustc_"))
        for name in _ATTRIBUTE.findall(attributes)
    )
