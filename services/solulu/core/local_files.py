"""A local file that a spec names, pinned to its bytes: `PATH#SHA256`, as folders and models are.

A path alone would let the same spec mean other data tomorrow.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from solulu.core.errors import FieldViolation, InvalidArgument, JobError
from solulu.core.settings import Settings
from solulu.core.sources.folder import allowed_path

_PINNED = re.compile(r"(?P<path>.+)#(?P<digest>[0-9a-f]{64})", re.S)


def pin_file(text: str, settings: Settings, field: str) -> str:
    """`text` (PATH, or PATH#SHA256, which is checked) with an absolute path and the file's digest.

    Raises InvalidArgument naming `field` where there is no such file, PermissionDenied outside the local roots.
    """
    path, expected = _split(text)
    file = allowed_path(path, settings)
    try:
        digest = _digest(file)
    except OSError as error:
        raise _refusal(field, f"{path} cannot be read: {error.strerror}; give the path of a file") from error
    if expected not in ("", digest):
        raise _refusal(field, f"{path} has changed since it was pinned; submit it without the digest")
    return f"{file}#{digest}"


def pinned_path(pinned: str) -> Path:
    """The path of a pinned file."""
    return Path(_split(pinned)[0])


def read_pinned(pinned: str) -> bytes:
    """The file's bytes. Raises JobError where they are not the pinned ones."""
    path, expected = _split(pinned)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise JobError(f"{path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise JobError(f"{path} has changed since the job was submitted; submit it again")
    return data


def _split(text: str) -> tuple[str, str]:
    match = _PINNED.fullmatch(text)
    return (match["path"], match["digest"]) if match else (text, "")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _refusal(field: str, description: str) -> InvalidArgument:
    return InvalidArgument(f"{field}: {description}", [FieldViolation(field, description)])
