"""A repository as Rust sees it: its crates, which module each file is, and where types and traits are implemented."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from tree_sitter import Tree

from solulu.languages.rust import RUST
from solulu.verifier.repository import Repository
from solulu.verifier.rust.cargo import roots, summarize_manifest
from solulu.verifier.rust.macros import is_silent
from solulu.verifier.rust.summary import Module, summarize

_HEAD = re.compile(r"(?:&|'\w+|mut\b|\s|\*|const\b|dyn\b|\(|for<[^>]*>)*(\[|\)|(?:::)?(?:\w+\s*::\s*)*(\w+))")
_MOST_PARTS = 20_000
_DEEPEST = 60
MOST_HOMES = 4
"""Modules that one file is looked at as."""
_AUTOMATIC = re.compile(r"(?:^|/)(?:tests|examples|benches|src/bin)/[^/]+\.rs$")


class Mod(NamedTuple):
    """A module, told by its crate and its path in it. A block that declares items is one too."""

    repo: str
    root: str
    """The file that the crate begins with."""
    path: tuple[str, ...]


class Part(NamedTuple):
    """Where a module is written: a file, and the path of the inline modules in it."""

    file: str
    inner: tuple[str, ...]


class Implementation(NamedTuple):
    """An `impl` block."""

    file: str
    mod: Mod
    written: Mapping[str, Any]


@dataclass
class Crate:
    """A crate."""

    root: str
    manifest: Mapping[str, Any]
    parts: dict[tuple[str, ...], list[Part]] = field(default_factory=dict)
    """Where each module is written; none where its file is absent."""


def reads(path: str) -> bool:
    """Whether a file says anything about Rust code."""
    return path.endswith(".rs") or posixpath.basename(path) == "Cargo.toml"


def summarize_file(path: str, data: bytes | None, tree: Tree | None) -> Any:
    """The summary of a file or a manifest."""
    if data is None:
        return None
    if path.endswith(".rs"):
        return summarize(data, tree or RUST.parse(data))
    return summarize_manifest(data)


def head_of(text: str) -> str:
    """The last name of a type as it is written: `Vec` of `&mut std::vec::Vec<T>`, `[` of a slice."""
    found = _HEAD.match(text)
    return (found[2] or found[1]) if found else ""


class RustRepository:
    """Tables made of a repository's summaries."""

    def __init__(self, repo: Repository) -> None:
        self.name = ""
        self._repo = repo
        self.files: Mapping[str, Module] = {
            path: summary for path, summary in repo.summaries.get("rust", {}).items() if path.endswith(".rs")
        }
        self.manifests: Mapping[str, Mapping[str, Any]] = {
            posixpath.dirname(path): summary
            for path, summary in repo.summaries.get("rust", {}).items()
            if not path.endswith(".rs")
        }

    @cached_property
    def crates(self) -> dict[str, Crate]:
        """By the files they begin with."""
        found: dict[str, Crate] = {}
        folders = sorted(self.manifests, key=lambda folder: -len(folder))
        for folder in folders or [""]:
            manifest = self.manifests.get(folder, {"d": {}, "w": {}, "e": "2021", "r": []})
            for root in roots(manifest, folder, self.files):
                if root not in found:
                    found[root] = self._crate(root, manifest)
        included = {
            part.file
            for crate in found.values()
            for parts in crate.parts.values()
            for part in parts
            if part.file != crate.root
        }
        return {root: crate for root, crate in found.items() if root not in included or not _AUTOMATIC.search(root)}

    def _crate(self, root: str, manifest: Mapping[str, Any]) -> Crate:
        crate = Crate(root, manifest)
        waiting: list[tuple[tuple[str, ...], Part]] = [((), Part(root, ()))]
        seen: set[tuple[tuple[str, ...], Part]] = set()
        while waiting and len(seen) < _MOST_PARTS:
            path, part = waiting.pop()
            if (path, part) in seen or len(path) > _DEEPEST:
                continue
            seen.add((path, part))
            crate.parts.setdefault(path, []).append(part)
            for module in inner_modules(self.files.get(part.file, {}), part.inner):
                for name in module.get("m", {}):
                    waiting.append(((*path, name), Part(part.file, (*part.inner, name))))
                for name, items in module.get("i", {}).items():
                    for item in items:
                        if item[0] == "m":
                            crate.parts.setdefault((*path, name), [])
                            files = self._files_of(name, item, part, root)
                            waiting.extend(((*path, name), Part(file, ())) for file in files)
        return crate

    def _files_of(self, name: str, item: list[Any], part: Part, root: str) -> list[str]:
        folder, file = posixpath.split(part.file)
        stem = file.removesuffix(".rs")
        is_folder = part.file == root or stem == "mod"
        base = posixpath.join(folder, *([] if is_folder else [stem]), *part.inner)
        if len(item) > 1:
            places = [posixpath.join(folder, item[1]), posixpath.join(base, item[1])]
        else:
            places = [posixpath.join(base, f"{name}.rs"), posixpath.join(base, name, "mod.rs")]
        return [place for place in dict.fromkeys(map(posixpath.normpath, places)) if place in self.files]

    @cached_property
    def modules_of(self) -> dict[str, list[tuple[Crate, tuple[str, ...]]]]:
        """The modules that each file is, by its path."""
        found: defaultdict[str, list[tuple[Crate, tuple[str, ...]]]] = defaultdict(list)
        for crate in self.crates.values():
            for path, parts in crate.parts.items():
                for part in parts:
                    if not part.inner:
                        found[part.file].append((crate, path))
        for file in self.files:
            if file not in found:
                found[file] = [
                    (crate, path)
                    for crate, path in self.supposed(file, found)
                    if self.is_opaque_file(crate.parts[path[:-1]][0].file)
                ]
                for crate, path in found[file]:
                    crate.parts.setdefault(path, []).append(Part(file, ()))
        return {file: homes for file, homes in found.items() if homes}

    def supposed(
        self, file: str, known: Mapping[str, list[tuple[Crate, tuple[str, ...]]]]
    ) -> list[tuple[Crate, tuple[str, ...]]]:
        """The modules that a file would be that nothing declares: below those of the folder it lies in."""
        folder, name = posixpath.split(file)
        if name == "mod.rs":
            folder, name = posixpath.split(folder)
        outer = [*(posixpath.join(folder, root) for root in ("lib.rs", "main.rs", "mod.rs")), f"{folder}.rs"]
        for place in outer:
            if place != file and known.get(place):
                return [(crate, (*path, name.removesuffix(".rs"))) for crate, path in known[place]]
        return []

    def is_opaque_file(self, path: str) -> bool:
        """Whether a file has items that a macro may make."""
        return "o" in self.files.get(path, {})

    @cached_property
    def libraries(self) -> dict[str, Crate]:
        """The library crates by the names of their packages."""
        found: dict[str, Crate] = {}
        for folder, manifest in sorted(self.manifests.items()):
            root = posixpath.join(folder, manifest.get("L", "src/lib.rs"))
            if "n" in manifest and root in self.crates:
                found.setdefault(manifest["n"], self.crates[root])
        return found

    @cached_property
    def hidden(self) -> Counter[str]:
        """In how many files each word stands where a macro or an error may make it a name."""
        counts: Counter[str] = Counter()
        for path in self.files:
            counts.update(self.hidden_in(path))
        return counts

    def hidden_in(self, path: str) -> Iterable[str]:
        """The words that a file hides. One that belongs to no crate may be included anywhere."""
        if path in self.files and path not in self.modules_of and "x" not in self.files[path]:
            return self._repo.words(path)
        return self.files.get(path, {}).get("x", ())

    @cached_property
    def tables(self) -> Tables:
        """What its modules implement."""
        return Tables(
            (path, mod, module)
            for path, homes in self.modules_of.items()
            for crate, place in homes[:MOST_HOMES]
            for mod, module in below(Mod(self.name, crate.root, place), self.files[path])
        )

    def is_opaque(self, macros: Iterable[str]) -> bool:
        """Whether one of some macros may make names that are written nowhere."""
        known = self.tables.macros
        return any(not is_silent(name) and not known.get(name.rpartition("::")[2]) for name in macros)


