"""Writes the table of the base class library from public reference sources: `python -m
solulu.verifier.csharp.standard_table --runtime FOLDER --diffs FOLDER --framework FOLDER --packages FOLDER`.

The folders are checkouts of dotnet/runtime (bef7db1: its `ref` sources of .NET 6 in the making), dotnet/core (0e9eb88:
the differences from then to .NET 10, which are C#), mono/reference-assemblies (0234917: .NET Framework 4.8), and of
packages that much code uses, each below its own name: dotnet/extensions (5862342), dotnet/BenchmarkDotNet (5995bf6),
xunit/xunit (0f99055), xunit/assert.xunit (55c5118), xunit/abstractions.xunit (1f7aea5), nunit/nunit (3ca77a2),
microsoft/testfx (66b80b5), devlooped/moq (89a5be6), nsubstitute/NSubstitute (05109e8), shouldly/shouldly (dc0d22b) and
fluentassertions/fluentassertions (a194143). Types that are in several keep the union of their members; of most
packages and of what is rarely used only the names are kept.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from solulu.languages.csharp import CSHARP
from solulu.verifier.csharp.repository import is_extension
from solulu.verifier.csharp.standard import NAMES, STANDARD, TABLE, TYPES
from solulu.verifier.csharp.summary import summarize
from solulu.verifier.repository import IndexedFile, Repository, SymbolIndex
from solulu.verifier.words import words_of

_WITH_MEMBERS = re.compile(
    r"System$|System\.(Buffers|Collections|Collections\.(Concurrent|Frozen|Generic|Immutable|ObjectModel|Specialized)|ComponentModel"
    r"|ComponentModel\.DataAnnotations|Data|Data\.Common|Diagnostics|Diagnostics\.CodeAnalysis|Diagnostics\.Metrics|Dynamic"
    r"|Globalization|IO|IO\.Compression|IO\.Pipelines|Linq|Linq\.Expressions|Net|Net\.Http|Net\.Http\.Headers|Net\.Sockets"
    r"|Numerics|Reflection|Reflection\.Emit|Resources|Runtime|Runtime\.CompilerServices|Runtime\.ExceptionServices"
    r"|Runtime\.InteropServices|Runtime\.Loader|Runtime\.Serialization|Runtime\.Versioning|Security|Security\.Claims"
    r"|Security\.Cryptography|Security\.Principal|Text|Text\.Json|Text\.Json\.Nodes|Text\.Json\.Serialization"
    r"|Text\.RegularExpressions|Text\.Encodings\.Web|Threading|Threading\.Channels|Threading\.RateLimiting|Threading\.Tasks|Timers|Transactions|Xml"
    r"|Xml\.Linq|Xml\.Schema|Xml\.Serialization|Xml\.XPath)$|Microsoft\.Win32$"
)
_ALSO_WITH_MEMBERS = re.compile(r"(Moq|NSubstitute|Xunit)$|Moq\.Language(\.Flow)?$")
"""Of packages: what tests reach the repository's own types through."""
_DIFF = re.compile(r"```\s?diff\n(.*?)```", re.S)
_NOT_PUBLIC = re.compile(r"(^|/)(tests?|samples?|examples?|demos?|benchmarks?|snippets)/|\.[Tt]ests?/|Tests?\.cs$")
_POINTER = re.compile(r"\b[\w.]+\*+(?=\s)")
"""The grammar stumbles over some of them; what they point to is not asked for."""
_EMPTY_BASES = ("IFluentInterface",)
"""What declares nothing that not every object has, and is not among the sources."""
_NO_MEMBER = ("_dummy", "_dummyPrimitive")


