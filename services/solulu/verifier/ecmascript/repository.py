"""What JavaScript and TypeScript see in a repository: its modules, the names that all files see, its packages."""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from tree_sitter import Tree

from solulu.languages import for_path
from solulu.verifier.ecmascript.classes import Declarer
from solulu.verifier.ecmascript.declare import Binding
from solulu.verifier.ecmascript.summary import Summary, summarize
from solulu.verifier.repository import Repository

NAME = "ecmascript"
LANGUAGES = ("javascript", "typescript")
SUFFIXES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.mts", ".d.cts")
"""Of modules, in the order in which they are looked for."""
_UNREADABLE = (".vue", ".svelte", ".astro", ".json", ".node")
_IGNORES = ".gitignore"
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_COMMENTS = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
_TRAILING = re.compile(r",(\s*[}\]])")
_FIELDS = ("name", "version", "main", "module", "types", "typings", "source", "exports", "imports")
_LOCAL = ("workspace:", "link:", "file:", "portal:")
_VERSION = re.compile(r"(\d+)(?:\.(\d+))?")
_MADE = re.compile(r"[\"' /]\.?/?((?:[\w@.-]+/)*[\w.-]+\.(?:[cm]?[jt]s))\b")
"""Files that a package.json names."""
_DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


def reads(path: str) -> bool:
    """Whether a file is a module, or says how modules are found or which are made."""
    name = posixpath.basename(path)
    return name == _IGNORES or (path.endswith((*SUFFIXES, *_UNREADABLE)) and name not in _LOCKS)


def summarize_file(path: str, data: bytes | None, tree: Tree | None = None) -> Any:
    """The summary of a file as JSON."""
    name = posixpath.basename(path)
    if data is None:
        return {"d": 1} if path.endswith(SUFFIXES) else None
    if name == _IGNORES:
        lines = (line.strip().removeprefix("!").strip("/") for line in data.decode("utf-8", "replace").splitlines())
        return {"ignored": sorted({line for line in lines if line and not line.startswith("#")})}
    if name == "package.json":
        return _package(data)
    if name.startswith(("tsconfig", "jsconfig")) and name.endswith(".json"):
        return _config(data)
    language = for_path(path)
    if language is None or language.name not in LANGUAGES:
        return None
    return summarize(data, tree or language.parse(data), Declarer.of(language, data))


def _package(data: bytes) -> dict[str, Any] | None:
    package = _json(data)
    if not isinstance(package, dict):
        return None
    wanted = {field: package[field] for field in _FIELDS if field in package}
    needed = {
        name: str(version)
        for field in _DEPENDENCIES
        if isinstance(package.get(field), dict)
        for name, version in package[field].items()
    }
    made = sorted(set(_MADE.findall(data.decode("utf-8", "replace"))))
    return {"package": wanted, "needs": needed, "made": made}


def _config(data: bytes) -> dict[str, Any] | None:
    config = _json(data)
    options = config.get("compilerOptions") if isinstance(config, dict) else None
    if not isinstance(options, dict):
        return None
    return {"base": options.get("baseUrl"), "paths": options.get("paths") or {}}


def _fits(pattern: str) -> Callable[[str], bool]:
    """Whether a path without its suffix, or a folder around it, is what a pattern of a `.gitignore` names."""
    wanted = re.compile(fnmatch.translate(_bare(pattern).replace("**/", "*")))
    if "/" in pattern:
        return lambda path: any(wanted.match(one) for one in (path, *_folders(path)[:-1]))
    return lambda path: any(wanted.match(part) for part in path.split("/"))


def _bare(path: str) -> str:
    """A path or a pattern without the suffix of a module."""
    bare, suffix = posixpath.splitext(path)
    return bare if suffix in SUFFIXES else path


def _json(data: bytes) -> Any:
    source = data.decode("utf-8-sig", "replace")
    try:
        return json.loads(source)
    except RecursionError:
        return None
    except ValueError:
        bare = _TRAILING.sub(r"\1", _COMMENTS.sub(lambda found: found[1] or "", source))
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        return None


