"""Which names an object may have: those that mean the same in every store.

The stricter of a file system and S3 wins, so an artifact that one store took can always be copied into another.
"""

from __future__ import annotations

from solulu.core.errors import InvalidArgument

RESERVED = ".solulu-tmp"
"""First segment that no name may have: the folder store's unfinished files lie there."""

MAX_BYTES = 900
"""S3 allows 1,024 bytes; the rest is for the store's own prefix."""
MAX_SEGMENT_BYTES = 255


def check_name(name: str) -> str:
    """Returns `name`, or raises InvalidArgument where it could leave the store or cannot be kept everywhere."""
    problem = _problem(name)
    if problem:
        raise InvalidArgument(f"object name {name!r} {problem}")
    return name


def check_prefix(prefix: str) -> str:
    """Returns `prefix`, whose last segment may be incomplete or empty; raises InvalidArgument as `check_name` does."""
    folder = prefix.rpartition("/")[0]
    problem = (_problem(folder) if "/" in prefix else "") or _bad_characters(prefix)
    if problem:
        raise InvalidArgument(f"prefix {prefix!r} {problem}")
    return prefix


def is_name(name: str) -> bool:
    """Whether an object could have that name."""
    return not _problem(name)


def _problem(name: str) -> str:
    if not name:
        return "is empty"
    if name.startswith("/"):
        return "is absolute; names are relative to the store"
    characters = _bad_characters(name)
    if characters:
        return characters
    segments = name.split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        return "has an empty, `.` or `..` segment"
    if segments[0] == RESERVED:
        return f"starts with the reserved {RESERVED}"
    if len(name.encode()) > MAX_BYTES or any(len(segment.encode()) > MAX_SEGMENT_BYTES for segment in segments):
        return f"is longer than {MAX_BYTES} bytes, or one of its segments than {MAX_SEGMENT_BYTES}"
    return ""


def _bad_characters(text: str) -> str:
    # S3 lists names in XML 1.0, which cannot hold control characters nor U+FFFE and U+FFFF; surrogates are no UTF-8.
    if any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF or ord(c) in (0xFFFE, 0xFFFF) for c in text):
        return "has a control character, or one that is not valid Unicode"
    return "has a backslash; segments are separated by /" if "\\" in text else ""
