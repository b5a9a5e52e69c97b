"""The words of a text: everything in it that could be an identifier of any language."""

from __future__ import annotations

import re

_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


def words_in(data: bytes) -> frozenset[str]:
    """Every word of some bytes."""
    distinct = b"\n".join(set(_WORD.findall(data)))
    return frozenset(distinct.decode("utf-8", "replace").split("\n")) if distinct else frozenset()


def words_of(text: str) -> frozenset[str]:
    """Every word of a text."""
    return words_in(text.encode("utf-8", "replace"))
