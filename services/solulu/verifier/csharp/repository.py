"""What C# sees in a repository: types by full names, namespaces, extension methods, and what each folder is given.

A full name has the namespace and the types around, without type parameters: `System.Collections.Generic.List`; types
that differ in the number of these share it, and parts of a partial type do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from tree_sitter import Tree

from solulu.verifier.csharp.projects import is_build_file, summarize_build_file
from solulu.verifier.csharp.summary import summarize
from solulu.verifier.repository import Repository

IMPLICIT_USINGS = (
    "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading",
    "System.Threading.Tasks",
)  # fmt: skip
"""What the SDK may give every file; taken as given, since more names can only mean fewer refuted."""


def reads(path: str) -> bool:
    """Whether a file says anything about the names of C#."""
    return path.endswith(".cs") or is_build_file(path)


def summarize_file(path: str, data: bytes | None, tree: Tree | None = None) -> dict[str, Any] | None:
    """The summary of a file as JSON."""
    if not path.endswith(".cs"):
        return summarize_build_file(path, data)
    if data is None or tree is None:
        return {"x": 1}
    return summarize(data, tree)


@dataclass(frozen=True)
class Usings:
    """What a file may leave out of a name."""

    namespaces: tuple[str, ...] = ()
    statics: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    def joined(self, other: Usings) -> Usings:
        """Both."""
        return Usings(
            tuple(dict.fromkeys((*self.namespaces, *other.namespaces))),
            tuple(dict.fromkeys((*self.statics, *other.statics))),
            {**other.aliases, **self.aliases},
        )


def usings_of(summary: Mapping[str, Any]) -> Usings:
    """The usings of a file or a project."""
    return Usings(tuple(summary.get("u", ())), tuple(summary.get("us", ())), summary.get("ua", {}))


def full_name(declared: Mapping[str, Any]) -> str:
    """The full name of a type."""
    return ".".join(part for part in (declared.get("s"), declared.get("o"), declared["n"]) if part)


