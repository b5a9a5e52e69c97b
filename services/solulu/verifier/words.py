"""The words of a text: everything in it that could be an identifier of any language."""

from __future__ import annotations

import re
from collections.abc import Container

_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


def words_in(data: bytes) -> frozenset[str]:
    """Every word of some bytes."""
    distinct = b"\n".join(set(_WORD.findall(data)))
    return frozenset(distinct.decode("utf-8", "replace").split("\n")) if distinct else frozenset()


def words_of(text: str) -> frozenset[str]:
    """Every word of a text."""
    return words_in(text.encode("utf-8", "replace"))


def may_contain(words: Container[str], name: str) -> bool:
    """Whether a name may stand in a text with these words. A sign that some languages have in names, like `$`, parts
    words: a name with one stands nowhere where one of its parts does not."""
    return name in words or all(part in words for part in words_of(name))
