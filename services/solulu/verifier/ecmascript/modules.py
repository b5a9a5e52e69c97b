"""Which file an import means: relative paths, the compiler's paths, packages of the repository and installed ones."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from typing import Any, Literal

from solulu.verifier.ecmascript.repository import SUFFIXES, EcmaRepository

Answer = str | Literal["missing"] | None
_TWINS = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx", ".d.ts"), ".mjs": (".mts", ".d.mts"),
          ".cjs": (".cts", ".d.cts")}  # fmt: skip
"""What an import of compiled code is written in."""
_MADE = re.compile(
    r"(?:^|/)(?:dist|build|out|output|gen|coverage|tmp|temp|bundles?|node_modules|\.\w+)(?:/|$)|generated|\.min$|\?|!"
)
"""Places where a build puts what it makes."""
_CONDITIONS = ("types", "typings", "source", "import", "module", "node", "default", "require", "development",
               "browser")  # fmt: skip
_OPAQUE_SUFFIX = re.compile(
    r"\.(?:json5?|s?css|less|styl|sass|svg|png|jpe?g|gif|webp|html?|md|mdx|txt|ya?ml|toml|vue|svelte|astro|node|wasm|graphql"
    r"|gql|glsl|csv|xml|ejs|hbs|pug|proto|sql|sh|mp[34]|ttf|woff2?|ico|pdf|data|bin)$"
)


def relative(repo: EcmaRepository, specifier: str, path: str) -> Answer:
    """The file that a relative specifier means in the file at `path`; "missing" where there certainly is none."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), specifier))
    if target.startswith("../") or target == "..":
        return None
    found = file_at(repo, "" if target == "." else target)
    if found or found is None:
        return found
    folder = posixpath.dirname(target)
    is_made = _MADE.search(target) or _OPAQUE_SUFFIX.search(target)
    if is_made or specifier.endswith("/") or folder not in repo.folders or repo.is_made(target):
        return None
    return "missing"


def file_at(repo: EcmaRepository, target: str, depth: int = 3) -> str | Literal[""] | None:
    """The module at a path without its suffix, or in the folder there; None where what is there cannot be read, empty
    where nothing is."""
    for candidate in _candidates(target):
        if candidate in repo.modules:
            return candidate
    if target in repo.paths or any(
        f"{target}{suffix}" in repo.paths for suffix in (".json", ".vue", ".svelte", ".node")
    ):
        return None
    package = repo.package(target)
    if package and depth:
        for entry in _entries(package, "."):
            found = file_at(repo, posixpath.normpath(posixpath.join(target, entry)), depth - 1)
            if found:
                return found
        if any(package.get(field) for field in ("main", "module", "exports", "types")):
            return _source_of(repo, target)
    return _index(repo, target) if target in repo.folders else ""


def package_file(repo: EcmaRepository, folder: str, rest: str) -> str | None:
    """The module that `package/rest` means, the package lying in `folder`."""
    package = repo.package(folder)
    for entry in _entries(package, f"./{rest}" if rest else "."):
        found = file_at(repo, posixpath.normpath(posixpath.join(folder, entry)))
        if found:
            return found
    if rest:
        for below in (rest, f"src/{rest}"):
            found = file_at(repo, posixpath.normpath(posixpath.join(folder, below)))
            if found:
                return found
        return None
    return _source_of(repo, folder)


def mapped(repo: EcmaRepository, specifier: str, path: str) -> Iterator[str]:
    """The paths that the compiler's `paths` and `baseUrl` give a specifier in the file at `path`."""
    for folder, base, paths in repo.mappings:
        if folder and not path.startswith(f"{folder}/"):
            continue
        root = posixpath.join(folder, base or ".")
        for pattern, targets in paths.items():
            match = re.fullmatch(re.escape(pattern).replace(r"\*", "(.*)"), specifier)
            if match and isinstance(targets, list):
                star = match[1] if match.groups() else ""
                for target in targets:
                    yield posixpath.normpath(posixpath.join(root, str(target).replace("*", star)))
        if base:
            yield posixpath.normpath(posixpath.join(root, specifier))


def _candidates(target: str) -> Iterator[str]:
    yield target
    stem, suffix = posixpath.splitext(target)
    yield from (stem + twin for twin in _TWINS.get(suffix, ()))
    yield from (target + suffix for suffix in SUFFIXES)


def _index(repo: EcmaRepository, folder: str) -> str | Literal[""]:
    return next((path for suffix in SUFFIXES if (path := posixpath.join(folder, f"index{suffix}")) in repo.modules), "")


def _source_of(repo: EcmaRepository, folder: str) -> str | None:
    """The likely source of a package whose entry is not there, for a build makes it."""
    return _index(repo, posixpath.join(folder, "src")) or _index(repo, folder) or None


def _entries(package: Any, subpath: str) -> Iterator[str]:
    """The files that a package gives out under a subpath, likeliest first."""
    exports = package.get("exports")
    if isinstance(exports, dict) and any(str(name).startswith(".") for name in exports):
        for pattern, target in exports.items():
            if pattern == subpath:
                yield from _targets(target, "")
            elif "*" in pattern and fnmatch.fnmatchcase(subpath, pattern):
                head, _, tail = pattern.partition("*")
                yield from _targets(target, subpath[len(head) : len(subpath) - len(tail)])
    elif exports and subpath == ".":
        yield from _targets(exports, "")
    if subpath == ".":
        yield from (
            str(package[field]) for field in ("types", "typings", "source", "module", "main") if package.get(field)
        )


def _targets(target: Any, star: str, depth: int = 4) -> Iterator[str]:
    if isinstance(target, str):
        yield target.replace("*", star)
    elif isinstance(target, list) and depth:
        for one in target:
            yield from _targets(one, star, depth - 1)
    elif isinstance(target, dict) and depth:
        for condition in (*_CONDITIONS, *sorted(set(map(str, target)) - set(_CONDITIONS))):
            if condition in target:
                yield from _targets(target[condition], star, depth - 1)