def main() -> None:
    """Writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("runtime", "diffs", "framework", "packages"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    types: dict[str, dict[str, Any]] = {}
    names = _Names()
    for source in (*_sources(args.runtime), *_differences(args.diffs), *_sources(args.framework)):
        for declared in _read(source):
            names.add(declared)
            if _WITH_MEMBERS.match(declared.get("s", "")):
                _merge(types, declared)
    for source in _sources(args.packages):
        for declared in _read(source):
            names.add(declared)
            if _ALSO_WITH_MEMBERS.match(declared.get("s", "")):
                _merge(types, declared)
    namespaces = sorted({declared.get("s", "") for declared in types.values()} - {""})
    files = [
        IndexedFile(TYPES, frozenset(), {}, {"csharp": {"t": [types[key] for key in sorted(types)], "u": namespaces}}),
        IndexedFile(NAMES, frozenset(names.words), {}, {"csharp": names.to_json(types.values())}),
    ]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(SymbolIndex({STANDARD: Repository.of(files)}).to_bytes())


class _Names:
    """The names of all namespaces: types, and extension methods."""

    def __init__(self) -> None:
        self._types: dict[str, set[str]] = {}
        self._extensions: dict[str, set[str]] = {}
        self.words: set[str] = set()

    def add(self, declared: dict[str, Any]) -> None:
        namespace = declared.get("s", "")
        members = declared.get("m", {})
        if "o" not in declared:
            self._types.setdefault(namespace, set()).add(declared["n"])
        self.words |= {declared["n"], *namespace.split("."), *members}
        self.words |= words_of(declared.get("c", ""))
        for name, overloads in members.items():
            for member in overloads:
                if len(member) > 3:
                    self.words |= words_of(member[3])
                    if is_extension(member):
                        self._extensions.setdefault(namespace, set()).add(name)

    def to_json(self, types: Iterable[dict[str, Any]]) -> dict[str, Any]:
        full = {(declared.get("s", ""), declared["n"]) for declared in types if "o" not in declared}
        named = {
            namespace: sorted(name for name in found if (namespace, name) not in full)
            for namespace, found in sorted(self._types.items())
            if namespace
        }
        return {
            "names": named,
            "extensions": {space: sorted(found) for space, found in sorted(self._extensions.items())},
        }


def _sources(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        raise SystemExit(f"{folder} is no folder")
    for path in sorted(folder.rglob("*.cs")):
        if path.is_file() and not _NOT_PUBLIC.search(path.relative_to(folder).as_posix()):
            yield path.read_text("utf-8-sig", "replace")


def _differences(folder: Path) -> Iterator[str]:
    """What the differences add, oldest first, as C#."""
    versions = sorted(folder.glob("release-notes/*"), key=lambda path: float(path.name))
    for version in versions:
        for path in sorted(version.rglob("*.md")):
            for block in _DIFF.findall(path.read_text("utf-8", "replace")):
                yield "\n".join(line[1:] for line in block.split("\n") if not line.startswith("-"))


def _read(source: str) -> list[dict[str, Any]]:
    data = _POINTER.sub("nint", source).encode()
    found: list[dict[str, Any]] = summarize(data, CSHARP.parse(data)).get("t", [])
    return found


def _merge(types: dict[str, dict[str, Any]], declared: dict[str, Any]) -> None:
    """Adds a type, or the members that the same type lacks so far."""
    kept = {key: value for key, value in declared.items() if key not in ("a", "x")}
    if "b" in kept:
        kept["b"] = [base for base in kept["b"] if base not in _EMPTY_BASES]
    key = ".".join([kept.get("s", ""), kept.get("o", ""), f"{kept['n']}`{len(kept.get('p', ()))}"])
    members = {name: overloads for name, overloads in kept.get("m", {}).items() if name not in _NO_MEMBER}
    if key not in types:
        types[key] = {**kept, "m": members} if members else kept
        return
    if "b" in kept:
        types[key]["b"] = list(dict.fromkeys([*types[key].get("b", []), *kept["b"]]))
    own = types[key].setdefault("m", {})
    for name, overloads in members.items():
        own.setdefault(name, overloads)
    types[key]["m"] = dict(sorted(own.items()))


if __name__ == "__main__":
    main()