class Tables:
    """Types, traits and macros by their names, and the blocks that implement them, of some modules."""

    def __init__(self, modules: Iterable[tuple[str, Mod, Module]]) -> None:
        self.implementations: defaultdict[str, list[Implementation]] = defaultdict(list)
        """By the last name of the type."""
        self.traits_with: defaultdict[str, list[tuple[str, Mod, str]]] = defaultdict(list)
        """File, module and name of the traits that have a member of a name."""
        self.macros: dict[str, bool] = {}
        """Whether a macro only makes names that are written somewhere."""
        self.types: defaultdict[str, set[str]] = defaultdict(set)
        """The files that have a type of a name."""
        for file, mod, module in modules:
            for written in module.get("p", ()):
                self.implementations[head_of(written["s"])].append(Implementation(file, mod, written))
            for name, items in module.get("i", {}).items():
                for item in items:
                    self._add(file, mod, name, item)

    def _add(self, file: str, mod: Mod, name: str, item: list[Any]) -> None:
        if item[0] == "x":
            self.macros[name] = self.macros.get(name, True) and len(item) == 1
        elif item[0] in ("s", "e"):
            self.types[name].add(file)
        elif item[0] == "t":
            self.types[name].add(file)
            for members in ("f", "c", "a"):
                for member in item[3].get(members, {}):
                    self.traits_with[member].append((file, mod, name))

    @cached_property
    def loose(self) -> dict[str, set[str]]:
        """Functions of implementations whose type is called by another name than its own, with the files."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for head, implementations in self.implementations.items():
            if head not in self.types:
                for implementation in implementations:
                    if "t" not in implementation.written:
                        for function in implementation.written.get("f", ()):
                            found[function].add(implementation.file)
        return dict(found)


def inner_modules(module: Module, inner: Iterable[str]) -> list[Module]:
    """The inline modules of a path; several where there are variants."""
    found = [module]
    for name in inner:
        found = [inner_one for outer in found for inner_one in outer.get("m", {}).get(name, ())]
    return found


def below(mod: Mod, module: Module, depth: int = 0) -> Iterator[tuple[Mod, Module]]:
    """A module and the inline ones in it."""
    yield mod, module
    if depth < _DEEPEST:
        for name, modules in module.get("m", {}).items():
            for inner in modules:
                yield from below(mod._replace(path=(*mod.path, name)), inner, depth + 1)
