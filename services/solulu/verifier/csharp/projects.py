"""What a build says of the code: usings that every file gets, packages, and files that a generator reads.

Only what can bring names into being is read, by patterns: a build file is a program, and no more of it is followed.
"""

from __future__ import annotations

import re
from typing import Any

PROJECT_SUFFIXES = (".csproj", ".props", ".targets")
_GENERATED_FROM = (".razor", ".cshtml", ".xaml", ".axaml", ".resx", ".proto", ".tt")
_USING = re.compile(rb"<Using\s+([^>]*)Include\s*=\s*\"([^\"]+)\"([^>]*)>")
_PACKAGE = re.compile(rb"<(?:PackageReference|Reference)\s[^>]*Include\s*=\s*\"([^\",]+)")
_PROJECT = re.compile(rb"<ProjectReference\s[^>]*Include\s*=\s*\"([^\"]+)\"")
_LINKED = re.compile(rb"<Compile\s[^>]*Include\s*=\s*\"[^\"]*(?:\.\.|\$\()")
_ALIAS = re.compile(rb"Alias\s*=\s*\"(\w+)\"")
_STATIC = re.compile(rb"Static\s*=\s*\"true\"", re.I)
_GENERATORS = re.compile(rb"<(?:Protobuf|OpenApiReference|GraphQL)\b|OutputItemType\s*=\s*\"Analyzer\"")


def is_build_file(path: str) -> bool:
    """Whether the file at a path says what the code is built from or with."""
    return path.endswith((*PROJECT_SUFFIXES, *_GENERATED_FROM))


def summarize_build_file(path: str, data: bytes | None) -> dict[str, Any]:
    """`u`, `us`, `ua` usings; `r` packages; `p` projects by their file names; `l` where it reaches out of its folder;
    `y` where a generator adds code; `i` the name of something that code may be generated from."""
    if path.endswith(_GENERATED_FROM):
        return {"i": path.rpartition("/")[2].partition(".")[0]}
    found: dict[str, Any] = {}
    data = data or b""
    for before, name, after in _USING.findall(data):
        attributes, text = before + after, name.decode("utf-8", "replace")
        alias = _ALIAS.search(attributes)
        if alias:
            found.setdefault("ua", {})[alias[1].decode()] = text
        else:
            found.setdefault("us" if _STATIC.search(attributes) else "u", []).append(text)
    packages = sorted({name.decode("utf-8", "replace") for name in _PACKAGE.findall(data)})
    if packages:
        found["r"] = packages
    projects = sorted({re.split(r"[/\\]", name.decode("utf-8", "replace"))[-1] for name in _PROJECT.findall(data)})
    if projects:
        found["p"] = projects
    if _LINKED.search(data):
        found["l"] = 1
    if _GENERATORS.search(data):
        found["y"] = 1
    return found
