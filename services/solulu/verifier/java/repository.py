"""What Java sees in a repository: its types by package, and what may be in a package without being there to read.

A package is complete where everything that could put a type into it has been read: its Java files parse, no other
language and no generator has files for it, and no file of the repository imports from it what is not there.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from tree_sitter import Tree

from solulu.verifier.java import jars
from solulu.verifier.java.summary import TypeJson, summarize
from solulu.verifier.repository import Repository

_OTHERS = (".kt", ".groovy", ".scala", ".clj", ".aj", ".proto", ".thrift", ".avsc", ".avdl", ".g4",
           ".g", ".jj", ".jjt", ".javacc", ".xsd", ".wsdl", ".fbs", ".bnf", ".flex", ".sq", ".sqm", ".jte")  # fmt: skip
"""Suffixes of files that types are made of, but not by javac."""
_PACKAGE = re.compile(
    r"^\s*(?:@file\S*\s+)?(?:option\s+java_package\s*=\s*\"|package\s+|namespace\s+java\s+|\"namespace\"\s*:\s*\")([\w.]+)",
    re.M,
)
_GENERATORS = re.compile(
    r"=?(com\.google\.auto|dagger|org\.mapstruct|org\.immutables|com\.querydsl|jakarta\.persistence|javax\.persistence"
    r"|io\.micronaut|org\.inferred|android|androidx|org\.jooq|io\.soabase|com\.bumptech|org\.androidannotations"
    r"|butterknife|io\.quarkus|com\.airbnb|org\.kohsuke|edu\.umd\.cs\.findbugs\.annotations\.Generated)\."
)
"""Imports of what makes new types out of annotations."""
_SHARE_OF_ROOT = 0.9
_SHARE_OF_OWN, _FEWEST_OF_OWN, _PARTS_OF_OWN = 0.05, 5, 3
_BUILD_FOLDERS = ("src", "main", "test", "java", "proto", "antlr4", "avro", "javacc")


def reads(path: str) -> bool:
    """Whether a file can bring Java types into the world."""
    return path.endswith((".java", ".jar", *_OTHERS))


def summarize_file(path: str, data: bytes | None, tree: Tree | None) -> dict[str, Any] | None:
    """The summary of a file; what is not Java says only which packages it may add to."""
    if path.endswith(".jar"):
        return jars.summarize_jar(data) if data else {"jar": [], "o": ["*"]}
    if not path.endswith(".java"):
        packages = sorted(set(_PACKAGE.findall(data.decode("utf-8", "replace")))) if data else []
        return {"o": packages or [_folder_package(path)]}
    if data is None or tree is None:
        return {"o": [_folder_package(path)]}
    return None if path.endswith("module-info.java") else summarize(tree.root_node, data)


class JavaRepository:
    """The types of a repository."""

    def __init__(self, repo: Repository) -> None:
        everything: Mapping[str, Any] = repo.summaries.get("java", {})
        self.files: dict[str, Mapping[str, Any]] = {}
        """Summaries of the Java files by path; those in a jar stand under its path and theirs."""
        self.open: set[str] = set()
        """Packages that may hold more than was read."""
        for path, summary in everything.items():
            self.open.update(summary.get("o", ()))
            if "jar" in summary:
                self.files.update((f"{path}!{number}", inner) for number, inner in enumerate(summary["jar"]))
            elif "o" not in summary:
                self.files[path] = summary
        self.types: dict[str, dict[str, list[tuple[str, TypeJson]]]] = {}
        """Path and description of each top-level type, by package and name."""
        for path, summary in self.files.items():
            package = summary.get("p", "")
            types = self.types.setdefault(package, {})
            for described in summary.get("t", ()):
                types.setdefault(described["n"], []).append((path, described))
            if summary.get("e"):
                self.open.add(package)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Every package and every beginning of a package's name."""
        return frozenset(start for package in self.types for start in _beginnings(package))

    @cached_property
    def simple_names(self) -> frozenset[str]:
        """Of every top-level type."""
        return frozenset(name for types in self.types.values() for name in types)

    @cached_property
    def is_generating(self) -> bool:
        """Whether annotations of the repository may make new types."""
        return any(_GENERATORS.match(text) for summary in self.files.values() for text in summary.get("i", ()))

    @cached_property
    def root(self) -> str:
        """The longest beginning of package names that most types share."""
        enough = _SHARE_OF_ROOT * self._num_types[""]
        shared = [start for start, count in self._num_types.items() if count >= enough]
        return max(shared, key=lambda start: (start.count("."), start), default="")

    def is_complete(self, package: str, asker: str) -> bool:
        """Whether everything in a package is here, as far as files other than the asker's tell."""
        if package in self.open or "*" in self.open or self.is_generating or not self._is_own(package):
            return False
        return self._not_here.get(package, set()) <= {asker}

    def _is_own(self, package: str) -> bool:
        """Whether a package is one of those that this repository is about; into others it may put a file or two, where
        a library has the rest."""
        if self.root and (package == self.root or package.startswith(self.root + ".")):
            return True
        count = self._num_types[".".join(package.split(".")[:_PARTS_OF_OWN])]
        return count >= max(_FEWEST_OF_OWN, _SHARE_OF_OWN * self._num_types[""])

    @cached_property
    def _num_types(self) -> Counter[str]:
        """How many types there are below each beginning of a package's name, and in all (the empty one)."""
        counts: Counter[str] = Counter()
        for package, types in self.types.items():
            for start in {"", *_beginnings(package)}:
                counts[start] += len(types)
        return counts

    def lacks_package(self, name: str, asker: str) -> bool:
        """Whether a package can only be one of this repository, and is not."""
        if self.is_generating or self.open or "." not in self.root or not name.startswith(self.root + "."):
            return False
        return self._foreign_below_root <= {asker}

    @cached_property
    def _foreign_below_root(self) -> set[str]:
        """Files that import from packages that begin like this repository's, and are not here."""
        return {
            path
            for path, summary in self.files.items()
            for text in summary.get("i", ())
            if text.lstrip("=").startswith(self.root + ".") and not self._is_here(text.lstrip("=").removesuffix(".*"))
        }

    def _is_here(self, name: str) -> bool:
        return any(start in self.types for start in _beginnings(name))

    @cached_property
    def _not_here(self) -> Mapping[str, set[str]]:
        """Files that import from one of the packages a type that is not here."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for path, summary in self.files.items():
            for text in summary.get("i", ()):
                package = self._missing_from(text)
                if package is not None:
                    found[package].add(path)
        return dict(found)

    def _missing_from(self, text: str) -> str | None:
        """The package in which an import names a type that is not there."""
        is_static, name = text.startswith("="), text.lstrip("=").removesuffix(".*")
        is_star = text.endswith(".*")
        parts = name.split(".")
        longest = len(parts) - (1 if is_static and not is_star else 0)
        for end in range(longest, 0, -1):
            package = ".".join(parts[:end])
            if package in self.types:
                is_type = end < longest and not parts[end][:1].islower()
                return package if is_type and parts[end] not in self.types[package] else None
        return None


def _beginnings(package: str) -> Iterator[str]:
    parts = package.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _folder_package(path: str) -> str:
    """The package that the folder of a file suggests."""
    parts = PurePosixPath(path).parts[:-1]
    for number in range(len(parts) - 1, -1, -1):
        if parts[number] in _BUILD_FOLDERS:
            return ".".join(parts[number + 1 :])
    return ".".join(parts)
