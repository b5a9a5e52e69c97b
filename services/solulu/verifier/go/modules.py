"""Go's modules: what `go.mod` and `go.work` say, and which packages a path may mean.

What a checkout lacks because a program makes it anew, `.gitignore` names, and what lies in another repository,
`.gitmodules`; so those are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from posixpath import basename
from typing import Any

_LINE = re.compile(r"^\s*(?:(module|require|replace|use|exclude|retract|toolchain|go|godebug|tool|ignore)\b)?(.*)$")
_ARROW = re.compile(r"(\S+)(?:\s+v\S+)?\s+=>\s+(\S+)")
_VERSIONED = re.compile(r"v\d+")


def is_build_file(path: str) -> bool:
    """Whether a file describes a module or a workspace, or what is left out of it."""
    return basename(path) in ("go.mod", "go.work", ".gitignore", ".gitmodules")


def summarize_build_file(path: str, data: bytes | None) -> dict[str, Any]:
    """What it says: `module`, `require` (versions by path), `replace` (targets by path); all that a workspace says is
    that there is one. Of `.gitignore` and `.gitmodules`, the
    `ignored` patterns."""
    if path.endswith((".gitignore", ".gitmodules")):
        lines = (data or b"").decode("utf-8", "replace").splitlines()
        return {"ignored": sorted(_ignored(line.strip().removeprefix("path = ") for line in lines))}
    if data is None or path.endswith("go.work"):
        return {"work": 1}
    found: dict[str, Any] = {"module": "", "require": {}, "replace": {}}
    block = ""
    for line in data.decode("utf-8", "replace").splitlines():
        line = line.partition("//")[0].rstrip()
        match = _LINE.match(line)
        if not line or match is None:
            continue
        word, rest = match[1] or block, match[2].strip()
        if rest == "(":
            block = word
        elif rest == ")":
            block = ""
        else:
            _add(found, word, rest.replace('"', "").replace("`", ""))
    return found


@lru_cache(maxsize=4096)
def usual_names(path: str) -> frozenset[str]:
    """The names that a package, of which nothing but its import path is known, may have."""
    parts = [part for part in path.split("/") if part]
    last = parts[-1:]
    if last and _VERSIONED.fullmatch(last[0]):
        last = parts[-2:]
    words = {word for part in last for word in re.split(r"[^\w]", part)}
    joined = {re.sub(r"\W", "_", part) for part in last} | {re.sub(r"\W", "", part) for part in last}
    cut = {re.sub(r"^go|go$|\d+$", "", word) for word in words | joined}
    return frozenset(words | joined | cut) - {""}


def is_below(path: str, module: str) -> bool:
    """Whether a package's path is one of a module's."""
    return path == module or path.startswith(f"{module}/") or module == ""


def _ignored(lines: Iterable[str]) -> set[str]:
    """The patterns, without the slashes and stars around them; lines that are none harm nothing."""
    patterns = (line.rstrip("/*").removeprefix("**/").removeprefix("/") for line in lines)
    return {pattern for pattern in patterns if pattern and pattern[0] not in "#!"}


def _add(found: dict[str, Any], word: str, rest: str) -> None:
    parts = rest.split()
    if word == "module" and parts:
        found["module"] = parts[0]
    elif word == "require" and len(parts) >= 2:
        found["require"][parts[0]] = parts[1]
    elif word == "replace" and (arrow := _ARROW.match(rest)):
        found["replace"][arrow[1]] = arrow[2]
