"""Writes the table of the standard library from an installed toolchain: `python -m
solulu.verifier.go.standard_table`.

Its files are read like any repository's. Only what other packages can reach is kept: exported names, and the
unexported types that those are made of. Packages that only the library itself may import are known by name alone.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from solulu.languages.go import GO
from solulu.verifier.go.repository import folder_of
from solulu.verifier.go.standard import GO_VERSION, STANDARD, TABLE
from solulu.verifier.go.summary import summarize_file
from solulu.verifier.go.types import Form, embedded_name, read_type, write_type
from solulu.verifier.repository import Repository, SymbolIndex

_LEFT_OUT = {"cmd", "testdata", "vendor", "builtin"}
_MORE_ELSEWHERE = {"syscall"}
"""Packages that have more on platforms, and with compilers, that this library is not for."""
_WORD = re.compile(r"[^\W\d]\w*")


def main() -> None:
    """Writes the table."""
    version = _go("version").split()[2]
    if not f"{version}.".startswith(f"go{GO_VERSION}."):
        raise SystemExit(f"this is {version}, the table is of go{GO_VERSION}")
    root = Path(_go("env", "GOROOT").strip()) / "src"
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(SymbolIndex({STANDARD: table(root)}).to_bytes())


def table(root: Path) -> Repository:
    """The table of the library whose sources lie in a folder."""
    summaries: dict[str, Any] = {}
    for folder, files in _packages(root):
        if folder in _MORE_ELSEWHERE:
            summaries[f"{folder}/elsewhere.go"] = {"x": 1, "p": folder.rpartition("/")[2]}
        if "internal" in folder.split("/"):
            summaries[f"{folder}/internal.go"] = {"x": 1, "p": folder.rpartition("/")[2]}
        else:
            summaries.update(_reachable(files))
    words = sorted({word for summary in summaries.values() for word in _exported_words(summary)})
    return Repository({"go": summaries}, words, {"": list(range(len(words)))}, {})


def _go(*arguments: str) -> str:
    return subprocess.run(["go", *arguments], capture_output=True, text=True, check=True).stdout


def _packages(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    by_folder: dict[str, dict[str, Any]] = {}
    for path in sorted(root.rglob("*.go")):
        name = path.relative_to(root).as_posix()
        if _LEFT_OUT.isdisjoint(name.split("/")) and not name.endswith("_test.go") and "/" in name:
            data = path.read_bytes()
            summary = summarize_file(name, data, GO.parse(data))
            if summary and summary.get("p") not in ("main", "documentation"):
                by_folder.setdefault(folder_of(name), {})[name] = summary
    yield from sorted(by_folder.items())


def _reachable(files: Mapping[str, Any]) -> dict[str, Any]:
    """The summaries of a package without what other packages cannot reach."""
    types = {name for summary in files.values() for name, one in summary.get("d", {}).items() if one[0] in "ta"}
    reached = {name for name in types if _is_exported(name)}
    while True:
        kept = {path: _kept(summary, reached) for path, summary in files.items()}
        texts = [text for summary in kept.values() for text in _texts(summary)]
        more = types & {word for text in texts for word in _WORD.findall(text)} - reached
        if not more:
            break
        reached |= more
    _drop_repeated(kept)
    return {path: summary for path, summary in kept.items() if summary.get("d") or summary.get("m")}


def _drop_repeated(files: Mapping[str, Any]) -> None:
    """Leaves out what the files of several platforms declare alike; of constants only one, whatever their values."""
    seen: set[tuple[str, ...]] = set()
    for summary in files.values():
        tables = [("", summary.get("d", {})), *summary.get("m", {}).items()]
        for receiver, names in tables:
            for name, one in list(names.items()):
                key = (receiver, name, one[0] if receiver else one[1] if one[0] in "fta" else "")
                if key in seen:
                    del names[name]
                seen.add(key)


def _kept(summary: Mapping[str, Any], types: set[str]) -> dict[str, Any]:
    declared = {
        name: [kind, _slim(text) if kind in "ta" else text, *rest]
        for name, (kind, text, *rest) in summary.get("d", {}).items()
        if name in types or (_is_exported(name) and kind not in "ta")
    }
    methods = {
        receiver: kept
        for receiver, found in summary.get("m", {}).items()
        if receiver in types and (kept := {name: one for name, one in found.items() if _is_exported(name)})
    }
    found = {"p": summary["p"], "d": declared, "m": methods}
    words = {word for text in _texts(found) for word in _WORD.findall(text)}
    imports = [one for one in summary.get("i", []) if (one[0] or one[1].rpartition("/")[2]) in words]
    return {key: value for key, value in {**found, "i": imports}.items() if value}


def _texts(summary: Mapping[str, Any]) -> Iterator[str]:
    for one in summary.get("d", {}).values():
        if one[0] != "l":
            yield one[1]
    for methods in summary.get("m", {}).values():
        for one in methods.values():
            yield one[0]


def _slim(text: str) -> str:
    """A type without its comments, and without fields that only its package can name."""
    form = read_type(text)
    if form is None:
        raise ValueError(f"this is no type: {text}")
    if form[0] == "struct":
        form = ("struct", tuple(field for field in form[1] if _is_seen(*field)))
    return write_type(form)


def _is_seen(name: str, form: Form) -> bool:
    return _is_exported(name) if name else bool(embedded_name(form))


def _exported_words(summary: Mapping[str, Any]) -> set[str]:
    names = {*summary.get("d", {}), summary["p"]}
    for methods in summary.get("m", {}).values():
        names.update(methods)
    return names | {word for text in _texts(summary) for word in _WORD.findall(text) if _is_exported(word)}


def _is_exported(name: str) -> bool:
    return name[:1].isupper()


if __name__ == "__main__":
    main()