class CSharpRepository:
    """The C# of a repository."""

    def __init__(self, repo: Repository) -> None:
        everything: Mapping[str, Any] = repo.summaries.get("csharp", {})
        self._repo = repo
        self.code = {path: summary for path, summary in everything.items() if path.endswith(".cs")}
        """Summaries by path."""
        self._builds = {path: summary for path, summary in everything.items() if not path.endswith(".cs")}
        self._given: dict[str, Usings] = {}

    @cached_property
    def types(self) -> Mapping[str, list[tuple[str, Mapping[str, Any]]]]:
        """Path and declaration of the parts of the types with a full name."""
        found: defaultdict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
        for path in sorted(self.code):
            for declared in self.code[path].get("t", ()):
                found[full_name(declared)].append((path, declared))
        return dict(found)

    @cached_property
    def simple_names(self) -> frozenset[str]:
        """The names of all types, without what is around them."""
        return frozenset(name.rpartition(".")[2] for name in self.types)

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """Every namespace, and those around it."""
        declared = {name for summary in self.code.values() for name in summary.get("n", ())}
        return frozenset(prefix for name in declared for prefix in prefixes(name))

    def root(self, first: str) -> str:
        """What all namespaces with types that begin with a name begin with, in small letters."""
        return self._roots.get(first, first)

    @cached_property
    def _roots(self) -> Mapping[str, str]:
        types = (declared for summary in self.code.values() for declared in summary.get("t", ()))
        named: defaultdict[str, list[list[str]]] = defaultdict(list)
        for namespace in {declared["s"].lower() for declared in types if "s" in declared}:
            parts = namespace.split(".")
            named[parts[0]].append(parts)
        return {first: ".".join(_shared(namespaces)) for first, namespaces in named.items()}

    @cached_property
    def extensions(self) -> Mapping[str, list[tuple[str, str]]]:
        """Full name and path of the types that have an extension method of a name."""
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, parts in self.types.items():
            for path, declared in parts:
                for method in extension_methods(declared):
                    found[method].append((name, path))
        return dict(found)

    @cached_property
    def uncertain(self) -> frozenset[str]:
        """Words in code that could not be parsed, and the names of what code may be generated from."""
        hidden = {word for summary in self.code.values() for word in summary.get("h", ())}
        broken = {word for path, summary in self.code.items() if "x" in summary for word in self._repo.words(path)}
        return frozenset(hidden | broken | self.sources)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The names of what code may be generated from."""
        return frozenset(build["i"] for build in self._builds.values() if "i" in build)

    def has_generators(self, path: str) -> bool:
        """Whether the build of a file's project adds code that is not here."""
        return any(_is_below(path, folder) for folder in self._generating)

    @cached_property
    def _generating(self) -> list[str]:
        return [self._reach(path) for path, build in sorted(self._builds.items()) if "y" in build]

    def given(self, path: str) -> Usings:
        """The usings that a file gets from its project, and from other files of it."""
        folder = path.rpartition("/")[0]
        if folder not in self._given:
            given = Usings(IMPLICIT_USINGS)
            for place, usings in self._global_usings:
                if _is_below(folder, place):
                    given = given.joined(usings)
            self._given[folder] = given
        return self._given[folder]

    def packages(self, path: str) -> frozenset[str]:
        """The packages that a file's project may refer to."""
        folder = path.rpartition("/")[0]
        return frozenset(name for place, names in self._packages if _is_below(folder, place) for name in names)

    def project_files(self, path: str) -> frozenset[str]:
        """The code of a file's project, and of those that it refers to; all of it where it lies in none."""
        projects = [place for place in self._projects if _is_below(path, place.rpartition("/")[0])]
        if not projects:
            return frozenset(self.code)
        waiting, seen = projects, set()
        while waiting:
            place = waiting.pop()
            if place not in seen:
                seen.add(place)
                if "l" in self._builds[place]:
                    return frozenset(self.code)
                names = set(self._builds[place].get("p", ()))
                waiting.extend(other for other in self._projects if other.rpartition("/")[2] in names)
        folders = [place.rpartition("/")[0] for place in seen]
        return frozenset(path for path in self.code if any(_is_below(path, folder) for folder in folders))

    @cached_property
    def _projects(self) -> list[str]:
        return sorted(path for path in self._builds if path.endswith(".csproj"))

    @cached_property
    def _global_usings(self) -> list[tuple[str, Usings]]:
        """Usings with the folder below which they are given."""
        found = []
        for path, build in sorted(self._builds.items()):
            usings = usings_of(build)
            if usings != Usings():
                found.append((self._reach(path), usings))
        for path, summary in sorted(self.code.items()):
            if "g" in summary:
                found.append((self.project_of(path), usings_of(summary["g"])))
        return found

    @cached_property
    def _packages(self) -> list[tuple[str, Sequence[str]]]:
        return [(self._reach(path), build["r"]) for path, build in sorted(self._builds.items()) if "r" in build]

    def _reach(self, path: str) -> str:
        """The folder below which a build file counts: one that others import may count anywhere."""
        name = PurePosixPath(path).name
        return path.rpartition("/")[0] if name.endswith(".csproj") or name.startswith("Directory.") else ""

    def project_of(self, path: str) -> str:
        """The folder of the project of a file; the root where it has none."""
        around = [place for place in self._projects if _is_below(path, place.rpartition("/")[0])]
        if not around:
            return ""
        nearest = max(around, key=len)
        return nearest.rpartition("/")[0]


def extension_methods(declared: Mapping[str, Any]) -> Iterator[str]:
    """The names of the extension methods of a type."""
    if declared.get("f") == "s":
        for name, overloads in declared.get("m", {}).items():
            if any(len(member) > 3 and is_extension(member) for member in overloads):
                yield name


def is_extension(member: Sequence[Any]) -> bool:
    """Whether a method is one."""
    return len(member) > 3 and str(member[3]).startswith(("(this ", "([")) and "this " in str(member[3])


def _shared(lists: list[list[str]]) -> list[str]:
    """What all of some lists begin with."""
    return [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*lists, strict=False))]


def prefixes(name: str) -> list[str]:
    """`a`, `a.b`, `a.b.c` of `a.b.c`."""
    parts = name.split(".") if name else []
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(folder + "/")