class EcmaRepository:
    """The modules of a repository."""

    def __init__(self, repo: Repository) -> None:
        everything: Mapping[str, Any] = repo.summaries.get(NAME, {})
        self.modules: dict[str, Summary] = {
            path: summary for path, summary in everything.items() if path.endswith(SUFFIXES)
        }
        """Summaries by path."""
        self._settings = {path: summary for path, summary in everything.items() if path.endswith((".json", _IGNORES))}
        self.paths = frozenset(repo.files) | self.modules.keys()
        """All files that were read."""

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder with a file that was read in it."""
        return frozenset(posixpath.dirname(path) for path in self.paths)

    @cached_property
    def packages(self) -> Mapping[str, str]:
        """The folders of the repository's own packages by their names."""
        return {
            str(summary["package"]["name"]): posixpath.dirname(path)
            for path, summary in sorted(self._settings.items(), reverse=True)
            if isinstance(summary.get("package", {}).get("name"), str) and "node_modules/" not in path
        }

    def needs(self, path: str) -> Mapping[str, str]:
        """The dependencies that the packages around a file name, with the versions that they ask for."""
        needed: dict[str, str] = {}
        for folder in _folders(path):
            summary = self._settings.get(posixpath.join(folder, "package.json"), {})
            needed = {**summary.get("needs", {}), **needed}
        return needed

    def is_made(self, path: str) -> bool:
        """Whether a package around speaks of a file, or a `.gitignore` does, so that a build may make it."""
        for folder in _folders(path):
            below = path.removeprefix(f"{folder}/" if folder else "")
            if below in self._made.get(folder, ()) or any(fits(_bare(below)) for fits in self._ignored.get(folder, ())):
                return True
        return False

    @cached_property
    def _ignored(self) -> Mapping[str, list[Callable[[str], bool]]]:
        """What tells whether a file is one that the `.gitignore` of a folder names, by folder."""
        return {
            posixpath.dirname(path): [_fits(pattern) for pattern in summary["ignored"] if _bare(pattern) != "*"]
            for path, summary in self._settings.items()
            if posixpath.basename(path) == _IGNORES
        }

    @cached_property
    def _made(self) -> Mapping[str, frozenset[str]]:
        """The files that the package.json of each folder names, with and without their suffixes."""
        return {
            posixpath.dirname(path): frozenset(name for one in made for name in (one, posixpath.splitext(one)[0]))
            for path, summary in self._settings.items()
            if path.rpartition("/")[2] == "package.json" and (made := summary.get("made"))
        }

    @cached_property
    def by_folder(self) -> Mapping[str, list[str]]:
        """The modules that lie in each folder."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(self.modules):
            found[posixpath.dirname(path)].append(path)
        return dict(found)

    def own_package(self, name: str, path: str) -> str | None:
        """The folder of the repository's own package of a name, where that is what a file means by it."""
        folder = self.packages.get(name)
        nearest = next((one for one in _folders(path) if self.package(one)), None)
        if folder is None or nearest == folder:
            return folder
        wanted = self.needs(path).get(name)
        version = str(self.package(folder).get("version", ""))
        return folder if wanted is not None and _is_met(wanted, version) else None

    def package(self, folder: str) -> Mapping[str, Any]:
        """What the package.json of a folder says."""
        summary = self._settings.get(posixpath.join(folder, "package.json"), {})
        return summary.get("package", {})

    @cached_property
    def mappings(self) -> list[tuple[str, str | None, Mapping[str, Any]]]:
        """(folder, base, paths) of every configuration of the compiler."""
        return [
            (posixpath.dirname(path), summary["base"], summary["paths"])
            for path, summary in sorted(self._settings.items())
            if "paths" in summary
        ]

    @cached_property
    def global_names(self) -> Mapping[str, list[tuple[str, Binding]]]:
        """(path, binding) of the names that all files see: of scripts, and of `declare global`."""
        found: defaultdict[str, list[tuple[str, Binding]]] = defaultdict(list)
        for path, summary in sorted(self.modules.items()):
            for name, bindings in global_names(path, summary).items():
                found[name].extend((path, binding) for binding in bindings)
        return dict(found)

    @cached_property
    def ambient(self) -> Mapping[str, list[tuple[str, Summary]]]:
        """(path, summary) of the modules that are only declared, or added to, by specifier."""
        found: defaultdict[str, list[tuple[str, Summary]]] = defaultdict(list)
        for path, summary in sorted(self.modules.items()):
            for specifier, declared in summary.get("w", {}).items():
                found[specifier].extend((path, one) for one in declared)
        return dict(found)

    @cached_property
    def patterns(self) -> list[str]:
        """Specifiers of ambient modules that have a star in them."""
        return [specifier for specifier in self.ambient if "*" in specifier]

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Members that some file assigns to anything but `this`."""
        return frozenset(name for summary in self.modules.values() for name in summary.get("a", ()))

    @cached_property
    def added(self) -> frozenset[str]:
        """Members that some file adds to the types of others."""
        return frozenset(
            member
            for summary in self.modules.values()
            for declared in summary.get("w", {}).values()
            for one in declared
            for bindings in one.get("n", {}).values()
            for binding in bindings
            if binding[0] in ("i", "c", "n")
            for member in (binding[1] if binding[0] == "n" else binding[1]["m"])
        )


def _folders(path: str) -> list[str]:
    """The folders around a file, the nearest first."""
    folders = [posixpath.dirname(path)]
    while folders[-1]:
        folders.append(posixpath.dirname(folders[-1]))
    return folders


def _is_met(wanted: str, version: str) -> bool:
    """Whether a package of the repository is what another one asks for, and no release from elsewhere."""
    if wanted.startswith(_LOCAL) or wanted == "*":
        return True
    asked, given = _VERSION.search(wanted), _VERSION.search(version)
    if not asked or not given or asked[1] != given[1]:
        return False
    return asked[1] != "0" or asked[2] == given[2]


def global_names(path: str, summary: Summary) -> Mapping[str, list[Binding]]:
    """The names that a file gives all files."""
    if summary.get("k") != "script" or path.endswith((".mjs", ".mts", ".jsx", ".tsx")):
        return summary.get("g", {})
    return {**summary.get("n", {}), **summary.get("g", {})}
