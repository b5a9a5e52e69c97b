"""The words of a text: everything in it that could be an identifier of any language."""

from __future__ import annotations

from collections.abc import Container

_DIGITS = b"0123456789"
_NINE = ord("9")
_BETWEEN = bytes(byte if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))
"""For `translate`: all that is in no word becomes a space. Then `split` finds the words in a third of the time that a
pattern takes, and every file of a repository is read for its words."""


def words_in(data: bytes) -> frozenset[str]:
    """Every word of some bytes."""
    distinct = set(data.translate(_BETWEEN).split())
    numbered = [word for word in distinct if word[0] <= _NINE]
    distinct.difference_update(numbered)
    distinct.update(filter(None, (word.lstrip(_DIGITS) for word in numbered)))
    return frozenset(b"\n".join(distinct).decode("utf-8", "replace").split("\n")) if distinct else frozenset()


def words_of(text: str) -> frozenset[str]:
    """Every word of a text."""
    return words_in(text.encode("utf-8", "replace"))


def may_contain(words: Container[str], name: str) -> bool:
    """Whether a name may stand in a text with these words. A sign that some languages have in names, like `$`, parts
    words: a name with one stands nowhere where one of its parts does not."""
    return name in words or all(part in words for part in words_of(name))
