"""Which files are worth cutting: text that a person wrote, neither too much of it nor too little."""

from __future__ import annotations

from solulu.core.errors import RowError
from solulu.languages.language import Language

_MIN_LINES = 5
_MIN_BYTES = 100
_LONGEST_LINE = 2000
_MEAN_LINE = 200


def check(language: Language, data: bytes) -> None:
    """Raises RowError with the reason where a file is not worth cutting: binary, invalid_utf8, near_empty, minified or
    generated."""
    if b"\0" in data:
        raise RowError("binary", "it holds a zero byte")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RowError("invalid_utf8", f"byte {error.start} is not UTF-8") from error
    lines = data.splitlines()
    num_written = sum(1 for line in lines if line.strip())
    if num_written < _MIN_LINES or len(data) < _MIN_BYTES:
        raise RowError("near_empty", f"{num_written} lines that are not blank")
    longest, mean = max(map(len, lines)), len(data) / len(lines)
    if longest > _LONGEST_LINE or mean > _MEAN_LINE:
        raise RowError("minified", f"a line of {longest:,} bytes; {mean:.0f} on average")
    if language.is_generated(data):
        raise RowError("generated", "it says that a tool wrote it")
