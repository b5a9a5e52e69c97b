"""Reads the jars that a build downloaded: classes as they were compiled, or sources.

A jar is somebody else's archive: what is read of it is bounded, and nothing is ever written to disk.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from solulu.languages.java import JAVA
from solulu.verifier.java.classfile import nested, read_class
from solulu.verifier.java.summary import dense, summarize

_MOST_ENTRIES = 20_000
_MOST_BYTES = 100_000_000
_LARGEST_ENTRY = 2_000_000
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


def summarize_jar(data: bytes) -> dict[str, Any]:
    """The summaries of a jar's files: one for each package of compiled classes, and for each source file. Where
    something was too much, or is broken, any package may hold more (`*`)."""
    kept: list[tuple[str, bytes]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as jar:
            is_whole = _read(jar, kept)
    except _BROKEN:
        is_whole = False
    sources = [summarize(JAVA.parse(text).root_node, text) for name, text in kept if name.endswith(".java")]
    packages = nested(read_class(compiled) for name, compiled in kept if name.endswith(".class"))
    compiled = [{"p": name, "q": 1, "t": types} for name, types in sorted(packages.items())]
    return dense(jar=[*sources, *compiled], o=[] if is_whole else ["*"])


def _read(jar: zipfile.ZipFile, kept: list[tuple[str, bytes]]) -> bool:
    """Reads classes and sources; whether that is all of them."""
    left, is_whole = _MOST_BYTES, len(jar.infolist()) <= _MOST_ENTRIES
    for info in sorted(jar.infolist()[:_MOST_ENTRIES], key=lambda info: info.filename):
        if not info.filename.endswith((".class", ".java")) or info.filename.startswith("META-INF/"):
            continue
        if info.file_size > min(left, _LARGEST_ENTRY):
            is_whole = False
            continue
        left -= info.file_size
        with jar.open(info) as entry:
            kept.append((info.filename, entry.read(_LARGEST_ENTRY)))
    return is_whole
