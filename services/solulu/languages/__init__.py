"""The languages that are supported, and which one a file is written in."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import splitext

from solulu.languages.cpp import CPP
from solulu.languages.csharp import CSHARP
from solulu.languages.go import GO
from solulu.languages.java import JAVA
from solulu.languages.javascript import JAVASCRIPT
from solulu.languages.language import Language
from solulu.languages.python import PYTHON
from solulu.languages.rust import RUST
from solulu.languages.typescript import TSX, TYPESCRIPT

LANGUAGES: Mapping[str, Language] = {
    language.name: language for language in (CPP, CSHARP, GO, JAVA, JAVASCRIPT, PYTHON, RUST, TYPESCRIPT)
}
"""By name."""

_BY_SUFFIX = {suffix: language for language in (*LANGUAGES.values(), TSX) for suffix in language.suffixes}


def for_path(path: str) -> Language | None:
    """The language of a file by its name; None where it is not supported."""
    return _BY_SUFFIX.get(splitext(path)[1])


__all__ = ["LANGUAGES", "Language", "for_path"]
