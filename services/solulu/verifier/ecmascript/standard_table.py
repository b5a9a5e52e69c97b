"""Writes the table of the standard library: `python -m solulu.verifier.ecmascript.standard_table FOLDER`.

FOLDER is a `node_modules` with the packages `typescript` and `@types/node` in it.

The declarations are read like any repository's. Those of all of TypeScript's libraries become one file, and those of
all of Node's another: what several of them say of one name is said once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from solulu.verifier import index
from solulu.verifier.ecmascript.repository import NAME
from solulu.verifier.ecmascript.standard import NODE_VERSION, STANDARD, TABLE, TYPESCRIPT_VERSION
from solulu.verifier.repository import Repository, SymbolIndex

_PACKAGES = {"typescript": TYPESCRIPT_VERSION, "@types/node": NODE_VERSION}


def main() -> None:
    """Writes the table."""
    folder = Path(sys.argv[1])
    for package, version in _PACKAGES.items():
        found = json.loads((folder / package / "package.json").read_text())["version"]
        if found != version:
            raise SystemExit(f"{package} is {found} in {folder}, the table is of {version}")
    libraries = sorted((folder / "typescript/lib").glob("lib.*.d.ts"))
    node = [path for path in sorted((folder / "@types/node").rglob("*.d.ts")) if "/ts5" not in path.as_posix()]
    everything: dict[str, Any] = {}
    words: set[str] = set()
    browser: frozenset[str] = frozenset()
    for name, paths in (("lib.d.ts", libraries), ("node.d.ts", node)):
        read = index.build(STANDARD, [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths])
        repo = read.repositories[STANDARD]
        everything[name] = _merged([summary for _, summary in sorted(repo.summaries[NAME].items())])
        _complete(everything[name]["n"], browser)
        browser = frozenset(everything[name]["n"])
        words |= set(repo.vocabulary)
    table = Repository({NAME: everything}, sorted(words), {"": list(range(len(words)))}, {})
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(SymbolIndex({STANDARD: table}).to_bytes())


def _complete(names: dict[str, list[Any]], known: frozenset[str]) -> None:
    """Node's interfaces that browsers have too extend what is only there where browsers' are not."""
    for name in names.keys() & known:
        for binding in names[name]:
            if binding[0] == "i":
                binding[1].pop("x", None)


def _merged(summaries: list[dict[str, Any]]) -> dict[str, Any]:
    """One summary that says what all of them say; names that all files see are its only ones."""
    names: dict[str, list[Any]] = {}
    ambient: dict[str, list[Any]] = {}
    hidden: dict[str, list[Any]] = {}
    for summary in summaries:
        for seen in (summary.get("g", {}), summary.get("n", {}) if summary.get("k") == "script" else {}):
            for name, bindings in seen.items():
                for binding in bindings:
                    _add(names.setdefault(name, []), binding)
        hidden.update(summary.get("h", {}))
        for specifier, declared in summary.get("w", {}).items():
            for one in declared:
                if one not in ambient.setdefault(specifier, []):
                    ambient[specifier].append(one)
    return {"k": "script", "n": names, "h": hidden, "w": ambient}


def _add(bindings: list[Any], binding: Any) -> None:
    """Adds a binding; interfaces and namespaces of one name become one."""
    same = next((other for other in bindings if other[0] == binding[0] and binding[0] in ("i", "n")), None)
    if binding in bindings:
        return
    if same is None:
        bindings.append(json.loads(json.dumps(binding)))
    elif binding[0] == "n":
        for name, inner in binding[1].items():
            for one in inner:
                _add(same[1].setdefault(name, []), one)
    elif same[1].get("t") != binding[1].get("t"):
        bindings.append(binding)
    else:
        _merge_body(same[1], binding[1])


def _merge_body(body: dict[str, Any], other: dict[str, Any]) -> None:
    for name, declared in other["m"].items():
        kept = body["m"].setdefault(name, [])
        kept.extend(one for one in declared if one not in kept)
    for field in ("x", "c", "n"):
        kept = body.setdefault(field, []) if other.get(field) else []
        kept.extend(one for one in other.get(field, ()) if one not in kept)
    for field in ("d", "i"):
        if other.get(field):
            body[field] = other[field]


if __name__ == "__main__":
    main()
